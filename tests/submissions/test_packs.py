"""Packs: asked for, made once, for one person, and closed as soon as something in them may not be shown."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import transaction

from psqm_portal.core.files.making import keep_bytes
from psqm_portal.core.files.rights import may_read
from psqm_portal.core.models import StoredFile
from psqm_portal.core.roles import Role
from submissions.domain import packs
from submissions.domain.evidence import remove, withdraw_consent
from submissions.models import Evidence, Pack
from submissions.tasks import make_pack as make_pack_task
from submissions.tasks import sweep_packs
from tests import factories as make
from tests.submissions.packing import make_pack, names_in, path_of, photo

pytestmark = pytest.mark.django_db
NOW = make.NOW


@pytest.fixture(autouse=True)
def _today(monkeypatch, settings, tmp_path):
    monkeypatch.setattr("submissions.readers.now", lambda: NOW)
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def work():
    made = make.submission()
    make.fill_part(made.parts.get(code="a1"))
    return made


@pytest.fixture
def leader(work):
    return make.member(work.school)


def ask(work, by, kind="zip", now=NOW):
    return packs.ask(work, kind=kind, is_frozen=False, by=by, now=now)


def make_now(pack, now=NOW):
    return packs.make(pack.pk, clock=lambda: now)


def test_asked_for_made_and_kept(work, leader):
    pack = make_pack(work, leader)
    assert (pack.status, pack.made_at, pack.tries) == ("made", NOW, 1)
    assert pack.steps_done == pack.steps == 2
    assert pack.file.owner == f"pack-{pack.pk}"
    assert pack.file.name == f"{work.school}, {work.round}.zip"
    assert pack.file.content_type == "application/zip"
    assert pack.file.size == path_of(pack).stat().st_size


def test_asking_twice_is_asking_once(work, leader):
    assert ask(work, leader) == ask(work, leader)
    assert Pack.objects.count() == 1


def test_asking_hands_the_job_to_a_worker(work, leader, django_capture_on_commit_callbacks):
    with (
        patch("submissions.tasks.make_pack.delay") as send,
        django_capture_on_commit_callbacks(execute=True),
    ):
        pack = ask(work, leader)
    send.assert_called_once_with(pack.pk)


@pytest.mark.parametrize(
    "who", ["stranger", "finance contact", "HQ viewer", "HQ finance", "another school's"]
)
def test_s16_who_may_not_see_the_work_gets_no_pack(work, who):
    person = {
        "stranger": make.user,
        "finance contact": lambda: make.member(work.school, Role.SCHOOL_FINANCE),
        "HQ viewer": lambda: make.hq(Role.HQ_VIEWER),
        "HQ finance": lambda: make.hq(Role.HQ_FINANCE),
        "another school's": lambda: make.member(make.school()),
    }[who]()
    for is_frozen in (False, True):
        with pytest.raises(PermissionDenied):
            packs.ask(work, kind="zip", is_frozen=is_frozen, by=person, now=NOW)
    assert not Pack.objects.exists()


def test_s16_nobody_gets_the_frozen_work_before_there_is_any(work, leader):
    with pytest.raises(PermissionDenied):
        packs.ask(work, kind="zip", is_frozen=True, by=leader, now=NOW)


def test_s16_only_who_asked_opens_it(work, leader):
    pack = make_pack(work, leader)
    assert may_read(leader, pack.file)
    others = [make.member(work.school), make.member(work.school, Role.HEADTEACHER), make.hq(), make.user()]
    assert [may_read(other, pack.file) for other in others] == [False] * 4


def test_s16_it_closes_when_the_right_ends(work, leader):
    pack = make_pack(work, leader)
    leader.school_memberships.update(ended_at=NOW)
    assert not may_read(leader, pack.file)
    leader.school_memberships.update(ended_at=None)
    leader.is_active = False
    assert not may_read(leader, pack.file)


def test_s16_a_right_that_ended_while_it_waited_leaves_nothing(work, leader):
    pack = ask(work, leader)
    leader.school_memberships.update(ended_at=NOW)
    assert make_now(pack) is False
    assert not Pack.objects.exists()
    assert not StoredFile.objects.exists()


# Closing -----------------------------------------------------------------------------------------------


@pytest.fixture
def shown(work):
    return photo(work, work.parts.get(code="a1"), children="consent", consent_until=NOW.date())


def test_s35_withdrawn_consent_closes_a_pack_at_once(work, leader, shown):
    pack = make_pack(work, leader)
    assert may_read(leader, pack.file)
    withdraw_consent(shown, by=leader, now=NOW)
    assert not may_read(leader, pack.file)
    assert packs.why_closed(pack, now=NOW) == "Made before a photo was withdrawn. Make it again."
    again = make_pack(work, leader)
    assert may_read(leader, again.file)
    assert not any(name.endswith(".jpg") for name in names_in(again))


def test_s35_so_does_consent_that_runs_out(work, leader, shown, monkeypatch):
    pack = make_pack(work, leader)
    monkeypatch.setattr("submissions.readers.now", lambda: NOW + timedelta(days=1))
    assert not may_read(leader, pack.file)
    assert packs.why_closed(pack, now=NOW + timedelta(days=1)) != ""


@pytest.mark.parametrize(
    ("file_fields", "words"),
    [({"scan": "infected"}, "found unsafe"), ({"scan": "pending"}, "found unsafe")],
)
def test_s20_so_does_a_virus(work, leader, shown, file_fields, words):
    pack = make_pack(work, leader)
    StoredFile.objects.filter(pk=shown.file_id).update(**file_fields)
    assert not may_read(leader, pack.file)
    assert words in packs.why_closed(pack, now=NOW)


def test_s35_so_does_a_piece_that_is_taken_away(work, leader, shown):
    pack = make_pack(work, leader)
    remove(shown, by=leader, now=NOW)
    assert not may_read(leader, pack.file)
    assert packs.why_closed(pack, now=NOW) == "Made before a piece of evidence was taken away. Make it again."


def test_s35_a_withdrawal_while_it_is_made_keeps_the_photo_out(work, leader, shown):
    """Withdrawn between reading the work and keeping the file: the pack is made anew without it."""
    other = photo(work, work.parts.get(code="a2"), title="Magnets")
    pack, built = ask(work, leader), []

    def keep(path, owner):
        if not built:
            withdraw_consent(shown, by=leader, now=NOW)
        built.append(path)
        return keep_bytes(path, owner=owner)

    with patch("submissions.domain.packs.keep_bytes", keep):
        assert make_now(pack)
    pack.refresh_from_db()
    assert len(built) == 2
    assert {name for name in names_in(pack) if name.endswith(".jpg")} == {
        "Reflections/A2 Criterion 2/Magnets.jpg"
    }
    assert other in pack.evidence.all()
    assert shown not in pack.evidence.all()
    assert may_read(leader, pack.file)
    assert len(list(path_of(pack).parents[1].rglob("*.zip"))) == 1, "the first one's bytes are gone"


def test_s35_control_without_the_second_look_it_would_be_in(work, leader, shown):
    pack = ask(work, leader)

    def keep(path, owner):
        withdraw_consent(shown, by=leader, now=NOW)
        return keep_bytes(path, owner=owner)

    with (
        patch("submissions.domain.packs.keep_bytes", keep),
        patch("submissions.domain.packs._not_shown", lambda pieces, now: pieces.none()),
    ):
        assert make_now(pack)
    pack.refresh_from_db()
    assert any(name.endswith(".jpg") for name in names_in(pack))
    assert not may_read(leader, pack.file), "and even then nobody opens it"


def test_a_withdrawal_after_each_build_ends_the_try(work, leader):
    pieces = [
        photo(work, work.parts.get(code="a1"), title=f"Photo {number}", children="consent",
              consent_until=NOW.date())
        for number in range(4)
    ]  # fmt: skip
    pack = ask(work, leader)

    def keep(path, owner):
        withdraw_consent(pieces.pop(), by=leader, now=NOW)
        return keep_bytes(path, owner=owner)

    with patch("submissions.domain.packs.keep_bytes", keep), pytest.raises(packs.Refused):
        make_now(pack)
    pack.refresh_from_db()
    assert (pack.status, pack.tries) == ("waiting", 1)


# Once ----------------------------------------------------------------------------------------------------


def test_r11_made_twice_is_made_once(work, leader):
    pack = make_pack(work, leader)
    make_pack_task(pack.pk)
    pack.refresh_from_db()
    assert pack.tries == 1
    assert StoredFile.objects.filter(owner=f"pack-{pack.pk}").count() == 1


def test_r11_a_second_worker_leaves_a_living_one_alone(work, leader):
    pack = ask(work, leader)
    assert packs._take_up(pack.pk, NOW) is not None
    assert make_now(pack, NOW + packs.STALE - timedelta(seconds=1)) is False
    assert make_now(pack, NOW + packs.STALE) is True


def test_r10_a_worker_that_comes_back_too_late_leaves_nothing(work, leader):
    """Taken for dead, it finishes after the other one: its bytes go, the pack is the other's."""
    pack, later = ask(work, leader), NOW + packs.STALE
    real = packs._finish

    def slow(mine, reading, kept, *, now):
        with patch("submissions.domain.packs._finish", real):
            assert make_now(pack, later)
        return real(mine, reading, kept, now=now)

    with patch("submissions.domain.packs._finish", slow):
        assert make_now(pack) is False
    pack.refresh_from_db()
    assert (pack.status, pack.tries, pack.made_at) == ("made", 2, later)
    folder = path_of(pack).parents[1]
    assert [path for path in folder.rglob("*") if path.is_file()] == [path_of(pack)]


