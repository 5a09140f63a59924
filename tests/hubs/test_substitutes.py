"""Somebody leads a hub for a while: planned by HQ, begun and ended by the clock, whole or not, and once."""

from datetime import date, datetime, timedelta
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.domain.invitations import accept
from accounts.models import Invitation
from hubs import tasks
from hubs.domain import substitutes
from hubs.domain.hubs import appoint, set_payee_reference, stand_down
from hubs.models import HubMembership, Substitution
from hubs.queries import leader_of
from messaging.models import Email
from psqm_portal.core import clock as edge
from psqm_portal.core.clock import LONDON
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from psqm_portal.core.secret_links import new_token
from tests import factories
from tests.factories import NOW

TODAY = date(2026, 11, 3)
FIRST, LAST = date(2026, 11, 9), date(2026, 11, 20)


def at(day: date, hour: int = 5, minute: int = 5) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON)


def plan(world, who=None, first=FIRST, last=LAST, now=NOW, **fields) -> Substitution:
    who = who or world.other_leader
    given = {"email": who.email, "name": who.name, "reason": "Ill", "by": world.hq, **fields}
    return substitutes.plan(world.hub, first_day=first, last_day=last, now=now, **given)


def clock(now: datetime) -> None:
    for pk in list(substitutes.due(now)):
        substitutes.keep_day(pk, now=now)


def mails() -> list[tuple[str, str]]:
    rows = Email.objects.order_by("template", "to").values_list("template", "to")
    return [(template.split("/")[-1], to) for template, to in rows]


def history(one: Substitution) -> list[str]:
    rows = HistoryEntry.objects.filter(machine="substitution", subject_id=one.pk).order_by("id")
    return list(rows.values_list("action", flat=True))


def test_the_clock_makes_the_substitute_leader_and_then_the_leader_again(world):
    asha, leader = world.other_leader, world.leader
    one = plan(world)
    assert (leader_of(world.hub), one.began_at) == (leader, None)
    told = sorted([("substitute_planned", asha.email), ("substitute_planned", leader.email)])
    assert sorted(mails()) == told
    clock(at(FIRST - timedelta(days=1), 23, 59))
    assert leader_of(world.hub) == leader
    clock(at(FIRST, 0, 0))
    assert leader_of(world.hub) == asha
    clock(at(LAST, 23, 59))
    assert leader_of(world.hub) == asha
    clock(at(LAST + timedelta(days=1), 0, 0))
    assert leader_of(world.hub) == leader
    assert HubMembership.objects.current().filter(user=asha).get().hub == world.other
    assert history(one) == ["plan", "begin", "end"]
    assert [end for end in mails() if end[0] in {"leads_hub", "led_hub"}] == sorted(
        [
            ("leads_hub", asha.email),
            ("leads_hub", leader.email),
            ("led_hub", asha.email),
            ("led_hub", leader.email),
        ]
    )


def test_the_day_is_londons_when_the_clocks_change(world):
    plan(world, first=date(2027, 3, 29), last=date(2027, 10, 31))
    clock(datetime(2027, 3, 28, 22, 59, tzinfo=LONDON))
    assert leader_of(world.hub) == world.leader
    clock(datetime(2027, 3, 29, 0, 0, tzinfo=LONDON))
    assert leader_of(world.hub) == world.other_leader


def test_saved_for_today_it_starts_at_once(world):
    one = plan(world, first=TODAY, last=TODAY)
    assert (leader_of(world.hub), one.began_at) == (world.other_leader, NOW)


def test_run_twice_is_once(world, told):
    started = told("hub_membership.started")
    one = plan(world)
    for _ in range(3):
        substitutes.keep_day(one.pk, now=at(FIRST))
    for _ in range(3):
        substitutes.keep_day(one.pk, now=at(LAST + timedelta(days=1)))
    assert [row.user for row, _ in started] == [world.other_leader, world.leader]
    assert history(one) == ["plan", "begin", "end"]
    assert list(substitutes.due(at(LAST + timedelta(days=9)))) == []


@pytest.mark.parametrize("day", [FIRST, LAST + timedelta(days=1)])
def test_killed_between_it_is_whole_or_nothing(world, day):
    one = plan(world)
    if day > LAST:
        clock(at(FIRST))
    before = (leader_of(world.hub), history(one), mails())
    with (
        patch("hubs.domain.hubs.HubMembership.save", side_effect=OSError("killed")),
        pytest.raises(OSError, match="killed"),
    ):
        substitutes.keep_day(one.pk, now=at(day))
    assert (leader_of(world.hub), history(one), mails()) == before
    clock(at(day, 6, 5))
    assert leader_of(world.hub) == (world.other_leader if day == FIRST else world.leader)


