"""S12: HQ sees nothing without a second factor."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import HQMembership
from psqm_portal.core.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "three purple beakers"


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


def hq_without(role=Role.HQ_ADMIN, **fields):
    person = factories.user(**fields)
    HQMembership.objects.create(user=person, role=role.value, started_at=factories.NOW)
    return person


@pytest.mark.parametrize("role", [Role.HQ_ADMIN, Role.HQ_FINANCE, Role.HQ_VIEWER])
@pytest.mark.parametrize(
    "path", ["/people/", "/schools/", "/mail/", "/", "/files/1/", "/admin/", "/nowhere/"]
)
def test_s12_every_page_leads_to_setting_one_up(client, role, path):
    client.force_login(hq_without(role))
    for answer in (client.get(path), client.post(path)):
        assert (answer.status_code, answer.url) == (303, reverse("mfa_activate_totp"))


def test_account_pages_stay_open(client):
    client.force_login(hq_without())
    assert client.get(reverse("account_home")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302


def test_with_one_the_pages_open(client):
    client.force_login(factories.hq())
    assert client.get("/people/").status_code == 200


def test_recovery_codes_alone_are_none(client):
    person = hq_without()
    Authenticator.objects.create(user=person, type=Authenticator.Type.RECOVERY_CODES, data={})
    client.force_login(person)
    assert client.get("/people/").status_code == 303


def test_a_passkey_is_one(client):
    person = hq_without()
    Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={})
    client.force_login(person)
    assert client.get("/people/").status_code == 200


def test_taking_it_away_counts_at_the_next_request(client):
    person = factories.hq()
    client.force_login(person)
    assert client.get("/people/").status_code == 200
    Authenticator.objects.filter(user=person).delete()
    assert client.get("/people/").status_code == 303


def test_others_are_not_asked(client):
    client.force_login(factories.member(factories.school()))
    assert client.get("/messages/").status_code == 200


def test_a_former_hq_person_is_not_asked(client):
    person = hq_without()
    HQMembership.objects.update(ended_at=factories.NOW)
    client.force_login(person)
    assert client.get("/messages/").status_code == 200


def test_waived_only_for_the_named_addresses(client, settings):
    settings.SECOND_FACTOR_WAIVED = {"hq@demo.example"}
    client.force_login(hq_without(email="hq@demo.example"))
    assert client.get("/people/").status_code == 200
    client.force_login(hq_without(email="other@demo.example"))
    assert client.get("/people/").status_code == 303


def test_asking_costs_no_query_of_its_own(client, settings, django_assert_num_queries):
    client.force_login(hq_without())
    # Session, and the person with the answer.
    with django_assert_num_queries(2):
        assert client.get("/nowhere/").status_code == 303


def test_real_settings_waive_nobody():
    from psqm_portal.settings import base

    assert base.SECOND_FACTOR_REQUIRED is True
    assert frozenset() == base.SECOND_FACTOR_WAIVED


@pytest.mark.django_db(transaction=True)
def test_s13_setting_one_up_ends_the_sessions_that_were_opened_without_it(client):
    person = hq_without()
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    left_open = Client()
    for browser in (client, left_open):
        browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    code = auth.hotp_value(
        client.session[auth.SECRET_SESSION_KEY], next(auth.yield_hotp_counters_from_time())
    )
    client.post(reverse("mfa_activate_totp"), {"code": auth.format_hotp_value(code)})
    assert Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()
    assert client.get("/people/").status_code == 200
    assert left_open.get("/people/").url.startswith(reverse("account_login"))
