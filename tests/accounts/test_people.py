"""HQ's page of people: who sees it, what it shows, what it changes."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.domain import hq
from accounts.models import HQMembership, Invitation
from accounts.queries import hq_roles
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from tests import factories
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db

PEOPLE = "/people/"


@pytest.fixture
def everybody():
    """One person for each role, by the role's name."""
    school, hub = factories.school(), factories.hub()
    people = {
        role.value: factories.member(school, role)
        for role in (Role.SUBJECT_LEADER, Role.HEADTEACHER, Role.SCHOOL_FINANCE)
    }
    people |= {role.value: factories.hub_member(hub, role) for role in (Role.HUB_LEADER, Role.MENTOR)}
    people |= {role.value: factories.hq(role) for role in (Role.HQ_ADMIN, Role.HQ_FINANCE, Role.HQ_VIEWER)}
    return people | {"nobody": factories.user()}


@pytest.mark.parametrize("path", [PEOPLE, "/people/invite/", "/mail/"])
def test_s01_only_hq_admins_open_it(client, everybody, path):
    for role, person in everybody.items():
        client.force_login(person)
        assert client.get(path).status_code == (200 if role == "HQ admin" else 403), role


def test_s01_only_hq_admins_change_anything(client, everybody):
    membership = HQMembership.objects.get(role="HQ viewer")
    made = Invitation.objects.create(
        email="x@x.example",
        role="HQ viewer",
        scope="hq",
        token_hash="0" * 64,
        invited_at=now(),
        expires_at=now(),
    )
    posts = [
        ("/people/invite/", {"name": "X", "email": "y@x.example", "role": "HQ admin"}),
        (f"/people/hq/{membership.pk}/end/", {}),
        (f"/people/invitations/{made.pk}/withdraw/", {}),
        (f"/people/invitations/{made.pk}/again/", {}),
    ]
    for role, person in everybody.items():
        if role != "HQ admin":
            client.force_login(person)
            for path, data in posts:
                assert client.post(path, data).status_code == 403, (role, path)
    membership.refresh_from_db()
    made.refresh_from_db()
    assert membership.ended_at is None
    assert made.withdrawn_at is None
    assert Invitation.objects.count() == 1


def test_it_says_what_each_person_holds(client):
    school = factories.school(name="Oak Primary")
    factories.member(school, Role.HEADTEACHER, factories.user("Hana Head"))
    client.force_login(factories.hq(person=factories.user("Hetty Queue")))
    page = client.get(PEOPLE).content.decode()
    assert "Hana Head" in page
    assert f'Headteacher, <a class="govuk-link" href="/schools/{school.pk}/">Oak Primary</a>' in page
    assert "HQ admin" in page


def test_search_by_name_and_address(client):
    factories.user("Ana Lee", email="ana@oak.example")
    factories.user("Bo Dunn", email="bo@elm.example")
    client.force_login(factories.hq(person=factories.user("Hetty")))
    for words, found in [("ana", ["Ana Lee"]), ("ELM", ["Bo Dunn"]), ("lee oak", ["Ana Lee"]), ("zzz", [])]:
        answer = client.get(PEOPLE, {"q": words})
        assert [person.name for person, _ in answer.context["rows"]] == found


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_the_list_costs_the_same_for_any_length(client, count):
    admin = factories.hq()
    for _ in range(count):
        factories.member(factories.school())
        Invitation.objects.create(
            email="x@x.example", name="X", role="subject leader", scope=f"school:{factories.school().pk}",
            token_hash=f"{factories.user().pk:064d}", invited_by=admin, invited_at=now(),
            expires_at=now().replace(year=2100),
        )  # fmt: skip
    client.force_login(admin)
    # The right (twice), count, people, what they hold (HQ, schools, hubs), invitations, places, HQ staff.
    assert own_queries(client, PEOPLE) == 10


def test_hq_staff_are_invited(client):
    admin = factories.hq()
    client.force_login(admin)
    answer = client.post(
        "/people/invite/", {"name": "Vi Ewer", "email": "Vi@hq.example", "role": "HQ viewer"}
    )
    assert (answer.status_code, answer.url) == (302, PEOPLE)
    made = Invitation.objects.get()
    assert (made.email, made.role, made.scope, made.invited_by) == ("vi@hq.example", "HQ viewer", "hq", admin)


def test_s07_only_hq_roles_can_be_given_here(client):
    client.force_login(factories.hq())
    answer = client.post("/people/invite/", {"name": "X", "email": "x@x.example", "role": "hub leader"})
    assert answer.status_code == 200
    assert not Invitation.objects.exists()


def test_ending_a_place_ends_the_rights_at_once(client):
    viewer = factories.hq(Role.HQ_VIEWER)
    membership = viewer.hq_memberships.get()
    client.force_login(factories.hq())
    assert "stops being HQ viewer at once" in client.get(f"/people/hq/{membership.pk}/end/").content.decode()
    assert client.post(f"/people/hq/{membership.pk}/end/").status_code == 302
    assert hq_roles(viewer) == frozenset()


def test_the_last_admin_stays():
    one, two = factories.hq(), factories.hq()
    hq.end(two.hq_memberships.get(), by=one, now=now())
    with pytest.raises(Refused, match="last HQ admin"):
        hq.end(one.hq_memberships.get(), by=one, now=now())
    assert hq_roles(one) == {Role.HQ_ADMIN}


def test_a_closed_account_is_no_other_admin():
    one, two = factories.hq(), factories.hq()
    two.is_active = False
    two.save()
    with pytest.raises(Refused, match="last HQ admin"):
        hq.end(one.hq_memberships.get(), by=one, now=now())


def test_invitations_are_withdrawn_and_sent_again(client):
    from accounts.domain.invitations import invite

    admin = factories.hq()
    made = invite(email="x@x.example", name="X", role=Role.HQ_VIEWER, scope="hq", by=admin, now=now())
    client.force_login(admin)
    client.post(reverse("invitation_again", args=[made.pk]))
    made.refresh_from_db()
    assert made.withdrawn_at is not None
    fresh = Invitation.objects.get(withdrawn_at=None)
    client.post(reverse("invitation_withdraw", args=[fresh.pk]))
    fresh.refresh_from_db()
    assert fresh.withdrawn_at is not None
    assert client.get(reverse("invitation_withdraw", args=[fresh.pk])).status_code == 405


def test_rights_are_read_in_the_admin_and_given_on_the_portals_pages_alone(client):
    support = factories.hq(person=factories.user(is_staff=True))
    models = ["user", "hqmembership", "invitation", "schoolmembership"]
    support.user_permissions.set(Permission.objects.filter(content_type__model__in=models))
    client.force_login(support)
    for model in ("accounts/hqmembership", "accounts/invitation", "schools/schoolmembership"):
        assert client.get(f"/admin/{model}/").status_code == 200
        assert client.post(f"/admin/{model}/add/", {}).status_code == 403
    sent = {"name": "New name", "email": "other@evil.example", "is_active": "on", "is_superuser": "on"}
    client.post(f"/admin/accounts/user/{support.pk}/change/", sent)
    before = support.email
    support.refresh_from_db()
    assert (support.name, support.email, support.is_superuser) == ("New name", before, False)
