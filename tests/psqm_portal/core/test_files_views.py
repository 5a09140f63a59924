"""S16: a file is handed out on its own origin, by a link of 60 seconds, while the right lasts."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from psqm_portal.core.files import rights
from psqm_portal.core.files.storing import store
from psqm_portal.core.models import StoredFile
from tests import factories
from tests.psqm_portal.core import hostile

pytestmark = pytest.mark.django_db
FILES = {"headers": {"host": "127.0.0.1"}}
PORTAL = {"headers": {"host": "localhost"}}


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def readers(monkeypatch):
    """Who may read files in this test."""
    allowed = set()
    monkeypatch.setattr(rights, "_readers", [lambda user, stored: user.pk in allowed])
    return allowed


def kept(kind="image"):
    content = {
        "image": ("photo.png", hostile.image("PNG")),
        "pdf": ("plan.pdf", hostile.pdf()),
        "word": ("notes.docx", hostile.office()),
        "video": ("film.mp4", hostile.film()),
    }[kind]
    return store(SimpleUploadedFile(*content), owner="school-1", by=None, now=factories.NOW)


def link(client, stored):
    answer = client.get(reverse("open_file", args=[stored.pk]), **PORTAL)
    assert answer.status_code == 302
    assert answer.url.startswith("http://127.0.0.1/f/")
    return answer.url.removeprefix("http://127.0.0.1")


def fetch(url, client=None):
    """The answer of the files origin, read to its end as ``body``."""
    answer = (client or Client()).get(url, **FILES)
    answer.body = answer.getvalue()
    return answer


def opened(client, stored):
    return fetch(link(client, stored))


@pytest.fixture
def reader(client, readers):
    person = factories.user()
    readers.add(person.pk)
    client.force_login(person)
    return person


@pytest.mark.parametrize(
    ("kind", "disposition", "policy"),
    [
        ("image", 'inline; filename="photo.png"', "default-src 'none'; frame-ancestors 'none'; sandbox"),
        ("pdf", 'inline; filename="plan.pdf"', "default-src 'none'; frame-ancestors 'none'"),
        ("word", 'attachment; filename="notes.docx"', "default-src 'none'; frame-ancestors 'none'; sandbox"),
        ("video", 'attachment; filename="film.mp4"', "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ],
)
def test_s16_each_type_is_served_harmlessly(client, reader, kind, disposition, policy):
    stored = kept(kind)
    answer = opened(client, stored)
    assert answer.status_code == 200
    assert answer.body == Path(default_storage.path(stored.key)).read_bytes()
    assert answer["Content-Type"] == stored.content_type
    assert answer["Content-Disposition"] == disposition
    assert answer["Content-Security-Policy"] == policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in answer


def test_s16_a_stranger_finds_nothing(client, readers):
    client.force_login(factories.user())
    stored = kept()
    assert client.get(reverse("open_file", args=[stored.pk]), **PORTAL).status_code == 404
    assert client.get(reverse("open_file", args=[stored.pk + 1]), **PORTAL).status_code == 404


def test_s16_signing_in_comes_first(client, readers):
    answer = client.get(reverse("open_file", args=[kept().pk]), **PORTAL)
    assert answer.url.startswith(reverse("account_login"))


def test_s16_the_right_is_asked_again_at_fetch(client, reader, readers):
    url = link(client, kept())
    readers.clear()
    assert fetch(url).status_code == 404


def test_s16_a_closed_accounts_link_is_dead(client, reader):
    url = link(client, kept())
    reader.is_active = False
    reader.save()
    assert fetch(url).status_code == 404


def test_s16_a_link_lasts_60_seconds(client, reader):
    with time_machine.travel(factories.NOW, tick=False) as clock:
        url = link(client, kept())
        clock.shift(timedelta(seconds=60))
        assert fetch(url).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert fetch(url).status_code == 404


def test_s16_a_link_opens_its_own_file_only(client, reader):
    url = link(client, kept())
    token = url.split("/")[2]
    for forged in (token[:-1] + ("a" if token[-1] != "a" else "b"), "x", token.split(":")[0]):
        assert Client().get(f"/f/{forged}/photo.png", **FILES).status_code == 404


def test_s16_the_two_origins_keep_apart(client, reader):
    url = link(client, kept())
    assert client.get(url, **PORTAL).status_code == 404
    answer = client.get("/messages/", **FILES)
    assert (answer.status_code, answer.url) == (302, "http://localhost/")


def test_s20_a_file_that_is_being_scanned_or_infected_is_not_served(client, reader):
    stored = kept()
    url = link(client, stored)
    for scan in ("pending", "infected"):
        StoredFile.objects.update(scan=scan)
        assert client.get(reverse("open_file", args=[stored.pk]), **PORTAL).status_code == 404
        assert fetch(url).status_code == 404


def test_nginx_sends_the_bytes_after_our_yes(client, reader, settings):
    settings.FILES_ACCEL_PREFIX = "/protected/"
    stored = kept("pdf")
    answer = opened(client, stored)
    assert answer["X-Accel-Redirect"] == f"/protected/{stored.key}"
    assert answer.content == b""
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == 'inline; filename="plan.pdf"'


def test_r08_a_row_without_its_file_says_so_and_is_logged_once(client, reader, caplog):
    stored = kept()
    url = link(client, stored)
    default_storage.delete(stored.key)
    for _ in range(2):
        answer = client.get(reverse("open_file", args=[stored.pk]), **PORTAL)
        assert answer.status_code == 404
        assert "This file can’t be found" in answer.content.decode()
        assert "upload it again" in answer.content.decode()
    assert fetch(url).status_code == 404
    assert caplog.text.count(f"stored file {stored.pk} are not there") == 1


def test_odd_names_arrive_whole(client, reader):
    stored = kept()
    StoredFile.objects.update(name='Łódź 50% "a" & b; c.png')
    answer = opened(client, stored)
    assert answer.status_code == 200
    assert (
        "filename*=utf-8''%C5%81%C3%B3d%C5%BA%2050%25%20%22a%22%20%26%20b%3B%20c.png"
        in answer["Content-Disposition"]
    )


def test_only_reading_is_allowed(client, reader):
    assert client.post(reverse("open_file", args=[kept().pk]), **PORTAL).status_code == 405
