"""Two records of one school become one."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.domain.invitations import accept
from accounts.models import Invitation
from awards.models import Standing
from hubs.models import Attendance, CatchUp, MentoringEntry, OptOut, Prospect, Registration, SessionReply
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import LogEntry
from psqm_portal.core.roles import Role
from schools.domain import merging
from schools.domain.invitations import invite
from schools.domain.people import join
from schools.models import School, SchoolMembership
from schools.search import find
from submissions.domain.enrolment import enrol
from submissions.models import Submission
from tests import factories
from tests.factories import NOW
from tests.support.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def hq():
    return factories.hq()


@pytest.fixture
def oak():
    return factories.school(
        name="Oak Primary School", urn="100001", town="Ashbrook", postcode="AS1 2BC", phone=""
    )


@pytest.fixture
def twin():
    return factories.school(
        name="Oak Primary", urn=None, town="Ashbrook", postcode="AS1 2BC", phone="01234 5", pupils=90
    )


def merged(stays, goes, hq, taken=()):
    merging.merge(stays, goes, taken=taken, by=hq, now=NOW)
    stays.refresh_from_db()
    goes.refresh_from_db()


def test_each_relation_to_schools_is_known():
    """A new one: its app's ``merging`` says what its rows are called and settles what may stand once only."""
    assert set(merging.related()) == set(merging.relations)


def test_what_may_stand_once_is_settled():
    """A constraint with the school in it needs somebody who says what becomes of the second row."""
    unsettled = set()
    for key, relation in merging.related().items():
        known, model = merging.relations[key], relation.related_model
        once = [one for one in model._meta.constraints if relation.field.name in getattr(one, "fields", ())]
        if (once or relation.one_to_one) and not (known.settle or known.why_not):
            unsettled.add(key)
    assert unsettled == set()


def test_the_loser_closes_and_leads_to_the_one_that_stays(oak, twin, hq):
    merged(oak, twin, hq, taken={"phone", "pupils"})
    assert (oak.is_open, oak.urn, oak.name, oak.phone, oak.pupils) == (
        True, "100001", "Oak Primary School", "01234 5", 90,
    )  # fmt: skip
    assert (twin.is_open, twin.merged_into) == (False, oak)
    assert find("oak primary") == [oak]
    log = LogEntry.objects.filter(action="school.merged", by=hq).order_by("id")
    assert [(line.about, line.detail) for line in log] == [
        (f"school:{oak.pk}", f"school:{twin.pk}"), (f"school:{twin.pk}", f"into school:{oak.pk}"),
    ]  # fmt: skip


def test_a_urn_is_never_lost(oak, twin, hq):
    School.objects.filter(pk=oak.pk).update(register_status="Open", opened_on="2001-09-01")
    merged(twin, oak, hq)
    assert (twin.urn, twin.register_status, str(twin.opened_on)) == ("100001", "Open", "2001-09-01")
    assert oak.urn is None


def test_of_two_urns_one_is_chosen_and_the_other_stays_with_the_old_record(oak, hq):
    other = factories.school(name="Oak Academy", urn="200002")
    merged(oak, other, hq, taken={"urn"})
    assert (oak.urn, other.urn) == ("200002", "100001")


def test_only_admins_merge_and_only_two(oak, twin, hq):
    for person in (factories.hq(Role.HQ_VIEWER), factories.member(oak, Role.HEADTEACHER)):
        with pytest.raises(PermissionDenied):
            merging.merge(oak, twin, taken=(), by=person, now=NOW)
    with pytest.raises(Refused, match="one record already"):
        merging.merge(oak, oak, taken=(), by=hq, now=NOW)
    merged(oak, twin, hq)
    third = factories.school()
    for pair in ((oak, twin), (twin, third), (third, twin)):
        with pytest.raises(Refused, match="Oak Primary has been merged with another record already"):
            merging.merge(*pair, taken=(), by=hq, now=NOW)


def test_what_changed_since_it_was_shown_is_looked_at_again(oak, twin, hq):
    seen = merging.mark(oak, twin)
    assert seen == merging.mark(twin, oak)
    factories.member(twin)
    with pytest.raises(Refused, match="Look at them again"):
        merging.merge(oak, twin, taken=(), by=hq, now=NOW, seen=seen)
    merging.merge(oak, twin, taken=(), by=hq, now=NOW, seen=merging.mark(oak, twin))


