"""S13: a session is new at each sign-in, ends where its person ends it, and ends by itself, on the server."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import sessions
from accounts.browsers import in_words
from accounts.domain import hq, invitations
from accounts.models import Session, User
from accounts.session_store import SessionStore
from accounts.tasks import clear_sessions
from messaging.models import Email, Message
from psqm_portal.core import drafts
from psqm_portal.core.clock import now
from psqm_portal.core.models import LogEntry
from psqm_portal.core.roles import Role
from tests import factories as make

pytestmark = pytest.mark.django_db
PASSWORD, NEW = "three purple beakers", "four green magnets"
LOGIN = "/account/login/"
INSIDE = "/account/sessions/"
SECOND = timedelta(seconds=1)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def _fresh_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(make.NOW, tick=False) as clock:
        yield clock


def person(email: str = "ana@school.example") -> User:
    user = User.objects.create_user(email, "Ana Lee", PASSWORD)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def log_in(client: Client, **extra: Any) -> None:
    client.post(LOGIN, {"login": "ana@school.example", "password": PASSWORD}, **extra)


def key_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def with_key(key: str) -> Client:
    """Somebody who has copied a cookie."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client


def is_in(client: Client) -> bool:
    """Asked without its person doing something."""
    answer = client.get(INSIDE, headers={"x-automatic": "1"})
    assert answer.status_code in {200, 302}
    return answer.status_code == 200


# Fixation -------------------------------------------------------------------------------------------


def _by_password(client: Client) -> None:
    person()
    log_in(client)


def _by_code(client: Client) -> None:
    person()
    client.post("/account/login/code/", {"email": "ana@school.example"})
    mail = Email.objects.get(template="account/email/login_code")
    code = next(line.strip() for line in mail.text.splitlines() if len(line.strip()) == 9 and "-" in line)
    client.post("/account/login/code/confirm/", {"code": code})


def _by_invitation(client: Client) -> None:
    school = make.school()
    made = invitations.invite(
        email="new@school.example", name="New", role=Role.HEADTEACHER, scope=f"school:{school.pk}", by=None,
        now=now(),
    )  # fmt: skip
    client.post(reverse("invitation", args=[made.token]), {"name": "New", "password": PASSWORD})


@pytest.mark.parametrize("comes_in", [_by_password, _by_code, _by_invitation])
def test_s13_signing_in_takes_a_new_key_and_the_old_one_is_dead(comes_in: Callable[[Client], None]) -> None:
    client = Client()
    planted = SessionStore()
    planted["typed"] = "by a visitor"
    planted.create()
    key = planted.session_key
    assert key is not None
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    comes_in(client)
    assert get_user(client).is_authenticated
    assert key_of(client) != key
    assert not is_in(with_key(key))
    assert not Session.objects.filter(session_key=key).exists()
    assert Session.objects.get(session_key=key_of(client)).person == get_user(client)


def test_s13_a_key_that_the_server_did_not_make_is_never_taken() -> None:
    person()
    client = with_key("chosenbyathief" + "0" * 18)
    log_in(client)
    assert key_of(client) != "chosenbyathief" + "0" * 18
    assert is_in(client)


def test_s13_another_person_in_the_same_browser_finds_nothing_of_the_first() -> None:
    first, second = make.user(), make.user()
    client = signed_in(first)
    session = client.session
    session["secret"] = "of the first"
    session.save()
    old = key_of(client)
    client.force_login(second)
    assert "secret" not in client.session
    assert not is_in(with_key(old))


# Ended by somebody -----------------------------------------------------------------------------------


def test_s13_a_cookie_kept_from_before_signing_out_opens_nothing() -> None:
    client = signed_in(make.user())
    key = key_of(client)
    assert is_in(with_key(key))
    client.post("/account/logout/")
    assert not is_in(with_key(key))
    assert not Session.objects.filter(session_key=key).exists()


def test_s13_a_request_on_its_way_brings_no_ended_session_back() -> None:
    client = signed_in(make.user())
    on_its_way = SessionStore(key_of(client))
    on_its_way["typed"] = "words"
    client.post("/account/logout/")
    on_its_way.touch(now())
    with pytest.raises(UpdateError):
        on_its_way.save()
    assert not Session.objects.exists()


