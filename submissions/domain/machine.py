"""A submission's life: the product's table, section 3, row by row.

``part`` rows of that table are in ``part_machine``. Guards that only a later app can know (reviewers,
moderation) are added by ``awards`` through ``submission_machine.guard``.
"""

from datetime import date

from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Machine, Move, Occasion
from psqm_portal.core.roles import Role
from rounds.models import Step
from submissions.domain import guards, later_date
from submissions.domain.seats import change_seat, leave_seat, take_seat
from submissions.models import Extension, Submission
from submissions.models.submission import Status
from submissions.queries import due_on, roles_towards

ENROLLED, WITH_HUB, SIGNED_OFF = Status.ENROLLED, Status.WITH_HUB, Status.SIGNED_OFF
SUBMITTED, IN_REVIEW, REVIEWED = Status.SUBMITTED, Status.IN_REVIEW, Status.REVIEWED
DECIDED, NOTIFIED = Status.DECIDED, Status.NOTIFIED
NOT_SUBMITTED = Status.NOT_SUBMITTED

SUBJECT_LEADER = frozenset({Role.SUBJECT_LEADER})
HUB_LEADER = frozenset({Role.HUB_LEADER})
HQ = frozenset({Role.HQ_ADMIN})
CLOCK = frozenset({Role.CLOCK})


def _propose(submission: Submission, occasion: Occasion) -> None:
    submission.proposed_level = occasion.given["level"]


def _confirm(submission: Submission, _: Occasion) -> None:
    submission.target_level, submission.proposed_level = submission.proposed_level, None


def _unpropose(submission: Submission, _: Occasion) -> None:
    submission.proposed_level = None


def _send(submission: Submission, occasion: Occasion) -> None:
    submission.sent_for_sign_off_at = occasion.now


def _answer(submission: Submission, occasion: Occasion) -> None:
    """An answer after the close to a school that asked in time leaves it a week."""
    today, close = london_day(occasion.now), due_on(submission, Step.SUBMIT)
    before = Submission.objects.get(pk=submission.pk)
    if close is not None and today > close and guards.waits_for_late_answer(before):
        until = today + guards.AFTER_LATE_ANSWER
        _extend(submission, occasion, until, "The hub leader's answer came after the close.")


def _extend(
    submission: Submission, occasion: Occasion, until: date, reason: str, step: Step = Step.SUBMIT
) -> None:
    Extension.objects.create(
        submission=submission,
        step=step,
        until=until,
        reason=reason,
        granted_by=occasion.by,
        granted_at=occasion.now,
    )


def _give_time(submission: Submission, occasion: Occasion) -> None:
    """``given["why"]`` is what the person wrote; the move's reason also says from when to when."""
    step, until = occasion.given["step"], occasion.given["until"]
    given = {step: until}
    if (along := later_date.sending_along(submission, step, until, london_day(occasion.now))) is not None:
        given[Step.SEND_FOR_SIGN_OFF] = along
    for each, day in given.items():
        _extend(submission, occasion, day, occasion.given.get("why") or occasion.reason, each)


def _reopen(submission: Submission, occasion: Occasion) -> None:
    _extend(submission, occasion, occasion.given["until"], occasion.reason)


def _submit(submission: Submission, occasion: Occasion) -> None:
    submission.submitted_at = occasion.now
    submission.cycle += 1


class SubmissionMachine(Machine):
    """Says the stage as the person may know it: a made-up form mustn't tell that an outcome is reached."""

    def why_not(self, move: Move, subject: Submission, occasion: Occasion) -> str | None:
        if move.sources and subject.status not in move.sources and Role.HQ_ADMIN not in move.who:
            return f"This can't be done now: it is {subject.told_stage}."
        return super().why_not(move, subject, occasion)


def _any(*statuses: Status) -> frozenset[str]:
    return frozenset(statuses)


