"""Packs when things happen at once: real threads on PostgreSQL, each with a control."""

from unittest.mock import patch

import pytest

from psqm_portal.core.files.rights import may_read
from psqm_portal.core.models import StoredFile
from submissions.domain import packs
from submissions.domain.evidence import withdraw_consent
from submissions.models import Pack
from tests import factories as make
from tests.submissions.packing import names_in, photo
from tests.support.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
NOW = make.NOW


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("submissions.readers.now", lambda: NOW)
    monkeypatch.setattr("submissions.tasks.make_pack.delay_on_commit", lambda *_: None)


@pytest.fixture
def work():
    return make.submission()


@pytest.fixture
def leader(work):
    return make.member(work.school)


def ask(work, leader):
    return packs.ask(work, kind="zip", is_frozen=False, by=leader, now=NOW)


def test_r01_eight_who_ask_at_once_get_one_pack(work, leader):
    found = at_once([lambda: ask(work, leader)] * 8)
    assert {pack.pk for pack in found} == {Pack.objects.get().pk}


def test_r11_eight_workers_at_once_make_it_once(work, leader):
    pack = ask(work, leader)
    made = at_once([lambda: packs.make(pack.pk, clock=lambda: NOW)] * 8)
    assert sorted(made) == [False] * 7 + [True]
    pack.refresh_from_db()
    assert (pack.status, pack.tries) == ("made", 1)
    assert StoredFile.objects.get() == pack.file


def test_r11_control_without_the_conditional_update_more_than_one_works(work, leader):
    pack = ask(work, leader)

    def take_anyway(pack_id, now):
        Pack.objects.filter(pk=pack_id).update(status="making")
        return Pack.objects.select_related("asked_by").get(pk=pack_id)

    built = []
    real = packs.make_zip
    with (
        patch("submissions.domain.packs._take_up", take_anyway),
        patch("submissions.domain.packs.make_zip", lambda *given: built.append(1) or real(*given)),
    ):
        at_once([lambda: packs.make(pack.pk, clock=lambda: NOW)] * 4)
    assert len(built) > 1
    assert StoredFile.objects.count() == 1, "and still only one file is kept"


@pytest.mark.parametrize("turn", range(6))
def test_s35_a_withdrawal_at_the_same_moment_leaves_no_open_pack_with_the_photo(work, leader, turn):
    shown = photo(work, work.parts.get(code="a1"), children="consent", consent_until="2999-01-01")
    pack = ask(work, leader)
    at_once(
        [
            lambda: packs.make(pack.pk, clock=lambda: NOW),
            lambda: withdraw_consent(shown, by=leader, now=NOW),
        ]
    )
    pack.refresh_from_db()
    assert pack.status == "made"
    has_it = any(name.endswith(".jpg") for name in names_in(pack))
    assert may_read(leader, pack.file) is not has_it
