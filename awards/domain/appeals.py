"""Appeals against a told outcome: the school raises one, HQ answers it in time. Decision 0083."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.queries import hq_people
from awards.domain import assignment
from awards.domain.appeal_machine import appeal_machine, somebody_else
from awards.models import Appeal, AppealTerms, Decision
from messaging.domain.mail import write
from psqm_portal.core import log
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role
from rounds.models import Round
from submissions.domain.machine import submission_machine
from submissions.models import Submission

# HQ is reminded so long before an appeal has to be answered, and then once a week while it is late.
REMIND_BEFORE = timedelta(days=4)


def raise_appeal(decision: Decision, reasons: str, *, by: User, now: datetime) -> Appeal:
    """Once for each decision. Raises Refused with a sentence, and PermissionDenied."""
    try:
        with transaction.atomic():
            Submission.objects.select_for_update().get(pk=decision.submission_id)
            fresh = Decision.objects.select_related("level", "submission__target_level").get(pk=decision.pk)
            return appeal_machine.perform(Appeal(decision=fresh), "raise", by=by, now=now, reasons=reasons)
    except IntegrityError as twice:
        raise Refused("Your school has appealed against this outcome already.") from twice


def why_not(decision: Decision, *, by: User, now: datetime) -> str | None:
    """Why this decision can't be appealed against now, or None."""
    move = appeal_machine.moves["raise"]
    return appeal_machine.why_not(move, Appeal(decision=decision), Occasion(by=by, now=now))


def ask_review(appeal: Appeal, reviewers: Sequence[User], *, by: User, now: datetime) -> Appeal:
    """Somebody new reads the work; the school learns of it with the answer, if HQ tells."""
    return appeal_machine.perform(appeal, "ask_review", by=by, now=now, reviewers=list(reviewers))


def turn_down(appeal: Appeal, answer: str, *, by: User, now: datetime) -> Appeal:
    if not answer.strip():
        raise Refused("Write the answer for the school.")
    return appeal_machine.perform(appeal, "turn_down", by=by, now=now, answer=answer)


def uphold_open(submission: Submission, *, by: User | None, now: datetime, answer: str) -> None:
    """The decision is changed: an open appeal against it is upheld with that, in one transaction."""
    for appeal in _open_of(submission):
        appeal_machine.perform(appeal, "uphold", by=by, now=now, answer=answer)


def told(submission: Submission, *, now: datetime) -> None:
    """The new outcome is out, and with it the answer. Call inside the release's transaction."""
    upheld = Appeal.objects.filter(decision__submission=submission, status=Appeal.Status.UPHELD)
    upheld.filter(told_at=None).update(told_at=now)


def set_terms(round_: Round, *, appeal_days: int, answer_days: int, by: User, now: datetime) -> AppealTerms:
    """For appeals that come from now on; what a school was promised stands."""
    with transaction.atomic():
        terms, _ = AppealTerms.objects.update_or_create(
            round=round_, defaults={"appeal_days": appeal_days, "answer_days": answer_days}
        )
        log.write("appeal_terms.save", by=by, now=now, about=f"round:{round_.pk}")
    return terms


def remind(now: datetime) -> None:
    """HQ's admins: once some days before an answer is due, then each week that it is late."""
    today = london_day(now)
    rows = Appeal.objects.filter(status=Appeal.Status.OPEN, due_on__lte=today + REMIND_BEFORE)
    people = list(hq_people([Role.HQ_ADMIN]))
    for appeal in rows.select_related("decision__submission__school", "decision__submission__round"):
        late = (today - appeal.due_on).days
        which = f"late-{(late - 1) // 7}" if late > 0 else "soon"
        for person in people:
            write(
                "awards/mail/appeal_due",
                to=person,
                now=now,
                about=appeal.decision.submission.key,
                once=f"{appeal.key}:{which}:{person.pk}",
                context=context_of(appeal, appeal.get_absolute_url()),
            )


def context_of(appeal: Appeal, url: str) -> dict[str, object]:
    return {"appeal": appeal, "submission": appeal.decision.submission, "url": url}


def forget_reviews(appeal: Appeal, *, now: datetime) -> None:
    """Fresh reviews that aren't finished are needed no more."""
    reason = "The appeal for which it was asked is answered."
    assignment.take_back_all(appeal.decision.submission, reason=reason, now=now)


def _open_of(submission: Submission) -> list[Appeal]:
    rows = Appeal.objects.filter(decision__submission=submission, status=Appeal.Status.OPEN)
    return list(rows.select_related("decision__submission"))


@submission_machine.guard("uphold_appeal")
def answered_by_somebody_else(submission: Submission, occasion: Occasion) -> str | None:
    return next((why for one in _open_of(submission) if (why := somebody_else(one, occasion))), None)
