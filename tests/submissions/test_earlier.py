"""Next year: what comes along, exactly and once; what was typed since isn't lost; whose choice it is."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from psqm_portal.core.machine import Refused
from psqm_portal.core.models import StoredFile
from psqm_portal.core.roles import Role
from submissions.domain import evidence
from submissions.domain.earlier import WouldReplace, begin, earlier_of, keep_rest
from submissions.domain.enrolment import enrol, work_to_renew
from submissions.domain.machine import submission_machine
from submissions.domain.writing import save_text, text_mark
from submissions.models import ActionRow, Evidence, EvidenceLink, Part, Submission
from tests import factories as make

pytestmark = pytest.mark.django_db
LATER = make.NOW + timedelta(minutes=3)


def stored(submission: Submission, number: int = 1, **fields: Any) -> StoredFile:
    return StoredFile.objects.create(
        owner=submission.files_owner, sha256=f"{number:064d}", key=f"{submission.pk}/{number}",
        name=f"photo-{number}.jpg", kind="image", content_type="image/jpeg", size=5, stored_at=make.NOW,
        **fields,
    )  # fmt: skip


def photo(
    submission: Submission, number: int = 1, file: dict[str, Any] | None = None, **fields: Any
) -> Evidence:
    return Evidence.objects.create(
        submission=submission, kind="file", title=f"Photo {number}", added_by=make.user(), added_at=make.NOW,
        file=stored(submission, number, **(file or {})), **fields,
    )  # fmt: skip


@pytest.fixture
def old() -> Submission:
    """Told its outcome; A1 has a text, a note and a photo, the plan a row, a document a text."""
    made = make.submission(status="notified")
    for code in ("action-plan", "a1", "a3", "document-1"):
        make.fill_part(made.parts.get(code=code))
    make.tie(photo(made), made.parts.get(code="a1"), "The wall of questions.")
    return made


@pytest.fixture
def new(old: Submission) -> Submission:
    return make.submission(cycle=old.round, place=old.school, in_hub=old.hub, renews=old)


def contents(part: Part) -> tuple[Any, ...]:
    return (
        Part.objects.get(pk=part.pk).text,
        list(part.rows.values_list("objective", "actions", "who", "by_when", "cost", "success_measure")),
        list(
            part.evidence_links.values_list("evidence__title", "evidence__file", "evidence__note", "caption")
        ),
    )


def test_keep_copies_text_rows_and_evidence_with_captions_exactly(old: Submission, new: Submission) -> None:
    leader = make.member(new.school)
    for code in ("a1", "action-plan", "document-1"):
        part, before = new.parts.get(code=code), old.parts.get(code=code)
        told = begin(part, "kept", by=leader, now=make.NOW)
        assert contents(part) == contents(before)
        assert (told.part.beginning, told.left_out) == ("kept", [])
        assert part.versions.get().content["text"] == before.text
    tied = old.evidence.filter(links__part__code="a1")
    assert set(new.evidence.values_list("copied_from", flat=True)) == set(tied.values_list("pk", flat=True))
    assert old.evidence.count() == 3


def test_pressed_twice_it_is_kept_once(old: Submission, new: Submission) -> None:
    leader, part = make.member(new.school), new.parts.get(code="a1")
    begin(part, "kept", by=leader, now=make.NOW)
    before = (contents(part), list(part.evidence_links.values_list("pk")), part.versions.count())
    begin(part, "kept", by=leader, now=LATER)
    begin(part, "changed", by=leader, now=LATER)
    assert (contents(part), list(part.evidence_links.values_list("pk")), part.versions.count()) == before
    assert Part.objects.get(pk=part.pk).beginning == "changed"


def test_a_piece_for_two_criteria_is_one_piece_again(old: Submission, new: Submission) -> None:
    leader = make.member(new.school)
    shared = old.evidence.get(title="Photo 1")
    make.tie(shared, old.parts.get(code="a2"), "And here.")
    for code in ("a1", "a2"):
        begin(new.parts.get(code=code), "kept", by=leader, now=make.NOW)
    copy = new.evidence.get(title="Photo 1")
    assert (copy.file, copy.copied_from) == (shared.file, shared)
    assert list(copy.links.values_list("part__code", "caption")) == [
        ("a1", "The wall of questions."), ("a2", "And here."),
    ]  # fmt: skip


def test_r17_the_database_refuses_an_earlier_piece_that_is_copied_twice(
    old: Submission, new: Submission
) -> None:
    piece = old.evidence.get(title="Photo 1")
    again: dict[str, Any] = {"kind": "note", "note": "x", "added_by": piece.added_by, "added_at": make.NOW}
    Evidence.objects.create(submission=new, copied_from=piece, **again)
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.create(submission=new, copied_from=piece, **again)
    Evidence.objects.create(submission=make.submission(), copied_from=piece, **again)


def test_a_file_that_was_added_anew_is_used_as_it_is(old: Submission, new: Submission) -> None:
    again = Evidence.objects.create(
        submission=new, kind="file", title="The wall, again", file=old.evidence.get(title="Photo 1").file,
        added_by=make.user(), added_at=make.NOW,
    )  # fmt: skip
    begin(new.parts.get(code="a1"), "kept", by=make.member(new.school), now=make.NOW)
    assert again.links.get().caption == "The wall of questions."
    assert new.evidence.count() == 2


def test_start_fresh_empties_what_was_kept_and_keep_brings_it_back(old: Submission, new: Submission) -> None:
    leader, part = make.member(new.school), new.parts.get(code="a1")
    begin(part, "kept", by=leader, now=make.NOW)
    begin(part, "fresh", by=leader, now=LATER)
    assert contents(part) == ("", [], [])
    assert new.evidence.filter(removed_at=None).count() == 0
    begin(part, "kept", by=leader, now=LATER)
    assert contents(part) == contents(old.parts.get(code="a1"))
    assert new.evidence.count() == 2


def test_what_was_typed_since_is_asked_about_and_kept_in_a_version(old: Submission, new: Submission) -> None:
    """Within the ten minutes in which one person's saves fold into one version, too."""
    leader, part = make.member(new.school), new.parts.get(code="a1")
    save_text(part, "All new words.", seen=text_mark(""), by=leader, now=make.NOW)
    with pytest.raises(WouldReplace) as question:
        begin(part, "kept", by=leader, now=LATER)
    assert contents(part)[0] == "All new words."
    save_text(part, "And more.", seen=text_mark("All new words."), by=leader, now=LATER)
    with pytest.raises(WouldReplace) as again:
        begin(part, "kept", by=leader, now=LATER, sure=question.value.mark)
    begin(part, "kept", by=leader, now=LATER, sure=again.value.mark)
    assert contents(part) == contents(old.parts.get(code="a1"))
    assert [one.content["text"] for one in part.versions.all()] == [
        "And more.",
        "What changed, and how we know.",
    ]