def test_one_that_fails_doesnt_hold_up_the_others(world, django_capture_on_commit_callbacks):
    plan(world)
    hub = factories.hub()
    factories.hub_member(hub)
    second = factories.user()
    substitutes.plan(
        hub, email=second.email, name="", first_day=FIRST, last_day=LAST, reason="x", by=None, now=NOW
    )
    asked = []
    with (
        patch.object(tasks.keep_substitute_day, "delay_on_commit", asked.append),
        patch("hubs.tasks.now", lambda: at(FIRST)),
    ):
        tasks.sweep_substitutes()
    assert asked == list(Substitution.objects.order_by("pk").values_list("pk", flat=True))


def test_a_run_that_was_missed_is_made_up_for(world):
    one = plan(world)
    clock(at(LAST + timedelta(days=3)))
    assert (leader_of(world.hub), history(one)) == (world.leader, ["plan", "call_off"])


def test_a_mentor_stays_mentor(world):
    plan(world, world.mentor)
    clock(at(FIRST))
    assert set(HubMembership.objects.current().filter(user=world.mentor).values_list("role", flat=True)) == {
        "hub leader",
        "mentor",
    }
    clock(at(LAST + timedelta(days=1)))
    assert HubMembership.objects.current().get(user=world.mentor).role == "mentor"


def test_the_leader_comes_back_with_payee_and_agreed_reviews(world):
    mine = HubMembership.objects.get(hub=world.hub, user=world.leader)
    HubMembership.objects.filter(pk=mine.pk).update(agreed_reviews=5)
    set_payee_reference(mine, "UH-77", by=world.hq, now=NOW)
    plan(world)
    clock(at(FIRST))
    clock(at(LAST + timedelta(days=1)))
    back = HubMembership.objects.current().get(hub=world.hub, user=world.leader)
    assert (back.payee_reference, back.agreed_reviews) == ("UH-77", 5)


def test_hq_ends_it_early_or_calls_it_off(world):
    off = plan(world)
    substitutes.end(off, by=world.hq, now=NOW)
    substitutes.end(off, by=world.hq, now=NOW)
    assert history(off) == ["plan", "call_off"]
    called = [to for name, to in mails() if name == "substitute_called_off"]
    assert called == sorted([world.leader.email, world.other_leader.email])
    clock(at(FIRST))
    assert leader_of(world.hub) == world.leader
    early = plan(world, first=TODAY)
    substitutes.end(early, by=world.hq, now=NOW + timedelta(days=1))
    substitutes.end(early, by=world.hq, now=NOW + timedelta(days=1))
    assert (leader_of(world.hub), history(early)) == (world.leader, ["plan", "begin", "end"])
    with pytest.raises(Refused, match="over already"):
        substitutes.change_last_day(early, LAST, by=world.hq, now=NOW)


def test_hq_changes_the_last_day(world):
    one = plan(world)
    substitutes.change_last_day(one, date(2026, 12, 4), by=world.hq, now=NOW)
    clock(at(FIRST))
    clock(at(LAST + timedelta(days=1)))
    assert leader_of(world.hub) == world.other_leader
    clock(at(date(2026, 12, 5)))
    assert leader_of(world.hub) == world.leader
    assert history(one) == ["plan", "change", "begin", "end"]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2026, 11, 2), LAST, "today or later"),
        (FIRST, date(2026, 11, 8), "first day or later"),
        (FIRST, date(2027, 11, 20), "a year at most"),
    ],
)
def test_days_that_cant_be(world, first, last, said):
    with pytest.raises(Refused, match=said):
        plan(world, first=first, last=last)
    assert not Substitution.objects.exists()


def test_who_cant_stand_in(world):
    with pytest.raises(Refused, match="leads this hub already"):
        plan(world, world.leader)
    with pytest.raises(Refused, match="is closed"):
        plan(world, factories.user(is_active=False))
    plan(world)
    with pytest.raises(Refused, match="planned for this hub already"):
        plan(world, world.mentor)
    with pytest.raises(Refused, match="no leader to stand in for"):
        empty = factories.hub()
        substitutes.plan(
            empty, email="a@b.example", name="A", first_day=FIRST, last_day=LAST, reason="", by=None, now=NOW
        )


