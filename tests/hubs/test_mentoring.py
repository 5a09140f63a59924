"""The mentoring log: what is understood as a time, who logs it, who changes it, what is kept of it."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from hubs.domain.mentoring import change, log_time, minutes_in, take_away
from hubs.models import MentoringEntry
from hubs.models.training import time_words
from messaging.domain.conversations import post
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry, LogEntry
from psqm_portal.core.roles import Role
from psqm_portal.core.seen import OutOfDate, mark_of
from rounds.models import Round
from tests import factories
from tests.factories import NOW
from tests.support.queries import own_queries

TODAY = date(2026, 11, 3)


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("90", 90),
        ("1h 30", 90),
        ("1h30m", 90),
        ("1 hour and 30 minutes", 90),
        ("1.5 hours", 90),
        ("1,5 h", 90),
        ("1.5", 90),
        ("1:30", 90),
        ("2 hrs", 120),
        (" 45 Min ", 45),
        ("half an hour", 30),
        ("an hour and a half", 90),
        ("0:20", 20),
        ("10h", 600),
    ],
)
def test_a_time_as_people_write_it(typed, minutes):
    assert minutes_in(typed) == minutes


@pytest.mark.parametrize(
    "typed", ["", "soon", "h", "1h 30 and", "-30", "0", "2", "11h", "1e9", "99999999999999"]
)
def test_what_is_no_time_is_said_with_a_sentence(typed):
    with pytest.raises(ValueError, match=r"^(Enter|Say) "):
        minutes_in(typed)


def test_a_time_in_words():
    assert [time_words(minutes) for minutes in (0, 45, 60, 90, 600)] == ["0m", "45m", "1h", "1h 30m", "10h"]


@pytest.fixture
def school(world):
    return world.enrol().school


def given(world, school, by, **more):
    values = {"held_on": TODAY, "minutes": 30, "how": "phone", "note": ""} | more
    return log_time(world.hub_round, school, **values, by=by, now=NOW)


def test_hub_people_log_and_only_they(world, school):
    given(world, school, world.leader)
    given(world, school, world.mentor, minutes=600, how="person")
    strangers = [world.other_leader, world.hq, factories.member(school), factories.user()]
    for person in strangers:
        with pytest.raises(PermissionDenied):
            given(world, school, person)
    # Ten and a half hours: more than the four of the round is written down all the same.
    assert sum(MentoringEntry.objects.values_list("minutes", flat=True)) == 630


def test_who_is_or_was_at_a_school_is_nothing_to_it(world, school, client):
    entry = given(world, school, world.mentor, note="About the audit")
    factories.member(school, Role.HEADTEACHER, world.leader)
    world.leader.school_memberships.update(ended_at=NOW)
    with pytest.raises(PermissionDenied):
        given(world, school, world.leader)
    client.force_login(world.leader)
    page = client.get(reverse("mentoring", args=[world.hub.slug, world.round.slug])).content.decode()
    assert school.name not in page
    assert "About the audit" not in page
    mine = reverse("mentoring_entry", args=[world.hub.slug, world.round.slug, entry.pk])
    assert client.get(mine).status_code == 403
    csv = client.get(reverse("mentoring_csv", args=[world.hub.slug, world.round.slug]))
    assert school.name not in b"".join(csv.streaming_content).decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"held_on": TODAY + timedelta(days=1)}, "still to come"),
        ({"held_on": date(2016, 11, 3)}, "more than a year ago"),
        ({"minutes": 0}, "Between 1 minute and 10 hours"),
        ({"minutes": 601}, "Between 1 minute and 10 hours"),
        ({"how": "letter"}, "Choose how"),
    ],
)
def test_what_cant_be_is_refused(world, school, wrong, sentence):
    with pytest.raises(Refused, match=sentence):
        given(world, school, world.leader, **wrong)
    assert not MentoringEntry.objects.exists()


def test_only_for_schools_on_a_place_and_rounds_that_live(world, school):
    with pytest.raises(Refused, match="has no place"):
        given(world, factories.school(), world.leader)
    Round.objects.update(status="closed")
    entry = given(world, school, world.leader)
    Round.objects.update(status="archived")
    world.hub_round.round.refresh_from_db()
    with pytest.raises(Refused, match="archived"):
        given(world, school, world.leader)
    with pytest.raises(Refused, match="archived"):
        take_away(entry, by=world.leader, now=NOW)


def changed(entry, by, **more):
    values = {"held_on": TODAY, "minutes": 45, "how": "phone", "note": ""} | more
    return change(entry, **values, by=by, now=NOW)


def test_own_entries_are_changed_and_hq_corrects_and_history_is_kept(world, school):
    entry = given(world, school, world.mentor)
    with pytest.raises(PermissionDenied):
        changed(entry, world.leader)
    changed(entry, world.mentor)
    changed(entry, world.hq, minutes=50)
    changed(entry, world.hq, minutes=50)  # nothing new, nothing kept
    with pytest.raises(PermissionDenied):
        take_away(entry, by=factories.hq(Role.HQ_VIEWER), now=NOW)
    take_away(entry, by=world.mentor, now=NOW)
    take_away(entry, by=world.mentor, now=NOW)
    assert not MentoringEntry.objects.exists()
    history = HistoryEntry.objects.filter(machine="mentoring", subject_id=entry.pk)
    assert [(one.action, one.by, one.reason) for one in history] == [
        ("add", world.mentor, "3 Nov 2026, 30 minutes, by phone or video"),
        (
            "change",
            world.mentor,
            "3 Nov 2026, 30 minutes, by phone or video → 3 Nov 2026, 45 minutes, by phone or video",
        ),
        (
            "change",
            world.hq,
            "3 Nov 2026, 45 minutes, by phone or video → 3 Nov 2026, 50 minutes, by phone or video",
        ),
        ("take_away", world.mentor, "3 Nov 2026, 50 minutes, by phone or video"),
    ]
    assert LogEntry.objects.filter(about=f"mentoring:{entry.pk}").count() == 4


def test_who_left_the_hub_changes_nothing_any_more(world, school):
    entry = given(world, school, world.mentor)
    world.mentor.hub_memberships.update(ended_at=NOW)
    with pytest.raises(PermissionDenied):
        changed(entry, world.mentor)


def test_r03_a_change_on_top_of_a_newer_one_overwrites_nothing(world, school):
    entry = given(world, school, world.mentor, note="One")
    seen = mark_of({"held_on": TODAY, "minutes": 30, "how": "phone", "note": "One"})
    changed(entry, world.hq, note="Two")
    with pytest.raises(OutOfDate):
        change(
            entry, held_on=TODAY, minutes=30, how="phone", note="Three", seen=seen, by=world.mentor, now=NOW
        )
    entry.refresh_from_db()
    assert entry.note == "Two"


# Pages


def path(world, name, *more, query=""):
    return reverse(name, args=[world.hub.slug, world.round.slug, *more]) + query


def posted(client, world, school, **more):
    values = {"school": school.pk, "minutes": "1h 30", "how": "phone", "note": "The plan"}
    day = {"held_on_0": "3", "held_on_1": "11", "held_on_2": "2026"}
    return client.post(path(world, "mentoring_new"), values | day | more, follow=True)


@pytest.fixture
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.usefixtures("_today")
def test_the_form_comes_filled_in_and_says_what_is_wrong(world, school, client):
    client.force_login(world.leader)
    page = client.get(path(world, "mentoring_new", query=f"?school={school.pk}")).content.decode()
    assert f'<option value="{school.pk}" selected>' in page
    assert 'value="30m"' in page
    wrong = posted(client, world, school, minutes="soonish").content.decode()
    assert "Enter the time like 45, 1h 30 or 1.5 hours" in wrong
    assert 'value="soonish"' in wrong
    right = posted(client, world, school).content.decode()
    assert f"1h 30m for {school} is logged." in right
    assert "1h 30m of 4h" in right
    over = posted(client, world, school, minutes="3h").content.decode()
    assert "4h 30m of 4h" in over
    assert "30m over" in over


@pytest.mark.usefixtures("_today")
def test_a_mentor_changes_and_takes_away_on_the_page(world, school, client):
    entry = given(world, school, world.mentor)
    client.force_login(world.mentor)
    mine = path(world, "mentoring_entry", entry.pk)
    page = client.get(mine).content.decode()
    assert 'value="30m"' in page
    day = {"held_on_0": "2", "held_on_1": "11", "held_on_2": "2026"}
    client.post(mine, {"minutes": "20", "how": "portal", "note": "", **day})
    entry.refresh_from_db()
    assert (entry.minutes, entry.how, entry.held_on) == (20, "portal", date(2026, 11, 2))
    stale = {"minutes": "25", "how": "portal", "note": "", "seen": "x" * 20, **day}
    assert client.post(mine, stale).status_code == 409
    client.post(path(world, "mentoring_delete", entry.pk))
    assert not MentoringEntry.objects.exists()


def test_s02_an_entry_of_another_hub_isnt_found_under_ones_own(world, school, client):
    entry = given(world, school, world.leader)
    client.force_login(world.other_leader)
    theirs = reverse("mentoring_entry", args=[world.other.slug, world.round.slug, entry.pk])
    assert client.get(theirs).status_code == 404


@pytest.mark.parametrize("start", list("=+-@\t"))
def test_s27_nothing_in_the_download_is_a_formula(world, school, client, start):
    given(world, school, world.leader, note=f"{start}cmd")
    client.force_login(factories.hq(Role.HQ_VIEWER))
    lines = b"".join(client.get(path(world, "mentoring_csv")).streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert lines[1].split(",")[2:4] == ["30", '"By phone or video"']
    assert not any(cell.strip('"').startswith(tuple("=+-@")) for cell in lines[1].split(","))


def test_last_contact_is_what_the_hub_wrote_in_the_portal(world, client):
    made = world.enrol()
    teacher = factories.member(made.school)
    client.force_login(world.leader)
    for author, at in ((world.leader, NOW - timedelta(days=20)), (teacher, NOW)):
        post(made.conversation, by=author, body="Hello", now=at, tell=[], about=made.key, url="/", title="t")
    page = client.get(path(world, "mentoring")).content.decode()
    assert "Wednesday 14 October 2026" in page
    assert "Tuesday 3 November 2026" not in page


@pytest.mark.parametrize("many", [2, 10])
def test_r24_the_log_costs_the_same_for_any_number_of_schools(world, client, many):
    for _ in range(many):
        made = world.enrol()
        for number in range(many):
            given(world, made.school, world.leader if number % 2 else world.mentor)
    client.force_login(world.leader)
    assert own_queries(client, path(world, "mentoring")) == 8
