"""Becoming a hub leader: from a name and an address to a hub. Nothing else sets an application's status.

The applicant has no account: who holds the mailed link is the applicant, and ``by`` is None.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_people, hq_roles
from hubs.domain.hubs import invite_to_hub, locate
from hubs.models import (
    ApplicationAnswer,
    ApplicationFile,
    CommitmentPoint,
    Hub,
    LeaderApplication,
    LeaderCriterion,
)
from messaging.domain.mail import write
from psqm_portal.core import seen as marks
from psqm_portal.core.files.storing import BadFile, forget, store
from psqm_portal.core.machine import Machine, Move, Occasion, Refused
from psqm_portal.core.models import HistoryEntry, StoredFile
from psqm_portal.core.roles import Role
from schools.distance import point_of_postcode

Status, Judgement = LeaderApplication.Status, ApplicationAnswer.Judgement

ABOUT = ("name", "phone", "is_teacher", "school", "employer", "place", "postcode")
LIVE = (Status.DRAFT, Status.SENT, Status.MORE_ASKED)
# Less than people with an account may bring: anybody can begin an application, and fill the disk (S21).
MOST_FILES, MOST_MEGABYTES = 10, 20
TAKEN = frozenset({StoredFile.Kind.IMAGE, StoredFile.Kind.PDF, StoredFile.Kind.WORD})


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# The link


@transaction.atomic
def begin(*, name: str, email: str, now: datetime) -> None:
    """Mails a link to a new application, or to the one that this address has begun: both look the same."""
    email = email.strip().lower()
    if send_link(email, now=now, only=LIVE):
        return
    token = secrets.token_urlsafe(24)
    new = LeaderApplication(
        name=" ".join(name.split()),
        email=email,
        token_hash=hash_of(token),
        link_sent_at=now,
        begun_at=now,
        saved_at=now,
    )
    try:
        with transaction.atomic():
            new = application_machine.perform(new, "begin", by=None, now=now)
    except IntegrityError:  # begun at this moment, in another tab: that one has just been mailed its link
        return
    _mail(new, "application_link", now=now, token=token)


@transaction.atomic
def send_link(email: str, *, now: datetime, only: Iterable[str] = tuple(Status)) -> bool:
    """A fresh link to the newest application of this address; the old one is dead. Tell nobody the answer."""
    rows = LeaderApplication.objects.select_for_update()
    found = rows.filter(email=email.strip().lower(), status__in=only).order_by("-begun_at", "-pk").first()
    if found is not None:
        _renew_link(found, "application_link", now=now)
    return found is not None


def _renew_link(application: LeaderApplication, template: str, *, now: datetime, **more: Any) -> None:
    token = secrets.token_urlsafe(24)
    application.token_hash, application.link_sent_at = hash_of(token), now
    application.save(update_fields=["token_hash", "link_sent_at"])
    _mail(application, template, now=now, token=token, **more)


def find(token: str, *, now: datetime) -> LeaderApplication | None:
    """None for a link that is unknown, replaced or older than it lives."""
    found = LeaderApplication.objects.filter(token_hash=hash_of(token)).first()
    return found if found is not None and now < found.link_ends_at else None


# What the applicant writes


def criteria_for(application: LeaderApplication) -> list[LeaderCriterion]:
    """Those that this person answers: some are for teachers only."""
    return [one for one in LeaderCriterion.objects.all() if application.is_teacher or not one.teachers_only]


def may_write(application: LeaderApplication, answer: ApplicationAnswer | None = None) -> bool:
    """``answer`` None: about the person. What HQ found met stays as it is while more is asked."""
    if application.status == Status.DRAFT:
        return True
    is_settled = answer is not None and answer.judgement == Judgement.MET
    return application.status == Status.MORE_ASKED and not is_settled


def about(application: LeaderApplication) -> dict[str, Any]:
    """What stands, by the names of the form's fields."""
    standing = {name: getattr(application, name) for name in ABOUT if name != "school"}
    return {**standing, "school": application.school_id}


