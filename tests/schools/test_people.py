"""Who belongs to a school: joining, leaving, inviting."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from accounts.domain.invitations import accept
from accounts.models import Invitation
from psqm_portal.core import events
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from schools.domain import invitations
from schools.domain.people import join, leave
from schools.models import SchoolMembership
from tests import factories
from tests.support.races import at_once

pytestmark = pytest.mark.django_db
NOW = factories.NOW


@pytest.fixture
def told(monkeypatch):
    """The events that were published, by name."""
    seen = []
    publish = events.publish
    monkeypatch.setattr(
        events,
        "publish",
        lambda name, subject, occasion: seen.append(name) or publish(name, subject, occasion),
    )
    return seen


def test_joining_is_once_while_it_lasts(told):
    school, person = factories.school(), factories.user()
    first = join(school, person, Role.SUBJECT_LEADER, now=NOW)
    assert join(school, person, Role.SUBJECT_LEADER, now=NOW + timedelta(days=1)) == first
    assert join(school, person, Role.HEADTEACHER, now=NOW) != first
    assert (first.started_at, first.ended_at) == (NOW, None)
    assert told == ["school_membership.started"] * 2


def test_leaving_keeps_the_row_and_joining_again_makes_a_new_one(told):
    school, person = factories.school(), factories.user()
    first = join(school, person, Role.SUBJECT_LEADER, now=NOW)
    ended = leave(first, by=factories.hq(), now=NOW + timedelta(days=30))
    assert ended.ended_at == NOW + timedelta(days=30)
    assert leave(first, by=factories.hq(), now=NOW + timedelta(days=40)).ended_at == NOW + timedelta(days=30)
    assert join(school, person, Role.SUBJECT_LEADER, now=NOW + timedelta(days=50)) != first
    assert SchoolMembership.objects.count() == 2
    assert told == ["school_membership.started", "school_membership.ended", "school_membership.started"]


@pytest.mark.parametrize("role", [Role.SUBJECT_LEADER, Role.SCHOOL_FINANCE])
def test_only_hq_and_the_headteacher_end_a_place(role):
    school = factories.school()
    membership = factories.member(school).school_memberships.get()
    strangers = [
        factories.member(school, role),
        factories.member(factories.school(), Role.HEADTEACHER),
        factories.hq(Role.HQ_VIEWER),
        factories.hq(Role.HQ_FINANCE),
        factories.hub_member(factories.hub()),
    ]
    for person in strangers:
        with pytest.raises(PermissionDenied):
            leave(membership, by=person, now=NOW)
    assert leave(membership, by=factories.member(school, Role.HEADTEACHER), now=NOW).ended_at is not None


def test_a_headteacher_does_not_shut_themselves_out():
    school = factories.school()
    head = factories.member(school, Role.HEADTEACHER)
    membership = head.school_memberships.get()
    with pytest.raises(Refused, match="Ask HQ"):
        leave(membership, by=head, now=NOW)
    assert leave(membership, by=factories.hq(), now=NOW).ended_at is not None


def test_a_former_headteacher_has_no_right_left():
    school = factories.school()
    head = factories.member(school, Role.HEADTEACHER)
    leave(head.school_memberships.get(), by=factories.hq(), now=NOW)
    with pytest.raises(PermissionDenied):
        leave(factories.member(school).school_memberships.get(), by=head, now=NOW)


def test_a_place_never_ends_before_it_began():
    membership = factories.member(factories.school()).school_memberships.get()
    ended = leave(membership, by=factories.hq(), now=NOW - timedelta(days=1))
    assert ended.ended_at == membership.started_at


def test_inviting_says_for_which_school_and_role():
    school = factories.school()
    head = factories.member(school, Role.HEADTEACHER)
    made = invitations.invite(
        school, email="New@School.example", name="New One", role=Role.SUBJECT_LEADER, by=head, now=NOW
    )
    assert (made.email, made.scope, made.role) == (
        "new@school.example",
        f"school:{school.pk}",
        "subject leader",
    )
    assert made.expires_at == NOW + timedelta(days=14)


def test_who_has_the_place_already_is_not_invited():
    school = factories.school()
    person = factories.member(school)
    with pytest.raises(Refused, match="is subject leader of this school already"):
        invitations.invite(
            school, email=person.email.upper(), name="X", role=Role.SUBJECT_LEADER, by=factories.hq(), now=NOW
        )


@pytest.mark.parametrize("role", [Role.HQ_ADMIN, Role.HUB_LEADER, Role.MENTOR, Role.REVIEWER, Role.CLOCK])
def test_s07_no_other_role_is_given_by_a_school(role):
    with pytest.raises(PermissionDenied):
        invitations.invite(
            factories.school(), email="x@x.example", name="X", role=role, by=factories.hq(), now=NOW
        )
    assert not Invitation.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_eight_joins_at_once_are_one_place():
    school, person = factories.school(), factories.user()
    results = at_once([lambda: join(school, person, Role.SUBJECT_LEADER, now=NOW)] * 8)
    assert {type(result) for result in results} == {SchoolMembership}
    assert SchoolMembership.objects.count() == 1


def test_s11_a_leaving_headteachers_open_invitations_are_withdrawn(client, told):
    school, other = factories.school(), factories.school()
    head = factories.member(school, Role.HEADTEACHER)
    factories.member(other, Role.HEADTEACHER, head)
    successor, admin = factories.member(school, Role.HEADTEACHER), factories.hq()
    give = {"name": "Ana", "role": Role.HEADTEACHER, "now": now()}
    own = invitations.invite(school, email="me@private.example", by=head, **give)
    elsewhere = invitations.invite(other, email="me@private.example", by=head, **give)
    of_others = [
        invitations.invite(school, email=f"new{by.pk}@oak.example", by=by, **give)
        for by in (successor, admin)
    ]
    membership = head.school_memberships.get(school=school)
    client.force_login(admin)
    page = client.get(f"/schools/{school.pk}/people/{membership.pk}/end/").content.decode()
    assert "1 open invitation that" in page
    assert "me@private.example" in page
    assert "oak.example" not in page
    client.post(f"/schools/{school.pk}/people/{membership.pk}/end/")
    left = Invitation.objects.filter(withdrawn_at=None)
    assert {row.pk for row in left} == {elsewhere.pk, *(row.pk for row in of_others)}
    assert told.count("invitation.withdrawn") == 1
    with pytest.raises(Refused):
        accept(own.token, user=factories.user(email="me@private.example"), now=now())


def test_a_headteacher_who_stays_one_or_is_hq_keeps_their_invitations():
    school, person = factories.school(), factories.hq()
    for role in (Role.HEADTEACHER, Role.SUBJECT_LEADER):
        factories.member(school, role, person)
    made = invitations.invite(
        school, email="a@oak.example", name="Ana", role=Role.SUBJECT_LEADER, by=person, now=now()
    )
    for membership in person.school_memberships.all():
        assert not invitations.ending_with(membership).exists()
        leave(membership, by=factories.hq(), now=NOW + timedelta(days=1))
    made.refresh_from_db()
    assert made.withdrawn_at is None
