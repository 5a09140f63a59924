"""HQ's pages about reminders: what goes, what went, the rule table, free days, a pause, what is late."""

import csv
from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from messaging.models import Email
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.domain import reminders_hq as hq
from rounds.domain.reminders import send_reminders
from rounds.domain.reminders_ahead import ahead
from rounds.models import NoSendDay, Reminder, ReminderPause, ReminderRule, ReminderRun
from tests import factories
from tests.factories import NOW
from tests.support.queries import own_queries

# The audit is due on 31 October 2026, the action plan on 30 November.
FIRST = NOW.replace(month=10, day=3)


def enrolled(cycle, hub, count: int = 1) -> list:
    rows = []
    for _ in range(count):
        row = factories.submission(cycle=cycle, in_hub=hub, parts=False)
        type(row).objects.filter(pk=row.pk).update(enrolled_at=FIRST - timedelta(days=20))
        factories.member(row.school)
        rows.append(row)
    return rows


@pytest.fixture
def world(db):
    cycle, hub = factories.round_(name="Autumn 2026", slug="autumn-2026"), factories.hub()
    leader = factories.hub_member(hub)
    (row,) = enrolled(cycle, hub)
    return {"round": cycle, "hub": hub, "leader": leader, "row": row, "admin": factories.hq()}


@pytest.fixture
def admin(world, client):
    client.force_login(world["admin"])
    with time_machine.travel(FIRST, tick=False):
        yield client


def test_the_next_days_stand_there_by_person_and_step(world, admin):
    html = admin.get("/reminders/").content.decode()
    school = world["row"].school.name
    assert f"{school}</a>: finish your audit and propose a level" in html
    assert "3 Oct 2026" in html
    assert "17 Oct 2026" not in html  # the fifteenth day from now
    assert html.count("copy</span>") == html.count("finish your audit") // 2 == 1
    assert f"{school}</a>" in admin.get("/reminders/?day=2026-10-03").content.decode()
    assert "No reminder matches" in admin.get("/reminders/?day=2026-10-04").content.decode()
    assert "No reminder matches" in admin.get("/reminders/?who=nobody+here").content.decode()
    assert f"{school}</a>" in admin.get("/reminders/?round=autumn-2026").content.decode()


def test_what_is_shown_ahead_is_what_goes(world, admin):
    enrolled(world["round"], world["hub"], 2)
    NoSendDay.objects.create(day=FIRST.date() + timedelta(days=14), why="Half term")
    planned = {(day, *due.course, due.offset) for day, due in ahead(FIRST)}
    for number in range(14):
        send_reminders(FIRST + timedelta(days=number))
        Email.objects.filter(state="waiting").update(state="sent", sent_at=FIRST + timedelta(days=number))
    went = Reminder.objects.filter(state="sent")
    assert {(row.made_at.date(), *row.course, row.offset) for row in went} == planned
    assert len(planned) == 6


@pytest.mark.parametrize("schools", [1, 3, 9])
def test_r24_pages_cost_the_same_for_any_number_of_schools(world, admin, schools):
    enrolled(world["round"], world["hub"], schools)
    assert own_queries(admin, "/reminders/") == 33
    assert own_queries(admin, "/late/") == 24
    send_reminders(FIRST)
    assert own_queries(admin, "/reminders/sent/") == 5
    admin.force_login(world["leader"])
    assert own_queries(admin, "/late/") == 28


def test_what_went_names_the_school_and_leads_to_its_mail(world, admin):
    send_reminders(FIRST)
    html = admin.get("/reminders/sent/").content.decode()
    email = Email.objects.get(recipient__in=world["row"].school.memberships.values("user"))
    assert world["row"].school.name in html
    assert f'href="/mail/{email.pk}/"' in html
    assert "28 days before the due day" in html
    assert "No reminder matches" in admin.get("/reminders/sent/?state=skipped").content.decode()