def test_a_failure_is_tried_three_times_and_then_said(work, leader):
    pack = ask(work, leader)
    with patch("submissions.domain.packs.make_zip", side_effect=OSError("disk full")):
        for tries in (1, 2, 3):
            now = NOW + tries * packs.PATIENCE
            with pytest.raises(OSError, match="disk full"):
                make_now(pack, now)
            pack.refresh_from_db()
            assert (pack.tries, pack.status) == (tries, "waiting" if tries < 3 else "failed")
            waiting = packs.waiting(now=now + packs.PATIENCE)
            assert waiting == ([pack.pk] if tries < 3 else [])
    again = ask(work, leader, now=NOW + timedelta(hours=1))
    assert again != pack
    assert make_now(again)


def test_what_kills_its_worker_each_time_is_given_up(work, leader):
    pack = ask(work, leader)
    now = NOW
    for _ in range(packs.MAX_TRIES):
        assert packs._take_up(pack.pk, now) is not None  # and never heard of again
        now += packs.STALE
    assert packs._take_up(pack.pk, now) is None
    assert packs.waiting(now=now) == []
    assert packs.fail_the_hopeless(now=now) == 1
    pack.refresh_from_db()
    assert pack.status == "failed"


def test_the_sweep_asks_for_what_nobody_makes(work, leader):
    fresh = ask(work, leader, "pdf")
    lost = ask(work, make.member(work.school), now=NOW - packs.PATIENCE)
    dead = ask(work, make.member(work.school), now=NOW - timedelta(hours=1))
    packs._take_up(dead.pk, NOW - packs.STALE)
    alive = ask(work, make.member(work.school))
    packs._take_up(alive.pk, NOW - timedelta(minutes=2))
    with (
        patch("submissions.tasks.clock.now", return_value=NOW),
        patch("submissions.tasks.make_pack.delay_on_commit") as send,
    ):
        sweep_packs()
    assert sorted(call.args for call in send.call_args_list) == [(lost.pk,), (dead.pk,)]
    assert fresh.pk not in packs.waiting(now=NOW)