def said(answer: ApplicationAnswer | None, points: Collection[CommitmentPoint]) -> dict[str, Any]:
    """What stands in an answer, by the names of the form's fields: ``point_<id>`` for each commitment."""
    ticked = {point.pk for point in answer.ticked.all()} if answer is not None and points else set()
    return {
        "text": answer.text if answer else "",
        "award_level": answer.award_level if answer else "",
        "award_date": answer.award_date if answer else "",
        **{f"point_{point.pk}": point.pk in ticked for point in points},
    }


@transaction.atomic
def save_about(
    application: LeaderApplication, words: Mapping[str, Any], *, now: datetime, seen: str = ""
) -> LeaderApplication:
    """``words``: some of ``ABOUT``, the school as an id. Raises Refused, or OutOfDate with what stands."""
    row = _writable(application)
    standing = about(row)
    marks.check({name: standing[name] for name in words}, words, seen=seen)
    for name in words:
        setattr(row, "school_id" if name == "school" else name, words[name])
    point = point_of_postcode(row.postcode) if row.postcode else None
    row.easting, row.northing = point or (None, None)
    row.saved_at = now
    row.save()
    return row


@transaction.atomic
def save_answer(
    application: LeaderApplication,
    criterion: LeaderCriterion,
    words: Mapping[str, Any],
    *,
    now: datetime,
    seen: str = "",
) -> ApplicationAnswer:
    """``words`` as :func:`said` gives them. Raises Refused, or OutOfDate with what stands."""
    answer = _answer(application, criterion)
    points = list(CommitmentPoint.objects.all()) if criterion.has_commitments else []
    standing = said(answer, points)
    words = {**standing, **words}
    marks.check(standing, words, seen=seen)
    if words != standing:
        answer.text, answer.award_level, answer.award_date = (
            words[name] for name in ("text", "award_level", "award_date")
        )
        answer.ticked.set([point for point in points if words[f"point_{point.pk}"]])
        _changed(answer, now=now)
    return answer


@transaction.atomic
def add_file(
    application: LeaderApplication, criterion: LeaderCriterion, upload: File, *, now: datetime
) -> ApplicationFile:
    """Raises Refused, or BadFile with a sentence for the person."""
    answer = _answer(application, criterion)
    if answer.files.count() >= MOST_FILES:
        raise BadFile(f"You can add up to {MOST_FILES} files here. Remove one first.")
    if (upload.size or 0) > MOST_MEGABYTES * 1024**2:
        raise BadFile(f"The file {upload.name} is larger than {MOST_MEGABYTES} MB. Save it smaller first.")
    stored = store(upload, owner=f"leader-application-{answer.application_id}", by=None, now=now)
    if stored.kind not in TAKEN:
        raise BadFile(f"The file {stored.name} can’t be used here. Choose a photo, PDF or Word document.")
    file, made = ApplicationFile.objects.get_or_create(answer=answer, file=stored, defaults={"added_at": now})
    if made:
        _changed(answer, now=now)
    return file


@transaction.atomic
def remove_file(file: ApplicationFile, *, now: datetime) -> None:
    """Its bytes go too, unless another answer has the same."""
    answer = _answer(file.answer.application, file.answer.criterion)
    if ApplicationFile.objects.filter(pk=file.pk).delete()[0]:
        forget(file.file)
        _changed(answer, now=now)


def _writable(application: LeaderApplication) -> LeaderApplication:
    row = LeaderApplication.objects.select_for_update().get(pk=application.pk)
    if not may_write(row):
        raise Refused("You can’t change this now: your application is with us.")
    return row


def _answer(application: LeaderApplication, criterion: LeaderCriterion) -> ApplicationAnswer:
    """With the application locked; the row is made where it is the first word."""
    row = _writable(application)
    answer, _ = ApplicationAnswer.objects.get_or_create(application=row, criterion=criterion)
    answer.application = row
    if not may_write(row, answer):
        raise Refused("You don’t need to change this: we found it met.")
    return answer


def _changed(answer: ApplicationAnswer, *, now: datetime) -> None:
    """What was asked for is answered, so that it is judged anew; HQ's note stays to compare with. One for HQ
    alone doesn't: without a judgement it would stand on the applicant's page as what is asked for.
    """
    if answer.judgement:
        if answer.judgement != Judgement.MORE:
            answer.judgement_note = ""
        answer.judgement, answer.judged_by, answer.judged_at = Judgement.NONE, None, None
    answer.save()
    answer.application.saved_at = now
    answer.application.save(update_fields=["saved_at"])


