"""Bytes first, row second; one file for the same bytes of one owner; what has no row goes after a day."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from psqm_portal.core.clock import now
from psqm_portal.core.files import storing
from psqm_portal.core.files.storing import BadFile, store, store_made, sweep_orphans
from psqm_portal.core.models import StoredFile
from tests import factories
from tests.psqm_portal.core import hostile
from tests.support.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(colour="red", name="photo.png"):
    return SimpleUploadedFile(name, hostile.image("PNG", colour=colour))


def bytes_of(stored):
    return Path(default_storage.path(stored.key)).read_bytes()


def files(folder):
    return sorted(path.name for path in Path(folder).rglob("*") if path.is_file())


def age(stored_key, hours):
    old = (now() - timedelta(hours=hours)).timestamp()
    os.utime(default_storage.path(stored_key), (old, old))


def test_a_file_is_named_by_its_hash_within_its_owner():
    person = factories.user()
    stored = store(upload(), owner="school-12", by=person, now=factories.NOW)
    content = bytes_of(stored)
    sha = hashlib.sha256(content).hexdigest()
    assert stored.key == f"school-12/{sha[:2]}/{sha}.png"
    assert (stored.sha256, stored.size, stored.kind) == (sha, len(content), "image")
    assert (stored.name, stored.stored_by, stored.stored_at) == ("photo.png", person, factories.NOW)


def test_the_same_bytes_are_the_same_file_for_one_owner_only(tmp_path):
    first = store(upload(), owner="school-1", by=None, now=now())
    again = store(upload(name="other.png"), owner="school-1", by=None, now=now())
    others = store(upload(), owner="school-2", by=None, now=now())
    assert again == first
    assert others != first
    assert len(files(tmp_path)) == 2


def test_a_refused_file_leaves_nothing(tmp_path):
    with pytest.raises(BadFile):
        store(SimpleUploadedFile("x.exe", b"MZ"), owner="school-1", by=None, now=now())
    assert files(tmp_path) == []
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("owner", ["../x", "School 1", "", "a/b", "-x", "x" * 61])
def test_s21_an_owner_is_a_plain_folder(owner):
    with pytest.raises(ValueError, match="Not an owner's folder"):
        store(upload(), owner=owner, by=None, now=now())


def test_what_we_made_is_kept_unchanged():
    made = store_made(b"%PDF-1.7 ours", name="Invoice 26-0001", owner="school-1", now=now())
    assert bytes_of(made) == b"%PDF-1.7 ours"
    assert (made.name, made.kind, made.content_type, made.stored_by) == (
        "Invoice 26-0001.pdf", "pdf", "application/pdf", None,
    )  # fmt: skip


def test_r08_bytes_are_written_before_the_row(monkeypatch):
    def broken(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(default_storage, "save", broken)
    with pytest.raises(OSError, match="disk full"):
        store(upload(), owner="school-1", by=None, now=now())
    assert not StoredFile.objects.exists()


def test_r08_a_half_written_file_is_replaced():
    stored = store(upload(), owner="school-1", by=None, now=now())
    path = Path(default_storage.path(stored.key))
    whole = path.read_bytes()
    path.write_bytes(whole[:10])
    assert store(upload(), owner="school-1", by=None, now=now()) == stored
    assert path.read_bytes() == whole


def test_r08_a_deleted_file_comes_back_with_the_same_upload():
    stored = store(upload(), owner="school-1", by=None, now=now())
    default_storage.delete(stored.key)
    store(upload(), owner="school-1", by=None, now=now())
    assert default_storage.exists(stored.key)


def rolled_back():
    class Stop(Exception):
        pass

    with pytest.raises(Stop), transaction.atomic():
        key = store(upload("blue"), owner="school-1", by=None, now=now()).key
        raise Stop
    return key


def test_an_orphan_goes_after_a_day_and_not_before():
    key = rolled_back()
    kept = store(upload("green"), owner="school-1", by=None, now=now())
    age(kept.key, 100)
    age(key, 23)
    assert sweep_orphans(now()) == 0
    age(key, 25)
    assert sweep_orphans(now()) == 1
    assert not default_storage.exists(key)
    assert default_storage.exists(kept.key)
    assert sweep_orphans(now()) == 0


def test_an_orphan_that_is_uploaded_again_is_new():
    key = rolled_back()
    age(key, 100)
    stored = store(upload("blue"), owner="school-1", by=None, now=now())
    assert stored.key == key
    StoredFile.objects.all()._raw_delete("default")  # as if the upload's transaction weren't committed yet
    assert sweep_orphans(now()) == 0
    assert default_storage.exists(key)


def test_the_sweep_looks_again_before_it_deletes(monkeypatch):
    key = rolled_back()
    age(key, 100)
    seen = storing._old_files

    def meanwhile(moment):
        batches = list(seen(moment))
        store(upload("blue"), owner="school-1", by=None, now=now())
        return batches

    monkeypatch.setattr(storing, "_old_files", meanwhile)
    assert sweep_orphans(now()) == 0
    assert default_storage.exists(key)


def test_a_sweep_of_nothing_is_nothing(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "not-made-yet"
    assert sweep_orphans(now()) == 0


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r01_eight_uploads_of_the_same_bytes_are_one_file(tmp_path):
    results = at_once([lambda: store(upload(), owner="school-1", by=None, now=now())] * 8)
    assert {type(result) for result in results} == {StoredFile}
    assert len({result.pk for result in results}) == 1
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("limit", ["MOST_FILES", "MOST_BYTES"])
def test_s21_one_school_cant_fill_the_disk(monkeypatch, limit):
    store(upload(), owner="school-1", by=None, now=now())
    monkeypatch.setattr(storing, limit, 1)
    with pytest.raises(BadFile, match="no room for more files of your school"):
        store(upload("blue"), owner="school-1", by=None, now=now())
    assert store(upload("blue"), owner="school-2", by=None, now=now()).owner == "school-2"
