from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hubs.models import HubRound, TrainingSession
from rounds.models import Audience, Milestone, Step
from submissions.models import Extension, Part
from tests import factories


def queries(client, url):
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(seen), answer.content.decode()


@pytest.mark.parametrize(
    ("role", "count"), [("subject leader", 13), ("headteacher", 10), ("hub leader", 10), ("hq", 11)]
)
@pytest.mark.parametrize("criteria", [1, 3, 10])
def test_the_task_list_costs_the_same_however_much_there_is(make_world, as_, role, count, criteria):
    """At the stage that asks most: the level is confirmed, the plan approved, parts are with the school."""
    cycle = factories.round_(framework=factories.framework(criteria=criteria))
    world = make_world(cycle=cycle, target_level=cycle.framework.levels.first())
    factories.rate_audit(world.submission)
    factories.sign_off_parts(world.submission)
    world.submission.parts.exclude(kind="action_plan").update(status="draft")
    client = as_(world.people[role])
    number, _ = queries(client, world.url)
    assert number == count


def test_a_subject_leader_sees_what_waits_and_why_sign_off_is_closed(world, as_):
    _, text = queries(as_(world.people["subject leader"]), world.url)
    assert "Finish the audit and propose a level" in text
    assert "First propose a level and have it confirmed." in text
    assert "Opens when your hub leader has signed off every part." in text
    assert "You are here" in text


def test_a_hub_leader_sees_what_the_school_sent(world, as_):
    part = world.part()
    factories.fill_part(part)
    Part.objects.filter(pk=part.pk).update(status="sent")
    _, text = queries(as_(world.people["hub leader"]), world.url)
    assert f"Answer {part.title}" in text
    assert "Finish the audit" not in text


def test_the_schools_own_date_counts(world, as_):
    Extension.objects.create(
        submission=world.submission,
        step=Step.AUDIT,
        until=date(2026, 12, 24),
        reason="Illness",
        granted_by=world.people["hq"],
        granted_at=factories.NOW,
    )
    _, text = queries(as_(world.people["subject leader"]), world.url)
    assert "Thursday 24 December 2026" in text
    assert "This school’s own date" in text


def test_hq_finds_its_moves_and_others_dont(world, as_):
    _, text = queries(as_(world.people["hq"]), world.url)
    assert f"{world.url}do/withdraw/" in text
    assert f"{world.url}do/defer/" in text
    _, text = queries(as_(world.people["hub leader"]), world.url)
    assert "/do/" not in text


def test_sessions_stand_in_the_year_only_where_the_hub_holds_them(world, as_):
    Milestone.objects.create(
        round=world.submission.round,
        step=Step.SESSION_2,
        audience=Audience.SCHOOL,
        label="Session 2",
        opens_on=date(2026, 11, 1),
        due_on=date(2026, 11, 30),
    )
    client = as_(world.people["subject leader"])
    assert "Session 2" not in queries(client, world.url)[1]
    hub_round = HubRound.objects.get(hub=world.submission.hub)
    HubRound.objects.update(training=HubRound.Training.SESSIONS)
    TrainingSession.objects.create(hub_round=hub_round, step=Step.SESSION_2, held_on=date(2026, 11, 19))
    text = queries(client, world.url)[1]
    assert "Session 2" in text
    assert "Thursday 19 November 2026" in text


@pytest.mark.parametrize(
    ("status", "page"),
    [
        ("submitted", "/reviews/{pk}/"),
        ("reviewed", "/decisions/{pk}/"),
        ("decided", "/decisions/{pk}/undo/"),
        ("notified", "/decisions/{pk}/appeal/"),
    ],
)
def test_hq_finds_the_pages_of_the_award(make_world, as_, status, page):
    world = make_world(status=status)
    _, text = queries(as_(world.people["hq"]), world.url)
    assert f"/rounds/{world.submission.round.slug}{page.format(pk=world.submission.pk)}" in text
    _, text = queries(as_(world.people["hub leader"]), world.url)
    assert f"{world.url}award/" in text
    assert "/decisions/" not in text