def test_change_leaves_alone_what_was_changed_since(old: Submission, new: Submission) -> None:
    leader, part = make.member(new.school), new.parts.get(code="a1")
    begin(part, "kept", by=leader, now=make.NOW)
    standing = Part.objects.get(pk=part.pk).text
    save_text(part, "Changed.", seen=text_mark(standing), by=leader, now=LATER)
    begin(part, "changed", by=leader, now=LATER)
    assert contents(part)[0] == "Changed."
    with pytest.raises(WouldReplace):
        begin(part, "fresh", by=leader, now=LATER)


def test_s35_photos_without_consent_and_deleted_files_stay_behind_and_it_is_said(
    old: Submission, new: Submission
) -> None:
    part, today = old.parts.get(code="a2"), make.NOW.date()
    with_children: dict[str, Any] = {"children": "consent"}
    withdrawn = photo(old, 2, consent_until=today, consent_withdrawn_at=make.NOW, **with_children)
    ended = photo(old, 3, consent_until=today - timedelta(days=1), **with_children)
    last_day = photo(old, 4, consent_until=today, **with_children)
    gone = photo(old, 5, file={"deleted_at": make.NOW})
    for piece in (withdrawn, ended, last_day, gone):
        make.tie(piece, part)
    told = begin(new.parts.get(code="a2"), "kept", by=make.member(new.school), now=make.NOW)
    assert told.left_out == [
        "Photo 2: the families’ consent was withdrawn.",
        "Photo 3: the families’ consent has ended.",
        "Photo 5: its file was deleted. Add it again if you still have it.",
    ]
    copy = new.evidence.get()
    assert (copy.title, copy.children, copy.consent_until) == ("Photo 4", "consent", today)
    evidence.withdraw_consent(last_day, by=make.member(old.school), now=LATER)
    copy.refresh_from_db()
    assert copy.consent_withdrawn_at == LATER


def test_another_framework_is_matched_by_code_and_title(old: Submission) -> None:
    """A1 goes on, A2 is called something else, A3 isn't there any more; the plan's rows follow."""
    later = make.framework(criteria=2)
    later.strands.get().criteria.filter(code="A2").update(title="Something else")
    later.core_documents.filter(code="document-1").delete()
    new = make.submission(cycle=make.round_(framework=later), place=old.school, renews=old)
    leader = make.member(new.school)
    plan, ours = old.parts.get(code="action-plan"), old.round.framework.strands.get().criteria
    ActionRow.objects.create(
        part=plan, position=2, criterion=ours.get(code="A3"), objective="Assessment", actions="x", who="Sam",
        by_when=date(2027, 1, 1), success_measure="y",
    )  # fmt: skip
    begin(new.parts.get(code="a1"), "kept", by=leader, now=make.NOW)
    told = begin(new.parts.get(code="action-plan"), "changed", by=leader, now=make.NOW)
    assert told.left_out == ["Assessment: A3 Criterion 3 has no counterpart this year."]
    assert [str(row.criterion.strand.framework) for row in new.parts.get(code="action-plan").rows.all()] == [
        str(later)
    ]
    with pytest.raises(Refused, match="nothing for A2 Something else"):
        begin(new.parts.get(code="a2"), "kept", by=leader, now=make.NOW)