def test_r09_a_rolled_back_ask_asks_nobody(work, leader, django_capture_on_commit_callbacks):
    with (
        patch("submissions.tasks.make_pack.delay") as send,
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(ZeroDivisionError),
        transaction.atomic(),
    ):
        ask(work, leader)
        raise ZeroDivisionError
    send.assert_not_called()


# Going ---------------------------------------------------------------------------------------------------


def test_a_new_one_takes_the_older_ones_place(work, leader, django_capture_on_commit_callbacks):
    first, other_kind = make_pack(work, leader), make_pack(work, leader, "pdf")
    mine_too = make_pack(work, make.member(work.school))
    gone = path_of(first)
    with django_capture_on_commit_callbacks(execute=True):
        second = make_pack(work, leader, now=NOW + timedelta(hours=1))
    assert set(Pack.objects.all()) == {second, other_kind, mine_too}
    assert not StoredFile.objects.filter(pk=first.file_id).exists()
    assert not gone.exists()


def test_after_a_week_pack_and_file_are_gone(work, leader, django_capture_on_commit_callbacks):
    old = make_pack(work, leader)
    young = make_pack(work, leader, "pdf", now=NOW + timedelta(seconds=1))
    path = path_of(old)
    with django_capture_on_commit_callbacks(execute=True):
        assert packs.sweep_old(now=NOW + packs.KEPT_FOR) == 0
        assert packs.sweep_old(now=NOW + packs.KEPT_FOR + timedelta(seconds=1)) == 1
    assert list(Pack.objects.all()) == [young]
    assert not path.exists()
    assert default_storage.exists(young.file.key)


def test_the_evidence_in_it_stays(work, leader, shown):
    make_pack(work, leader)
    packs.sweep_old(now=NOW + timedelta(days=8))
    assert Evidence.objects.filter(pk=shown.pk).exists()
    assert default_storage.exists(shown.file.key)
