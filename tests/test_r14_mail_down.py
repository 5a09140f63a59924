"""R14: four hours in which the mail server hangs, refuses and dies. Nothing is lost, pages don't notice.

The server is real (a socket), the hours are simulated: beat's, minute by minute, with all that it asks for.
"""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.test import Client

from messaging.domain import delivery
from messaging.models import Email
from tests import factories
from tests.support.smtp import CUT, HANG, LATER, NEVER, OK, MailServer, mail_server, nobody_listens

pytestmark = pytest.mark.django_db
NOW = factories.NOW
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TRY = "/mail/texts/messaging-new-message/"


class Post:
    """The worker's side: what beat asks for, every minute, on a calendar of the test's own."""

    def __init__(self) -> None:
        self.now = NOW
        self.tries = 0

    def minute(self) -> None:
        self.now += MINUTE
        delivery.take_back_stale(self.now)
        for pk in delivery.due(self.now):
            # As a broker may have it: the same mail twice.
            for _ in range(2):
                self.tries += delivery.deliver(pk, now=self.now)

    def until(self, end: datetime) -> None:
        while self.now < end:
            self.minute()

    def until_nothing_waits(self) -> None:
        """From one mail's next try to another's."""
        while (waiting := Email.objects.filter(state="waiting")).exists():
            self.now = max(self.now, min(waiting.values_list("try_at", flat=True)) - MINUTE)
            self.minute()


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 0.2
    with mail_server() as running:
        settings.EMAIL_PORT = running.port
        yield running


@pytest.fixture
def hq_client():
    client = Client()
    client.force_login(factories.hq())
    return client


class Writer:
    """A person at HQ whose page writes a mail; keeps a list of what the portal said it took."""

    def __init__(self, client: Client, server: MailServer) -> None:
        self.client, self.server = client, server
        self.acknowledged: list[str] = []

    def write(self, count: int, now: datetime) -> None:
        before = self.server.connections
        for _ in range(count):
            name = f"number {len(self.acknowledged)}"
            words = {"subject": "{topic}", "body": f"This is {name}.", "do": "try"}
            answer = self.client.post(TRY, words)
            if answer.status_code == 200 and "Nobody else gets it." in answer.content.decode():
                self.acknowledged.append(name)
        Email.objects.filter(tries=0).update(try_at=now, written_at=now)
        # No page has waited for a mail server: it wasn't even asked.
        assert self.server.connections == before


def test_r14_four_hours_without_a_mail_server(server, hq_client, settings):
    writer, post = Writer(hq_client, server), Post()
    port = settings.EMAIL_PORT
    for mode in (HANG, LATER, NEVER, CUT):
        server.mode = mode
        settings.EMAIL_PORT = port
        writer.write(3, post.now)
        post.until(post.now + HOUR / 2)
        # The second half of the hour nobody is there at all.
        settings.EMAIL_PORT = nobody_listens()
        post.until(post.now + HOUR / 2)
    assert post.now == NOW + 4 * HOUR
    assert server.accepted == []
    waiting = Email.objects.filter(state="waiting")
    assert waiting.count() == len(writer.acknowledged) == 12
    # The oldest: 0, 1, 3, 7, 15, 31 minutes, then each half hour; not one try more for tasks told twice.
    assert max(waiting.values_list("tries", flat=True)) == 12
    page = hq_client.get("/mail/?state=waiting").content.decode()
    assert page.count("Connection refused") == 12

    settings.EMAIL_PORT, server.mode, server.die_once = port, OK, True
    writer.write(1, post.now)
    post.until(post.now + HOUR)
    assert not Email.objects.exclude(state="sent").exists()
    copies = Counter(message.get_payload()[0].get_payload().strip() for message in server.accepted)
    assert set(copies) == {f"This is {name}." for name in writer.acknowledged}
    # One was kept by the server, which died before it said so: it went twice, under one Message-ID.
    assert sorted(copies.values()) == [1] * 12 + [2]
    assert len({message["Message-ID"] for message in server.accepted}) == 13


def test_r14_what_fails_for_good_is_seen_and_goes_when_hq_says_so(server, hq_client):
    writer, post = Writer(hq_client, server), Post()
    server.mode = NEVER
    writer.write(2, post.now)
    post.until_nothing_waits()
    assert timedelta(hours=21) < post.now - NOW < timedelta(hours=23)
    assert set(Email.objects.values_list("state", "tries")) == {("failed", 48)}
    figures = hq_client.get("/mail/").context["figures"]
    assert figures["failed"] == 2
    assert "Not from you" in hq_client.get("/mail/?state=failed").content.decode()
    server.mode = OK
    ids = list(Email.objects.values_list("pk", flat=True))
    hq_client.post("/mail/resend/", {"mail": ids})
    Email.objects.update(try_at=post.now)
    post.minute()
    assert set(Email.objects.values_list("state", "tries")) == {("sent", 1)}
    assert len(server.accepted) == 2


def test_r14_a_mail_that_waits_for_its_next_try_takes_no_other(server, hq_client):
    """The control of the tries: tasks that the broker kept find the mail's time not come."""
    writer, post = Writer(hq_client, server), Post()
    server.mode = LATER
    writer.write(1, post.now)
    (pk,) = Email.objects.values_list("pk", flat=True)
    for _ in range(5):
        delivery.deliver(pk, now=NOW + MINUTE)
    assert Email.objects.get().tries == 1
    Email.objects.update(try_at=NOW)
    delivery.deliver(pk, now=NOW + MINUTE)
    assert Email.objects.get().tries == 2
