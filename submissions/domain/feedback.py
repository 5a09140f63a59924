"""Feedback beside the work: the hub comments, the school answers, either resolves or reopens."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import HUB, Role
from submissions.models import Evidence, Feedback, Part, Submission
from submissions.queries import roles_towards

WRITERS = HUB | {Role.SUBJECT_LEADER}
OPEN_IN = {Submission.Status.ENROLLED, Submission.Status.WITH_HUB, Submission.Status.SIGNED_OFF}


def comment(on: Part | Evidence, body: str, *, by: User, now: datetime, quote: str = "") -> Feedback:
    """Start a thread on a part or a piece of evidence: the hub's leader and mentors."""
    return _write(on, body, roles=HUB, by=by, now=now, quote=quote, answers=None)


def answer(thread: Feedback, body: str, *, by: User, now: datetime) -> Feedback:
    """Answer in a thread: the hub and the subject leaders."""
    start = thread.answers or thread
    on = start.part or start.evidence
    if on is None:
        raise Refused("Choose what your answer is about.")
    return _write(on, body, roles=WRITERS, by=by, now=now, quote="", answers=start)


def resolve(thread: Feedback, *, by: User, now: datetime) -> None:
    """Mark a thread as dealt with; doing it twice changes nothing."""
    with transaction.atomic():
        submission = Submission.objects.select_for_update().get(pk=thread.submission_id)
        _check(submission, WRITERS, by)
        Feedback.objects.filter(pk=thread.pk, answers=None, resolved_at=None).update(
            resolved_at=now, resolved_by=by
        )


def reopen(thread: Feedback, *, by: User) -> None:
    """A thread that was dealt with waits again; doing it twice changes nothing."""
    with transaction.atomic():
        submission = Submission.objects.select_for_update().get(pk=thread.submission_id)
        _check(submission, WRITERS, by)
        Feedback.objects.filter(pk=thread.pk, answers=None).update(resolved_at=None, resolved_by=None)


def asked_since_sent(part: Part) -> QuerySet[Feedback]:
    """The hub's open comments on a part and on its evidence since the school sent it."""
    on_it = Q(part=part) | Q(evidence__in=part.evidence_links.values("evidence"), evidence__removed_at=None)
    rows = Feedback.objects.filter(on_it, submission=part.submission_id, answers=None, resolved_at=None)
    return rows.filter(written_at__gte=part.sent_at) if part.sent_at else rows


def _write(
    on: Part | Evidence,
    body: str,
    *,
    roles: frozenset[Role],
    by: User,
    now: datetime,
    quote: str,
    answers: Feedback | None,
) -> Feedback:
    if not body.strip():
        raise Refused("Write your comment.")
    with transaction.atomic():
        submission = Submission.objects.select_for_update().get(pk=on.submission_id)
        _check(submission, roles, by)
        written = Feedback.objects.create(
            submission=submission,
            part=on if isinstance(on, Part) else None,
            evidence=on if isinstance(on, Evidence) else None,
            answers=answers,
            author=by,
            quote=quote.strip(),
            body=body.strip(),
            written_at=now,
        )
        events.publish("feedback.written", written, Occasion(by=by, now=now))
    return written


def _check(submission: Submission, roles: frozenset[Role], by: User) -> None:
    if not roles & roles_towards(by, submission):
        raise PermissionDenied
    if submission.status not in OPEN_IN:
        raise Refused(f"Feedback is closed: the submission is {submission.told_stage}.")
