"""Mail is a record first: written once, sent by a worker, never lost (R09, R10, R11, R14, S24)."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.db import connection, transaction

from messaging import tasks
from messaging.domain import delivery
from messaging.domain.mail import REMOVED, as_html, write
from messaging.models import Email
from tests import factories
from tests.support.races import at_once

pytestmark = pytest.mark.django_db
NOW = factories.NOW
TEMPLATE = "messaging/mail/new_message"


def written(to=None, **more):
    to = to or factories.user("Ana Lee", email="ana@school.example")
    context = {
        "author": factories.user("Bo Dunn"),
        "title": "Oak Primary, Autumn 2026",
        "url": "/submissions/7/",
    }
    return write(TEMPLATE, to=to, now=NOW, context=context | more.pop("context", {}), **more)


@pytest.fixture
def asked(monkeypatch):
    """The ids that the broker was asked to deliver."""
    ids = []
    monkeypatch.setattr(tasks.deliver, "delay", ids.append)
    return ids


@pytest.fixture
def broken_server(monkeypatch):
    """A mail server that answers as told; None: it works again."""
    state = {"error": smtplib.SMTPServerDisconnected("gone")}

    def send(self, messages):
        if state["error"] is not None:
            raise state["error"]
        outbox.outbox.extend(messages)
        return len(messages)

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", send)
    return state


def test_a_mail_names_the_thing_and_links_to_it(settings):
    email = written(about="submission:7")
    assert email.subject == "New message from Bo Dunn: Oak Primary, Autumn 2026"
    assert (email.to, email.recipient.name, email.about) == ("ana@school.example", "Ana Lee", "submission:7")
    assert f"\n{settings.PORTAL_ORIGIN}/submissions/7/\n" in email.text
    assert f'<a href="{settings.PORTAL_ORIGIN}/submissions/7/"' in email.html
    assert (email.state, email.tries, email.try_at, email.written_at) == ("waiting", 0, NOW, NOW)


def test_to_a_bare_address():
    email = written(to="new@school.example")
    assert (email.to, email.recipient) == ("new@school.example", None)


def test_once_is_once():
    assert written(once="submission:7:released:1") is not None
    assert written(to="b@x.example", once="submission:7:released:1") is None
    assert written(to="b@x.example", once="submission:7:released:2") is not None
    assert Email.objects.count() == 2


def test_a_closed_account_gets_nothing():
    assert written(to=factories.user(is_active=False)) is None


@pytest.mark.django_db(transaction=True)
def test_r09_a_rolled_back_mail_asks_for_nothing(asked):
    with pytest.raises(RuntimeError), transaction.atomic():
        written()
        raise RuntimeError
    assert asked == []
    assert not Email.objects.exists()
    with transaction.atomic():
        email = written(to="x@x.example")
        assert asked == []
    assert asked == [email.pk]


@pytest.mark.parametrize(
    "name",
    [
        "Bo\r\nBcc: all@school.example",
        "{{ person.password }}",
        "<b>Bo</b>",
        "[Bo](https://evil.example)",
        "Bo & Co",
    ],
)
def test_s24_a_name_stays_a_name(name):
    email = written(context={"author": factories.user(name)})
    assert "\n" not in email.subject
    assert "\r" not in email.subject
    assert email.subject.startswith("New message from " + name.split("\r", maxsplit=1)[0])
    assert email.html.count("<a ") == 1
    assert "<b>Bo" not in email.html
    delivery.deliver(email.pk, now=NOW)
    assert outbox.outbox[0].recipients() == ["ana@school.example"]


def test_s24_only_a_line_that_is_our_own_address_is_a_link(settings):
    origin = settings.PORTAL_ORIGIN
    lines = [
        f"{origin}.evil.example/x",
        "https://evil.example/",
        f"see {origin}/x",
        f"{origin}/a b",
        "javascript:x",
    ]
    assert as_html("s", "\n\n".join(lines)).count("<a ") == 0
    assert as_html("s", f"{origin}/x/?a=1&b=2").count(f'<a href="{origin}/x/?a=1&amp;b=2"') == 1


def test_only_a_registered_mail_is_written():
    """So that HQ finds it among its texts, with its fields."""
    with pytest.raises(KeyError):
        write("messaging/mail/unheard_of", to=factories.user(), now=NOW, context={})


def test_sent_once_and_marked():
    email = written()
    assert delivery.deliver(email.pk, now=NOW) is True
    assert delivery.deliver(email.pk, now=NOW) is False
    email.refresh_from_db()
    assert (email.state, email.sent_at, email.tries) == ("sent", NOW, 1)
    (sent,) = outbox.outbox
    assert (sent.subject, sent.to, sent.body) == (email.subject, ["ana@school.example"], email.text)
    assert sent.alternatives[0].mimetype == "text/html"


def test_r14_a_server_that_is_down_for_four_hours_loses_nothing(broken_server, asked):
    email = written()
    moment, tries = NOW, 0
    while moment < NOW + timedelta(hours=4):
        for due in delivery.due(moment):
            delivery.deliver(due, now=moment)
            tries += 1
        moment += timedelta(minutes=1)
    email.refresh_from_db()
    # 0, 1, 3, 7, 15, 31 minutes, then each half hour.
    assert (email.state, tries, email.tries) == ("waiting", 12, 12)
    assert email.last_error == "SMTPServerDisconnected: gone"
    assert email.try_at <= NOW + timedelta(hours=4, minutes=31)
    broken_server["error"] = None
    for due in delivery.due(email.try_at):
        delivery.deliver(due, now=email.try_at)
    email.refresh_from_db()
    assert (email.state, email.last_error) == ("sent", "")
    assert len(outbox.outbox) == 1


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({"ana@school.example": (550, b"no")}),
        smtplib.SMTPDataError(451, b"later"),
        TimeoutError("slow"),
        ConnectionRefusedError("down"),
        ValueError("odd"),
    ],
)
def test_r14_whatever_goes_wrong_the_mail_waits(broken_server, error):
    broken_server["error"] = error
    email = written()
    assert delivery.deliver(email.pk, now=NOW) is False
    email.refresh_from_db()
    assert (email.state, email.try_at, email.claimed_at) == ("waiting", NOW + timedelta(minutes=1), None)


def test_after_the_last_try_it_failed(broken_server, settings):
    settings.MAIL_MAX_TRIES = 2
    email = written()
    delivery.deliver(email.pk, now=NOW)
    delivery.deliver(email.pk, now=NOW + timedelta(minutes=1))
    email.refresh_from_db()
    assert (email.state, email.tries) == ("failed", 2)
    assert delivery.due(NOW + timedelta(days=9)) == []


def test_a_secret_that_failed_for_good_is_not_kept(broken_server, settings):
    settings.MAIL_MAX_TRIES, settings.KEEP_SECRET_MAIL = 1, False
    email = written(secret=True)
    delivery.deliver(email.pk, now=NOW)
    email.refresh_from_db()
    assert (email.state, email.text, email.html) == ("failed", REMOVED, "")


def test_r10_a_mail_of_a_killed_worker_is_taken_back_after_ten_minutes():
    email = written()
    Email.objects.update(state="sending", claimed_at=NOW, tries=1)
    assert delivery.take_back_stale(NOW + timedelta(minutes=10)) == 0
    later = NOW + timedelta(minutes=10, seconds=1)
    assert delivery.take_back_stale(later) == 1
    assert delivery.deliver(email.pk, now=later) is True
    assert len(outbox.outbox) == 1


def test_a_slow_worker_writes_nothing_over_what_came_after(monkeypatch):
    """Its claim was taken back and the mail sent by another worker while it hung."""
    email = written()
    later = NOW + timedelta(minutes=11)

    def hang(message):
        monkeypatch.setattr(delivery, "_send", lambda _: "")
        delivery.take_back_stale(later)
        delivery.deliver(email.pk, now=later)
        raise TimeoutError

    monkeypatch.setattr(delivery, "_send", hang)
    delivery.deliver(email.pk, now=NOW)
    email.refresh_from_db()
    assert (email.state, email.sent_at, email.tries) == ("sent", later, 2)


def test_the_sweep_asks_for_what_is_due_oldest_first_and_once_in_four_minutes():
    first, second, future = written(), written(to="b@x.example"), written(to="c@x.example")
    Email.objects.filter(pk=first.pk).update(try_at=NOW - timedelta(hours=1))
    Email.objects.filter(pk=future.pk).update(try_at=NOW + timedelta(minutes=1))
    assert delivery.due(NOW) == [first.pk, second.pk]
    assert delivery.due(NOW + timedelta(seconds=59)) == []
    assert delivery.due(NOW + timedelta(minutes=4)) == [first.pk, second.pk, future.pk]


@pytest.mark.django_db(transaction=True)
def test_the_sweep_task_asks_the_worker(asked, monkeypatch):
    email = written()
    monkeypatch.setattr(tasks, "now", lambda: NOW)
    asked.clear()
    tasks.sweep_mail()
    tasks.sweep_mail()
    assert asked == [email.pk]


@pytest.mark.parametrize(("keep", "text"), [(False, REMOVED), (True, "whole")])
def test_a_secret_goes_when_it_is_sent(settings, keep, text):
    settings.KEEP_SECRET_MAIL = keep
    email = written(secret=True)
    whole = email.text
    delivery.deliver(email.pk, now=NOW)
    email.refresh_from_db()
    assert email.text == (whole if keep else text)
    assert bool(email.html) is keep
    assert outbox.outbox[0].body == whole


def test_a_servers_answer_to_a_secret_mail_is_not_kept(broken_server):
    broken_server["error"] = smtplib.SMTPDataError(550, b"refused: /invitations/abcdef/")
    email = written(secret=True)
    delivery.deliver(email.pk, now=NOW)
    email.refresh_from_db()
    assert email.last_error == "SMTPDataError"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r11_eight_workers_send_one_mail(asked):
    email = written()
    results = at_once([lambda: delivery.deliver(email.pk, now=NOW)] * 8)
    assert sorted(results) == [False] * 7 + [True]
    assert len(outbox.outbox) == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r11_eight_writers_of_one_mail_write_one(asked):
    person = factories.user()
    context = {"author": person, "title": "Oak", "url": "/"}
    write_it = lambda: write(TEMPLATE, to=person, now=NOW, context=context, once="x")  # noqa: E731
    results = at_once([write_it] * 8)
    assert [type(result) for result in results if result is not None] == [Email]


def test_the_database_knows_that_sent_has_a_time():
    from django.db import IntegrityError

    email = written()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE messaging_email SET state = 'sent' WHERE id = %s", [email.pk])
