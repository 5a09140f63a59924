"""Files on their way to be evidence: quota, words and checks in any order, once (S35, R07, S21)."""

import io
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from psqm_portal.core.files import uploads
from psqm_portal.core.files.storing import BadFile
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import StoredFile, Upload
from psqm_portal.core.roles import Role
from submissions.domain import evidence, incoming
from submissions.domain.incoming import Said
from submissions.models import Evidence, EvidenceLink, Incoming, Part, Submission
from submissions.readers import may_add_files
from tests import factories as make
from tests.psqm_portal.core import hostile
from tests.support.races import at_once

pytestmark = pytest.mark.django_db
NO_CHILDREN = Said(title="Seeds", children="none")


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def submission():
    return make.submission()


@pytest.fixture
def leader(submission):
    return make.member(submission.school)


def photo(colour="green", name="seeds.jpg"):
    return SimpleUploadedFile(name, hostile.image("JPEG", colour=colour))


def came(submission, leader, colour="green", name="seeds.jpg"):
    return incoming.receive(submission, photo(colour, name), by=leader, now=make.NOW)


def is_checked(row):
    uploads.check_arrived(row.upload_id, now=make.NOW)
    return Incoming.objects.select_related("upload__stored", "evidence").get(pk=row.pk)


def say(submission, leader, *rows, words=NO_CHILDREN):
    return incoming.say(submission, {row.pk: words for row in rows}, by=leader, now=make.NOW)


def test_checked_then_said(submission, leader):
    row = is_checked(came(submission, leader))
    assert (row.upload.status, row.evidence) == ("checked", None)
    say(submission, leader, row)
    piece = Evidence.objects.get()
    assert (piece.title, piece.kind, piece.children, piece.added_by) == ("Seeds", "file", "none", leader)
    assert piece.file == row.upload.stored


def test_said_then_checked(submission, leader):
    row = came(submission, leader)
    part = submission.parts.get(code="a1")
    words = Said(
        title="Seeds", children="consent", consent_uses="Reviewers", consent_until=date(2027, 7, 31),
        caption=" We sort. ", parts=(part,),
    )  # fmt: skip
    say(submission, leader, row, words=words)
    assert not Evidence.objects.exists()
    piece = is_checked(row).evidence
    assert (piece.children, piece.consent_uses, piece.consent_until) == (
        "consent",
        "Reviewers",
        date(2027, 7, 31),
    )
    assert [(link.part, link.caption) for link in piece.links.all()] == [(part, "We sort.")]
    assert part.versions.count() == 1


def test_s35_without_the_word_on_children_it_never_becomes_evidence(submission, leader):
    row = is_checked(came(submission, leader))
    uploads.sweep(make.NOW + timedelta(days=1))
    assert not Evidence.objects.exists()
    uploads.sweep(make.NOW + timedelta(days=31))
    assert not Incoming.objects.filter(pk=row.pk).exists()
    assert not StoredFile.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r01_words_and_check_at_the_same_moment_make_one_piece(submission, leader):
    row = came(submission, leader)
    attempts = [
        lambda: say(submission, leader, row),
        lambda: uploads.check_arrived(row.upload_id, now=make.NOW),
    ]
    results = at_once(attempts * 4)
    assert not [one for one in results if isinstance(one, Exception)]
    assert Evidence.objects.count() == 1


def test_a_refused_file_says_so_and_the_others_go_on(submission, leader):
    good = came(submission, leader)
    bad = incoming.receive(
        submission, SimpleUploadedFile("a.exe", b"MZ" + bytes(99)), by=leader, now=make.NOW
    )
    say(submission, leader, good, bad)
    assert is_checked(good).evidence is not None
    bad = is_checked(bad)
    assert (bad.upload.status, bad.evidence) == ("refused", None)
    assert bad.upload.why_refused == "The file a.exe can't be used. Upload a photo, PDF or Office file."
    uploads.cancel(bad.upload, now=make.NOW)
    assert list(Incoming.objects.all()) == [good]


def test_the_same_file_twice_is_noticed(submission, leader):
    first = is_checked(came(submission, leader))
    say(submission, leader, first)
    again = is_checked(came(submission, leader, name="again.jpg"))
    assert again.upload.status == "refused"
    assert again.upload.why_refused == (
        "The file again.jpg is already among your evidence, as “Seeds”. It isn't added twice."
    )
    (shown,) = incoming.on_the_way(submission)
    assert shown.first == Evidence.objects.get()
    evidence.remove(Evidence.objects.get(), by=leader, now=make.NOW)
    third = is_checked(came(submission, leader, name="third.jpg"))
    say(submission, leader, third)
    assert Evidence.objects.filter(removed_at=None).count() == 1


def test_two_of_the_same_on_the_way_are_one(submission, leader):
    first = incoming.begin(submission, name="a.jpg", size=len(hostile.image("JPEG")), by=leader, now=make.NOW)
    second = incoming.begin(
        submission, name="b.jpg", size=len(hostile.image("JPEG")), by=leader, now=make.NOW
    )
    for row in (first, second):
        uploads.append(row.upload, 0, io.BytesIO(hostile.image("JPEG")).read, now=make.NOW)
    assert is_checked(first).upload.status == "checked"
    assert "is the same as a.jpg, which you chose before" in is_checked(second).upload.why_refused