@pytest.mark.parametrize("role", [None, Role.HQ_VIEWER, Role.HQ_FINANCE])
def test_only_hqs_admins_plan(world, role):
    one = plan(world)
    person = factories.hq(role) if role else world.leader
    for change in (
        lambda: plan(world, by=person),
        lambda: substitutes.change_last_day(one, LAST, by=person, now=NOW),
        lambda: substitutes.end(one, by=person, now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            change()


# Somebody new


def invited(world, **days) -> tuple[Substitution, str]:
    token = new_token()
    with patch("accounts.domain.invitations.new_token", return_value=token):
        one = plan(world, factories.User(email="asha@new.example", name="Asha Rao"), **days)
    return one, token


def test_somebody_new_starts_when_they_accepted_and_the_day_has_come(world):
    one, token = invited(world)
    assert (one.name, one.substitute, str(one)) == (
        "Asha Rao",
        None,
        f"Asha Rao for {world.leader}, {world.hub}",
    )
    asha = factories.user("Asha Rao", email="asha@new.example")
    accept(token, user=asha, now=NOW)
    one.refresh_from_db()
    assert (one.substitute, one.began_at, leader_of(world.hub)) == (asha, None, world.leader)
    assert not HubMembership.objects.filter(user=asha).exists()
    clock(at(FIRST))
    assert leader_of(world.hub) == asha


def test_the_day_comes_before_the_answer(world):
    one, token = invited(world)
    clock(at(FIRST))
    assert leader_of(world.hub) == world.leader
    asha = factories.user(email="asha@new.example")
    accept(token, user=asha, now=at(FIRST, 12))
    assert leader_of(world.hub) == asha
    clock(at(LAST + timedelta(days=1)))
    assert (leader_of(world.hub), history(one)) == (world.leader, ["plan", "begin", "end"])


def test_called_off_the_invitation_is_dead(world):
    one, token = invited(world)
    substitutes.end(one, by=world.hq, now=NOW)
    with pytest.raises(Refused):
        accept(token, user=factories.user(email="asha@new.example"), now=NOW)
    assert Invitation.objects.get().withdrawn_at == NOW


def test_nobody_is_let_in_by_an_invitation_to_what_is_over(world):
    _, token = invited(world)
    appoint(world.hub, world.mentor, Role.HUB_LEADER, by=world.hq, now=NOW)
    with pytest.raises(Refused, match="any more"), transaction.atomic():
        accept(token, user=factories.user(email="asha@new.example"), now=NOW)
    assert Invitation.objects.get().accepted_at is None


# HQ changes the leader by hand


def test_another_leader_ends_a_substitution_that_runs(world):
    one = plan(world, first=TODAY)
    third = factories.user()
    appoint(world.hub, third, Role.HUB_LEADER, by=world.hq, now=NOW)
    clock(at(LAST + timedelta(days=1)))
    one.refresh_from_db()
    assert (leader_of(world.hub), one.ended_at) == (third, NOW)


def test_the_planned_substitute_named_for_good_stays(world):
    plan(world)
    appoint(world.hub, world.other_leader, Role.HUB_LEADER, by=world.hq, now=NOW)
    clock(at(LAST + timedelta(days=1)))
    assert leader_of(world.hub) == world.other_leader
    assert Substitution.objects.filter(ended_at=None).count() == 0


def test_the_leader_who_stands_down_isnt_brought_back(world):
    one = plan(world)
    stand_down(HubMembership.objects.get(hub=world.hub, user=world.leader), by=world.hq, now=NOW)
    clock(at(FIRST))
    clock(at(LAST + timedelta(days=1)))
    assert (leader_of(world.hub), history(one)) == (None, ["plan", "call_off"])


def test_a_mentors_end_ends_nothing(world):
    one = plan(world)
    stand_down(HubMembership.objects.get(hub=world.hub, user=world.mentor), by=world.hq, now=NOW)
    assert history(one) == ["plan"]


def test_a_closed_account_neither_begins_nor_comes_back(world):
    one = plan(world)
    world.other_leader.is_active = False
    world.other_leader.save()
    clock(at(FIRST))
    assert leader_of(world.hub) == world.leader
    world.other_leader.is_active = True
    world.other_leader.save()
    clock(at(FIRST, 6))
    world.leader.is_active = False
    world.leader.save()
    clock(at(LAST + timedelta(days=1)))
    assert (leader_of(world.hub), history(one)) == (None, ["plan", "begin", "end"])


# What the database holds


def test_the_database_keeps_one_ahead_and_somebody_in_it(world):
    one = plan(world)
    fields = {
        "hub": world.hub,
        "leader": world.leader,
        "first_day": FIRST,
        "last_day": LAST,
        "reason": "x",
        "made_at": NOW,
    }
    for wrong in (
        {"substitute": world.mentor},
        {"substitute": None, "ended_at": NOW},
        {"substitute": world.leader, "ended_at": NOW},
        {"substitute": world.mentor, "ended_at": NOW, "last_day": FIRST - timedelta(days=1)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Substitution.objects.create(**{**fields, **wrong})
    assert list(Substitution.objects.all()) == [one]


# S04 and the pages


def test_s04_the_former_leaders_rights_end_at_the_next_request(world, client):
    submission = world.enrol()
    paths = [
        f"/hubs/{world.hub.slug}/",
        f"/hubs/{world.hub.slug}/hand-over/",
        f"/hubs/{world.hub.slug}/{world.round.slug}/",
        f"/submissions/{submission.pk}/messages/",
    ]
    client.force_login(world.leader)
    assert [client.get(path).status_code for path in paths] == [200] * 4
    plan(world, first=TODAY)
    assert [client.get(path).status_code for path in paths] == [404] * 4
    client.force_login(world.other_leader)
    assert [client.get(path).status_code for path in paths] == [200] * 4
    substitutes.keep_day(Substitution.objects.get().pk, now=at(LAST + timedelta(days=1)))
    assert [client.get(path).status_code for path in paths] == [404] * 4


@pytest.fixture
def signed_in(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def form_of(person, first: date, last: date, **more) -> dict[str, str]:
    days = {
        f"{name}_{number}": str(part)
        for name, day in (("first_day", first), ("last_day", last))
        for number, part in enumerate((day.day, day.month, day.year))
    }
    return {"name": person.name, "email": person.email, "reason": "A long journey", **days, **more}


def test_hq_reads_what_it_means_before_it_plans(world, signed_in):
    submission = world.enrol()
    factories.member(submission.school, Role.HEADTEACHER, world.other_leader)
    client, path = signed_in(world.hq), f"/hubs/{world.hub.slug}/people/substitute/"
    today = edge.london_day(edge.now())
    given = form_of(world.other_leader, today, today + timedelta(days=30))
    page = client.post(path, given).content.decode()
    assert f"{world.other_leader} is at {submission.school}" in page
    assert "Start now" in page
    assert "payee reference" in page
    assert not Substitution.objects.exists()
    client.post(path, {**given, "confirmed": "yes"})
    assert leader_of(world.hub) == world.other_leader
    one = Substitution.objects.get()
    for address in (f"/hubs/{world.hub.slug}/", f"/hubs/{world.hub.slug}/people/", "/hubs/"):
        assert "until" in client.get(address).content.decode()
    page = client.get(f"/hubs/{world.hub.slug}/").content.decode()
    assert f"/submissions/{submission.pk}/cases/new/?kind=change" in page
    client.post(f"{path}{one.pk}/end/")
    assert leader_of(world.hub) == world.leader


def test_wrong_days_are_said_and_what_was_typed_stays(world, signed_in):
    client, path = signed_in(world.hq), f"/hubs/{world.hub.slug}/people/substitute/"
    given = form_of(world.other_leader, date(2020, 1, 1), date(2020, 1, 2))
    page = client.post(path, given).content.decode()
    assert "The first day must be today or later." in page
    assert "A long journey" in page


def test_the_reason_is_hqs_alone(world, signed_in):
    plan(world, reason="Maternity leave", first=date(2099, 1, 1), last=date(2099, 2, 1))
    for person, sees in ((world.hq, True), (world.leader, False), (world.mentor, False)):
        client = signed_in(person)
        pages = [client.get(f"/hubs/{world.hub.slug}/{end}").content.decode() for end in ("", "people/")]
        assert [("Maternity leave" in page) for page in pages] == [sees] * 2
        assert all(str(world.other_leader) in page for page in pages)
    assert not Email.objects.filter(text__contains="Maternity").exists()