def test_a_pause_holds_everything_and_lets_the_newest_go(world, admin):
    send_reminders(FIRST)  # written, and no worker has sent them
    assert "2 mails written already and not sent yet" in admin.get("/reminders/pause/").content.decode()
    assert admin.post("/reminders/pause/", {"why": ""}).status_code == 200
    assert not ReminderPause.objects.exists()
    assert admin.post("/reminders/pause/", {"why": "Wrong dates"})["Location"] == "/reminders/"
    assert set(Email.objects.values_list("state", flat=True)) == {"dropped"}
    assert not Reminder.objects.exists()
    assert send_reminders(FIRST + timedelta(days=14)) == 0
    assert "“Wrong dates”" in admin.get("/reminders/").content.decode()
    with time_machine.travel(FIRST + timedelta(days=15), tick=False):
        html = admin.get("/reminders/resume/").content.decode()
        assert "2 people get one mail each, with 2 reminders together" in html
        admin.post("/reminders/resume/")
    assert send_reminders(FIRST + timedelta(days=15)) == 2
    states = Reminder.objects.values_list("offset", "state").order_by("offset").distinct()
    assert list(states) == [(-28, "skipped"), (-14, "sent")]


def test_a_pause_of_an_hour_loses_nothing_of_the_day(world):
    send_reminders(FIRST)
    hq.pause(why="A look", by=world["admin"], now=FIRST)
    with pytest.raises(Refused, match="paused already"):
        hq.pause(why="Another", by=world["admin"], now=FIRST)
    hq.resume(by=world["admin"], now=FIRST)
    with pytest.raises(Refused, match="aren’t paused"):
        hq.resume(by=world["admin"], now=FIRST)
    assert send_reminders(FIRST + timedelta(hours=1)) == 2
    assert ReminderRun.objects.get().finished_at == FIRST + timedelta(hours=1)


def test_days_kept_free(world, admin):
    given = {"first_0": "5", "first_1": "10", "first_2": "2026", "last_0": "7", "last_1": "10",
             "last_2": "2026", "why": "Half term"}  # fmt: skip
    assert admin.post("/reminders/days/", given)["Location"] == "/reminders/days/"
    assert list(NoSendDay.objects.values_list("day", flat=True)) == [date(2026, 10, day) for day in (5, 6, 7)]
    assert "No reminders: Half term" in admin.get("/reminders/").content.decode()
    row = NoSendDay.objects.first()
    assert "no longer kept free" in admin.get(f"/reminders/days/{row.pk}/").content.decode()
    admin.post(f"/reminders/days/{row.pk}/")
    assert NoSendDay.objects.count() == 2
    assert HistoryEntry.objects.filter(machine="no_send_day", by=world["admin"]).count() == 4


def test_days_that_cant_be_kept_free_are_refused(world):
    by, today = world["admin"], FIRST.date()
    with pytest.raises(Refused, match="has passed"):
        hq.keep_free(today - timedelta(days=1), today, "x", by=by, now=FIRST)
    with pytest.raises(Refused, match="before the first"):
        hq.keep_free(today + timedelta(days=2), today, "x", by=by, now=FIRST)
    with pytest.raises(Refused, match="pause"):
        hq.keep_free(today, today + timedelta(days=60), "x", by=by, now=FIRST)


def test_a_rule_is_added_after_a_look_at_what_it_does(world, admin):
    send_reminders(FIRST)
    with time_machine.travel(FIRST + timedelta(days=8), tick=False):
        given = {"side": "before", "days": "21", "text": "Nearly there.", "is_on": "on"}
        html = admin.post("/reminders/table/add/school/", given).content.decode()
        assert "1 reminder more go to 1 person" in html
        assert not ReminderRule.objects.filter(offset=-21).exists()
        admin.post("/reminders/table/add/school/", {**given, "sure": "yes"})
    rule = ReminderRule.objects.get(offset=-21)
    assert (rule.audience, rule.text, rule.copies_hub_leader, rule.is_on) == (
        "school",
        "Nearly there.",
        False,
        True,
    )
    again = admin.post("/reminders/table/add/school/", given).content.decode()
    assert "There is a reminder 21 days before the due day already." in again
    assert "Schools: 21 days before the due day" in admin.get("/reminders/table/").content.decode()