@dataclass(frozen=True, slots=True)
class Missing:
    """What is to do before sending; ``criterion`` None: about the person."""

    says: str
    criterion: LeaderCriterion | None = None


def missing(application: LeaderApplication) -> list[Missing]:
    """All that isn't there yet, in the order of the pages. Constant queries."""
    gaps = [Missing(words) for words in _missing_about(application)]
    answers = {row.criterion_id: row for row in application.answers.prefetch_related("ticked", "files")}
    points = {point.pk for point in CommitmentPoint.objects.filter(is_recommended_only=False)}
    for criterion in criteria_for(application):
        answer = answers.get(criterion.pk)
        gaps += [Missing(words, criterion) for words in _missing_in(criterion, answer, points)]
    return gaps


def _missing_about(application: LeaderApplication) -> list[str]:
    wanted = [
        (application.phone, "Enter your phone number"),
        (application.is_teacher is not None, "Say whether you teach in a primary school now"),
        (application.employer or application.school_id, "Enter your school or organisation"),
        (application.place, "Enter the town or area for the hub"),
        (application.postcode, "Enter the postcode for the hub"),
    ]
    return [words for there, words in wanted if not there]


def _missing_in(criterion: LeaderCriterion, answer: ApplicationAnswer | None, points: set[int]) -> list[str]:
    number = criterion.number
    if answer is not None and answer.judgement == Judgement.MORE:
        return [f"Answer what we asked for at number {number}"]
    if criterion.has_commitments:
        ticked = {point.pk for point in answer.ticked.all()} if answer else set()
        return [] if points <= ticked else [f"Tick each of the commitments at number {number}"]
    if criterion.teachers_only:
        there = answer is not None and answer.award_level and answer.award_date
        return [] if there else [f"Enter the level and date of your school’s award at number {number}"]
    has_words = answer is not None and (answer.text.strip() or answer.files.all())
    return [] if has_words else [f"Write something, or add a file, at number {number}"]


def send(application: LeaderApplication, *, now: datetime) -> LeaderApplication:
    """To HQ, the first time or with what was asked for. Raises Refused where something is missing."""
    with transaction.atomic():
        again = application.status == Status.MORE_ASKED
        application = application_machine.perform(
            application, "answer" if again else "send", by=None, now=now
        )
        if not again:
            _renew_link(application, "application_sent", now=now)
        for person in hq_people([Role.HQ_ADMIN]):
            _mail_to(person, "application_waiting", application, now=now)
    return application


def withdraw(application: LeaderApplication, *, now: datetime) -> LeaderApplication:
    return application_machine.perform(application, "withdraw", by=None, now=now)


# What HQ does


@transaction.atomic
def judge(
    answer: ApplicationAnswer, *, judgement: str, note: str, by: User, now: datetime, seen: str = ""
) -> ApplicationAnswer:
    """Raises Refused, or OutOfDate where a colleague has judged it since the page was opened."""
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    application = LeaderApplication.objects.select_for_update().get(pk=answer.application_id)
    if application.status != Status.SENT:
        raise Refused(f"This can’t be judged now: {_label(application.status)}.")
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


def unjudged(application: LeaderApplication) -> list[LeaderCriterion]:
    """The criteria of this person that nobody found met."""
    met = set(application.answers.filter(judgement=Judgement.MET).values_list("criterion_id", flat=True))
    return [criterion for criterion in criteria_for(application) if criterion.pk not in met]


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
        _renew_link(
            application, "application_more", now=now, asked="\n\n".join(filter(None, [words, *notes]))
        )
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
        _mail_to(
            application.email, "application_accepted", application, now=now, url=reverse("account_login")
        )
    return application


def decline(application: LeaderApplication, *, by: User, now: datetime, reason: str) -> LeaderApplication:
    with transaction.atomic():
        application = application_machine.perform(application, "decline", by=by, now=now, reason=reason)
        _mail_to(
            application.email,
            "application_declined",
            application,
            now=now,
            url=reverse("become_hub_leader"),
            reason=application.decision_note,
        )
    return application


