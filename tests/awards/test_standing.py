"""S05, R17: one standing per person and submission, whatever comes first."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from awards.domain import assignment, interests, reviewing, standing
from awards.models import Review, Standing
from hubs.domain.hubs import appoint
from messaging.models import Email
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role
from schools.domain.people import join
from schools.models import SchoolMembership
from submissions.models import Submission
from tests import factories
from tests.awards import helpers
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def _kinds(made: Submission) -> dict[str, str]:
    return {row.user.name: row.kind for row in made.standings.select_related("user")}


def test_enrolment_notes_the_hub_s_people_and_everybody_ever_at_the_school():
    place, in_hub = factories.school(), factories.hub(name="Chilterns")
    factories.hub_member(in_hub, person=factories.user("Leader"))
    factories.hub_member(in_hub, Role.MENTOR, factories.user("Mentor"))
    factories.member(place, person=factories.user("Teacher"))
    left = factories.member(place, Role.HEADTEACHER, factories.user("Former head"))
    SchoolMembership.objects.filter(user=left).update(ended_at=NOW)
    made = factories.submission(place=place, in_hub=in_hub)

    events.publish("submission.carried_over", made, Occasion(by=None, now=NOW))

    assert _kinds(made) == dict.fromkeys(["Leader", "Mentor", "Teacher", "Former head"], "conflict")
    whys = dict(made.standings.values_list("user__name", "why"))
    assert whys["Leader"] == "leads the hub Chilterns"
    assert whys["Mentor"] == "mentors the hub Chilterns"
    assert whys["Former head"] == f"is or was at {place.name}"


def test_enrolment_again_changes_nothing():
    made = helpers.submitted()
    before = list(made.standings.order_by("pk").values())
    standing.on_enrolment(made)
    assert list(made.standings.order_by("pk").values()) == before


def test_s05_a_person_with_a_conflict_is_refused_by_name_and_reason():
    hq, in_hub = factories.hq(), factories.hub(name="Chilterns")
    leader = factories.hub_member(in_hub, person=factories.user("Lena Leader"))
    made = helpers.submitted(in_hub=in_hub)
    with pytest.raises(Refused) as refused:
        assignment.assign(made, [leader, helpers.reviewer()], by=hq, now=NOW)
    assert str(refused.value) == (
        f"Lena Leader has a conflict of interest and can't review {made.school}: leads the hub Chilterns."
    )
    assert Review.objects.count() == 0
    made.refresh_from_db()
    assert made.status == "submitted"


def test_s05_a_hub_that_changes_hands_takes_the_unfinished_review_back_and_tells_hq():
    hq = factories.hq()
    mover, stays = helpers.reviewer("Mo Mover"), helpers.reviewer()
    made = helpers.in_review(hq, [mover, stays])
    Email.objects.all().delete()

    made.hub.memberships.update(ended_at=NOW)
    appoint(made.hub, mover, Role.HUB_LEADER, now=NOW)

    assert Standing.objects.get(user=mover, submission=made).kind == "conflict"
    assert {r.standing.user.name: r.status for r in helpers.reviews_of(made)} == {
        "Mo Mover": "void",
        stays.name: "assigned",
    }
    told = Email.objects.filter(to=hq.email, template="awards/mail/reviewer_conflict").get()
    assert "Mo Mover" in told.text
    assert f"leads the hub {made.hub}" in told.text
    assert Email.objects.filter(to=mover.email, template="awards/mail/review_taken_back").count() == 1


def test_a_finished_review_is_kept_when_its_reviewer_joins_the_hub():
    hq, mover = factories.hq(), helpers.reviewer()
    made = helpers.in_review(hq, [mover, helpers.reviewer()])
    first = helpers.reviews_of(made)[0]
    helpers.finish(first)
    appoint(made.hub, mover, Role.MENTOR, now=NOW)
    first.refresh_from_db()
    assert first.status == "completed"
    assert Standing.objects.get(user=mover, submission=made).kind == "conflict"


def test_a_reviewer_who_joins_the_school_loses_the_review():
    hq, mover = factories.hq(), helpers.reviewer()
    made = helpers.in_review(hq, [mover, helpers.reviewer()])
    join(made.school, mover, Role.SUBJECT_LEADER, now=NOW)
    assert [r.status for r in helpers.reviews_of(made)] == ["void", "assigned"]


def test_a_conflict_stays_when_the_membership_ends():
    made = helpers.submitted()
    leader = made.hub.memberships.get().user
    made.hub.memberships.update(ended_at=NOW)
    factories.hub_member(factories.hub(), person=leader)
    with pytest.raises(Refused, match="conflict of interest"):
        assignment.assign(made, [leader, helpers.reviewer()], by=factories.hq(), now=NOW)


def test_the_reason_of_an_older_conflict_stays():
    made = helpers.submitted()
    teacher = made.school.memberships.order_by("pk")[0].user
    appoint(made.hub, teacher, Role.MENTOR, now=NOW)
    assert Standing.objects.get(user=teacher, submission=made).why == f"is or was at {made.school}"


def test_hq_declares_a_conflict_with_a_reason():
    hq, person = factories.hq(), helpers.reviewer()
    made = helpers.in_review(hq, [person, helpers.reviewer()])
    interests.declare_by_hq(person, made, why="Governor of the school", by=hq, now=NOW)
    assert Standing.objects.get(user=person, submission=made).why == "declared: Governor of the school"
    assert [r.status for r in helpers.reviews_of(made)] == ["void", "assigned"]
    with pytest.raises(PermissionDenied):
        interests.declare_by_hq(person, made, why="x", by=person, now=NOW)
    with pytest.raises(Refused, match="Write the reason"):
        interests.declare_by_hq(person, made, why=" ", by=hq, now=NOW)


def test_r24_a_joining_costs_the_same_for_one_submission_and_for_ten(django_assert_num_queries):
    in_hub, cycle = factories.hub(), factories.round_()
    person, join_later = helpers.reviewer(), helpers.reviewer()
    for count in (1, 9):
        for _ in range(count):
            factories.submission(in_hub=in_hub, cycle=cycle, parts=False)
        membership = in_hub.memberships.create(user=person, role=Role.MENTOR.value, started_at=NOW)
        with django_assert_num_queries(4):
            standing.on_hub_membership(membership)
        membership.delete()
        person = join_later


def test_ended_submissions_are_left_alone():
    in_hub = factories.hub()
    made = factories.submission(in_hub=in_hub, status="withdrawn", parts=False)
    appoint(in_hub, factories.user(), Role.MENTOR, now=NOW)
    assert made.standings.count() == 0


def test_r17_raw_sql_can_t_give_a_person_a_second_standing():
    made = helpers.submitted()
    leader = made.hub.memberships.get().user
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO awards_standing (user_id, submission_id, kind, why) VALUES (%s, %s, 'reviewer', '')",
            [leader.pk, made.pk],
        )


def test_r17_raw_sql_can_t_assign_the_same_review_twice():
    review = helpers.open_review()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO awards_review (standing_id, cycle, status, assigned_at, recommendation, narrative,"
            " private_note) VALUES (%s, %s, 'assigned', %s, '', '', '')",
            [review.standing_id, review.cycle, NOW],
        )


def test_r17_raw_sql_can_t_complete_a_review_without_a_recommendation():
    review = helpers.open_review()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE awards_review SET status = 'completed', completed_at = %s WHERE id = %s", [NOW, review.pk]
        )


def test_a_taken_back_reviewer_may_be_chosen_again():
    hq = factories.hq()
    review = helpers.open_review()
    reviewing.take_back(review, reason="Wrong one.", by=hq, now=NOW)
    assignment.assign(review.standing.submission, [review.standing.user], by=hq, now=NOW)
    assert [r.status for r in helpers.reviews_of(review.standing.submission)] == [
        "void",
        "assigned",
        "assigned",
    ]
