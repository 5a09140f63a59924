"""What happens to a stored file in the background: its preview, its scan (S20), whether it is still there."""

import io
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from psqm_portal.core import tasks
from psqm_portal.core.clock import now
from psqm_portal.core.files import lost, previews, rights, scanning
from psqm_portal.core.files.storing import store, store_made, sweep_orphans
from psqm_portal.core.models import StoredFile
from tests import factories
from tests.psqm_portal.core import hostile
from tests.support.clamd import FakeClamd

pytestmark = pytest.mark.django_db
PORTAL, FILES = {"headers": {"host": "localhost"}}, {"headers": {"host": "127.0.0.1"}}


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def kept(name="photo.png", content=None):
    content = content or hostile.image("PNG", size=(900, 600))
    return store(SimpleUploadedFile(name, content), owner="school-1", by=None, now=factories.NOW)


def path_of(stored):
    return Path(default_storage.path(stored.key))


def preview_of(stored):
    return Path(default_storage.path(previews.preview_key(stored)))


def fresh(stored):
    return StoredFile.objects.get(pk=stored.pk)


# Previews


@pytest.mark.parametrize(
    ("name", "content", "size"),
    [
        ("photo.png", hostile.image("PNG", size=(900, 600)), (480, 320)),
        ("photo.jpg", hostile.image("JPEG", size=(600, 1200)), (240, 480)),
        ("photo.webp", hostile.image("WEBP", size=(300, 200)), (300, 200)),
        ("logo.png", hostile.image("PNG", mode="RGBA"), None),
        ("plan.pdf", hostile.pdf(), None),
    ],
)
def test_photos_and_pdfs_get_a_small_jpeg(name, content, size):
    stored = kept(name, content)
    assert (stored.preview, stored.preview_url) == ("waiting", "")
    previews.make(stored.pk)
    previews.make(stored.pk)
    stored = fresh(stored)
    assert (stored.preview, stored.preview_url) == ("made", f"/files/{stored.pk}/{stored.name}?preview")
    with Image.open(preview_of(stored)) as small:
        assert small.format == "JPEG"
        assert max(small.size) <= 480
        assert size in {None, small.size}


def test_others_get_none():
    assert kept("notes.docx", hostile.office()).preview == "none"
    assert kept("film.mp4", hostile.film()).preview == "none"
    assert store_made(b"%PDF-1.7", name="Invoice", owner="school-1", now=factories.NOW).preview == "none"


def test_s19_no_tag_is_in_a_preview():
    stored = kept("photo.jpg", hostile.image("JPEG", size=(900, 600), exif=hostile.tagged_exif()))
    previews.make(stored.pk)
    assert b"CanonOwnerMark" not in preview_of(stored).read_bytes()
    with Image.open(preview_of(stored)) as small:
        assert dict(small.getexif()) == {}


def test_what_cant_be_drawn_has_none(caplog):
    stored = kept("plan.pdf", hostile.pdf())
    path_of(stored).write_bytes(b"%PDF-1.7 nothing")
    previews.make(stored.pk)
    assert fresh(stored).preview == "none"
    assert f"No preview of stored file {stored.pk}" in caplog.text


def test_a_huge_page_is_drawn_small():
    document = pikepdf.new()
    document.add_blank_page(page_size=(14_000, 14_000))
    out = io.BytesIO()
    document.save(out)
    stored = kept("wall.pdf", out.getvalue())
    previews.make(stored.pk)
    with Image.open(preview_of(stored)) as small:
        assert max(small.size) <= 481


def test_the_sweep_asks_for_late_ones(monkeypatch):
    stored = kept()
    asked = []
    monkeypatch.setattr(tasks.make_preview, "delay_on_commit", asked.append)
    assert previews.waiting(factories.NOW + timedelta(minutes=4)) == []
    tasks.sweep_previews()
    assert asked == [stored.pk]


def test_the_orphans_sweep_keeps_a_preview_as_long_as_its_file():
    stored = kept()
    previews.make(stored.pk)
    later = now() + timedelta(days=2)
    assert sweep_orphans(later) == 0
    StoredFile.objects.all().delete()
    assert sweep_orphans(later) == 2


