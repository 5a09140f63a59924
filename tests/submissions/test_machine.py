"""A submission's life against the product's table, section 3, written out a second time as the oracle."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from hubs.models import Seat
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from submissions.domain.machine import submission_machine
from submissions.models import Submission
from submissions.models.submission import Status
from tests import factories as make

pytestmark = pytest.mark.django_db

# action: (sources, target or None where the status stays, role)
TABLE: dict[str, tuple[set[str], str | None, str]] = {
    "propose_level": ({"enrolled"}, None, "subject leader"),
    "confirm_level": ({"enrolled"}, None, "hub leader"),
    "return_level": ({"enrolled"}, None, "hub leader"),
    "send_for_sign_off": ({"enrolled"}, "with_hub", "subject leader"),
    "return": ({"with_hub"}, "enrolled", "hub leader"),
    "sign_off": ({"with_hub"}, "signed_off", "hub leader"),
    "reopen_parts": ({"with_hub", "signed_off"}, "enrolled", "hub leader"),
    "submit": ({"signed_off"}, "submitted", "subject leader"),
    "close": ({"enrolled", "with_hub", "signed_off"}, "not_submitted", "the clock"),
    "let_in_late": ({"not_submitted"}, "enrolled", "HQ admin"),
    "assign_reviewers": ({"submitted"}, "in_review", "HQ admin"),
    "finish_reviews": ({"in_review"}, "reviewed", "the clock"),
    "add_review": ({"reviewed"}, "in_review", "HQ admin"),
    "decide": ({"reviewed"}, "decided", "HQ admin"),
    "undo": ({"decided"}, "reviewed", "HQ admin"),
    "release": ({"decided"}, "notified", "HQ admin"),
    "uphold_appeal": ({"notified"}, "decided", "HQ admin"),
    "reopen": ({"submitted", "in_review"}, "enrolled", "HQ admin"),
    "withdraw": (
        {
            "enrolled", "with_hub", "signed_off", "submitted", "in_review", "reviewed", "decided",
            "not_submitted",
        },
        "withdrawn",
        "HQ admin",
    ),
    "defer": ({"enrolled", "with_hub", "signed_off", "not_submitted"}, "deferred", "HQ admin"),
    # Section 2, "extensions", and section 4, "change of circumstances"
    "extend": ({"enrolled", "with_hub", "signed_off"}, None, "HQ admin"),
    "hand_over": (
        {
            "enrolled", "with_hub", "signed_off", "submitted", "in_review", "reviewed", "decided",
            "not_submitted",
        },
        None,
        "HQ admin",
    ),
    "move_hub": (
        {"enrolled", "with_hub", "signed_off", "submitted", "in_review", "not_submitted"}, None, "HQ admin",
    ),
}  # fmt: skip
ROLES = [
    "subject leader", "headteacher", "school finance contact", "mentor", "hub leader", "HQ admin",
    "HQ finance", "HQ viewer", "stranger", "the clock",
]  # fmt: skip


@dataclass
class Cast:
    people: dict[str, User | None]
    level: Any
    later: Any
    hub: Any
    place: Any
    cycle: Any
    other_hub: Any


@pytest.fixture
def cast() -> Cast:
    cycle, place, in_hub = make.round_(), make.school(), make.hub()
    people: dict[str, User | None] = {
        "subject leader": make.member(place),
        "headteacher": make.member(place, Role.HEADTEACHER),
        "school finance contact": make.member(place, Role.SCHOOL_FINANCE),
        "mentor": make.hub_member(in_hub, Role.MENTOR),
        "hub leader": make.hub_member(in_hub),
        "HQ admin": make.hq(),
        "HQ finance": make.hq(Role.HQ_FINANCE),
        "HQ viewer": make.hq(Role.HQ_VIEWER),
        "stranger": make.member(make.school()),
        "the clock": None,
    }
    later = make.round_(opens=date(2027, 4, 1), framework=cycle.framework)
    make.hub_round(in_hub, later)
    level = cycle.framework.levels.get(name="Silver")
    other_hub = make.hub()
    make.hub_member(other_hub)
    make.hub_round(other_hub, cycle)
    return Cast(people, level, later, in_hub, place, cycle, other_hub)


def _given(action: str, cast: Cast, submission: Submission) -> dict[str, Any]:
    return {
        "propose_level": {"level": cast.level},
        "reopen_parts": {"parts": list(submission.parts.all()[:1])},
        "let_in_late": {"until": date(2027, 8, 1)},
        "reopen": {"until": date(2027, 8, 1)},
        "defer": {"round": cast.later, "hub": cast.hub},
        "extend": {"step": "submit", "until": date(2027, 8, 1)},
        "move_hub": {"hub": cast.other_hub},
    }.get(action, {})


def test_the_table_is_the_products() -> None:
    """S06: no move more, none less, and each with the source, target and person of the product's table."""
    moves = {name: move for name, move in submission_machine.moves.items() if name != "enrol"}
    assert {
        name: (set(move.sources), move.target, {str(role) for role in move.who})
        for name, move in moves.items()
    } == {name: (sources, target, {role}) for name, (sources, target, role) in TABLE.items()}