def test_a_rule_is_changed_switched_off_and_taken_away(world, admin):
    rule = ReminderRule.objects.get(audience="school", offset=-28)
    path = f"/reminders/table/{rule.pk}/"
    html = admin.post(path, {"side": "before", "days": "28", "text": ""}).content.decode()
    assert "2 reminders that would have gone then won’t." in html
    admin.post(path, {"side": "before", "days": "28", "text": "", "sure": "yes"})
    rule.refresh_from_db()
    assert (rule.is_on, rule.copies_hub_leader) == (False, False)
    assert admin.post(path, {"side": "before", "days": ""}).status_code == 200
    admin.post(f"{path}take-away/")
    assert not ReminderRule.objects.filter(pk=rule.pk).exists()
    said = HistoryEntry.objects.filter(machine="reminder_rule").values_list("action", "reason")
    assert list(said) == [
        ("change", "Schools: 28 days before the due day, off"),
        ("take_away", "Schools: 28 days before the due day, off"),
    ]


def test_a_step_gets_its_own_reminders_and_goes_back(world, admin):
    admin.post("/reminders/table/own/", {"step": "school.audit"})
    own = ReminderRule.objects.filter(step="audit")
    assert own.count() == 7
    assert "Schools: Audit against the criteria" in admin.get("/reminders/table/").content.decode()
    own.exclude(offset=3).delete()
    admin.post(f"/reminders/table/{own.get().pk}/take-away/")
    assert own.count() == 1  # an empty table would bring the usual ones back
    assert "its own 1 reminders" in admin.get("/reminders/table/usual/school/audit/").content.decode()
    admin.post("/reminders/table/usual/school/audit/")
    assert not own.exists()


@pytest.mark.parametrize(
    "attempt",
    [
        lambda by, rule: hq.pause(why="x", by=by, now=FIRST),
        lambda by, rule: hq.resume(by=by, now=FIRST),
        lambda by, rule: hq.keep_free(FIRST.date(), FIRST.date(), "x", by=by, now=FIRST),
        lambda by, rule: hq.save_rule(rule, by=by, now=FIRST),
        lambda by, rule: hq.take_away(rule, by=by, now=FIRST),
        lambda by, rule: hq.give_own_rules("school", "audit", by=by, now=FIRST),
        lambda by, rule: hq.drop_own_rules("school", "audit", by=by, now=FIRST),
    ],
)
def test_only_hq_admins_settle_reminders(world, attempt):
    for person in (factories.hq(Role.HQ_VIEWER), world["leader"]):
        with pytest.raises(PermissionDenied):
            attempt(person, ReminderRule.objects.first())


def test_what_is_late_for_hq_and_for_each_hub(world, client):
    other = factories.hub()
    other_leader, mentor = factories.hub_member(other), factories.hub_member(world["hub"], Role.MENTOR)
    (elsewhere,) = enrolled(world["round"], other)
    mine, theirs = world["row"].school.name, elsewhere.school.name
    with time_machine.travel(NOW.replace(month=11, day=12), tick=False):
        for person, sees, misses in [
            (world["leader"], mine, theirs),
            (mentor, mine, theirs),
            (other_leader, theirs, mine),
        ]:
            client.force_login(person)
            html = client.get("/late/?show=with_hq").content.decode()
            assert f"{sees}</a>" in html
            assert misses not in html
            assert "Back to your desk" in html
        client.force_login(world["admin"])
        html = client.get("/late/").content.decode()
        assert f"{mine}</a>" in html
        assert f"{theirs}</a>" in html
        assert theirs not in client.get(f"/late/?who={mine}").content.decode()
        lines = list(csv.reader(b"".join(client.get("/late/export/")).decode("utf-8-sig").splitlines()))
        assert lines[0][0] == "School or hub"
        assert {line[0] for line in lines[1:]} == {mine, theirs}
        assert lines[1][6:] == ["2026-10-31", "12", "yes"]
        client.force_login(factories.hq(Role.HQ_VIEWER))
        lines = list(csv.reader(b"".join(client.get("/late/export/")).decode("utf-8-sig").splitlines()))
        assert lines[1][4] == ""  # a viewer reads who is late and writes to nobody
        client.force_login(factories.member(factories.school()))
        assert client.get("/late/").status_code == 403
        assert client.get("/late/export/").status_code == 403