def test_people_keep_one_place_and_nobody_loses_one(oak, twin, hq):
    both, here, there, former = (factories.user() for _ in range(4))
    for school, person in [(oak, both), (twin, both), (oak, here), (twin, there), (twin, former)]:
        factories.member(school, Role.SUBJECT_LEADER, person)
    former.school_memberships.update(ended_at=NOW)
    merged(oak, twin, hq)
    current = SchoolMembership.objects.current().filter(school=oak)
    assert set(current.values_list("user", flat=True)) == {both.pk, here.pk, there.pk}
    assert SchoolMembership.objects.filter(school=oak).count() == 5
    assert not SchoolMembership.objects.filter(school=twin).exists()


def test_invitations_lead_to_the_record_that_stays(oak, twin, hq):
    given = {"name": "Ann", "role": Role.SUBJECT_LEADER, "by": hq, "now": NOW}
    invite(oak, email="twice@school.example", **given)
    invite(twin, email="twice@school.example", **given)
    once = invite(twin, email="once@school.example", **given)
    merged(oak, twin, hq)
    assert not Invitation.objects.filter(scope=f"school:{twin.pk}").exists()
    waiting = Invitation.objects.filter(scope=f"school:{oak.pk}", withdrawn_at=None)
    assert sorted(waiting.values_list("email", flat=True)) == ["once@school.example", "twice@school.example"]
    person = factories.user(email="once@school.example")
    accept(once.token, user=person, now=NOW)
    assert SchoolMembership.objects.get(user=person).school == oak


def test_work_moves_with_its_conflicts_of_interest(oak, twin, hq):
    """Who is at the school, by either record, reviews none of its work."""
    work = factories.submission(place=twin)
    teacher = factories.member(oak)
    merged(oak, twin, hq)
    work.refresh_from_db()
    assert work.school == oak
    assert Standing.objects.get(user=teacher, submission=work).kind == Standing.Kind.CONFLICT


def test_two_at_work_are_refused_with_what_to_do(oak, twin, hq):
    factories.submission(place=oak)
    factories.submission(place=twin)
    with pytest.raises(Refused, match="Withdraw one of the two submissions first"):
        merged(oak, twin, hq)
    twin.refresh_from_db()
    assert (twin.is_open, twin.merged_into) == (True, None)


def test_two_registrations_waiting_in_one_round_are_refused(oak, twin, hq):
    hub, round_ = factories.hub(), factories.round_()
    rows = [factories.registration(school, hub, round_) for school in (oak, twin)]
    with pytest.raises(Refused, match="Decline one of them first"):
        merged(oak, twin, hq)
    Registration.objects.filter(pk=rows[0].pk).update(status="declined")
    merged(oak, twin, hq)
    assert Registration.objects.filter(school=oak).count() == 2


def test_an_opt_out_wins_and_stands_once(oak, twin, hq):
    OptOut.objects.create(school=twin, at=NOW)
    merged(oak, twin, hq)
    assert OptOut.objects.get().school == oak
    third = factories.school()
    OptOut.objects.create(school=third, at=NOW)
    merged(oak, third, hq)
    assert OptOut.objects.get().school == oak


def test_of_two_prospects_the_one_that_came_further_stays(oak, twin, hq):
    hub, round_ = factories.hub(), factories.round_()

    def prospect(school, season, status, **fields):
        return Prospect.objects.create(
            hub=hub,
            school=school,
            round=round_,
            season=season,
            status=status,
            picked_by=hq,
            picked_at=NOW,
            **fields,
        )

    prospect(oak, "2026-autumn", "picked")
    sent = prospect(twin, "2026-autumn", "sent", sent_at=NOW)
    declined = prospect(oak, "2027-spring", "declined")
    prospect(twin, "2027-spring", "picked")
    alone = prospect(twin, "2027-autumn", "picked")
    merged(oak, twin, hq)
    assert set(Prospect.objects.filter(school=oak)) == {sent, declined, alone}
    assert Prospect.objects.count() == 3


def test_training_is_attended_answered_and_caught_up_once(oak, twin, hq):
    hub_round = factories.hub_round(factories.hub(), factories.round_())
    one, other = (
        hub_round.sessions.create(step=step, held_on=NOW.date()) for step in ("training_1", "training_2")
    )
    for school, people in ((oak, 1), (twin, 2)):
        Attendance.objects.create(session=one, school=school, people=people)
        CatchUp.objects.create(session=one, school=school, held_on=NOW.date(), how=f"By {people}", at=NOW)
    Attendance.objects.create(session=other, school=twin)
    for school, answer, at in ((oak, "coming", NOW), (twin, "not_coming", NOW + timedelta(days=1))):
        SessionReply.objects.create(session=one, school=school, name="Ann", answer=answer, replied_at=at)
    SessionReply.objects.create(session=one, school=twin, name="Bo", answer="coming", replied_at=NOW)
    MentoringEntry.objects.create(
        hub_round=hub_round, school=twin, by=hq, held_on=NOW.date(), minutes=30, how="phone", written_at=NOW
    )
    merged(oak, twin, hq)
    assert sorted(oak.attendances.values_list("session", "people")) == [(one.pk, 2), (other.pk, 1)]
    assert oak.catch_ups.get().how == "By 1\n\nBy 2"
    assert sorted(oak.session_replies.values_list("name", "answer")) == [
        ("Ann", "not_coming"),
        ("Bo", "coming"),
    ]
    assert oak.mentoring.count() == 1


