"""The mails of dates, cases and their outcomes, written in the transaction of what they tell of."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_people
from hubs.models import HubMembership
from messaging.domain.mail import write
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion
from psqm_portal.core.roles import Role
from rounds.models import Step
from submissions.domain.later_date import dates_of
from submissions.models import LIVE, Case, ExtensionRequest, Submission
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


@events.on("case.raise")
def _raised(case: Case, occasion: Occasion) -> None:
    _tell(hq_people([Role.HQ_ADMIN]), "case_raised", occasion, **_about(case))


@events.on("case.assign")
def _given(case: Case, occasion: Occasion) -> None:
    if case.owner is not None:
        _tell([case.owner], "case_given", occasion, **_about(case))


@events.on("case.close")
def _settled(case: Case, occasion: Occasion) -> None:
    if case.raised_by.is_active:
        _tell([case.raised_by], "case_answered", occasion, **_about(case))


def _about(case: Case) -> dict[str, Any]:
    return {"about": case.key, "url": case.get_absolute_url(), "case": case}


@events.on("submission.handed_over")
def _handed_over(submission: Submission, occasion: Occasion) -> None:
    """Those who leave are told too; who was invited has the invitation."""
    left, joined = occasion.given["left"], occasion.given["joined"]
    told: dict[str, Any] = {
        "about": submission.key,
        "submission": submission,
        "name": str(joined or occasion.given["name"]),
        "left": [str(one) for one in left],
    }
    here = [*([joined] if joined else []), *school_and_leader(submission)]
    _tell(here, "handed_over", occasion, url=submission.get_absolute_url(), **told)
    gone = [one for one in left if one not in here and one.is_active]
    _tell(gone, "handed_over", occasion, url=reverse("home"), **told)


@events.on("submission.move_hub")
def _moved(submission: Submission, occasion: Occasion) -> None:
    left = occasion.given["left"]
    old = HubMembership.objects.current().filter(hub=left, user__is_active=True).select_related("user")
    told: dict[str, Any] = {"about": submission.key, "submission": submission, "from_hub": left}
    new_people = [*school_and_leader(submission), *hub_people(submission, Role.MENTOR)]
    _tell(new_people, "moved_hub", occasion, url=submission.get_absolute_url(), **told)
    gone = [one.user for one in old if one.user not in new_people]
    _tell(gone, "moved_away", occasion, url=reverse("hub", args=[left.slug]), **told)


@events.on("hub_membership.started")
def _new_leader(membership: HubMembership, occasion: Occasion) -> None:
    """To the leader, and to the schools that have work in hand: who signs off from now on."""
    if membership.role != Role.HUB_LEADER.value:
        return
    hub, leader = membership.hub, membership.user
    url = reverse("hub_hand_over", args=[hub.slug])
    _tell([leader], "leads_hub", occasion, about=f"hub:{hub.pk}", url=url, hub=hub)
    for submission in Submission.objects.filter(hub=hub, status__in=LIVE).select_related(
        "school", "round", "hub"
    ):
        _tell(
            school_people(submission, Role.SUBJECT_LEADER, Role.HEADTEACHER),
            "new_hub_leader",
            occasion,
            about=submission.key,
            url=reverse("conversation", args=[submission.pk]),
            submission=submission,
            leader=leader,
        )


@events.on("hub_membership.ended")
def _former_leader(membership: HubMembership, occasion: Occasion) -> None:
    if membership.role == Role.HUB_LEADER.value and membership.user.is_active:
        hub = membership.hub
        _tell([membership.user], "led_hub", occasion, about=f"hub:{hub.pk}", url=reverse("home"), hub=hub)