def test_s03_a_preview_is_opened_by_the_files_own_right(client, monkeypatch):
    person = factories.user()
    allowed = {person.pk}
    monkeypatch.setattr(rights, "_readers", [lambda user, stored: user.pk in allowed])
    client.force_login(person)
    stored = kept()
    url = reverse("open_file", args=[stored.pk]) + "?preview"
    assert client.get(url, **PORTAL).status_code == 404
    previews.make(stored.pk)
    link = client.get(url, **PORTAL).url.removeprefix("http://127.0.0.1")
    answer = Client().get(link, **FILES)
    assert answer.getvalue() == preview_of(stored).read_bytes()
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    allowed.clear()
    assert Client().get(link, **FILES).status_code == 404
    assert client.get(url, **PORTAL).status_code == 404
    allowed.add(person.pk)
    monkeypatch.setattr(rights, "_vetoes", [lambda stored: True])
    assert Client().get(link, **FILES).status_code == 404
    monkeypatch.setattr(rights, "_vetoes", [])
    StoredFile.objects.update(scan="infected")
    assert Client().get(link, **FILES).status_code == 404
    assert client.get(url, **PORTAL).status_code == 404


# Scans


@pytest.fixture
def clamd(settings):
    running = []

    def start(answer=b"stream: OK"):
        running.append(FakeClamd(answer))
        settings.CLAMAV_URL = running[-1].url
        return running[-1]

    yield start
    for one in running:
        one.stop()


def test_s20_off_by_setting():
    assert kept().scan == "not_scanned"


def test_s20_held_back_until_clean(clamd):
    server = clamd()
    stored = kept()
    assert stored.scan == "pending"
    assert not StoredFile.served().exists()
    previews.make(stored.pk)
    assert fresh(stored).preview == "waiting"
    scanning.scan(stored.pk)
    assert fresh(stored).scan == "clean"
    assert StoredFile.served().get() == stored
    assert server.seen == [path_of(stored).read_bytes()]
    scanning.scan(stored.pk)
    assert len(server.seen) == 1


def test_s20_found_is_never_served(clamd, caplog):
    clamd(b"stream: Test.Signature FOUND")
    stored = kept()
    scanning.scan(stored.pk)
    assert fresh(stored).scan == "infected"
    assert not StoredFile.served().exists()
    assert "Test.Signature" in caplog.text
    assert kept().scan == "infected"


@pytest.mark.parametrize(
    "answer",
    [b"INSTREAM size limit exceeded. ERROR", b"stream: Can't allocate memory ERROR", b"", b"stream: WHAT"],
)
def test_s20_what_clamd_couldnt_read_stays_held_back(clamd, answer):
    clamd(answer)
    stored = kept()
    scanning.scan(stored.pk)
    assert fresh(stored).scan == "pending"


def test_s20_clamd_is_away_and_comes_back(clamd, settings, monkeypatch):
    settings.CLAMAV_URL = "tcp://127.0.0.1:9"
    stored = kept()
    scanning.scan(stored.pk)
    assert fresh(stored).scan == "pending"
    asked = []
    monkeypatch.setattr(tasks.scan_file, "delay_on_commit", asked.append)
    tasks.sweep_scans()
    assert asked == [stored.pk]
    clamd()
    scanning.scan(stored.pk)
    assert fresh(stored).scan == "clean"


def test_s20_above_the_scanners_size_is_never_called_clean(clamd, settings):
    server = clamd()
    stored = kept()
    settings.CLAMAV_MAX_BYTES = stored.size - 1
    scanning.scan(stored.pk)
    assert (fresh(stored).scan, server.seen) == ("pending", [])


# Lost files


def test_r08_rows_without_bytes_are_found_logged_once_and_come_back(caplog):
    there, gone = kept(), kept("other.png", hostile.image("PNG", colour="blue"))
    deleted = kept("third.png", hostile.image("PNG", colour="green"))
    StoredFile.objects.filter(pk=deleted.pk).update(deleted_at=factories.NOW)
    path_of(gone).unlink()
    path_of(deleted).unlink()
    assert lost.reconcile(factories.NOW) == 1
    assert lost.reconcile(factories.NOW + timedelta(hours=1)) == 1
    assert list(lost.lost_files()) == [gone]
    assert fresh(gone).lost_at == factories.NOW
    assert fresh(there).lost_at is None
    assert caplog.text.count(f"The bytes of stored file {gone.pk} are not there") == 1
    assert kept("other.png", hostile.image("PNG", colour="blue")) == gone
    assert fresh(gone).lost_at is None
    assert lost.reconcile(factories.NOW) == 0


def test_r08_a_restored_file_is_found_again():
    stored = kept()
    content = path_of(stored).read_bytes()
    path_of(stored).unlink()
    lost.reconcile(factories.NOW)
    path_of(stored).write_bytes(content)
    for hour in range(24):
        with time_machine.travel(factories.NOW.replace(hour=hour), tick=False):
            tasks.find_lost_files()
    assert not lost.lost_files().exists()
