"""Adding files: one form for many, tus beside it, none lost to a wrong form (R07), names questioned (S35)."""

import base64
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from psqm_portal.core.files import previews, uploads
from psqm_portal.core.models import StoredFile, Upload
from submissions.domain import incoming as domain
from submissions.models import Evidence, Incoming
from tests import factories
from tests.psqm_portal.core import hostile


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def photo(name="wall.jpg", colour="purple"):
    return SimpleUploadedFile(name, hostile.image("JPEG", colour=colour), "image/jpeg")


def check_all():
    for upload in Upload.objects.filter(status="checking"):
        uploads.check_arrived(upload.pk, now=factories.NOW)


def text(answer):
    return answer.content.decode()


@pytest.fixture
def leader(world, as_):
    return as_(world.people["subject leader"])


CONSENT = {
    "children": "consent",
    "consent_uses": "Reviewers",
    "consent_until_0": "31",
    "consent_until_1": "7",
    "consent_until_2": "2028",
}


def test_many_files_with_one_word_on_all(world, leader):
    parts = list(world.submission.parts.filter(kind="reflection")[:2])
    answer = leader.post(
        world.url + "evidence/new/",
        {
            "files": [photo("question-wall.jpg"), photo("seeds.jpg", "green")],
            "caption": "Their own questions",
            "parts": [part.pk for part in parts],
            **CONSENT,
            "added_by": world.people["hq"].pk,
            "submission": "1",
        },
    )
    assert answer["Location"] == world.url + "evidence/"
    page = text(leader.get(world.url + "evidence/"))
    assert "2 files on the way. They join your evidence when checked" in page
    assert page.count("Being checked") == 2
    check_all()
    pieces = list(Evidence.objects.order_by("title"))
    assert [(one.title, one.kind, one.consent_until) for one in pieces] == [
        ("question-wall", "file", date(2028, 7, 31)), ("seeds", "file", date(2028, 7, 31)),
    ]  # fmt: skip
    assert {(one.submission, one.added_by) for one in pieces} == {
        (world.submission, world.people["subject leader"])
    }
    assert [link.caption for link in pieces[0].links.all()] == ["Their own questions"] * 2
    page = text(leader.get(world.url + "evidence/"))
    assert "Being checked" not in page
    assert "On the way" not in page


def test_one_file_may_differ(world, leader):
    leader.post(world.url + "evidence/new/", {"files": [photo("a.jpg"), photo("b.jpg", "green")]})
    first, second = Incoming.objects.all()
    leader.post(
        world.url + "evidence/new/",
        {
            "children": "none",
            "caption": "For all",
            f"file-{first.pk}-title": "Wall",
            f"file-{first.pk}-children": "",
            f"file-{second.pk}-title": "Seeds",
            **{f"file-{second.pk}-{name}": value for name, value in CONSENT.items()},
            f"file-{second.pk}-caption": "My own",
        },
    )
    check_all()
    assert list(Evidence.objects.values_list("title", "children", "consent_uses")) == [
        ("Wall", "none", ""),
        ("Seeds", "consent", "Reviewers"),
    ]
    assert [row.caption for row in Incoming.objects.all()] == ["For all", "My own"]


def test_s35_no_word_on_children_no_evidence(world, leader):
    answer = leader.post(world.url + "evidence/new/", {"files": [photo()]})
    assert "Say whether children can be recognised" in text(answer)
    check_all()
    assert not Evidence.objects.exists()


def test_consent_needs_its_end_and_its_uses(world, leader):
    page = text(leader.post(world.url + "evidence/new/", {"files": [photo()], "children": "consent"}))
    assert "Enter the last day of the families’ consent" in page
    assert "Write what the families agreed to" in page
    assert not Evidence.objects.exists()


def test_r07_a_wrong_form_five_times_then_right_loses_and_doubles_nothing(world, leader):
    for _ in range(5):
        answer = leader.post(
            world.url + "evidence/new/", {"files": [photo("a.jpg"), photo("b.jpg", "green")]}
        )
        assert answer.status_code == 200
    keys = list(Upload.objects.values_list("key", flat=True))
    assert len(keys) == 2
    page = text(answer)
    titles = re.findall(r'name="(file-\d+-title)"[^>]*value="(\w+)"', page)
    assert [value for _, value in titles] == ["a", "b"]
    check_all()
    answer = leader.post(world.url + "evidence/new/", {"children": "none", **dict(titles)})
    assert answer.status_code == 302
    assert list(Evidence.objects.values_list("title", flat=True)) == ["a", "b"]
    assert StoredFile.objects.count() == 2
    assert list(Upload.objects.values_list("key", flat=True)) == keys
    leader.post(world.url + "evidence/new/", {"children": "none", **dict(titles)})
    assert Evidence.objects.count() == 2


