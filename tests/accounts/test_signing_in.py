"""Signing in: guesses are counted per account (S08, S09); nothing tells who has one (S10)."""

import re
from contextlib import nullcontext
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from django.contrib.auth import get_user
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation, User
from messaging.adapter import AccountAdapter
from messaging.models import Email
from psqm_portal.core.roles import Role
from tests import factories
from tests.support.races import PATIENCE, at_once

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


def guesses(count, client=None, **extra):
    client = client or Client()
    for guess in range(count):
        log_in(client, password=f"wrong {guess}", **extra)


def is_blocked(client=None, **extra):
    """With the right password: a guess that isn't looked at can't be right."""
    client = client or Client()
    answer = log_in(client, **extra)
    return not signed_in(client) and "Too many tries. Wait five minutes" in answer.content.decode()


def test_s08_the_tenth_guess_of_eleven_is_blocked(client):
    person()
    guesses(9)
    assert is_blocked()
    assert is_blocked()


def test_s08_control_eight_wrong_guesses_block_nobody(client):
    person()
    guesses(8)
    log_in(client)
    assert signed_in(client)


def test_s08_the_block_ends_after_five_minutes(client):
    person()
    with time_machine.travel(factories.NOW, tick=False) as clock:
        guesses(9)
        clock.shift(timedelta(minutes=5) - timedelta(seconds=1))
        assert is_blocked()
        clock.shift(timedelta(seconds=1))
        log_in(client)
        assert signed_in(client)


@pytest.mark.parametrize("proxies", [0, 1])
def test_s08_no_header_opens_another_count(settings, proxies):
    """Behind nginx (one proxy) the last address is its word; the others are anybody's."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    person()
    for guess in range(9):
        said = {
            "x-forwarded-for": f"203.0.113.{guess}, 198.51.100.{guess}",
            "x-real-ip": f"203.0.113.{guess}",
            "host": f"localhost:{8000 + guess}",
            "user-agent": f"Browser {guess}",
        }
        guesses(1, headers=said)
    assert is_blocked(headers={"x-forwarded-for": "192.0.2.1", "host": "localhost:1"})


SPELLINGS = [
    "ANA@School.Example",
    " ana@school.example ",
    "\u00c1na@school.example",  # A with an acute accent
    "a\u0301na@school.example",  # the same, as two signs
    "ana@\u017fchool.example",  # a long s
    "\uff41na@school.example",  # a wide a
]


def test_s08_no_spelling_opens_another_count():
    person()
    adapter, request = AccountAdapter(), RequestFactory().get("/")
    keys = {adapter._get_login_attempts_cache_key(request, email=email) for email in SPELLINGS}
    assert keys == {"ana@school.example"}
    for guess in range(9):
        log_in(Client(), email=SPELLINGS[guess % 2], password=f"wrong {guess}")
    assert is_blocked()


def test_s08_the_admin_has_no_door_of_its_own(client):
    user = person()
    User.objects.update(is_staff=True)
    answer = client.get("/admin/login/")
    assert answer.status_code == 302
    assert answer.url.startswith(LOGIN)
    for guess in range(11):
        data = {"username": user.email, "password": PASSWORD if guess else "wrong", "next": "/admin/"}
        assert client.post("/admin/login/", data).url.startswith(LOGIN)
    assert not signed_in(client)
    guesses(9)
    assert is_blocked(headers={"referer": "http://testserver/admin/"})


def test_s08_the_password_of_an_open_session_is_guessed_no_more_often():
    user = person()
    open_session = Client()
    open_session.force_login(user)
    for guess in range(9):
        open_session.post("/account/reauthenticate/", {"password": f"wrong {guess}"})
    assert is_blocked()
    cache.clear()
    new = {"password1": "four green magnets", "password2": "four green magnets"}
    for guess in range(9):
        open_session.post("/account/password/change/", {"oldpassword": f"wrong {guess}", **new})
    answer = open_session.post("/account/password/change/", {"oldpassword": PASSWORD, **new})
    assert answer.status_code == 429
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_s08_mailed_codes_are_guessed_nine_times_and_no_more():
    person()
    for _ in range(4):
        client = Client()
        client.post("/account/login/code/", {"email": "ana@school.example"})
        for _ in range(3):
            client.post("/account/login/code/confirm/", {"code": "XXXX-XXXX"})
        mails = Email.objects.filter(template="account/email/login_code")
    assert mails.count() == 3
    code = next(line.strip() for line in mails.first().text.splitlines() if line.strip()[4:5] == "-")
    client.post("/account/login/code/confirm/", {"code": code})
    assert not signed_in(client)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_s08_guesses_at_once_are_counted_one_by_one(monkeypatch, guarded):
    """The control counts without the lock: all read the same count, and more than nine are looked at."""
    person()
    looked_at = []
    check = User.check_password
    monkeypatch.setattr(
        User, "check_password", lambda self, word: looked_at.append(word) or check(self, word)
    )
    if not guarded:
        together, apply = Barrier(20), ratelimit.apply_rate

        def apply_together(history, now, rate, **kwargs):
            if rate.per == "key":
                together.wait(timeout=PATIENCE)
            return apply(history, now, rate, **kwargs)

        monkeypatch.setattr(ratelimit, "cache_lock", lambda _key: nullcontext(True))
        monkeypatch.setattr(ratelimit, "apply_rate", apply_together)
    at_once([lambda: log_in(Client(), password="wrong")] * 20)
    assert (len(looked_at) <= 9) is guarded


@pytest.mark.parametrize(("limit", "get_in"), [(None, 40), ("30/m/ip", 30)])
def test_s09_forty_people_behind_one_line_sign_in_within_a_minute(settings, limit, get_in):
    """The control: allauth's own limit lets thirty of them in."""
    if limit:
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": limit}
    with time_machine.travel(factories.NOW, tick=False):
        clients = [Client(REMOTE_ADDR="192.0.2.1") for _ in range(40)]
        for number, client in enumerate(clients):
            person(f"person{number}@school.example")
            log_in(client, email=f"person{number}@school.example")
        assert sum(signed_in(client) for client in clients) == get_in