@pytest.mark.parametrize("status", [status.value for status in Status])
def test_s06_no_other_move_is_made(status: str, cast: Cast) -> None:
    """Every action by every role in this status: what isn't in the table is refused and changes nothing."""
    submission = make.submission(cycle=cast.cycle, place=cast.place, in_hub=cast.hub, status=status)
    before = Submission.objects.filter(pk=submission.pk).values().get()
    tried = 0
    for action, (sources, _, role) in TABLE.items():
        for name in ROLES:
            if name == role and status in sources:
                continue
            with pytest.raises(PermissionDenied if name != role else Refused):
                submission_machine.perform(
                    submission, action, by=cast.people[name], now=make.NOW, reason="Because",
                    **_given(action, cast, submission),
                )  # fmt: skip
            tried += 1
    assert tried >= len(TABLE) * (len(ROLES) - 1)
    assert Submission.objects.filter(pk=submission.pk).values().get() == before
    assert not HistoryEntry.objects.filter(machine="submission", subject_id=submission.pk).exists()


def _walk(cast: Cast, action: str, role: str, submission: Submission, **more: Any) -> Submission:
    return submission_machine.perform(
        submission,
        action,
        by=cast.people[role],
        now=more.pop("now", make.NOW),
        reason=more.pop("reason", ""),
        **more,
    )


def test_from_enrolment_to_submitted(cast: Cast) -> None:
    submission = make.submission(cycle=cast.cycle, place=cast.place, in_hub=cast.hub)
    with pytest.raises(Refused, match="First rate every criterion of the audit. Still open: A1, A2, A3"):
        _walk(cast, "propose_level", "subject leader", submission, level=cast.level)
    make.rate_audit(submission)
    submission = _walk(cast, "propose_level", "subject leader", submission, level=cast.level)
    assert (submission.status, submission.proposed_level, submission.target_level) == (
        "enrolled",
        cast.level,
        None,
    )
    submission = _walk(cast, "confirm_level", "hub leader", submission)
    assert (submission.proposed_level, submission.target_level) == (None, cast.level)
    with pytest.raises(Refused, match="hasn't approved the action plan"):
        _walk(cast, "send_for_sign_off", "subject leader", submission)
    make.sign_off_parts(submission)
    submission = _walk(cast, "send_for_sign_off", "subject leader", submission)
    submission = _walk(cast, "sign_off", "hub leader", submission)
    submission = _walk(cast, "submit", "subject leader", submission)
    assert (submission.status, submission.cycle, submission.submitted_at) == ("submitted", 1, make.NOW)
    history = HistoryEntry.objects.filter(machine="submission", subject_id=submission.pk)
    assert [(entry.action, entry.source, entry.target, entry.by) for entry in history] == [
        ("propose_level", "enrolled", "enrolled", cast.people["subject leader"]),
        ("confirm_level", "enrolled", "enrolled", cast.people["hub leader"]),
        ("send_for_sign_off", "enrolled", "with_hub", cast.people["subject leader"]),
        ("sign_off", "with_hub", "signed_off", cast.people["hub leader"]),
        ("submit", "signed_off", "submitted", cast.people["subject leader"]),
    ]


def test_submit_refuses_what_changed_since_sign_off(cast: Cast) -> None:
    submission = make.submission(cycle=cast.cycle, place=cast.place, in_hub=cast.hub, status="signed_off")
    make.sign_off_parts(submission)
    reflection = submission.parts.get(code="a1")
    submission.parts.filter(pk=reflection.pk).update(text="Something else")
    with pytest.raises(Refused, match="Changed since the sign-off: A1 Criterion 1"):
        _walk(cast, "submit", "subject leader", submission)
    submission.parts.filter(pk=reflection.pk).update(text=reflection.text)
    link = reflection.evidence_links.get()
    link.caption += " And more."
    link.save()
    with pytest.raises(Refused, match="Changed since the sign-off"):
        _walk(cast, "submit", "subject leader", submission)