def test_one_bad_file_doesnt_stop_the_rest(world, leader):
    empty, program = (
        SimpleUploadedFile("nothing.jpg", b""),
        SimpleUploadedFile("volcano.exe", b"MZ" + bytes(500)),
    )
    answer = leader.post(
        world.url + "evidence/new/", {"files": [photo("a.jpg"), empty, program], "children": "none"}
    )
    assert answer.status_code == 302
    assert "The file nothing.jpg is empty. Choose another one." in text(leader.get(world.url + "evidence/"))
    check_all()
    page = text(leader.get(world.url + "evidence/"))
    assert Evidence.objects.get().title == "a"
    assert "The file volcano.exe can&#x27;t be used. Upload a photo, PDF or Office file." in page
    refused = Incoming.objects.get(evidence=None)
    leader.post(f"{world.url}uploads/{refused.pk}/remove/", {"from": "list"})
    assert "volcano.exe" not in text(leader.get(world.url + "evidence/"))


def test_a_bad_file_alone_is_named_in_the_form(world, leader):
    page = text(leader.post(world.url + "evidence/new/", {"files": [SimpleUploadedFile("a.jpg", b"")]}))
    assert page.count("The file a.jpg is empty. Choose another one.") == 2
    page = text(leader.post(world.url + "evidence/new/", {"children": "none"}))
    assert "Choose one file or more" in page


def test_s35_what_looks_like_a_childs_name_is_asked_about(world, leader):
    url = world.url + "evidence/new/"
    page = text(leader.post(url, {"files": [photo("emily_watson.jpg")], "children": "none"}))
    assert "“emily watson” looks like a child’s full name." in page
    row = Incoming.objects.get()
    data = {"children": "none", f"file-{row.pk}-title": "Emily Watson", "caption": "Noah Patel measures"}
    page = text(leader.post(url, data))
    assert "“Emily Watson” looks like a child’s full name." in page
    assert "“Noah Patel” looks like a child’s full name." in page
    assert page.count("This is not a child’s name") == 2
    assert 'value="Emily Watson"' in page
    leader.post(url, {**data, f"file-{row.pk}-not_a_name": "on", "not_a_name": "on"})
    check_all()
    assert Evidence.objects.get().title == "Emily Watson"


def test_s35_links_notes_and_new_names_too(world, leader):
    url = world.url + "evidence/new/?kind=note"
    data = {"note": "N", "title": "Emily Watson's day"}
    assert "looks like a child’s full name" in text(leader.post(url, data))
    assert not Evidence.objects.exists()
    assert leader.post(url, {**data, "not_a_name": "on"}).status_code == 302
    piece = Evidence.objects.get()
    change = f"{world.url}evidence/{piece.pk}/change/"
    assert "looks like" in text(leader.post(change, {"title": "Noah P", "note": "N"}))
    leader.post(change, {"title": "Noah P", "note": "N", "not_a_name": "on"})
    piece.refresh_from_db()
    assert piece.title == "Noah P"


def creation(name="film.mp4", size=1000, **more):
    encoded = base64.b64encode(name.encode()).decode()
    return {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(size),
        "Upload-Metadata": f"filename {encoded}",
        **more,
    }


def test_tus_begins_at_the_submission(world, leader):
    answer = leader.post(world.url + "uploads/", headers=creation())
    row = Incoming.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"/uploads/{row.upload.key}/"
    assert answer["Upload-Row"] == f"{world.url}uploads/{row.pk}/"
    assert (row.upload.name, row.upload.size, row.title) == ("film.mp4", 1000, "film")
    page = text(leader.get(answer["Upload-Row"]))
    assert f'name="file-{row.pk}-title"' in page
    assert "0 % has arrived. Choose film.mp4 again to go on." in page
    page = text(leader.get(world.url + "evidence/new/"))
    assert "Add 1 file to your evidence" in page
    assert "Go on" in text(leader.get(world.url + "evidence/"))


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        (creation("x.mp4", 230 * 1024**2), 422, "The file x.mp4 is 230 MB. A video can be up to 200 MB."),
        (creation("x.mp4", 0), 422, "The file x.mp4 is empty."),
        (creation(**{"Tus-Resumable": "0.1"}), 412, ""),
        (creation(**{"Upload-Length": "many"}), 400, ""),
        (creation(**{"Upload-Metadata": "filename ???"}), 400, ""),
    ],
)
def test_tus_creation_refuses_with_a_sentence(world, leader, headers, status, words):
    answer = leader.post(world.url + "uploads/", headers=headers)
    assert answer.status_code == status
    assert words in text(answer)
    assert not Upload.objects.exists()