@pytest.mark.parametrize("how", ["change", "reset"])
def test_s13_a_new_password_ends_every_session(how: str) -> None:
    user = person()
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        log_in(client)
    keys = [key_of(client) for client in (here, elsewhere)]
    assert all(is_in(with_key(key)) for key in keys)
    if how == "change":
        fields = {
            "oldpassword": PASSWORD,
            "password1": "four green magnets",
            "password2": "four green magnets",
        }
        here.post("/account/password/change/", fields)
    else:
        visitor = Client()
        visitor.post("/account/password/reset/", {"email": user.email})
        mail = Email.objects.get(template="account/email/password_reset_key")
        link = next(word for word in mail.text.split() if "/password/reset/key/" in word)
        page = visitor.get(link.removeprefix(settings.PORTAL_ORIGIN), follow=True)
        fields = {"password1": NEW, "password2": NEW}
        visitor.post(page.request["PATH_INFO"], fields)
        assert not is_in(visitor)
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert not any(is_in(with_key(key)) for key in keys)
    assert not Session.objects.filter(person=user).exists()


def test_s13_a_closed_account_is_out_at_the_next_request() -> None:
    user = make.user()
    client = signed_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not is_in(client)


# Ended by time ---------------------------------------------------------------------------------------

HQ_ROLES = [Role.HQ_ADMIN, Role.HQ_FINANCE, Role.HQ_VIEWER]


def test_s13_the_times_are_those_that_were_decided() -> None:
    assert (sessions.HQ.idle, sessions.HQ.whole) == (timedelta(hours=1), timedelta(hours=12))
    assert (sessions.OTHERS.idle, sessions.OTHERS.whole) == (timedelta(hours=12), timedelta(days=14))
    assert settings.SESSION_COOKIE_AGE == 14 * 24 * 3600


@pytest.mark.parametrize("role", [*HQ_ROLES, Role.SUBJECT_LEADER])
def test_s13_left_alone_it_ends_to_the_second(clock: time_machine.Traveller, role: Role) -> None:
    user = make.hq(role) if role in HQ_ROLES else make.member(make.school())
    idle = timedelta(hours=1) if role in HQ_ROLES else timedelta(hours=12)
    client = signed_in(user)
    key = key_of(client)
    clock.shift(idle - SECOND)
    assert is_in(with_key(key))
    clock.shift(SECOND)
    assert not is_in(with_key(key))
    assert not Session.objects.filter(session_key=key).exists()
    assert LogEntry.objects.get(action="session.expired").detail == "idle"


@pytest.mark.parametrize(("role", "pause", "pauses"), [(Role.HQ_ADMIN, 48, 15), (None, 672, 30)])
def test_s13_in_use_all_the_time_it_ends_all_the_same(
    clock: time_machine.Traveller, role: Role | None, pause: int, pauses: int
) -> None:
    """HQ's after 12 hours, others' after 14 days."""
    client = signed_in(make.hq(role) if role else make.member(make.school()))
    for _ in range(pauses - 1):
        clock.shift(timedelta(minutes=pause))
        assert client.get(INSIDE).status_code == 200
    clock.shift(timedelta(minutes=pause) - SECOND)
    key = key_of(client)
    assert client.get(INSIDE).status_code == 200
    clock.shift(SECOND)
    assert client.get(INSIDE).status_code == 302
    assert not is_in(with_key(key))


def test_s13_whoever_starts_in_hq_has_its_times_at_once(clock: time_machine.Traveller) -> None:
    user = make.member(make.school())
    client = signed_in(user)
    clock.shift(timedelta(hours=2))
    hq.appoint(user, Role.HQ_VIEWER, now=now())
    assert not is_in(client)


def test_s13_what_a_page_asks_by_itself_keeps_nothing_open(clock: time_machine.Traveller) -> None:
    client = signed_in(make.hq())
    for _ in range(6):
        clock.shift(timedelta(minutes=9))
        assert is_in(client)
    clock.shift(timedelta(minutes=6))
    assert not is_in(client)


def test_s13_a_click_keeps_it_open_and_writes_once_a_minute(clock: time_machine.Traveller) -> None:
    client = signed_in(make.hq())
    client.get(INSIDE)
    key, writes = key_of(client), []
    for after in (59, 1, 59, 1):
        clock.shift(timedelta(seconds=after))
        with CaptureQueriesContext(connection) as asked:
            client.get(INSIDE)
        writes.append(sum("UPDATE" in query["sql"] for query in asked))
    assert writes == [0, 1, 0, 1]
    assert Session.objects.get(session_key=key).seen_at == now()
    clock.shift(timedelta(minutes=59))
    assert is_in(client)


