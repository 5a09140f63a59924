"""Files on their way: pieces, tus, the check in the background, what is left when something dies (R06)."""

import base64
import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from psqm_portal.core.files import storing, uploads
from psqm_portal.core.files.storing import BadFile
from psqm_portal.core.models import StoredFile, Upload
from tests import factories
from tests.psqm_portal.core import hostile
from tests.psqm_portal.core.test_files_checks import GOOD, REFUSALS
from tests.support.races import at_once

pytestmark = pytest.mark.django_db
NOW = factories.NOW
MB = 1024 * 1024


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setitem(uploads._guards, "test", lambda user, upload: True)


@pytest.fixture
def person():
    return factories.user()


def begun(person, content=b"", *, name="photo.jpg", size=0, now=NOW):
    return uploads.begin(
        name=name, size=size or len(content), purpose="test:1", owner="school-1", by=person, now=now
    )


def arrived(person, content, name="photo.jpg"):
    upload = begun(person, content, name=name)
    uploads.append(upload, 0, io.BytesIO(content).read, now=NOW)
    upload.refresh_from_db()
    return upload


def checked(upload):
    uploads.check_arrived(upload.pk, now=NOW)
    upload.refresh_from_db()
    return upload


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


def test_pieces_become_a_file_and_go(person, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "PIECE", 100_000)
    monkeypatch.setattr(uploads, "READ", 30_000)
    content = hostile.film() + hostile.box(b"free", bytes(300_000))
    upload = begun(person, content, name="film.mp4")
    middle = 150_000
    assert uploads.append(upload, 0, io.BytesIO(content[:middle]).read, now=NOW) == middle
    upload.refresh_from_db()
    assert (upload.status, upload.received) == ("arriving", middle)
    assert len(files(tmp_path)) == 2
    uploads.append(upload, middle, io.BytesIO(content[middle:]).read, now=NOW)
    upload.refresh_from_db()
    assert (upload.status, upload.received) == ("checking", len(content))
    stored = checked(upload).stored
    assert (upload.status, stored.kind, stored.size, stored.stored_by) == (
        "checked",
        "video",
        len(content),
        person,
    )
    assert stored.owner == "school-1"


@pytest.mark.django_db(transaction=True)
def test_when_it_is_checked_its_pieces_are_gone(person, tmp_path):
    upload = checked(arrived(person, hostile.image("JPEG")))
    assert files(tmp_path) == [upload.stored.key]


@pytest.mark.parametrize("case", GOOD)
def test_s15_allowed_through_this_way_too(person, case):
    name, content, (kind, shown) = GOOD[case]
    upload = checked(arrived(person, content, name))
    assert (upload.status, upload.stored.kind, upload.stored.name) == ("checked", kind, shown)


@pytest.mark.parametrize("case", sorted(set(REFUSALS) - {"nothing"}))
def test_s15_refused_through_this_way_too(person, case):
    name, content, words = REFUSALS[case]
    upload = checked(arrived(person, content, name))
    assert (upload.status, upload.stored) == ("refused", None)
    assert words in upload.why_refused
    assert not StoredFile.objects.exists()


def test_s19_a_films_place_goes_on_this_way_too(person):
    stored = checked(arrived(person, hostile.film(), "film.mp4")).stored
    assert b"+51.5074" not in Path(default_storage.path(stored.key)).read_bytes()


def test_a_cut_line_costs_what_it_cut(person):
    content = hostile.image("PNG")

    class Cut(io.BytesIO):
        def read(self, size=-1):
            if self.tell() >= 40:
                raise OSError("the line is gone")
            return super().read(40)

    upload = begun(person, content)
    assert uploads.append(upload, 0, Cut(content).read, now=NOW) == 40
    upload.refresh_from_db()
    uploads.append(upload, 40, io.BytesIO(content[40:]).read, now=NOW)
    assert checked(upload).status == "checked"