def test_only_the_subject_leader_chooses_and_only_while_it_is_the_schools(
    old: Submission, new: Submission
) -> None:
    part = new.parts.get(code="a1")
    for person in (
        make.member(new.school, Role.HEADTEACHER),
        make.hub_member(new.hub),
        make.hub_member(new.hub, Role.MENTOR),
        make.hq(),
        make.member(make.school()),
    ):
        with pytest.raises(PermissionDenied):
            begin(part, "kept", by=person, now=make.NOW)
        with pytest.raises(PermissionDenied):
            keep_rest(new, by=person, now=make.NOW)
    Part.objects.filter(pk=part.pk).update(status="sent", sent_at=make.NOW)
    with pytest.raises(Refused, match="You sent this"):
        begin(part, "kept", by=make.member(new.school), now=make.NOW)
    assert not EvidenceLink.objects.filter(part=part).exists()


def test_keep_the_rest_leaves_alone_what_was_written_or_decided(old: Submission, new: Submission) -> None:
    leader = make.member(new.school)
    begin(new.parts.get(code="document-1"), "fresh", by=leader, now=make.NOW)
    save_text(new.parts.get(code="a1"), "Mine.", seen=text_mark(""), by=leader, now=make.NOW)
    kept = keep_rest(new, by=leader, now=LATER)
    assert {one.part.code for one in kept} == {"action-plan", "a3"}
    assert dict(new.parts.values_list("code", "beginning")) == {
        "action-plan": "kept", "a1": "", "a2": "fresh", "a3": "kept", "document-1": "fresh",
        "document-2": "fresh",
    }  # fmt: skip
    assert keep_rest(new, by=leader, now=LATER) == []


def test_what_a_new_enrolment_renews() -> None:
    """The newest told outcome; without one, the newest work that came to none; never empty or deferred."""
    school = make.school()
    assert work_to_renew(school) is None
    make.submission(place=school, status="withdrawn")
    assert work_to_renew(school) is None
    begun = make.submission(place=school, status="not_submitted")
    make.fill_part(begun.parts.get(code="a1"))
    assert work_to_renew(school) == begun
    told = [make.submission(place=school, status="notified") for _ in range(2)]
    later = make.submission(place=school, status="withdrawn")
    make.fill_part(later.parts.get(code="a1"))
    deferred = make.submission(place=school, status="deferred")
    make.fill_part(deferred.parts.get(code="a1"))
    assert work_to_renew(school) == told[1]


def test_enrolling_again_renews_the_schools_work(old: Submission) -> None:
    cycle = make.round_(kind="reaccreditation", framework=old.round.framework)
    make.hub_round(old.hub, cycle)
    registration = make.registration(old.school, old.hub, cycle)
    submission = enrol(registration, by=make.hub_member(old.hub), now=make.NOW)
    assert (submission.renews, earlier_of(submission)) == (old, old)
    assert list(submission.parts.values_list("code", "text", "beginning")) == [
        ("action-plan", "", ""), ("a1", "", ""), ("a2", "", "fresh"), ("a3", "", ""),
        ("document-1", "", ""), ("document-2", "", "fresh"),
    ]  # fmt: skip


def test_deferred_work_is_kept_until_the_school_says_otherwise() -> None:
    """Progress on the plan and a photo whose consent ran out come along; both are still this year's."""
    deferred = make.submission()
    for part in deferred.parts.all():
        make.fill_part(part)
    deferred.parts.get(code="action-plan").rows.update(rag="amber", progress_notes="Half done.")
    lapsed = photo(deferred, children="consent", consent_until=date(2026, 1, 1))
    make.tie(lapsed, deferred.parts.get(code="a1"), "Last summer.")
    loose = make.evidence(deferred)
    later = make.round_(framework=deferred.round.framework, opens=date(2027, 3, 1))
    make.hub_round(deferred.hub, later)
    submission_machine.perform(
        deferred, "defer", by=make.hq(), now=make.NOW, reason="Leave.", round=later, hub=deferred.hub
    )
    copy = Submission.objects.get(continues=deferred)
    for part in copy.parts.all():
        assert part.beginning == "kept"
        assert contents(part) == contents(deferred.parts.get(kind=part.kind, code=part.code))
    assert copy.parts.get(code="action-plan").rows.get().progress_notes == "Half done."
    assert copy.evidence.filter(copied_from=loose).exists()
    leader, part = make.member(copy.school), copy.parts.get(code="a1")
    begin(part, "kept", by=leader, now=LATER)
    assert not part.versions.exists()
    begin(part, "fresh", by=leader, now=LATER)
    assert contents(part) == ("", [], [])
