"""Side doors to an outcome before its release: what schools and hubs could guess from pages and refusals."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from awards.domain import assignment, decisions
from awards.domain.decisions import Choice
from psqm_portal.core.roles import Role
from submissions.models import Submission
from submissions.models.submission import Status
from submissions.queries import hub_people, school_people
from tests import factories
from tests.awards.helpers import RELEASE_DAY, decided, finish, in_review, released, reviewer, reviews_of
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day():
    with time_machine.travel(NOW, tick=False):
        yield


def sign_in(person):
    client = Client()
    client.force_login(person)
    return client


def leader_of(made):
    return school_people(made, Role.SUBJECT_LEADER)[0]


def test_a_made_up_form_isnt_told_that_an_outcome_is_reached():
    made = decided(factories.hq())
    url = f"/submissions/{made.pk}/"
    leader, hub_leader = leader_of(made), hub_people(made, Role.HUB_LEADER)[0]
    level = made.target_level.pk
    for person, path, sent in [
        (leader, "submit/", {}),
        (leader, "sign-off/send/", {}),
        (leader, "level/", {"level": level, "reason": "Why not"}),
        (hub_leader, "sign-off/whole/", {}),
        (hub_leader, "sign-off/return/", {"reason": "Why not"}),
        (hub_leader, "level/answer/", {"answer": "confirm"}),
    ]:
        text = sign_in(person).post(url + path, sent, follow=True).content.decode()
        assert "it is in review" in text, path
        assert "it is decided" not in text, path


def test_the_first_page_tells_a_school_in_review_until_the_release():
    hq = factories.hq()
    made = decided(hq)
    text = sign_in(leader_of(made)).get("/").content.decode()
    assert Status.IN_REVIEW.label in text
    assert Status.DECIDED.label not in text


def test_the_order_of_the_list_tells_stages_apart_to_hq_alone():
    hub, cycle, hq = factories.hub(), factories.round_(), factories.hq()
    first = factories.submission(
        cycle=cycle, in_hub=hub, place=factories.school(name="Ash"), status=Status.DECIDED
    )
    second = factories.submission(
        cycle=cycle, in_hub=hub, place=factories.school(name="Beech"), status=Status.IN_REVIEW
    )

    def order(person):
        text = sign_in(person).get("/submissions/?sort=status").content.decode()
        return text.index(first.school.name) < text.index(second.school.name)

    assert order(factories.hub_member(hub))
    assert not order(hq)


def test_a_review_for_an_appeal_waits_for_the_appeals_release():
    hq, late = factories.hq(), reviewer()
    made = released(hq)
    again = RELEASE_DAY + timedelta(days=3)
    made = decisions.uphold_appeal(Choice(made, made.target_level), reason="Right.", by=hq, now=again)
    made = decisions.undo(made, reason="One more look.", by=hq, now=again)
    made = assignment.assign(made, [late], by=hq, now=again)
    with time_machine.travel(again, tick=False):
        review = next(one for one in reviews_of(made) if one.standing.user == late)
        finish(review)
        type(review).objects.filter(pk=review.pk).update(narrative="The third word.", completed_at=again)
        page = sign_in(leader_of(made)).get(f"/submissions/{made.pk}/award/").content.decode()
    assert page.count("Pupils ask their own questions") == 2
    assert "The third word." not in page


def test_nothing_of_a_running_review_shows_on_the_award_page():
    made = in_review(factories.hq())
    finish(reviews_of(made)[0])
    page = sign_in(leader_of(made)).get(f"/submissions/{made.pk}/award/").content.decode()
    assert "Pupils ask their own questions" not in page
    assert Submission.objects.get(pk=made.pk).status == Status.IN_REVIEW