def test_a_confirmed_level_changes_for_a_reason_until_a_month_before_the_close(cast: Cast) -> None:
    submission = make.submission(
        cycle=cast.cycle,
        place=cast.place,
        in_hub=cast.hub,
        target_level=cast.cycle.framework.levels.get(rank=1),
    )
    make.rate_audit(submission)
    with pytest.raises(Refused, match="Write why"):
        _walk(cast, "propose_level", "subject leader", submission, level=cast.level)
    close = date(2026, 9, 1) + timedelta(days=301)  # Tuesday 29 June 2027
    late = make.NOW.replace(year=2027, month=5, day=31)
    assert close == date(2027, 6, 29)
    with pytest.raises(Refused, match="until Sunday 30 May 2027, a month before the close"):
        _walk(cast, "propose_level", "subject leader", submission, level=cast.level, reason="Grew", now=late)
    last = make.NOW.replace(year=2027, month=5, day=30)
    submission = _walk(
        cast, "propose_level", "subject leader", submission, level=cast.level, reason="Grew", now=last
    )
    assert (submission.proposed_level, submission.target_level.rank) == (cast.level, 1)
    with pytest.raises(Refused, match="hasn't confirmed the level you asked for"):
        _walk(cast, "send_for_sign_off", "subject leader", submission)


def test_what_a_move_needs_is_asked_for(cast: Cast) -> None:
    submission = make.submission(cycle=cast.cycle, place=cast.place, in_hub=cast.hub)
    with pytest.raises(Refused, match=r"^Write the reason\.$"):
        _walk(cast, "withdraw", "HQ admin", submission, reason="  ")
    with pytest.raises(Refused, match=r"^Choose the round\.$"):
        _walk(cast, "defer", "HQ admin", submission, reason="Staff change")


def test_withdrawing_frees_the_place(cast: Cast) -> None:
    submission = make.submission(cycle=cast.cycle, place=cast.place, in_hub=cast.hub)
    seat = submission.seat
    submission = _walk(cast, "withdraw", "HQ admin", submission, reason="The school closes")
    assert (submission.status, submission.seat) == ("withdrawn", None)
    assert seat in Seat.objects.free()


def test_deferring_copies_the_work_to_the_later_round(cast: Cast) -> None:
    submission = make.submission(cycle=cast.cycle, place=cast.place, in_hub=cast.hub, target_level=cast.level)
    make.rate_audit(submission, 2)
    for part in submission.parts.all():
        make.fill_part(part)
    _walk(cast, "defer", "HQ admin", submission, reason="Maternity leave", round=cast.later, hub=cast.hub)
    copy = Submission.objects.get(continues=submission)
    assert (copy.status, copy.round, copy.school, copy.target_level) == (
        "enrolled", cast.later, submission.school, cast.level,
    )  # fmt: skip
    assert copy.seat is not None
    assert list(copy.parts.values_list("code", "text", "status")) == [
        (part.code, part.text, "draft") for part in submission.parts.all()
    ]
    assert [row.objective for row in copy.parts.get(code="action-plan").rows.all()] == ["More enquiry"]
    assert copy.evidence.count() == submission.evidence.count() == 3
    caption = copy.parts.get(code="a1").evidence_links.get().caption
    assert caption == "It shows how pupils choose questions."
    assert set(copy.audit.values_list("rating", flat=True)) == {2}


Asked = Callable[[], None]


@pytest.mark.parametrize(
    ("sent_on", "answered_on", "open_until"),
    [
        # In time (by 15 June), answered 3 July, after the close of 29 June: a week from the answer.
        (date(2027, 6, 15), date(2027, 7, 3), date(2027, 7, 10)),
        # In time, answered before the close: the close stands.
        (date(2027, 6, 15), date(2027, 6, 20), date(2027, 6, 29)),
        # Sent late, answered after the close: the close stands.
        (date(2027, 6, 20), date(2027, 7, 3), date(2027, 6, 29)),
    ],
)
def test_a_late_answer_leaves_a_week(cast: Cast, sent_on: date, answered_on: date, open_until: date) -> None:
    from rounds.models import Step
    from submissions.queries import due_on

    sent = make.NOW.replace(year=sent_on.year, month=sent_on.month, day=sent_on.day)
    submission = make.submission(
        cycle=cast.cycle, place=cast.place, in_hub=cast.hub, status="with_hub", sent_for_sign_off_at=sent
    )
    make.sign_off_parts(submission)
    answered = make.NOW.replace(year=answered_on.year, month=answered_on.month, day=answered_on.day)
    _walk(cast, "sign_off", "hub leader", submission, now=answered)
    assert due_on(submission, Step.SUBMIT) == open_until


def test_hub_leader_who_was_at_the_school_has_no_say(cast: Cast) -> None:
    submission = make.submission(
        cycle=cast.cycle, place=cast.place, in_hub=cast.hub, proposed_level=cast.level
    )
    leader = cast.people["hub leader"]
    assert leader is not None
    make.member(cast.place, Role.SUBJECT_LEADER, leader)
    leader.school_memberships.update(ended_at=make.NOW)
    with pytest.raises(PermissionDenied):
        _walk(cast, "confirm_level", "hub leader", submission)
