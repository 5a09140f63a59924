"""S12: HQ sees nothing without a second factor."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from accounts.middleware import OPEN_PATHS
from accounts.models import HQMembership
from messaging.models import Email
from psqm_portal.core import drafts
from psqm_portal.core.middleware import FILES_PATH
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


def every_path(patterns=None, prefix=""):
    """Each address of the portal, with something in the place of what varies."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + re.sub(
            r"<(?:(\w+):)?\w+>", lambda found: "1" if found[1] == "int" else "some", str(pattern.pattern)
        )
        if isinstance(pattern, URLResolver):
            yield from every_path(pattern.url_patterns, path)
        else:
            yield "/" + re.sub(r"[\^$?]|\(.*\)", "", path)


@pytest.mark.parametrize("role", [Role.HQ_ADMIN, Role.HQ_FINANCE, Role.HQ_VIEWER])
def test_s12_each_place_in_hq_needs_one(client, role):
    client.force_login(hq_without(role))
    for answer in (client.get("/rounds/"), client.post("/people/")):
        assert (answer.status_code, answer.url) == (303, reverse("mfa_activate_totp"))


@pytest.mark.parametrize(("role", "under"), [(Role.HQ_ADMIN, "/"), (None, "/admin/")])
def test_s12_no_page_opens_without_one(client, role, under):
    """None: no place in HQ, but Django's admin."""
    person = hq_without(role) if role else factories.user(is_staff=True, is_superuser=True)
    client.force_login(person)
    # Files have an origin of their own, where nobody is signed in.
    open_paths = (*OPEN_PATHS, FILES_PATH)
    paths = {path for path in (*every_path(), "/nowhere/") if not path.startswith(open_paths)}
    paths = {path for path in paths if path.startswith(under)}
    assert len(paths) > (150 if under == "/" else 10)
    answers = {path: [client.get(path), client.post(path)] for path in paths}
    shut = (303, reverse("mfa_activate_totp"))
    assert [
        path
        for path, both in answers.items()
        if {(answer.status_code, answer.get("Location")) for answer in both} != {shut}
    ] == []


def test_s12_the_open_pages_are_those_of_ones_own_account():
    names = [path for path in every_path() if path.startswith(OPEN_PATHS)]
    assert {path.split("/")[1] for path in names} == {"account", "healthz"}


def with_password(**fields):
    person = factories.user(**fields)
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def hq_with_app():
    person = with_password()
    HQMembership.objects.create(user=person, role=Role.HQ_ADMIN.value, started_at=factories.NOW)
    return person, auth.TOTP.activate(person, auth.generate_totp_secret())


def code_of(totp):
    value = auth.hotp_value(totp.instance.data["secret"], next(auth.yield_hotp_counters_from_time()))
    return auth.format_hotp_value(value)


def halfway(person):
    """The password was right; the second step stands open."""
    client = Client()
    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert answer.url == reverse("mfa_authenticate")
    return client


def opens_people(client):
    return client.get("/people/").status_code == 200


def test_s12_half_a_sign_in_opens_nothing():
    person, totp = hq_with_app()
    client = halfway(person)
    assert client.get("/people/").url == "/account/login/?next=/people/"
    assert client.get(reverse("account_home")).status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not opens_people(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(totp)})
    assert opens_people(client)


def test_s12_a_code_by_mail_is_no_way_round_it():
    person, _ = hq_with_app()
    client = Client()
    client.post("/account/login/code/", {"email": person.email})
    mail = Email.objects.get(template="account/email/login_code")
    code = next(line.strip() for line in mail.text.splitlines() if line.strip()[4:5] == "-")
    answer = client.post("/account/login/code/confirm/", {"code": code})
    assert answer.url == reverse("mfa_authenticate")
    assert not opens_people(client)


