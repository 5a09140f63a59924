"""HQ's page of all hub leaders: what is missing in red and in words, at the same cost for any number."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from hubs.domain.hubs import appoint, take_part
from hubs.domain.mentoring import log_time
from hubs.models import HubMembership, LeaderCommitment, LeaderMeeting, MeetingReply, Substitution
from hubs.pages.leaders import current, leaders, narrowed, ordered
from psqm_portal.core.roles import Role
from tests import factories
from tests.factories import NOW
from tests.support.queries import own_queries

LATER = NOW.replace(month=12, day=15)


@pytest.fixture
def reader(client):
    def signs_in(role=Role.HQ_VIEWER):
        client.force_login(factories.hq(role))
        return client

    return signs_in


def text(client, path="/hub-leaders/"):
    return client.get(path).content.decode()


def sign(person, until=date(2027, 9, 1)):
    LeaderCommitment.objects.create(
        user=person,
        from_day=until - timedelta(days=365),
        until=until,
        points=[],
        signed_name="x",
        signed_at=NOW,
    )


def found(now=LATER):
    return {one.user: one for one in leaders(current(), now)}


def test_each_figure_is_put_together_of_all_hubs_of_a_leader(world):
    second = factories.hub()
    appoint(second, world.leader, Role.HUB_LEADER, now=NOW)
    take_part(second, world.round, training="days", by=None, now=NOW)
    first = world.enrol()
    factories.submission(cycle=world.round, in_hub=second, parts=False)
    for minutes in (60, 90):
        log_time(
            world.hub_round, first.school, held_on=date(2026, 10, 1), minutes=minutes, how="phone",
            by=world.leader, now=NOW,
        )  # fmt: skip
    one = found()[world.leader]
    assert {cell.label: cell.words for cell in one.cells} == {
        "Schools": "2 of 20",
        "Days led": "0 of 4",
        "Meetings": "0 of 2",
        # Once for the round, however many hubs they lead in it.
        "Reviews": "0 of 2",
        "Mentoring": "1h 15m a school",
    }
    assert [hub.name for hub in one.hubs] == sorted([world.hub.name, second.name])


def test_what_is_missing_is_named(world, reader):
    world.enrol()
    sign(world.other_leader)
    here = found()
    # A school without any time by 1 December, 28 days after it came; no word 28 days after the start.
    assert here[world.leader].late_names == [
        "Leading training", "Mentoring", "Schools’ deadlines", "Commitment for the year",
    ]  # fmt: skip
    assert here[world.other_leader].late_names == ["Recruiting schools", "Leading training"]
    assert here[world.other_leader].until == date(2027, 9, 1)


def test_narrowed_by_what_is_missing_round_and_words(world):
    world.enrol()
    sign(world.other_leader)
    idle = appoint(
        factories.hub(name="Quiet Hub"), factories.user("Quinn Idle"), Role.HUB_LEADER, now=NOW
    ).user
    sign(idle)
    rows = list(found().values())

    def names(**chosen):
        return {one.user for one in narrowed(rows, chosen)}

    assert names() == {world.leader, world.other_leader, idle}
    assert names(missing="yes") == {world.leader, world.other_leader}
    assert names(duty="mentoring") == {world.leader}
    assert names(duty="training", q=world.other.name) == {world.other_leader}
    assert names(q="quiet") == names(q="QUINN idle") == {idle}
    assert names(round=world.round) == {world.leader, world.other_leader}


def test_ordered_by_what_is_missing_or_as_asked(world):
    world.enrol()
    sign(world.other_leader)
    rows = list(found().values())
    assert [one.user for one in ordered(rows, "")] == [world.leader, world.other_leader]
    assert [one.user for one in ordered(rows, "late")] == [world.other_leader, world.leader]
    assert [one.user for one in ordered(rows, "-schools")] == [world.leader, world.other_leader]
    assert [one.user for one in ordered(rows, "-until")] == [world.other_leader, world.leader]
    assert len(ordered(rows, "password")) == 2


def test_who_stands_in_has_no_yearly_duties(world):
    Substitution.objects.create(
        hub=world.hub, leader=world.mentor, substitute=world.leader, first_day=date(2026, 11, 1),
        last_day=date(2027, 1, 31), reason="x", made_at=NOW, began_at=NOW,
    )  # fmt: skip
    Substitution.objects.create(
        hub=world.other, leader=world.other_leader, substitute=world.mentor, first_day=date(2027, 3, 1),
        last_day=date(2027, 3, 31), reason="x", made_at=NOW,
    )  # fmt: skip
    here = found()
    assert here[world.leader].own is None
    assert here[world.leader].stands_in == f"Stands in for {world.mentor} until Sunday 31 January 2027"
    assert here[world.other_leader].stands_in == (
        f"{world.mentor} stands in from Monday 1 March 2027 to Wednesday 31 March 2027"
    )


def test_the_page_says_it_in_words_and_links_each_number(world, reader):
    world.enrol()
    page = text(reader())
    assert world.leader.name in page
    assert f'href="/hub-leaders/{world.leader.pk}/"' in page
    assert f'href="/hubs/{world.hub.slug}/{world.round.slug}/mentoring/"' in page
    assert 'app-status--wrong"' in page
    assert "£" not in page
    narrow = text(reader(), "/hub-leaders/?duty=training&missing=yes&q=nobody")
    assert "No hub leader fits" in narrow
    assert world.leader.name in text(reader(), "/hub-leaders/?round=nonsense&duty=nonsense&sort=nonsense")


def test_a_leaders_page_has_their_checklists_the_years_before_and_the_way_to_write(world, reader):
    world.enrol()
    path = f"/hub-leaders/{world.leader.pk}/"
    page = text(reader(Role.HQ_ADMIN), path)
    assert f"Write to {world.leader}" in page
    assert "Come to the initial training, once" in page
    assert str(world.hub_round) in page
    assert "Years before" not in page
    viewer = text(reader(), path)
    assert f"Write to {world.leader}" not in viewer
    assert "commitment/" not in viewer
    world.round.status = "archived"
    world.round.save()
    page = text(reader(), path)
    assert "Years before" in page
    assert f'href="/hubs/{world.hub.slug}/{world.round.slug}/checklist/"' in page
    HubMembership.objects.filter(user=world.leader).update(ended_at=NOW)
    assert "leads no hub any more" in text(reader(), path)
    assert reader().get(f"/hub-leaders/{world.mentor.pk}/").status_code == 404


@pytest.mark.parametrize("start", list("=+-@\t"))
def test_s27_the_download_holds_no_formula(world, reader, start):
    world.leader.name = f"{start}Ann"
    world.leader.save()
    answer = reader().get("/hub-leaders/hub-leaders.csv?duty=training")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith('"Hub leader","Hubs","Schools","Days led","Meetings"')
    assert not any(cell.strip('"').startswith(tuple("=+-@\t")) for line in lines for cell in line.split(","))
    assert sum("Ann" in line for line in lines) == 1


@pytest.mark.parametrize("many", [10, 80])
def test_r24_the_page_costs_the_same_for_any_number_of_leaders(world, reader, many):
    meeting = LeaderMeeting.objects.create(kind="development", title="One", held_on=date(2026, 10, 1))
    for number in range(many):
        hub = factories.hub()
        person = appoint(hub, factories.user(), Role.HUB_LEADER, now=NOW).user
        hub_round = take_part(hub, world.round, training="days", by=None, now=NOW)
        made = factories.submission(cycle=world.round, in_hub=hub, parts=False)
        log_time(
            hub_round, made.school, held_on=date(2026, 11, 1), minutes=30, how="phone", by=person, now=NOW
        )
        if number % 2:
            sign(person)
            MeetingReply.objects.create(
                meeting=meeting, user=person, name="x", answer="coming", came=True, replied_at=NOW
            )
    assert own_queries(reader(), "/hub-leaders/") == 18


def test_home_says_what_is_next_and_leads_to_the_checklist(world, client):
    world.enrol()
    client.force_login(world.leader)
    page = text(client, "/")
    assert "Your duties" in page
    assert "Mentor each school, and log the time" in page
    assert reverse("hub_checklist", args=[world.hub.slug, world.round.slug]) in page
    client.force_login(world.mentor)
    assert "Your duties" not in text(client, "/")