KINDS = {"known": "ana@school.example", "unknown": "nobody@school.example"}


def bare(answer, email):
    """An answer without what differs from one showing to the next: its tokens, and the address given."""
    page = re.sub(
        r'(name="(?:csrfmiddlewaretoken|_sending|_draft)" value|nonce)="[^"]*"', "", answer.content.decode()
    )
    page = re.sub(r'"X-CSRFToken": "[^"]*"', "", page)
    return page.replace(email, "ADDRESS")


def counted_hashes(monkeypatch):
    hashed, encode = [], MD5PasswordHasher.encode

    def counting(self, password, salt):
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    return hashed


STEPS = {
    "sign in": [(LOGIN, {"login": "ADDRESS", "password": "wrong"})],
    "reset": [("/account/password/reset/", {"email": "ADDRESS"}), ("/account/password/reset/done/", None)],
    "code": [
        ("/account/login/code/", {"email": "ADDRESS"}),
        ("/account/login/code/confirm/", None),
        ("/account/login/code/confirm/", {"code": "XXXX-XXXX"}),
    ],
    "sign up": [
        ("/account/signup/", {"email": "ADDRESS", "password1": PASSWORD, "password2": PASSWORD}),
        ("/account/login/", None),
    ],
}


@pytest.mark.parametrize(("door", "hashes"), [("sign in", 1), ("reset", 0), ("code", 0), ("sign up", 0)])
def test_s10_known_and_unknown_get_the_same_answer_for_the_same_work(monkeypatch, door, hashes):
    person()
    hashed, seen = counted_hashes(monkeypatch), {}
    for kind, email in KINDS.items():
        cache.clear()
        client, before, mails, answers = Client(), len(hashed), Email.objects.count(), []
        for path, data in STEPS[door]:
            given = data and {name: value.replace("ADDRESS", email) for name, value in data.items()}
            answer = client.get(path) if data is None else client.post(path, given)
            answers.append((answer.status_code, answer.get("Location"), bare(answer, email)))
        seen[kind] = (answers, len(hashed) - before, Email.objects.count() - mails)
    assert seen["known"] == seen["unknown"]
    assert seen["known"][1] == hashes
    assert User.objects.count() == 1