def test_s13_q03_words_sent_after_it_ended_come_back(clock: time_machine.Traveller) -> None:
    """Q04 too: no script has a part in it."""
    submission = make.submission()
    user = make.member(submission.school)
    client, page = signed_in(user), f"/submissions/{submission.pk}/messages/"
    token = client.get(page).content.decode().split('name="_draft" value="')[1].split('"')[0]
    clock.shift(timedelta(hours=12))
    answer = client.post(page, {"body": "My long evening's words", drafts.FIELD: token})
    assert answer["Location"].startswith("/account/login/?next=/typed/kept/")
    assert not Message.objects.exists()
    said = client.get(answer["Location"]).content.decode()
    assert "We signed you out because nothing happened for 12 hours. What you typed is kept" in said
    client.force_login(user)
    kept = client.get(f"/typed/kept/?form={page}").content.decode()
    assert "My long evening&#x27;s words" in kept
    client.post(page, {"body": "My long evening's words", drafts.FIELD: token})
    assert Message.objects.get().body == "My long evening's words"


def test_a_script_is_told_and_says_itself_why_its_page_leaves(clock: time_machine.Traveller) -> None:
    client = signed_in(make.hq())
    clock.shift(timedelta(hours=1))
    answer = client.get("/account/session/", headers={"accept": "application/json", "x-automatic": "1"})
    assert answer.status_code == 401
    assert "We signed you out" not in client.get(LOGIN).content.decode()
    assert "nothing happened for a while" in client.get(f"{LOGIN}?ended=idle").content.decode()
    assert "You signed in a long time ago" in client.get(f"{LOGIN}?ended=whole").content.decode()


def test_q03_a_page_knows_how_long_it_has_and_a_person_can_ask_for_more(
    clock: time_machine.Traveller,
) -> None:
    """WCAG 2.2.1: the script warns two minutes before; this is what it asks."""
    client = signed_in(make.hq())
    assert 'data-session="3600"' in client.get(INSIDE).content.decode()
    clock.shift(timedelta(minutes=58))
    automatic = {"x-automatic": "1", "accept": "application/json"}
    assert client.get("/account/session/", headers=automatic).json() == {"seconds": 120, "longer": True}
    assert client.post("/account/session/").json() == {"seconds": 3600, "longer": True}
    for _ in range(11):
        clock.shift(timedelta(minutes=59))
        client.get(INSIDE)
    last = client.get("/account/session/", headers=automatic).json()
    assert last == {"seconds": 13 * 60, "longer": False}


def test_rows_that_nobody_can_use_are_cleared(clock: time_machine.Traveller) -> None:
    signed_in(make.user())
    clock.shift(timedelta(days=14))
    alive = signed_in(make.user())
    clear_sessions()
    clear_sessions()
    assert [row.session_key for row in Session.objects.all()] == [key_of(alive)]


# The page --------------------------------------------------------------------------------------------


def test_the_page_shows_each_browser_and_no_key() -> None:
    user = person()
    here, elsewhere = Client(), Client()
    log_in(elsewhere, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="192.0.2.7")
    log_in(here)
    page = here.get(INSIDE).content.decode()
    assert "Firefox on Windows" in page
    assert "192.0.2.7" in page
    assert page.count("This one") == 1
    assert not any(key_of(client) in page for client in (here, elsewhere))
    assert Session.objects.filter(person=user).count() == 2


def test_one_browser_is_signed_out_by_its_handle() -> None:
    user, other = make.user(), make.user()
    here, elsewhere, stranger = signed_in(user), signed_in(user), signed_in(other)
    handle_of = lambda client: Session.objects.get(session_key=key_of(client)).handle  # noqa: E731
    for handle in (handle_of(stranger), handle_of(here), "", key_of(elsewhere)):
        here.post("/account/sessions/end/", {"session": handle})
    assert is_in(stranger)
    assert is_in(here)
    assert is_in(elsewhere)
    here.post("/account/sessions/end/", {"session": handle_of(elsewhere)})
    assert not is_in(elsewhere)
    assert LogEntry.objects.filter(action="session.ended", by=user).count() == 1


def test_all_others_are_signed_out_at_once() -> None:
    user = make.user()
    here, one, two, stranger = signed_in(user), signed_in(user), signed_in(user), signed_in(make.user())
    here.post("/account/sessions/end-others/")
    assert [is_in(client) for client in (here, one, two, stranger)] == [True, False, False, True]


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_the_page_costs_the_same_for_any_number(count: int) -> None:
    user = make.user()
    client = [signed_in(user) for _ in range(count)][-1]
    client.get("/account/")
    counts = []
    for path in (INSIDE, "/account/"):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        counts.append(len(asked))
    assert counts[0] - counts[1] == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537.36 Edg/130", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari on an iPhone"),
        ("Mozilla/5.0 (X11; CrOS x86_64 15000) Chrome/130 Safari/537.36", "Chrome on a Chromebook"),
        ("curl/8", "A browser we don’t know"),
        ("", "A browser we don’t know"),
    ],
)  # fmt: skip
def test_a_browser_in_words(agent: str, words: str) -> None:
    assert in_words(agent) == words