def test_bytes_for_another_place_are_refused(person):
    upload = begun(person, b"x" * 100)
    for offset in (1, 50, 100):
        with pytest.raises(uploads.WrongOffset):
            uploads.append(upload, offset, io.BytesIO(b"x").read, now=NOW)
    with pytest.raises(uploads.WrongOffset):
        uploads.append(upload, 0, io.BytesIO(b"x" * 101).read, now=NOW)
    assert Upload.objects.get().received == 0


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_writers_at_one_place_are_one_file(person):
    content = hostile.image("PNG", size=(300, 200))
    upload = begun(person, content)
    results = at_once([lambda: uploads.append(upload, 0, io.BytesIO(content).read, now=NOW)] * 6)
    assert [type(one) for one in results if one != len(content)] == [uploads.WrongOffset] * 5
    upload.refresh_from_db()
    assert checked(upload).status == "checked"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r10_a_check_that_runs_twice_counts_once(person, monkeypatch):
    told = []
    monkeypatch.setattr(uploads.events, "publish", lambda name, upload, _: told.append(name))
    upload = arrived(person, hostile.image("JPEG"))
    at_once([lambda: uploads.check_arrived(upload.pk, now=NOW)] * 4)
    uploads.check_arrived(upload.pk, now=NOW)
    assert told.count("upload.checked") == 1
    assert StoredFile.objects.count() == 1


def test_r06_pieces_that_vanished_are_a_sentence(person, tmp_path):
    upload = arrived(person, hostile.image("JPEG"), "seeds.jpg")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.unlink()
    assert checked(upload).why_refused == "The file seeds.jpg didn't arrive completely. Choose it again."


def test_a_file_that_kills_its_worker_isnt_tried_for_ever(person, monkeypatch):
    upload = arrived(person, hostile.image("JPEG"), "seeds.jpg")

    def dies(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(uploads, "store", dies)
    for _ in range(uploads.MOST_TRIES):
        with pytest.raises(MemoryError):
            uploads.check_arrived(upload.pk, now=NOW)
    assert checked(upload).why_refused.startswith("The file seeds.jpg couldn't be checked.")


@pytest.mark.django_db(transaction=True)
def test_r06_what_nobody_goes_on_with_is_swept_with_its_pieces(person, tmp_path):
    left, going = begun(person, b"x" * 100), begun(person, b"x" * 100)
    for upload in (left, going):
        uploads.append(upload, 0, io.BytesIO(b"x" * 60).read, now=NOW)
    Upload.objects.filter(pk=going.pk).update(touched_at=NOW + timedelta(days=1))
    uploads.sweep(NOW + timedelta(days=7, seconds=1))
    assert list(Upload.objects.all()) == [going]
    assert files(tmp_path) == [f"arriving/{going.key}/{0:015d}"]


def test_the_files_sweep_knows_pieces_on_their_way(person, tmp_path):
    upload = begun(person, b"x" * 100)
    uploads.append(upload, 0, io.BytesIO(b"x" * 60).read, now=NOW)
    (tmp_path / "arriving" / "nobodys").mkdir()
    (tmp_path / "arriving" / "nobodys" / "0").write_bytes(b"x")
    for path in tmp_path.rglob("*"):
        os.utime(path, (1, 1))
    storing.sweep_orphans(NOW)
    assert files(tmp_path) == [f"arriving/{upload.key}/{0:015d}"]


@pytest.mark.django_db(transaction=True)
def test_cancelled_is_gone_and_so_is_what_was_stored(person, tmp_path):
    upload, done = begun(person, b"x" * 100), checked(arrived(person, hostile.image("JPEG")))
    uploads.append(upload, 0, io.BytesIO(b"x" * 60).read, now=NOW)
    for one in (upload, done):
        uploads.cancel(one, now=NOW)
        uploads.cancel(one, now=NOW)
    assert not Upload.objects.exists()
    assert not StoredFile.objects.exists()
    for path in tmp_path.rglob("*"):
        os.utime(path, (1, 1))
    storing.sweep_orphans(NOW)
    assert files(tmp_path) == []


def test_r07_a_form_that_sends_a_file_again_is_known(person):
    def file():
        return SimpleUploadedFile("a.jpg", hostile.image("JPEG"))

    upload = uploads.receive(file(), purpose="test:1", owner="school-1", by=person, now=NOW)
    assert (upload.status, uploads.same_as(file(), Upload.objects.all())) == ("checking", upload)
    checked(upload)
    assert uploads.same_as(file(), Upload.objects.all()) == upload
    other = SimpleUploadedFile("a.jpg", hostile.image("JPEG", colour="red"))
    assert uploads.same_as(other, Upload.objects.all()) is None
    uploads.refuse(upload, "No.", now=NOW)
    assert uploads.same_as(file(), Upload.objects.all()) is None


def test_what_can_never_be_taken_isnt_begun(person):
    with pytest.raises(BadFile, match=r"film\.mp4 is 230 MB\. A video can be up to 200 MB\."):
        begun(person, name="../film.mp4", size=230 * MB)
    assert not Upload.objects.exists()


# tus


class Tus:
    def __init__(self, person, **options):
        self.client = Client(**options)
        self.client.force_login(person)

    def ask(self, method, upload, body=b"", content_type="application/offset+octet-stream", **headers):
        said = {
            "Tus-Resumable": "1.0.0",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        url = reverse("upload", args=[upload.key])
        return self.client.generic(method, url, body, content_type=content_type, headers=said)


@pytest.fixture
def tus(person):
    with time_machine.travel(NOW, tick=False):
        yield Tus(person)


def test_tus_goes_on_where_it_stopped(tus, person):
    content = hostile.image("JPEG")
    upload = begun(person, content)
    answer = tus.ask("PATCH", upload, content[:50], Upload_Offset="0")
    assert (answer.status_code, answer["Upload-Offset"], answer["Tus-Resumable"]) == (204, "50", "1.0.0")
    answer = tus.ask("HEAD", upload)
    assert answer.status_code == 200
    assert (answer["Upload-Offset"], answer["Upload-Length"]) == ("50", str(len(content)))
    assert answer["Cache-Control"] == "no-store"
    assert tus.ask("PATCH", upload, content[:50], Upload_Offset="0").status_code == 409
    answer = tus.ask("PATCH", upload, content[50:], Upload_Offset="50")
    assert (answer.status_code, answer["Upload-Offset"]) == (204, str(len(content)))
    assert checked(upload).status == "checked"
    assert tus.ask("HEAD", upload)["Upload-Offset"] == str(len(content))
    assert tus.ask("PATCH", upload, b"x", Upload_Offset=str(len(content))).status_code == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus_Resumable": "0.2.2", "Upload_Offset": "0"}, 412),
        ({"Upload_Offset": "-1"}, 400),
        ({"Upload_Offset": "one"}, 400),
        ({}, 400),
        ({"Upload_Offset": "9" * 40}, 400),
        ({"Upload_Offset": "99"}, 413),
    ],
)
def test_tus_says_what_it_doesnt_speak(tus, person, headers, status):
    upload = begun(person, b"x" * 100)
    assert tus.ask("PATCH", upload, b"xx", **headers).status_code == status
    assert Upload.objects.get().received == 0