@pytest.mark.parametrize("kind", ["closed account", "no password set"])
def test_s10_an_account_that_has_no_password_or_is_closed_looks_unknown(monkeypatch, kind):
    user = person()
    if kind == "closed account":
        User.objects.update(is_active=False)
    else:
        user.set_unusable_password()
        user.save()
    hashed, seen = counted_hashes(monkeypatch), []
    for email in KINDS.values():
        before, answer = len(hashed), log_in(Client(), email=email, password="wrong")
        seen.append((answer.status_code, bare(answer, email), len(hashed) - before))
    assert seen[0] == seen[1]
    assert seen[0][2] == 1


def test_s10_too_many_tries_say_the_same_of_everybody():
    person()
    seen = []
    for email in KINDS.values():
        for guess in range(9):
            log_in(Client(), email=email, password=f"wrong {guess}")
        answer = log_in(Client(), email=email)
        seen.append((answer.status_code, bare(answer, email)))
    assert seen[0] == seen[1]


def test_s10_inviting_tells_nobody_who_has_an_account(monkeypatch):
    """A headteacher who invites gets the same words, and both addresses get the same mail."""
    person()
    school = factories.school(name="Oak Primary")
    client = Client()
    client.force_login(factories.member(school, Role.HEADTEACHER))
    hashed, seen = counted_hashes(monkeypatch), []
    for email in KINDS.values():
        data = {"name": "Ana Lee", "email": email, "role": "subject leader"}
        answer = client.post(f"/schools/{school.pk}/people/", data)
        page = bare(client.get(answer.url), email)
        page = re.sub(r"/invitations/\d+/", "/invitations/N/", page)
        mail = Email.objects.latest("pk")
        Invitation.objects.all().delete()
        text = re.sub(r"/invitations/\S+", "LINK", mail.text)
        seen.append((answer.status_code, answer.url, page, mail.subject, text, len(hashed)))
    assert seen[0] == seen[1]
    assert seen[0][-1] == 0


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


def _asks_for_reset(client, **extra):
    return client.post("/account/password/reset/", {"email": "ana@school.example"}, **extra)


def _asks_for_code(client, **extra):
    return client.post("/account/login/code/", {"email": "ana@school.example"}, **extra)


def _invites(client, **extra):
    client.force_login(factories.hq())
    return client.post(
        "/people/invite/", {"name": "Vi", "email": "vi@hq.example", "role": "HQ viewer"}, **extra
    )


def _invites_to_school(client, **extra):
    school = factories.school()
    client.force_login(factories.member(school, Role.HEADTEACHER))
    data = {"name": "Vi", "email": "vi@hq.example", "role": "subject leader"}
    return client.post(f"/schools/{school.pk}/people/", data, **extra)


ASKS = [_asks_for_reset, _asks_for_code, _invites, _invites_to_school]


@pytest.mark.parametrize("asks", ASKS)
@pytest.mark.parametrize(
    "forged",
    [
        {"host": "evil.example"},
        {"host": "localhost.evil.example"},
        {"host": "localhost@evil.example"},
        {"x-forwarded-host": "evil.example"},
        {"x-forwarded-host": "localhost, evil.example"},
        {"host": "localhost", "x-forwarded-host": "evil.example:80"},
    ],
)
def test_s28_a_forged_host_is_refused(client, asks, forged):
    person()
    assert asks(client, headers=forged).status_code == 400
    assert not Email.objects.exists()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("asks", ASKS)
def test_s28_links_come_from_the_settings_and_not_from_the_request(client, settings, asks):
    settings.PORTAL_ORIGIN = "https://portal.psqm.example"
    person()
    headers = {"host": "localhost:4711", "x-forwarded-host": "localhost", "x-forwarded-proto": "gopher"}
    assert asks(client, headers=headers).status_code == 302
    mail = Email.objects.get()
    links = re.findall(r"\w+://[^\s\"<]+", mail.text + mail.html)
    assert [link for link in links if not link.startswith("https://portal.psqm.example/")] == []
    assert "localhost" not in mail.text + mail.html
    assert asks is _asks_for_code or links


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
