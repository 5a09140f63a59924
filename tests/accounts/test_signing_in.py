"""Signing in: guesses are counted per account (S08, S09); nothing tells who has one (S10)."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from messaging.models import Email
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "three purple beakers"
LOGIN = "/account/login/"


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()
    yield
    cache.clear()


def person(email="ana@school.example"):
    user = User.objects.create_user(email, "Ana Lee", PASSWORD)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def signed_in(client):
    return get_user(client).is_authenticated


def log_in(client, email="ana@school.example", password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


def test_the_right_password_signs_in(client):
    person()
    answer = log_in(client)
    assert (answer.status_code, answer.url) == (302, reverse("home"))
    assert signed_in(client)


def test_s08_the_tenth_guess_is_blocked_whatever_the_header_says(client):
    person()
    for guess in range(9):
        log_in(client, password=f"wrong {guess}", headers={"x-forwarded-for": f"203.0.113.{guess}"})
    answer = log_in(client, headers={"x-forwarded-for": "198.51.100.7"})
    assert not signed_in(client)
    assert "Too many tries. Wait five minutes" in answer.content.decode()


@pytest.mark.parametrize("spelling", ["ANA@School.Example", " ana@school.example "])
def test_s08_another_spelling_is_the_same_account(client, spelling):
    person()
    for guess in range(9):
        log_in(client, email=[spelling, "ana@school.example"][guess % 2], password=f"wrong {guess}")
    log_in(client)
    assert not signed_in(client)


def test_s08_accents_open_no_second_count(rf):
    from messaging.adapter import AccountAdapter

    adapter, request = AccountAdapter(), rf.get("/")
    keys = {
        adapter._get_login_attempts_cache_key(request, email=email)
        for email in [
            "ana@school.example",
            "Ána@school.example",
            "ANA@\u017fchool.example",
            "ana@school.example",
        ]
    }
    assert len(keys) == 1


def test_s08_the_admin_has_no_door_of_its_own(client):
    answer = client.get("/admin/login/")
    assert answer.status_code == 302
    assert answer.url.startswith(LOGIN)
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


def test_s09_forty_people_behind_one_line_sign_in():
    for number in range(40):
        person(f"person{number}@school.example")
    clients = [Client(REMOTE_ADDR="192.0.2.1") for _ in range(40)]
    for number, client in enumerate(clients):
        log_in(client, email=f"person{number}@school.example")
    assert sum(signed_in(client) for client in clients) == 40


def test_s10_sign_up_is_closed(client):
    answer = client.post(
        "/account/signup/", {"email": "new@x.example", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert answer.status_code == 200
    assert User.objects.count() == 0


@pytest.mark.parametrize("path", ["/account/password/reset/", "/account/login/code/"])
def test_s10_reset_and_code_answer_the_same_for_everybody(path):
    person()
    answers = []
    for email in ("ana@school.example", "nobody@school.example"):
        client = Client()
        answer = client.post(path, {"email": email})
        answers.append((answer.status_code, answer.url))
    assert answers[0] == answers[1]


def test_s10_one_password_hash_for_known_and_unknown(client, monkeypatch):
    person()
    hashed = []
    encode = MD5PasswordHasher.encode

    def counting(self, password, salt):
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    known = log_in(Client(), password="wrong")
    at_known = len(hashed)
    unknown = log_in(Client(), email="nobody@school.example", password="wrong")
    assert (at_known, len(hashed) - at_known) == (1, 1)
    assert known.status_code == unknown.status_code == 200


def test_a_reset_mail_is_a_secret_record_with_our_own_link(client, settings):
    settings.PORTAL_ORIGIN = "https://portal.psqm.example"
    person()
    client.post("/account/password/reset/", {"email": "ana@school.example"})
    mail = Email.objects.get()
    assert (mail.to, mail.secret, mail.template) == (
        "ana@school.example", True, "account/email/password_reset_key",
    )  # fmt: skip
    assert mail.recipient == User.objects.get()
    assert "https://portal.psqm.example/account/password/reset/key/" in mail.text
    assert 'href="https://portal.psqm.example/account/password/reset/key/' in mail.html
    assert "\n" not in mail.subject


def test_s28_a_forged_host_is_refused(client):
    person()
    answer = client.post(
        "/account/password/reset/", {"email": "ana@school.example"}, headers={"host": "evil.example"}
    )
    assert answer.status_code == 400
    assert not Email.objects.exists()


def test_s29_next_leads_nowhere_else(client):
    person()
    for target in ("https://evil.example/", "javascript:alert(1)", "//evil.example"):
        fresh = Client()
        answer = fresh.post(
            f"{LOGIN}?next={target}", {"login": "ana@school.example", "password": PASSWORD, "next": target}
        )
        assert answer.url == reverse("home")


def test_a_closed_account_cannot_sign_in(client):
    user = person()
    client.force_login(user)
    User.objects.update(is_active=False)
    assert client.get("/messages/").status_code == 302
    log_in(Client())
    fresh = Client()
    log_in(fresh)
    assert not signed_in(fresh)


def test_every_page_asks_to_sign_in(client):
    for path in ("/people/", "/schools/", "/mail/", "/messages/", "/account/"):
        answer = client.get(path)
        assert (answer.status_code, answer.url) == (302, f"{LOGIN}?next={path}")


def test_a_person_changes_their_own_name(client):
    user = factories.user("Old Name")
    client.force_login(user)
    assert (
        client.post(
            "/account/", {"name": " New   Name ", "email": "x@x.example", "is_staff": "1"}
        ).status_code
        == 302
    )
    user.refresh_from_db()
    assert (user.name, user.is_staff, user.email) == ("New   Name", False, user.email)


def test_an_open_session_alone_adds_no_address(client):
    person()
    log_in(client)
    mails = Email.objects.count()
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        answer = client.post("/account/email/", {"email": "thief@evil.example", "action_add": ""})
    assert answer.url.startswith("/account/reauthenticate/")
    assert not EmailAddress.objects.filter(email="thief@evil.example").exists()
    assert Email.objects.count() == mails
