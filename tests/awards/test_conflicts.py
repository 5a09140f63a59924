"""S05: every way to a conflict of interest, declared or not; one row stands for all, and HQ lifts some."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from awards.domain import assignment, interests, standing
from awards.models import Interest, Review, Standing
from awards.queries import candidates, frozen_visible_to, visible_to
from hubs.domain.hubs import appoint
from hubs.models import LeaderApplication
from messaging.models import Email
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from schools.domain.merging import merge
from schools.domain.people import join
from schools.models import School
from submissions.models import Submission
from tests import factories
from tests.awards import helpers
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def _why(user, made: Submission) -> str:
    return Standing.objects.get(user=user, submission=made, kind="conflict").why


def _enrol(**fields) -> Submission:
    made = factories.submission(**fields)
    events.publish("submission.carried_over", made, Occasion(by=None, now=NOW))
    return made


def _in_trust(name: str = "Oak Trust") -> School:
    return factories.school(trust=name, local_authority="Wessex")


def test_s05_who_led_or_mentored_an_earlier_hub_of_the_school_never_reviews_it():
    place, first, second = factories.school(), factories.hub(name="First"), factories.hub()
    led = factories.hub_member(first, person=factories.user("Led"))
    mentored = factories.hub_member(first, Role.MENTOR, factories.user("Mentored"))
    _enrol(place=place, in_hub=first, status="withdrawn")
    first.memberships.update(ended_at=NOW)
    for person in (led, mentored):
        factories.hub_member(factories.hub(), person=person)
    later = _enrol(place=place, in_hub=second)
    assert _why(led, later) == "leads the hub First"
    assert _why(mentored, later) == "mentors the hub First"


def test_s05_a_school_that_moves_takes_the_new_hub_s_reviewer_off():
    hq, mover = factories.hq(), helpers.reviewer()
    made = helpers.in_review(hq, [mover, helpers.reviewer()])
    left, old = made.hub, made.hub.memberships.get().user
    Submission.objects.filter(pk=made.pk).update(hub=mover.hub_memberships.get().hub)
    made.refresh_from_db()
    events.publish("submission.move_hub", made, Occasion(by=hq, now=NOW, given={"left": left}))
    assert [one.status for one in helpers.reviews_of(made)] == ["void", "assigned"]
    assert _why(old, made).startswith("leads the hub")


def test_the_same_trust_is_the_same_employer():
    hq, colleague = factories.hq(), helpers.reviewer()
    own, sister = _in_trust(), _in_trust("OAK Trust")
    other = factories.school(trust="Elm Trust", local_authority="Wessex")
    made = helpers.in_review(hq, [colleague, helpers.reviewer()])
    Submission.objects.filter(pk=made.pk).update(school=sister)
    free = factories.submission(place=other, parts=False)
    join(own, colleague, Role.SUBJECT_LEADER, now=NOW)
    assert _why(colleague, made) == "works or worked for Oak Trust"
    assert [one.status for one in helpers.reviews_of(made)] == ["void", "assigned"]
    assert free.standings.count() == 0
    assert _why(colleague, _enrol(place=_in_trust())) == "works or worked for Oak Trust"


def test_people_who_never_led_a_hub_get_no_rows_for_a_trust():
    own = _in_trust()
    factories.member(own)
    assert _enrol(place=_in_trust(), in_hub=factories.hub()).standings.count() == 0


def test_a_trust_that_the_register_named_since_is_found_when_reviewers_are_chosen():
    hq, colleague = factories.hq(), helpers.reviewer("Colin")
    made = helpers.submitted()
    factories.member(_in_trust(), person=colleague)
    made.school.trust = "Oak Trust"
    made.school.save()
    with pytest.raises(Refused, match=r"Colin has a conflict of interest.*works or worked for Oak Trust"):
        assignment.assign(made, [colleague, helpers.reviewer()], by=hq, now=NOW)


def test_a_leader_declares_a_school_and_loses_the_review_of_it():
    hq, person = factories.hq(), helpers.reviewer()
    made = helpers.in_review(hq, [person, helpers.reviewer()])
    Email.objects.all().delete()
    interests.declare_for_myself(school=made.school, why="I am a governor", by=person, now=NOW)
    assert _why(person, made) == "declared: I am a governor"
    assert [one.status for one in helpers.reviews_of(made)] == ["void", "assigned"]
    assert not visible_to(person).exists()
    assert not frozen_visible_to(person).exists()
    assert [one.why_not for one in candidates(made) if one.user == person] == [
        "Conflict of interest: declared: I am a governor"
    ]
    told = set(Email.objects.values_list("template", "to"))
    assert told == {
        ("awards/mail/review_taken_back", person.email),
        *(("awards/mail/reviewer_conflict", address) for address in _admins()),
    }
    assert HistoryEntry.objects.filter(machine="interest", action="declare", by=person).count() == 1


def _admins():
    from accounts.queries import hq_people

    return hq_people([Role.HQ_ADMIN]).values_list("email", flat=True)


@pytest.mark.parametrize("employer", ["Oak Trust", "oak  trust", "Wessex"])
def test_a_leader_declares_a_trust_or_a_local_authority(employer):
    person, place = helpers.reviewer(), _in_trust()
    now_there = factories.submission(place=place, parts=False)
    elsewhere = factories.submission(place=factories.school(local_authority="Mercia"), parts=False)
    made = interests.declare_for_myself(employer=employer, why="I advise them", by=person, now=NOW)
    later = _enrol(place=_in_trust(), in_hub=factories.hub())
    for submission in (now_there, later):
        assert _why(person, submission) == f"works or worked for {made.employer}"
    assert elsewhere.standings.count() == 0


def test_only_who_leads_a_hub_declares_and_only_what_the_register_knows():
    person = helpers.reviewer()
    _in_trust()
    with pytest.raises(Refused, match="Choose a school, a trust or a local authority"):
        interests.declare_for_myself(employer="My aunt’s shop", why="x", by=person, now=NOW)
    with pytest.raises(Refused, match="Write the reason"):
        interests.declare_for_myself(employer="Oak Trust", why=" ", by=person, now=NOW)
    interests.declare_for_myself(employer="Oak Trust", why="x", by=person, now=NOW)
    with pytest.raises(Refused, match="declared already: Oak Trust"):
        interests.declare_for_myself(employer="OAK TRUST", why="x", by=person, now=NOW)
    with pytest.raises(PermissionDenied):
        interests.declare_for_myself(employer="Oak Trust", why="x", by=factories.user(), now=NOW)


def test_a_school_names_a_hub_leader_and_nobody_reads_its_words_but_hq():
    hq, person = factories.hq(), helpers.reviewer()
    made = helpers.in_review(hq, [person, helpers.reviewer()])
    head = made.school.memberships.get(role="headteacher").user
    Email.objects.all().delete()
    interests.declare_for_school(made, person, why="He is my brother", by=head, now=NOW)
    assert _why(person, made) == "declared to HQ"
    assert [one.status for one in helpers.reviews_of(made)] == ["void", "assigned"]
    mails = Email.objects.filter(to=person.email)
    assert mails.count() == 1
    assert "brother" not in mails.get().text
    assert made.school.name in mails.get().text
    for other in (person, made.hub.memberships.get().user, hq, factories.user()):
        with pytest.raises(PermissionDenied):
            interests.declare_for_school(made, person, why="x", by=other, now=NOW)


def test_hq_lifts_what_was_declared_with_a_reason():
    hq, person = factories.hq(), helpers.reviewer()
    made = helpers.submitted()
    interest = interests.declare_by_hq(person, made, why="Governor", by=hq, now=NOW)
    with pytest.raises(PermissionDenied):
        interests.lift(interest, reason="x", by=person, now=NOW)
    with pytest.raises(Refused, match="Write the reason"):
        interests.lift(interest, reason=" ", by=hq, now=NOW)
    interests.lift(interest, reason="Left in May", by=hq, now=NOW)
    with pytest.raises(Refused, match="lifted already"):
        interests.lift(interest, reason="x", by=hq, now=NOW)
    assert not Standing.objects.filter(user=person).exists()
    assignment.assign(made, [person, helpers.reviewer()], by=hq, now=NOW)


def test_a_lifted_conflict_gives_the_finished_review_back_to_read_and_the_taken_one_to_be_assigned_anew():
    hq, person, other = factories.hq(), helpers.reviewer(), helpers.reviewer()
    made = helpers.in_review(hq, [person, other])
    helpers.finish(helpers.reviews_of(made)[0])
    for one in (person, other):
        interest = interests.declare_by_hq(one, made, why="Governor", by=hq, now=NOW)
        interests.lift(interest, reason="A mistake", by=hq, now=NOW)
    assert [one.status for one in helpers.reviews_of(made)] == ["completed", "void"]
    assert visible_to(person).count() == 1
    assignment.assign(made, [other], by=hq, now=NOW)
    assert [one.status for one in helpers.reviews_of(made)] == ["completed", "void", "assigned"]


def test_lifting_leaves_what_a_membership_or_another_side_says():
    hq, member, named = factories.hq(), helpers.reviewer(), helpers.reviewer()
    made = helpers.submitted()
    head = made.school.memberships.get(role="headteacher").user
    shown = interests.declare_by_hq(member, made, why="Governor", by=hq, now=NOW)
    appoint(made.hub, member, Role.MENTOR, now=NOW)
    interests.lift(shown, reason="x", by=hq, now=NOW)
    assert _why(member, made) == f"mentors the hub {made.hub}"
    interests.declare_for_school(made, named, why="x", by=head, now=NOW)
    twice = interests.declare_by_hq(named, made, why="y", by=hq, now=NOW)
    interests.lift(twice, reason="x", by=hq, now=NOW)
    assert _why(named, made) == "declared to HQ"


def test_a_declared_conflict_holds_for_later_years_and_a_lifted_one_doesn_t():
    hq, person, place = factories.hq(), helpers.reviewer(), factories.school()
    first = factories.submission(place=place, status="withdrawn", parts=False)
    interest = interests.declare_by_hq(person, first, why="Governor", by=hq, now=NOW)
    second = _enrol(place=place, in_hub=factories.hub())
    assert _why(person, second) == "declared: Governor"
    interests.lift(interest, reason="x", by=hq, now=NOW)
    Submission.objects.filter(pk=second.pk).update(status="withdrawn", seat=None)
    assert _enrol(place=place, in_hub=factories.hub()).standings.count() == 0


def test_what_a_leader_said_when_applying_is_declared_once_even_where_it_was_lifted():
    hq, own = factories.hq(), _in_trust()
    person = factories.user(email="rosa@test.example")
    for school, employer in ((own, ""), (None, "Wessex"), (None, "Retired")):
        factories.application(
            email=person.email, status="accepted", school=school, employer=employer, hub=factories.hub(),
            decided_at=NOW,
        )  # fmt: skip
    assert LeaderApplication.objects.count() == 3
    appoint(factories.hub(), person, Role.HUB_LEADER, now=NOW)
    told = {one.thing for one in Interest.objects.filter(user=person, side="leader")}
    assert told == {own.name, "Oak Trust", "Wessex"}
    interests.lift(Interest.objects.get(employer="Wessex"), reason="x", by=hq, now=NOW)
    appoint(factories.hub(), person, Role.HUB_LEADER, now=NOW)
    assert Interest.objects.filter(user=person).count() == 3


def test_two_records_of_a_school_become_one_and_so_do_their_conflicts():
    hq, person, other = factories.hq(), helpers.reviewer(), helpers.reviewer()
    stays, goes = factories.school(), factories.school()
    made = factories.submission(place=stays, parts=False)
    early = factories.submission(place=goes, status="withdrawn", parts=False)
    interests.declare_by_hq(person, made, why="x", by=hq, now=NOW)
    interests.declare_by_hq(person, early, why="x", by=hq, now=NOW)
    interests.declare_by_hq(other, early, why="y", by=hq, now=NOW)
    merge(stays, goes, taken=[], by=hq, now=NOW)
    assert Interest.objects.filter(school=stays).count() == 2
    assert _why(other, made) == "declared: y"


def test_r17_the_database_refuses_an_interest_in_nothing_or_lifted_without_a_reason():
    person, hq = helpers.reviewer(), factories.hq()
    given = {"user": person, "why": "x", "side": "hq", "declared_by": hq, "declared_at": NOW}
    for wrong in (
        {},
        {"school": factories.school(), "employer": "Oak Trust"},
        {"employer": "Oak Trust", "lifted_at": NOW, "lifted_by": hq},
        {"employer": "Oak Trust", "lifted_because": "x"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Interest.objects.create(**given, **wrong)


def test_r24_catching_up_costs_the_same_for_ten_and_sixty(django_assert_num_queries):
    cycle = factories.round_()
    for count in (10, 50):
        factories.member(_in_trust(), person=helpers.reviewer())
        for _ in range(count):
            factories.submission(place=_in_trust(), cycle=cycle, parts=False)
        with django_assert_num_queries(8), transaction.atomic():
            standing.catch_up(Submission.objects.filter(round=cycle))
    assert Standing.objects.filter(why="works or worked for Oak Trust").count() == 2 * 60


def test_a_later_interest_never_weakens_what_a_membership_shows():
    made, hq = helpers.submitted(), factories.hq()
    leader = made.hub.memberships.get().user
    interest = interests.declare_by_hq(leader, made, why="x", by=hq, now=NOW)
    interests.lift(interest, reason="x", by=hq, now=NOW + timedelta(days=1))
    assert _why(leader, made) == f"leads the hub {made.hub}"
    assert Review.objects.count() == 0