def test_s21_the_quota_is_told_at_creation(world, leader):
    world.submission.round.evidence_files = 1
    world.submission.round.save()
    assert leader.post(world.url + "uploads/", headers=creation()).status_code == 201
    answer = leader.post(world.url + "uploads/", headers=creation("b.mp4"))
    assert answer.status_code == 422
    assert text(answer).startswith("The file b.mp4 has no room: a school can have 1 file, and you have 1. ")


def test_s02_rows_are_their_own_persons(world, as_):
    colleague = factories.member(world.submission.school)
    row = domain.begin(world.submission, name="a.jpg", size=10, by=colleague, now=factories.NOW)
    other = factories.submission()
    stranger = factories.member(other.school)
    theirs = domain.begin(other, name="b.jpg", size=10, by=stranger, now=factories.NOW)
    client = as_(world.people["subject leader"])
    for pk in (row.pk, theirs.pk):
        assert client.get(f"{world.url}uploads/{pk}/").status_code == 404
        assert client.post(f"{world.url}uploads/{pk}/remove/").status_code == 404
        client.post(world.url + "evidence/new/", {"children": "none", f"file-{pk}-title": "Mine"})
    assert Incoming.objects.filter(said_at=None).count() == 2
    assert f"from {colleague.name}" in text(client.get(world.url + "evidence/"))


@pytest.mark.parametrize("role", ["headteacher", "hub leader", "mentor", "hq"])
def test_others_see_no_file_before_it_is_evidence(world, as_, role):
    leader = world.people["subject leader"]
    domain.begin(world.submission, name="secret.jpg", size=10, by=leader, now=factories.NOW)
    client = as_(world.people[role])
    assert "secret.jpg" not in text(client.get(world.url + "evidence/"))
    assert client.get(world.url + "uploads/coming/").status_code == 403
    assert client.post(world.url + "uploads/", headers=creation()).status_code == 403


def test_the_list_asks_for_itself_while_files_are_checked(world, leader):
    leader.post(world.url + "evidence/new/", {"files": [photo()], "children": "none"})
    assert 'hx-trigger="every 3s"' in text(leader.get(world.url + "uploads/coming/"))
    check_all()
    assert "hx-trigger" not in text(leader.get(world.url + "uploads/coming/"))


def made(world, leader, name="wall.jpg", colour="purple"):
    leader.post(world.url + "evidence/new/", {"files": [photo(name, colour)], "children": "none"})
    check_all()
    return Evidence.objects.latest("pk")


def test_pages_show_the_preview_and_never_the_whole_picture(world, leader):
    piece = made(world, leader)
    factories.tie(piece, part := world.part())
    pages = [world.url + "evidence/", f"{world.url}evidence/{piece.pk}/", part.get_absolute_url()]
    for url in pages:
        assert "<img" not in text(leader.get(url)).split("<main")[1]
    previews.make(piece.file_id)
    for url in pages:
        assert f'src="/files/{piece.file_id}/wall.jpg?preview"' in text(leader.get(url))


def test_s35_a_preview_goes_with_the_consent(world, leader):
    piece = made(world, leader)
    previews.make(piece.file_id)
    factories.tie(piece, part := world.part())
    Evidence.objects.update(children="consent", consent_until=date(2027, 1, 1))
    assert leader.get(f"/files/{piece.file_id}/?preview").status_code == 302
    leader.post(f"{world.url}evidence/{piece.pk}/consent/")
    assert leader.get(f"/files/{piece.file_id}/?preview").status_code == 404
    for url in (world.url + "evidence/", f"{world.url}evidence/{piece.pk}/", part.get_absolute_url()):
        assert "?preview" not in text(leader.get(url))


@pytest.mark.parametrize(
    ("fields", "words", "is_link"),
    [
        ({}, "not scanned for viruses", True),
        ({"scan": "clean"}, "scanned, no virus found", True),
        ({"scan": "pending"}, "is being scanned for viruses", False),
        ({"scan": "infected"}, "A virus was found in this file, so nobody can open it.", False),
        ({"lost_at": factories.NOW}, "We can’t find this file any more", False),
    ],
)
def test_s20_r08_the_files_page_says_how_it_is(world, leader, fields, words, is_link):
    piece = made(world, leader)
    StoredFile.objects.update(**fields)
    page = text(leader.get(f"{world.url}evidence/{piece.pk}/"))
    assert words in page
    assert (f'href="/files/{piece.file_id}/wall.jpg"' in page) is is_link


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_the_page_that_adds_files_costs_the_same_for_any_number(world, leader, rows):
    for number in range(rows):
        domain.begin(
            world.submission,
            name=f"{number}.jpg",
            size=10,
            by=world.people["subject leader"],
            now=factories.NOW,
        )
    with CaptureQueriesContext(connection) as seen:
        page = text(leader.get(world.url + "evidence/new/"))
    assert page.count("data-upload data-key") == rows
    assert len(seen) == 8
