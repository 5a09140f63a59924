"""A part's life: draft → sent → returned (with feedback) → sent → signed off (product, section 3)."""

from typing import Any

from psqm_portal.core.machine import Machine, Move, Occasion, Refused
from psqm_portal.core.roles import Role
from submissions.domain.feedback import asked_since_sent
from submissions.domain.readiness import missing_from
from submissions.domain.versions import keep_version
from submissions.models import Feedback, Part, Submission
from submissions.models.submission import Status
from submissions.queries import roles_towards

SUBJECT_LEADER = frozenset({Role.SUBJECT_LEADER})
HUB_LEADER = frozenset({Role.HUB_LEADER})
DRAFT, SENT, RETURNED, SIGNED_OFF = Part.Status


class PartMachine(Machine):
    """Locks the submission before the part, as everything that writes in a submission does."""

    def _load(self, subject: Any) -> Any:
        if self.locking:
            Submission.objects.select_for_update().get(pk=subject.submission_id)
        part = super()._load(subject)
        part.submission = Submission.objects.get(pk=subject.submission_id)
        return part


def _school_writes(part: Part, _: Occasion) -> str | None:
    if part.submission.status != Status.ENROLLED:
        return f"Nothing can be sent now: the submission is {part.submission.told_stage}."
    return None


def _hub_answers(part: Part, _: Occasion) -> str | None:
    if part.submission.status not in {Status.ENROLLED, Status.WITH_HUB}:
        return f"This can't be done now: the submission is {part.submission.told_stage}."
    return None


def _may_reopen(part: Part, _: Occasion) -> str | None:
    """One part alone while the school works; once with the hub, parts are reopened with the submission."""
    if part.submission.status == Status.ENROLLED:
        return None
    if part.submission.status in {Status.WITH_HUB, Status.SIGNED_OFF}:
        return "Reopen it on the sign-off page: the submission goes back to the school with it."
    return f"This can't be done now: the submission is {part.submission.told_stage}."


def _has_content(part: Part, _: Occasion) -> str | None:
    return missing_from(part)


def _send(part: Part, occasion: Occasion) -> None:
    part.sent_at = occasion.now
    keep_version(part, by=occasion.by, now=occasion.now)


def _sign_off(part: Part, occasion: Occasion) -> None:
    part.signed_version = keep_version(part, by=occasion.by, now=occasion.now)


def _return(part: Part, occasion: Occasion) -> None:
    """With the reason (and words it quotes) as a comment; without it where comments wait for the school."""
    if occasion.by is None:
        raise Refused("Only a person returns a part.")
    part.signed_version = None
    if not occasion.reason:
        if not asked_since_sent(part).exists():
            raise Refused("Write what the school should change, or comment on its work first.")
        return
    Feedback.objects.create(
        submission_id=part.submission_id,
        part=part,
        author=occasion.by,
        quote=occasion.given.get("quote", ""),
        body=occasion.reason,
        written_at=occasion.now,
    )


# fmt: off
part_machine = PartMachine(
    "part",
    [
        Move(
            "send", "Send to your hub leader", frozenset({DRAFT, RETURNED}), SENT, SUBJECT_LEADER,
            guards=(_school_writes, _has_content), effect=_send,
        ),
        Move(
            "return", "Return with feedback", frozenset({SENT}), RETURNED, HUB_LEADER,
            guards=(_hub_answers,), effect=_return,
        ),
        Move(
            "sign_off", "Sign off", frozenset({SENT}), SIGNED_OFF, HUB_LEADER,
            guards=(_hub_answers,), effect=_sign_off,
        ),
        Move(
            "reopen", "Reopen", frozenset({SIGNED_OFF}), RETURNED, HUB_LEADER, needs=("reason",),
            guards=(_may_reopen,), effect=_return,
        ),
    ],
    roles=lambda user, part: roles_towards(user, part.submission),
    label=lambda status: Part.Status(status).label.lower(),
)
# fmt: on