# fmt: off
submission_machine = SubmissionMachine(
    "submission",
    [
        Move(
            "enrol", "Enrol the school", _any(), ENROLLED, HQ | HUB_LEADER,
            guards=(guards.round_open, guards.agreed, guards.has_ase_membership, guards.no_other_live),
            effect=take_seat,
        ),
        Move(
            "propose_level", "Propose a level", _any(ENROLLED), None, SUBJECT_LEADER, needs=("level",),
            guards=(
                guards.audit_complete, guards.level_may_change,
                guards.level_of_framework, guards.change_has_reason,
            ),
            effect=_propose,
        ),
        Move(
            "confirm_level", "Confirm the level", _any(ENROLLED), None, HUB_LEADER,
            guards=(guards.level_proposed,), effect=_confirm,
        ),
        Move(
            "return_level", "Return the level", _any(ENROLLED), None, HUB_LEADER, needs=("reason",),
            guards=(guards.level_proposed,), effect=_unpropose,
        ),
        Move(
            "send_for_sign_off", "Send for sign-off", _any(ENROLLED), WITH_HUB, SUBJECT_LEADER,
            guards=(guards.before_close, guards.level_settled, guards.parts_ready), effect=_send,
        ),
        Move(
            "return", "Return to the school", _any(WITH_HUB), ENROLLED, HUB_LEADER, needs=("reason",),
            guards=(guards.part_returned,), effect=_answer,
        ),
        Move(
            "sign_off", "Sign off the submission", _any(WITH_HUB), SIGNED_OFF, HUB_LEADER,
            guards=(guards.parts_signed_off, guards.parts_unchanged), effect=_answer,
        ),
        Move(
            "reopen_parts", "Reopen parts", _any(WITH_HUB, SIGNED_OFF), ENROLLED, HUB_LEADER,
            needs=("reason", "parts"), effect=_answer,
        ),
        Move(
            "submit", "Submit to PSQM", _any(SIGNED_OFF), SUBMITTED, SUBJECT_LEADER,
            guards=(guards.before_close, guards.parts_signed_off, guards.parts_unchanged), effect=_submit,
        ),
        Move(
            "close", "Close", _any(ENROLLED, WITH_HUB, SIGNED_OFF), NOT_SUBMITTED, CLOCK,
            guards=(guards.close_has_passed,),
        ),
        Move(
            "let_in_late", "Let in late", _any(NOT_SUBMITTED), ENROLLED, HQ, needs=("reason", "until"),
            guards=(guards.no_other_live, guards.date_ahead), effect=_reopen,
        ),
        Move("assign_reviewers", "Assign reviewers", _any(SUBMITTED), IN_REVIEW, HQ),
        Move("finish_reviews", "Finish the reviews", _any(IN_REVIEW), REVIEWED, CLOCK),
        Move("add_review", "Add a review", _any(REVIEWED), IN_REVIEW, HQ),
        Move("decide", "Decide", _any(REVIEWED), DECIDED, HQ),
        Move("undo", "Undo the decision", _any(DECIDED), REVIEWED, HQ, needs=("reason",)),
        Move(
            "release", "Tell the outcome", _any(DECIDED), NOTIFIED, HQ,
            guards=(guards.notification_day_or_reason,),
        ),
        Move(
            "uphold_appeal", "Uphold an appeal", _any(NOTIFIED), DECIDED, HQ, needs=("reason",),
            guards=(guards.no_other_live,),
        ),
        Move(
            "reopen", "Reopen for the school", _any(SUBMITTED, IN_REVIEW), ENROLLED, HQ,
            needs=("reason", "until"), guards=(guards.date_ahead,), effect=_reopen,
        ),
        Move(
            "withdraw", "Withdraw",
            _any(ENROLLED, WITH_HUB, SIGNED_OFF, SUBMITTED, IN_REVIEW, REVIEWED, DECIDED, NOT_SUBMITTED),
            Status.WITHDRAWN, HQ, needs=("reason",), effect=leave_seat,
        ),
        Move(
            "defer", "Defer to a later round", _any(ENROLLED, WITH_HUB, SIGNED_OFF, NOT_SUBMITTED),
            Status.DEFERRED, HQ, needs=("reason", "round", "hub"), guards=(guards.later_round,),
            effect=leave_seat,
        ),
        # What HQ does for one school while its work goes on (product, sections 2 and 4).
        Move(
            "extend", "Give more time", _any(ENROLLED, WITH_HUB, SIGNED_OFF), None, HQ,
            needs=("reason", "step", "until"), guards=(later_date.why_not_given,), effect=_give_time,
        ),
        Move(
            "hand_over", "Hand over to a new subject leader",
            _any(ENROLLED, WITH_HUB, SIGNED_OFF, SUBMITTED, IN_REVIEW, REVIEWED, DECIDED, NOT_SUBMITTED),
            None, HQ, needs=("reason",),
        ),
        Move(
            "move_hub", "Move to another hub",
            _any(ENROLLED, WITH_HUB, SIGNED_OFF, SUBMITTED, IN_REVIEW, NOT_SUBMITTED), None, HQ,
            needs=("reason", "hub"), guards=(guards.hub_can_take,), effect=change_seat,
        ),
    ],
    roles=roles_towards,
    label=lambda status: Status(status).label.lower(),
)
# fmt: on