def test_s12_a_new_password_is_no_way_round_it():
    person, totp = hq_with_app()
    client = Client()
    client.post("/account/password/reset/", {"email": person.email})
    mail = Email.objects.get(template="account/email/password_reset_key")
    link = next(word for word in mail.text.split() if "/password/reset/key/" in word)
    page = client.get(link[link.index("/account/") :], follow=True)
    new = {"password1": "four green magnets", "password2": "four green magnets"}
    client.post(page.request["PATH_INFO"], new)
    person.refresh_from_db()
    assert person.check_password(new["password1"])
    assert not opens_people(client)
    answer = client.post(reverse("account_login"), {"login": person.email, "password": new["password1"]})
    assert answer.url == reverse("mfa_authenticate")
    assert not opens_people(client)
    assert Authenticator.objects.filter(pk=totp.instance.pk).exists()


def test_s12_a_code_works_once_even_within_its_half_minute():
    person, totp = hq_with_app()
    with time_machine.travel(factories.NOW, tick=False):
        code = code_of(totp)
        first, second = halfway(person), halfway(person)
        first.post(reverse("mfa_authenticate"), {"code": code})
        second.post(reverse("mfa_authenticate"), {"code": code})
        assert (opens_people(first), opens_people(second)) == (True, False)


def test_s12_a_recovery_code_works_once():
    person, _ = hq_with_app()
    codes = RecoveryCodes.activate(person)
    code, other = codes.generate_codes()[:2]
    first, second = halfway(person), halfway(person)
    first.post(reverse("mfa_authenticate"), {"code": code})
    second.post(reverse("mfa_authenticate"), {"code": code})
    assert (opens_people(first), opens_people(second)) == (True, False)
    second.post(reverse("mfa_authenticate"), {"code": other})
    assert opens_people(second)


def test_s12_codes_are_guessed_nine_times_and_no_more():
    person, totp = hq_with_app()
    for _ in range(3):
        client = halfway(person)
        for guess in range(3):
            client.post(reverse("mfa_authenticate"), {"code": f"00000{guess}"})
    client = halfway(person)
    client.post(reverse("mfa_authenticate"), {"code": code_of(totp)})
    assert not opens_people(client)


def test_s12_hq_keeps_its_last_factor(client):
    person, totp = hq_with_app()
    client = halfway(person)
    client.post(reverse("mfa_authenticate"), {"code": code_of(totp)})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    answer = client.post(reverse("mfa_deactivate_totp"))
    assert "You can&#x27;t turn off your last second step" in answer.content.decode()
    assert Authenticator.objects.filter(pk=totp.instance.pk).exists()
    Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={})
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert not Authenticator.objects.filter(pk=totp.instance.pk).exists()
    assert opens_people(client)


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


def test_s13_q03_words_sent_too_late_come_back_after_both_steps():
    """Q04 too: the sign-in's two pages lead on to where the words are kept."""
    person, totp = hq_with_app()
    registration = factories.registration(factories.school(), factories.hub(), factories.round_())
    page = f"/registrations/{registration.pk}/decline/"
    with time_machine.travel(factories.NOW, tick=False) as clock:
        client = halfway(person)
        client.post(reverse("mfa_authenticate"), {"code": code_of(totp)})
        token = client.get(page).content.decode().split('name="_draft" value="')[1].split('"')[0]
        clock.shift(timedelta(hours=1))
        late = client.post(page, {"reason": "What took an hour to find out", drafts.FIELD: token})
        assert late.url.startswith("/account/login/?next=/typed/kept/")
        back = parse_qs(urlsplit(late.url).query)["next"][0]
        given = {"login": person.email, "password": PASSWORD, "next": back}
        second = client.post(reverse("account_login"), given)
        assert second.url.startswith(reverse("mfa_authenticate"))
        answer = client.post(second.url, {"code": code_of(totp)})
        assert answer.url == back
        assert "What took an hour to find out" in client.get(back).content.decode()
    registration.refresh_from_db()
    assert registration.status == "waiting"
