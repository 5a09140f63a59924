"""HQ and the applications: judged number by number, asked for more, decided."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_roles
from hubs.domain.application_machine import application_machine, label_of
from hubs.domain.applications import mail_to, renew_link
from hubs.domain.hubs import invite_to_hub
from hubs.models import ApplicationAnswer, Hub, LeaderApplication
from psqm_portal.core import seen as marks
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role

Status, Judgement = LeaderApplication.Status, ApplicationAnswer.Judgement


@transaction.atomic
def judge(
    answer: ApplicationAnswer, *, judgement: str, note: str, by: User, now: datetime, seen: str = ""
) -> ApplicationAnswer:
    """Raises Refused, or OutOfDate where a colleague has judged it since the page was opened."""
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    application = LeaderApplication.objects.select_for_update().get(pk=answer.application_id)
    if application.status != Status.SENT:
        raise Refused(f"This can’t be judged now: {label_of(application.status)}.")
    answer = ApplicationAnswer.objects.get(pk=answer.pk)
    mine = {"judgement": judgement, "judgement_note": note.strip()}
    standing = judged(answer)
    marks.check(standing, mine, seen=seen)
    if judgement == Judgement.MORE and not note.strip():
        raise Refused("Write what is missing: the applicant reads it.")
    if mine == standing:
        return answer
    if note.strip() and not judgement:
        raise Refused("Choose a judgement for your note, or take the note out.")
    answer.judgement, answer.judgement_note = judgement, note.strip()
    answer.judged_by, answer.judged_at = (by, now) if judgement else (None, None)
    answer.save()
    HistoryEntry.objects.create(
        machine="leader_application",
        subject_id=application.pk,
        action="judge",
        source=f"number {answer.criterion.number}",
        target=answer.get_judgement_display(),
        by=by,
        at=now,
        reason=note.strip(),
    )
    return answer


def judged(answer: ApplicationAnswer) -> dict[str, str]:
    """What stands, by the names of the form's fields."""
    return {"judgement": answer.judgement, "judgement_note": answer.judgement_note}


def ask_for_more(
    application: LeaderApplication, *, words: str = "", by: User, now: datetime
) -> LeaderApplication:
    """Back to the applicant, who gets a fresh link; at each criterion "more needed" stands its note."""
    with transaction.atomic():
        application = application_machine.perform(
            application, "ask_more", by=by, now=now, words=words.strip(), reason=words
        )
        notes = [
            f"{row.criterion.number}. {row.judgement_note}"
            for row in application.answers.filter(judgement=Judgement.MORE).select_related("criterion")
        ]
        renew_link(application, "application_more", now=now, asked="\n\n".join(filter(None, [words, *notes])))
    return application


def accept(
    application: LeaderApplication, hub: Hub, *, by: User, now: datetime, reason: str = ""
) -> LeaderApplication:
    """Opens hub and account. ``hub``: an existing one, or one not yet saved with name, place and postcode.

    Its former leader goes when the new one comes. ``reason``: needed where not every criterion is met.
    """
    with transaction.atomic():
        application = application_machine.perform(
            application, "accept", by=by, now=now, hub=hub, reason=reason
        )
        invite_to_hub(
            hub, email=application.email, name=application.name, role=Role.HUB_LEADER, by=by, now=now
        )
        mail_to(application.email, "application_accepted", application, now=now, url=reverse("account_login"))
    return application


def decline(application: LeaderApplication, *, by: User, now: datetime, reason: str) -> LeaderApplication:
    with transaction.atomic():
        application = application_machine.perform(application, "decline", by=by, now=now, reason=reason)
        mail_to(
            application.email,
            "application_declined",
            application,
            now=now,
            url=reverse("become_hub_leader"),
            reason=application.decision_note,
        )
    return application