def test_another_round_may_have_the_same_file(submission, leader):
    say(submission, leader, is_checked(came(submission, leader)))
    Submission.objects.filter(pk=submission.pk).update(status="deferred")
    later = make.submission(place=submission.school)
    say(later, leader, is_checked(came(later, leader)))
    assert Evidence.objects.count() == 2
    assert StoredFile.objects.count() == 1


def test_s21_however_many_files_come_they_end_at_the_quota(submission, leader):
    submission.round.evidence_files = 3
    submission.round.save()
    submission.refresh_from_db()
    say(submission, leader, is_checked(came(submission, leader)))
    for number in range(2):
        incoming.begin(submission, name=f"{number}.jpg", size=10, by=leader, now=make.NOW)
    for _ in range(20):
        with pytest.raises(BadFile) as full:
            incoming.begin(submission, name="more.jpg", size=10, by=leader, now=make.NOW)
    assert str(full.value) == (
        "The file more.jpg has no room: a school can have 3 files, and you have 3. "
        "Remove one that you don't need, or write to us."
    )
    assert Upload.objects.count() == 3


def test_s21_megabytes_count_too_with_what_is_on_its_way(submission, leader):
    submission.round.evidence_megabytes = 60
    submission.round.save()
    submission.refresh_from_db()
    incoming.begin(submission, name="a.jpg", size=40 * 1024 * 1024, by=leader, now=make.NOW)
    with pytest.raises(BadFile, match=r"files can be 60 MB together, and 20 MB are left\."):
        incoming.begin(submission, name="b.jpg", size=21 * 1024 * 1024, by=leader, now=make.NOW)
    incoming.begin(submission, name="c.jpg", size=20 * 1024 * 1024, by=leader, now=make.NOW)


def test_only_a_subject_leader_begins_and_says(submission, leader):
    row = came(submission, leader)
    for person in (
        make.member(submission.school, Role.HEADTEACHER),
        make.hub_member(submission.hub),
        make.hq(),
    ):
        with pytest.raises(PermissionDenied):
            incoming.begin(submission, name="a.jpg", size=10, by=person, now=make.NOW)
        with pytest.raises(PermissionDenied):
            say(submission, person, row)
        assert not may_add_files(person, row.upload)
    assert may_add_files(leader, row.upload)
    leader.school_memberships.update(ended_at=make.NOW)
    assert not may_add_files(leader, row.upload)


def test_s02_another_persons_or_submissions_file_isnt_said(submission, leader):
    colleague, theirs = make.member(submission.school), make.submission()
    stranger = make.member(theirs.school)
    for row in (came(submission, colleague), came(theirs, stranger, "blue")):
        assert say(submission, leader, is_checked(row)) == []
    assert not Evidence.objects.exists()


def test_a_submission_that_went_on_takes_no_file(submission, leader):
    row = came(submission, leader)
    say(submission, leader, row)
    Submission.objects.filter(pk=submission.pk).update(status="with_hub", target_level=None)
    with pytest.raises(Refused):
        came(submission, leader, "blue")
    row = is_checked(row)
    assert row.upload.why_refused.startswith("The file seeds.jpg wasn't added. You can read this but not")
    assert not Evidence.objects.exists()


def test_who_left_the_school_adds_no_file(submission, leader):
    row = came(submission, leader)
    say(submission, leader, row)
    leader.school_memberships.update(ended_at=make.NOW)
    assert "you no longer work in this" in is_checked(row).upload.why_refused


def test_a_part_that_was_sent_meanwhile_is_left_out(submission, leader):
    row, (one, two) = came(submission, leader), submission.parts.filter(kind="reflection")[:2]
    say(submission, leader, row, words=Said(title="Seeds", children="none", parts=(one, two)))
    Part.objects.filter(pk=one.pk).update(status="sent", sent_at=make.NOW)
    assert is_checked(row).evidence is not None
    assert [link.part for link in EvidenceLink.objects.all()] == [two]


def test_s35_a_childs_name_leaves_the_files_name_with_the_title(submission, leader):
    row = is_checked(came(submission, leader, name="emily_watson.jpg"))
    say(submission, leader, row, words=Said(title="Circuit", children="none"))
    assert StoredFile.objects.get().name == "Circuit.jpg"
    kept = is_checked(came(submission, leader, "blue", name="wall.jpg"))
    say(submission, leader, kept)
    assert StoredFile.objects.filter(name="wall.jpg").exists()


def test_what_became_evidence_isnt_cancelled(submission, leader):
    row = is_checked(came(submission, leader))
    say(submission, leader, row)
    with pytest.raises(Refused, match="among your evidence already"):
        uploads.cancel(row.upload, now=make.NOW)
    uploads.sweep(make.NOW + timedelta(days=31))
    assert not Upload.objects.exists()
    assert Evidence.objects.get().file is not None