# Mails


def _mail(application: LeaderApplication, template: str, *, now: datetime, token: str, **more: Any) -> None:
    url = reverse("application_open", args=[token])
    _mail_to(application.email, template, application, now=now, url=url, secret=True, **more)


def _mail_to(
    to: User | str,
    template: str,
    application: LeaderApplication,
    *,
    now: datetime,
    url: str = "",
    secret: bool = False,
    **more: Any,
) -> None:
    write(
        f"hubs/mail/{template}",
        to=to,
        now=now,
        context={
            "application": application,
            "url": url or reverse("leader_application", args=[application.pk]),
            **more,
        },
        about=f"leader_application:{application.pk}",
        secret=secret,
    )


# The table


def _is_complete(application: LeaderApplication, _: Occasion) -> str | None:
    gaps = missing(application)
    return f"Something is still missing. {gaps[0].says}." if gaps else None


def _asks_something(application: LeaderApplication, occasion: Occasion) -> str | None:
    if "words" not in occasion.given or occasion.given["words"]:
        return None
    if application.answers.filter(judgement=Judgement.MORE).exists():
        return None
    return "Judge something as “More needed”, or write what is missing."


def _is_met(application: LeaderApplication, occasion: Occasion) -> str | None:
    if "hub" not in occasion.given or occasion.reason:
        return None
    numbers = [str(criterion.number) for criterion in unjudged(application)]
    if not numbers:
        return None
    return f"Not judged as met: number {', '.join(numbers)}. Write why you accept still."


def _take_sent(application: LeaderApplication, occasion: Occasion) -> None:
    application.sent_at, application.asked_for = occasion.now, ""


def _take_words(application: LeaderApplication, occasion: Occasion) -> None:
    application.asked_for = occasion.given["words"]


def _take_hub(application: LeaderApplication, occasion: Occasion) -> None:
    hub: Hub = occasion.given["hub"]
    if hub._state.adding:
        try:
            with transaction.atomic():
                hub.save()
                locate(hub)
        except IntegrityError as twice:
            raise Refused(f"There is a hub called {hub.name} already. Choose another name.") from twice
    application.hub, application.decided_at = hub, occasion.now


def _take_reason(application: LeaderApplication, occasion: Occasion) -> None:
    application.decision_note, application.decided_at = occasion.reason, occasion.now


def _roles(user: User, _: LeaderApplication) -> frozenset[Role]:
    return hq_roles(user)


def _label(status: str) -> str:
    return str(Status(status).label).lower()


_ADMIN, _APPLICANT = frozenset({Role.HQ_ADMIN}), frozenset({Role.CLOCK})
_WITH_HQ = frozenset({Status.SENT.value, Status.MORE_ASKED.value})

application_machine = Machine(
    "leader_application",
    [
        Move("begin", "Begin", frozenset(), Status.DRAFT, _APPLICANT),
        Move(
            "send", "Send", frozenset({Status.DRAFT.value}), Status.SENT, _APPLICANT,
            guards=(_is_complete,), effect=_take_sent,
        ),
        Move(
            "ask_more", "Ask for more", frozenset({Status.SENT.value}), Status.MORE_ASKED, _ADMIN,
            guards=(_asks_something,), effect=_take_words,
        ),
        Move(
            "answer", "Send again", frozenset({Status.MORE_ASKED.value}), Status.SENT, _APPLICANT,
            guards=(_is_complete,), effect=_take_sent,
        ),
        Move(
            "accept", "Accept", _WITH_HQ, Status.ACCEPTED, _ADMIN,
            needs=("hub",), guards=(_is_met,), effect=_take_hub,
        ),
        Move("decline", "Decline", _WITH_HQ, Status.DECLINED, _ADMIN, needs=("reason",), effect=_take_reason),
        Move("withdraw", "Withdraw", frozenset(map(str, LIVE)), Status.WITHDRAWN, _APPLICANT),
    ],
    roles=_roles,
    label=_label,
)  # fmt: skip
