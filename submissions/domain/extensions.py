"""More time for one school: HQ gives it, or a hub leader asks HQ for it and HQ answers."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.models import User
from psqm_portal.core import events, log
from psqm_portal.core.clock import london_day, long_day
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role
from rounds.models import Step
from submissions.domain import later_date
from submissions.domain.machine import submission_machine
from submissions.models import Extension, ExtensionRequest, Submission
from submissions.queries import roles_towards

NOT_NOW = "More time can be asked for while the school works on its submission."


def give(submission: Submission, step: Step, until: date, *, why: str, by: User, now: datetime) -> Extension:
    """A later date, or an earlier one than the school's own until now; the round's own ends the extension.

    Raises Refused with the reason, PermissionDenied for whoever isn't HQ's admin.
    """
    if not (why := why.strip()):
        raise Refused("Write the reason.")
    with transaction.atomic():
        before = later_date.dates_of(Submission.objects.select_for_update().get(pk=submission.pk)).get(step)
        words = ""
        if before is not None:
            words = f"{before.label}: until {long_day(until)} instead of {long_day(before.due_on)}.\n\n{why}"
        submission_machine.perform(
            submission, "extend", by=by, now=now, reason=words or why, step=step, until=until, why=why,
            before=before,
        )  # fmt: skip
        return submission.extensions.filter(step=step).order_by("-id")[0]


def ask(
    submission: Submission, step: Step, until: date, *, why: str = "", by: User, now: datetime
) -> ExtensionRequest:
    """The hub leader asks HQ. A request for the same step that still waits is returned as it is."""
    with transaction.atomic():
        submission = Submission.objects.select_for_update().get(pk=submission.pk)
        _needs_hub_leader(submission, by)
        if (waiting := _waiting(submission, step)) is not None:
            return waiting
        _check(submission, step, until, now=now)
        try:
            with transaction.atomic():
                request = ExtensionRequest.objects.create(
                    submission=submission, step=step, until=until, why=why.strip(), asked_by=by, asked_at=now
                )
        except IntegrityError:
            if (waiting := _waiting(submission, step)) is not None:
                return waiting
            raise
        log.write("extension.ask", by=by, now=now, about=submission.key, detail=f"{step.value} {until}")
        events.publish("extension.asked", request, Occasion(by=by, now=now, reason=request.why))
    return request


def change(request: ExtensionRequest, *, until: date, why: str, by: User, now: datetime) -> ExtensionRequest:
    """Another date or reason, while HQ hasn't answered."""
    with transaction.atomic():
        request = _open(request)
        _needs_hub_leader(request.submission, by)
        _check(request.submission, Step(request.step), until, now=now)
        request.until, request.why = until, why.strip()
        request.save(update_fields=["until", "why"])
    return request


def take_back(request: ExtensionRequest, *, by: User, now: datetime) -> ExtensionRequest:
    with transaction.atomic():
        request = _open(request)
        _needs_hub_leader(request.submission, by)
        return _answer(request, "Taken back by the hub.", by=by, now=now)


def grant(
    request: ExtensionRequest, *, until: date, answer: str, by: User, now: datetime
) -> ExtensionRequest:
    """Gives the school the date (HQ may choose another than was asked for); its mails follow.

    The school reads the answer, never what the hub leader wrote to HQ.
    """
    with transaction.atomic():
        request = _open(request)
        request.extension = give(request.submission, Step(request.step), until, why=answer, by=by, now=now)
        return _answer(request, answer.strip(), by=by, now=now)


def decline(request: ExtensionRequest, *, answer: str, by: User, now: datetime) -> ExtensionRequest:
    if not answer.strip():
        raise Refused("Write why not.")
    with transaction.atomic():
        request = _open(request)
        if Role.HQ_ADMIN not in roles_towards(by, request.submission):
            raise PermissionDenied
        request = _answer(request, answer.strip(), by=by, now=now)
        log.write("extension.decline", by=by, now=now, about=request.submission.key, detail=request.step)
        events.publish("extension.declined", request, Occasion(by=by, now=now, reason=request.answer))
    return request


def _open(request: ExtensionRequest) -> ExtensionRequest:
    """Locks the submission, then the request; raises Refused once it is answered."""
    Submission.objects.select_for_update().get(pk=request.submission_id)
    request = (
        ExtensionRequest.objects.select_for_update(of=("self",))
        .select_related("submission__school", "submission__round", "submission__hub")
        .get(pk=request.pk)
    )
    if request.answered_at is not None:
        raise Refused("This request is answered already.")
    return request


def _answer(request: ExtensionRequest, answer: str, *, by: User, now: datetime) -> ExtensionRequest:
    request.answer, request.answered_by, request.answered_at = answer, by, now
    request.save(update_fields=["answer", "answered_by", "answered_at", "extension"])
    return request


def _waiting(submission: Submission, step: Step) -> ExtensionRequest | None:
    return submission.extension_requests.filter(step=step, answered_at=None).first()


def _needs_hub_leader(submission: Submission, by: User) -> None:
    if Role.HUB_LEADER not in roles_towards(by, submission):
        raise PermissionDenied


def _check(submission: Submission, step: Step, until: date, *, now: datetime) -> None:
    if submission.status not in submission_machine.moves["extend"].sources:
        raise Refused(NOT_NOW)
    dates = later_date.dates_of(submission)
    if (sentence := later_date.why_not(dates, step, until, today=london_day(now))) is not None:
        raise Refused(sentence)
