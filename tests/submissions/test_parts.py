"""A part's life, what it must hold, its versions, and whose turn it is to write."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from psqm_portal.core.seen import OutOfDate
from submissions.domain.part_machine import part_machine
from submissions.domain.versions import content_of, keep_version
from submissions.domain.writing import save_row, save_text, text_mark
from submissions.models import ActionRow, Feedback, Part, Submission
from tests import factories as make

pytestmark = pytest.mark.django_db

TABLE = {
    "send": ({"draft", "returned"}, "sent", "subject leader"),
    "return": ({"sent"}, "returned", "hub leader"),
    "sign_off": ({"sent"}, "signed_off", "hub leader"),
    "reopen": ({"signed_off"}, "returned", "hub leader"),
}


@pytest.fixture
def school_part() -> tuple[Part, User, User]:
    """A reflection, its subject leader, its hub leader."""
    submission = make.submission()
    return (
        submission.parts.get(code="a1"),
        make.member(submission.school),
        make.hub_member(submission.hub),
    )


def _set(part: Part, **fields: Any) -> Part:
    Part.objects.filter(pk=part.pk).update(**fields)
    part.refresh_from_db()
    return part


@pytest.mark.parametrize("status", [status.value for status in Part.Status])
def test_s06_only_the_tables_moves(status: str, school_part: tuple[Part, User, User]) -> None:
    part, leader, hub_leader = school_part
    make.fill_part(part)
    part = _set(part, status=status, signed_version=keep_version(part, by=None, now=make.NOW))
    people = {
        "subject leader": leader,
        "hub leader": hub_leader,
        "headteacher": make.member(part.submission.school, Role.HEADTEACHER),
        "mentor": make.hub_member(part.submission.hub, Role.MENTOR),
        "HQ admin": make.hq(),
        "stranger": make.hub_member(make.hub()),
        "the clock": None,
    }
    for action, (sources, _, role) in TABLE.items():
        for name, person in people.items():
            if name == role and status in sources:
                continue
            with pytest.raises(PermissionDenied if name != role else Refused):
                part_machine.perform(part, action, by=person, now=make.NOW, reason="Because")
    assert Part.objects.get(pk=part.pk).status == status


@pytest.mark.parametrize(
    "status", [s.value for s in Submission.Status if s not in {"enrolled", "with_hub", "signed_off"}]
)
@pytest.mark.parametrize(("action", "at"), [("send", "draft"), ("return", "sent"), ("reopen", "signed_off")])
def test_nothing_moves_once_the_work_is_handed_in(status: str, action: str, at: str) -> None:
    submission = make.submission(status=status)
    part = submission.parts.get(code="a1")
    make.fill_part(part)
    part = _set(part, status=at, signed_version=keep_version(part, by=None, now=make.NOW))
    by = make.member(submission.school) if action == "send" else make.hub_member(submission.hub)
    with pytest.raises(Refused):
        part_machine.perform(part, action, by=by, now=make.NOW, reason="Because")


def test_a_reflection_needs_text_within_the_limit_and_captioned_evidence(
    school_part: tuple[Part, User, User],
) -> None:
    part, leader, _ = school_part

    def refused() -> str:
        with pytest.raises(Refused) as sentence:
            part_machine.perform(part, "send", by=leader, now=make.NOW)
        return str(sentence.value)

    assert refused() == "Write your reflection first."
    _set(part, text="word " * 51)
    assert refused() == "Your reflection has 51 words. Shorten it to 50 or fewer."
    _set(part, text="word " * 50)
    assert refused() == "Add at least one piece of evidence for this criterion."
    link = make.tie(make.evidence(part.submission), part, caption="")
    assert refused() == "Write a caption for each piece of evidence that says how it shows this criterion."
    link.caption = "It shows how."
    link.save()
    assert part_machine.perform(part, "send", by=leader, now=make.NOW).status == "sent"


def test_returning_leaves_feedback_and_sign_off_pins(school_part: tuple[Part, User, User]) -> None:
    part, leader, hub_leader = school_part
    make.fill_part(part)
    part = part_machine.perform(part, "send", by=leader, now=make.NOW)
    with pytest.raises(Refused, match="Write what the school should change"):
        part_machine.perform(part, "return", by=hub_leader, now=make.NOW)
    part = part_machine.perform(part, "return", by=hub_leader, now=make.NOW, reason="Say more about impact.")
    comment = Feedback.objects.get(part=part)
    assert (comment.author, comment.body) == (hub_leader, "Say more about impact.")
    save_text(part, "Much more about impact.", seen=text_mark(part.text), by=leader, now=make.NOW)
    part = part_machine.perform(part, "send", by=leader, now=make.NOW)
    part = part_machine.perform(part, "sign_off", by=hub_leader, now=make.NOW)
    assert part.signed_version.content == content_of(part)
    assert part.signed_version.content["text"] == "Much more about impact."
    assert part.signed_version.content["evidence"][0]["caption"] == "It shows how pupils choose questions."


def test_only_a_subject_leader_writes_and_only_in_turn(school_part: tuple[Part, User, User]) -> None:
    part, leader, hub_leader = school_part
    head = make.member(part.submission.school, Role.HEADTEACHER)
    for person in (hub_leader, head, make.hq(), make.user()):
        with pytest.raises(PermissionDenied):
            save_text(part, "Mine", seen=text_mark(""), by=person, now=make.NOW)
    _set(part, status="sent", sent_at=make.NOW)
    with pytest.raises(Refused, match="You sent this to your hub leader on Tuesday 3 November 2026"):
        save_text(part, "Mine", seen=text_mark(""), by=leader, now=make.NOW)
    _set(part, status="draft")
    Submission.objects.filter(pk=part.submission_id).update(status="with_hub")
    with pytest.raises(Refused, match="You can read this but not change it"):
        save_text(part, "Mine", seen=text_mark(""), by=leader, now=make.NOW)


def test_a_newer_text_is_never_overwritten(school_part: tuple[Part, User, User]) -> None:
    """R03, the mechanism: two pages opened with the same text; the second save gets both texts."""
    part, leader, _ = school_part
    colleague = make.member(part.submission.school)
    opened = text_mark(part.text)
    save_text(part, "From the first tab.", seen=opened, by=leader, now=make.NOW)
    for person in (colleague, leader):
        with pytest.raises(OutOfDate) as conflict:
            save_text(part, "From the second tab.", seen=opened, by=person, now=make.NOW)
        assert conflict.value.standing == "From the first tab."
    assert Part.objects.get(pk=part.pk).text == "From the first tab."
    save_text(part, "Both.", seen=text_mark("From the first tab."), by=colleague, now=make.NOW)
    assert Part.objects.get(pk=part.pk).text == "Both."


def test_saves_of_ten_minutes_fold_into_one_version(school_part: tuple[Part, User, User]) -> None:
    part, leader, _ = school_part
    colleague = make.member(part.submission.school)

    def save(text: str, minutes: int, by: User) -> None:
        seen = text_mark(Part.objects.get(pk=part.pk).text)
        save_text(part, text, seen=seen, by=by, now=make.NOW + timedelta(minutes=minutes))

    save("One", 0, leader)
    save("One two", 9, leader)
    save("One two three", 10, leader)
    save("One two three four", 11, colleague)
    save("One two three four", 12, colleague)
    assert [
        (version.number, version.content["text"], version.saved_by) for version in part.versions.all()
    ] == [
        (1, "One two", leader),
        (2, "One two three", leader),
        (3, "One two three four", colleague),
    ]


def test_s02_a_row_of_another_school_is_not_touched(school_part: tuple[Part, User, User]) -> None:
    part, leader, _ = school_part
    plan = part.submission.parts.get(code="action-plan")
    foreign = make.submission().parts.get(code="action-plan")
    make.fill_part(foreign)
    row = ActionRow.objects.get(part=foreign)
    row.objective = "Taken over"
    with pytest.raises(PermissionDenied):
        save_row(plan, row, by=leader, now=make.NOW)
    assert ActionRow.objects.get(pk=row.pk).objective == "More enquiry"


def test_content_costs_the_same_for_one_part_and_for_all(django_assert_num_queries: Any) -> None:
    from submissions.domain.versions import contents_of

    submission = make.submission()
    make.sign_off_parts(submission)
    for parts in (list(submission.parts.all()[:2]), list(submission.parts.all())):
        with django_assert_num_queries(4):
            contents_of(parts)