def test_what_followed_the_loser_follows_the_one_that_stays(oak, twin, hq):
    before, after = factories.school(is_open=False, successor=twin), factories.school()
    School.objects.filter(pk=twin.pk).update(successor=after)
    merged(oak, twin, hq)
    before.refresh_from_db()
    assert (before.successor, oak.successor, twin.successor) == (oak, after, None)
    merged(after, oak, hq)
    before.refresh_from_db()
    twin.refresh_from_db()
    assert (before.successor, twin.merged_into, after.successor) == (after, after, None)


def test_the_fuller_record_stays_by_default(oak, twin):
    assert merging.fuller(twin, oak) == oak
    School.objects.filter(pk=oak.pk).update(urn=None)
    oak.refresh_from_db()
    factories.member(twin)
    assert merging.fuller(oak, twin) == twin
    assert merging.default_taken(oak, twin) == {"phone"} | ({"pupils"} if oak.pupils is None else set())


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_of_two_merges_at_once_one_happens(self, oak, twin, hq):
        third = factories.school(name="Oak School")
        ends = at_once(
            [
                lambda: merging.merge(oak, twin, taken=(), by=hq, now=NOW),
                lambda: merging.merge(third, twin, taken=(), by=hq, now=NOW),
            ]
        )
        refused = [end for end in ends if isinstance(end, Refused)]
        assert [str(one) for one in refused] == ["Oak Primary has been merged with another record already."]
        twin.refresh_from_db()
        assert twin.merged_into_id == next(end.pk for end in ends if isinstance(end, School))

    def test_both_ways_at_once_leave_one_open(self, oak, twin, hq):
        ends = at_once(
            [
                lambda: merging.merge(oak, twin, taken=(), by=hq, now=NOW),
                lambda: merging.merge(twin, oak, taken=(), by=hq, now=NOW),
            ]
        )
        assert sorted(type(end).__name__ for end in ends) == ["Refused", "School"]
        assert School.objects.filter(is_open=True, merged_into=None).count() == 1

    @pytest.mark.parametrize("again", range(4))
    def test_a_school_enrolled_during_a_merge_is_at_work_by_the_record_that_stays(self, oak, twin, hq, again):
        hub, round_ = factories.hub(), factories.round_()
        factories.hub_member(hub)
        factories.hub_round(hub, round_, seats=2)
        registration = factories.registration(twin, hub, round_)
        jobs = [
            lambda: enrol(registration, by=hq, now=NOW),
            lambda: merging.merge(oak, twin, taken=(), by=hq, now=NOW),
        ]
        ends = at_once(jobs if again % 2 else jobs[::-1])
        assert not [end for end in ends if isinstance(end, Exception)]
        assert Submission.objects.get().school == oak

    @pytest.mark.parametrize("again", range(4))
    def test_somebody_who_joins_during_a_merge_is_at_the_record_that_stays(self, oak, twin, hq, again):
        person = factories.user()
        jobs = [
            lambda: join(twin, person, Role.SUBJECT_LEADER, now=NOW),
            lambda: merging.merge(oak, twin, taken=(), by=hq, now=NOW),
        ]
        ends = at_once(jobs if again % 2 else jobs[::-1])
        assert not [end for end in ends if isinstance(end, Exception)]
        assert SchoolMembership.objects.get(user=person).school == oak

    def test_control_without_looking_again_the_work_is_left_behind(self, oak, twin, hq):
        """What ``surviving`` guards against: the registration was read before the merge."""
        hub, round_ = factories.hub(), factories.round_()
        factories.hub_member(hub)
        factories.hub_round(hub, round_, seats=2)
        registration = factories.registration(twin, hub, round_)
        merging.merge(oak, twin, taken=(), by=hq, now=NOW)
        assert registration.school == twin
        assert enrol(registration, by=hq, now=NOW).school == oak
        assert connection.vendor == "postgresql"
