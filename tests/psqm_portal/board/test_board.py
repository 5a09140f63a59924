"""The home page by role, and HQ's board of a round."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from psqm_portal.board import queries
from psqm_portal.core.roles import Role
from rounds.models import Step
from submissions.models import Extension, Part, Submission
from submissions.queries import places_of
from tests import factories as make

pytestmark = pytest.mark.django_db


def _client(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _owed(person: User, on: date = date(2026, 11, 3)) -> list[tuple[str, str, date]]:
    now = make.NOW.replace(year=on.year, month=on.month, day=on.day)
    roles = places_of(person).roles
    steps = queries.owed_by(person, queries.milestones_of(person, roles), now)
    return [(step.title, step.what, step.due_on) for step in steps]


def test_each_is_told_what_they_owe_and_nobody_elses(django_assert_num_queries: Any) -> None:
    submission = make.submission()
    leader, hub_leader = make.member(submission.school), make.hub_member(submission.hub)
    head, mentor = (
        make.member(submission.school, Role.HEADTEACHER),
        make.hub_member(submission.hub, Role.MENTOR),
    )
    other = make.member(make.submission(cycle=submission.round).school)
    school = submission.school.name
    # 31 October 2026 is 60 days after 1 September; 3 November is three days late.
    assert _owed(leader) == [
        (school, "finish your audit and propose a level", date(2026, 10, 31)),
        (school, "complete your action plan and send it", date(2026, 11, 30)),
    ]
    assert school not in {title for title, _, _ in _owed(other)}
    assert _owed(hub_leader) == _owed(head) == _owed(mentor) == []
    Submission.objects.filter(pk=submission.pk).update(
        proposed_level=submission.round.framework.levels.first()
    )
    assert _owed(hub_leader) == [(school, "confirm the level they propose", date(2026, 10, 31))]
    assert [what for _, what, _ in _owed(leader)] == ["complete your action plan and send it"]


def test_an_extension_moves_the_date_that_is_shown() -> None:
    submission = make.submission()
    leader = make.member(submission.school)
    Extension.objects.create(
        submission=submission, step=Step.AUDIT, until=date(2026, 11, 20), reason="Flood", granted_at=make.NOW
    )
    assert _owed(leader)[0][2] == date(2026, 11, 20)


@time_machine.travel(make.NOW, tick=False)
def test_home_shows_parts_whose_turn_it_is() -> None:
    submission = make.submission()
    leader, hub_leader = make.member(submission.school), make.hub_member(submission.hub)
    reflection = submission.parts.get(code="a1")
    Part.objects.filter(pk=reflection.pk).update(status="returned", sent_at=make.NOW)
    assert "Change and send again: A1 Criterion 1" in _client(leader).get("/").content.decode()
    assert "A1 Criterion 1" not in _client(hub_leader).get("/").content.decode()
    Part.objects.filter(pk=reflection.pk).update(status="sent")
    assert "Read and answer: A1 Criterion 1" in _client(hub_leader).get("/").content.decode()
    assert "A1 Criterion 1" not in _client(leader).get("/").content.decode()


@pytest.mark.parametrize("many", [1, 3, 10])
@time_machine.travel(make.NOW, tick=False)
def test_the_board_costs_the_same_for_any_number_of_hubs(many: int, django_assert_num_queries: Any) -> None:
    cycle = make.round_()
    for _ in range(many):
        hub = make.hub()
        for status in ("enrolled", "with_hub", "submitted"):
            make.submission(cycle=cycle, in_hub=hub, status=status, parts=False)
    client = _client(make.hq())
    url = reverse("round_board", args=[cycle.slug])
    client.get(url)
    with django_assert_num_queries(11):
        page = client.get(url).content.decode()
    assert f"{3 * many}" in page


def test_late_is_by_each_schools_own_date() -> None:
    cycle = make.round_()
    late, extended, done = (make.submission(cycle=cycle) for _ in range(3))
    Extension.objects.create(
        submission=extended, step=Step.AUDIT, until=date(2026, 11, 20), reason="Flood", granted_at=make.NOW
    )
    Submission.objects.filter(pk=done.pk).update(target_level=cycle.framework.levels.first())
    assert queries.late_steps(cycle, date(2026, 10, 31)) == []
    assert queries.late_steps(cycle, date(2026, 11, 1)) == [
        queries.Late(Step.AUDIT.label, "Schools", 1),
    ]
    assert queries.late_steps(cycle, date(2026, 11, 21))[0].number == 2
    assert late.pk


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        (Role.HQ_ADMIN, ["board", "reviews", "decisions", "release", "fees", "earnings"]),
        (Role.HQ_FINANCE, ["fees", "earnings"]),
        (Role.HQ_VIEWER, ["board", "reviews", "decisions"]),
    ],
)
def test_a_rounds_page_leads_each_of_hq_to_what_they_may_open(role: Role, pages: list[str]) -> None:
    round_ = make.submission().round
    client = _client(make.hq(role))
    page = client.get(f"/rounds/{round_.slug}/").content.decode()
    all_pages = ["board", "reviews", "decisions", "release", "fees", "earnings"]
    paths = {name: f"/rounds/{round_.slug}/{name}/" for name in all_pages}
    assert [name for name in all_pages if f'href="{paths[name]}"' in page] == pages
    assert [name for name in all_pages if client.get(paths[name]).status_code == 200] == pages