def test_tus_takes_its_own_type_only(tus, person):
    upload = begun(person, b"x" * 100)
    assert tus.ask("PATCH", upload, b"x", content_type="text/plain", Upload_Offset="0").status_code == 415
    assert tus.ask("PUT", upload, b"x").status_code == 405


def test_tus_terminates(tus, person):
    upload = begun(person, b"x" * 100)
    assert tus.ask("DELETE", upload).status_code == 204
    assert tus.ask("HEAD", upload).status_code == 404


def test_tus_tells_what_it_can(tus, person):
    answer = tus.ask("OPTIONS", begun(person, b"x"))
    assert answer["Tus-Version"] == "1.0.0"
    assert answer["Tus-Extension"] == "creation,termination"
    assert answer["Tus-Max-Size"] == str(200 * MB)


def test_s02_an_upload_is_its_own_persons(tus, person):
    theirs = begun(factories.user(), b"x" * 100)
    for method in ("HEAD", "PATCH", "DELETE"):
        assert tus.ask(method, theirs, b"x", Upload_Offset="0").status_code == 404
    theirs.refresh_from_db()
    assert theirs.received == 0


def test_s04_an_upload_stops_with_the_right(tus, person, monkeypatch):
    upload = begun(person, b"x" * 100)
    monkeypatch.setitem(uploads._guards, "test", lambda user, upload: False)
    for method in ("HEAD", "PATCH", "DELETE"):
        assert tus.ask(method, upload, b"x", Upload_Offset="0").status_code == 404


def test_each_change_needs_the_csrf_header(person):
    upload = begun(person, b"x" * 100)
    strict = Tus(person, enforce_csrf_checks=True)
    for method in ("PATCH", "DELETE"):
        assert strict.ask(method, upload, b"x", Upload_Offset="0").status_code == 403
    page = strict.client.get("/messages/")
    token = strict.client.cookies["csrftoken"].value if "csrftoken" in strict.client.cookies else None
    assert page.status_code == 200
    if token:
        answer = strict.ask("PATCH", upload, b"x", Upload_Offset="0", X_CSRFToken=token)
        assert answer.status_code == 204


def metadata(name):
    return "filename " + base64.b64encode(name.encode()).decode()
