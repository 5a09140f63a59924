"""The mails that follow a move, written in its transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_people
from messaging.domain.mail import write
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion
from psqm_portal.core.roles import HUB, Role
from submissions.models import Feedback, Part, Submission
from submissions.queries import hub_people, school_people


def _tell(
    people: Iterable[User],
    template: str,
    submission: Submission,
    occasion: Occasion,
    url: str = "",
    *,
    once: str = "",
    **more: Any,
) -> None:
    """``once`` with the person's number behind it is said once."""
    for person in people:
        if person == occasion.by:
            continue
        write(
            f"submissions/mail/{template}",
            to=person,
            now=occasion.now,
            about=submission.key,
            once=f"{once}:{person.pk}" if once else None,
            context={
                "person": person,
                "submission": submission,
                "by": occasion.by,
                "reason": occasion.reason,
                "url": url or submission.get_absolute_url(),
                **more,
            },
        )


def _leaders(submission: Submission) -> Iterable[User]:
    return school_people(submission, Role.SUBJECT_LEADER)


def _hub_leader(submission: Submission) -> Iterable[User]:
    return hub_people(submission, Role.HUB_LEADER)


def _is_of_hub(submission: Submission, person: User) -> bool:
    return hub_people(submission, *HUB).filter(pk=person.pk).exists()


@events.on("submission.propose_level")
def _level_proposed(submission: Submission, occasion: Occasion) -> None:
    url = reverse("submission_level", args=[submission.pk])
    _tell(_hub_leader(submission), "level_proposed", submission, occasion, url)


@events.on("submission.confirm_level")
def _level_confirmed(submission: Submission, occasion: Occasion) -> None:
    _tell(_leaders(submission), "level_confirmed", submission, occasion)


@events.on("submission.return_level")
def _level_returned(submission: Submission, occasion: Occasion) -> None:
    url = reverse("submission_level", args=[submission.pk])
    _tell(_leaders(submission), "level_returned", submission, occasion, url)


@events.on("submission.send_for_sign_off")
def _sent_for_sign_off(submission: Submission, occasion: Occasion) -> None:
    url = reverse("sign_off", args=[submission.pk])
    _tell(_hub_leader(submission), "sent_for_sign_off", submission, occasion, url)


@events.on("submission.return", "submission.reopen_parts")
def _returned(submission: Submission, occasion: Occasion) -> None:
    _tell(_leaders(submission), "returned", submission, occasion)


@events.on("submission.sign_off")
def _signed_off(submission: Submission, occasion: Occasion) -> None:
    url = reverse("submit", args=[submission.pk])
    _tell(_leaders(submission), "signed_off", submission, occasion, url)


@events.on("submission.submit")
def _submitted(submission: Submission, occasion: Occasion) -> None:
    url = reverse("receipt", args=[submission.pk])
    people = [*school_people(submission, Role.SUBJECT_LEADER, Role.HEADTEACHER), *_hub_leader(submission)]
    # The one who pressed the button gets the receipt too.
    receipt = Occasion(by=None, now=occasion.now)
    _tell(dict.fromkeys(people), "submitted", submission, receipt, url)


@events.on("submission.close")
def _closed(submission: Submission, occasion: Occasion) -> None:
    people = [*school_people(submission, Role.SUBJECT_LEADER, Role.HEADTEACHER), *_hub_leader(submission)]
    _tell(dict.fromkeys(people), "closed", submission, occasion)


@events.on("submission.reopen", "submission.let_in_late", "submission.withdraw", "submission.defer")
def _changed_by_hq(submission: Submission, occasion: Occasion) -> None:
    people = [*school_people(submission, Role.SUBJECT_LEADER, Role.HEADTEACHER), *_hub_leader(submission)]
    _tell(dict.fromkeys(people), "changed_by_hq", submission, occasion, until=occasion.given.get("until"))


@events.on("part.send")
def _part_sent(part: Part, occasion: Occasion) -> None:
    _tell(
        _hub_leader(part.submission),
        "part_sent",
        part.submission,
        occasion,
        part.get_absolute_url(),
        part=part,
    )


@events.on("part.return", "part.reopen")
def _part_returned(part: Part, occasion: Occasion) -> None:
    if occasion.given.get("quiet"):
        return
    _tell(
        _leaders(part.submission),
        "part_returned",
        part.submission,
        occasion,
        part.get_absolute_url(),
        part=part,
    )


@events.on("part.sign_off")
def _part_signed_off(part: Part, occasion: Occasion) -> None:
    _tell(
        _leaders(part.submission),
        "part_signed_off",
        part.submission,
        occasion,
        part.get_absolute_url(),
        part=part,
    )


@events.on("feedback.written")
def _feedback_written(feedback: Feedback, occasion: Occasion) -> None:
    """The hub's comment goes to the school; the school's answer to who started the thread, or, once they
    have left the hub, to its leader of today. The hub's answer goes to the school.

    One mail an hour: five comments on an evening are one burst, and its page has them all.
    """
    submission, by = feedback.submission, occasion.by
    people = _leaders(submission)
    if feedback.answers is not None and by is not None and not _is_of_hub(submission, by):
        still_there = hub_people(submission, *HUB).filter(pk=feedback.answers.author_id)
        people = still_there if still_there.exists() else _hub_leader(submission)
    _tell(
        people,
        "feedback",
        submission,
        occasion,
        reverse("feedback_asked", args=[submission.pk]),
        once=f"{submission.key}:feedback:{by.pk if by else 0}:{occasion.now:%Y%m%d%H}",
        feedback=feedback,
        on=feedback.part or feedback.evidence,
    )


def tell_hq_of_late_answers(waiting: Iterable[Submission], *, now: datetime) -> None:
    """Once for each submission and sending: a school that asked in time still waits after the close."""
    waiting = list(waiting)
    if not waiting:
        return
    for person in hq_people([Role.HQ_ADMIN]):
        for submission in waiting:
            write(
                "submissions/mail/late_answer",
                to=person,
                now=now,
                about=submission.key,
                once=f"{submission.key}:late-answer:{submission.sent_for_sign_off_at:%Y%m%d}:{person.pk}",
                context={"person": person, "submission": submission, "url": submission.get_absolute_url()},
            )
