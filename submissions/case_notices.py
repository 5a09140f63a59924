"""The mails of dates, cases and their outcomes, written in the transaction of what they tell of."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_people
from messaging.domain.mail import write
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion
from psqm_portal.core.roles import Role
from rounds.models import Step
from submissions.domain.later_date import dates_of
from submissions.models import ExtensionRequest, Submission
from submissions.queries import hub_people, school_people


def _tell(
    people: Iterable[User], template: str, occasion: Occasion, *, about: str, url: str, **more: Any
) -> None:
    for person in dict.fromkeys(people):
        if person != occasion.by:
            context = {"person": person, "by": occasion.by, "reason": occasion.reason, "url": url, **more}
            write(f"submissions/mail/{template}", to=person, now=occasion.now, about=about, context=context)


def school_and_leader(submission: Submission) -> list[User]:
    return [
        *school_people(submission, Role.SUBJECT_LEADER, Role.HEADTEACHER),
        *hub_people(submission, Role.HUB_LEADER),
    ]


@events.on("submission.extend")
def _extended(submission: Submission, occasion: Occasion) -> None:
    before, until = occasion.given["before"], occasion.given["until"]
    after = dates_of(submission)
    sending = after.get(Step.SEND_FOR_SIGN_OFF)
    along = occasion.given["step"] == Step.SUBMIT and sending is not None and sending.extension is not None
    moved = along and sending.extension.granted_at == occasion.now  # type: ignore[union-attr]
    _tell(
        school_and_leader(submission),
        "extended",
        Occasion(by=None, now=occasion.now, reason=occasion.given["why"]),
        about=submission.key,
        url=reverse("submission_extensions", args=[submission.pk]),
        submission=submission,
        step=before.label,
        until=until,
        send_by=sending.due_on if moved and sending is not None else None,
    )


@events.on("extension.asked")
def _asked(asked: ExtensionRequest, occasion: Occasion) -> None:
    _tell(
        hq_people([Role.HQ_ADMIN]),
        "extension_asked",
        occasion,
        about=asked.submission.key,
        url=reverse("extension_request", args=[asked.pk]),
        submission=asked.submission,
        step=asked.get_step_display(),
        until=asked.until,
    )


@events.on("extension.declined")
def _declined(asked: ExtensionRequest, occasion: Occasion) -> None:
    own = dates_of(asked.submission).get(Step(asked.step))
    _tell(
        school_and_leader(asked.submission),
        "extension_declined",
        occasion,
        about=asked.submission.key,
        url=reverse("submission_extensions", args=[asked.submission_id]),
        submission=asked.submission,
        step=asked.get_step_display(),
        due_on=own.due_on if own else None,
    )
