"""R13: Redis is emptied and killed while 500 forms are sent. None is lost, all is asked for in five minutes.

The broker is a Redis of the test's own, the worker a real one, the mail goes into a folder. Rows in the
database say what is to do; the sweep asks for what nobody asked for, and again for what the broker forgot.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.test import Client

from messaging import tasks
from messaging.domain.delivery import ASK_AGAIN
from messaging.models import Email
from psqm_portal.celery import app
from psqm_portal.core.clock import now
from tests import factories
from tests.support.services import Redis
from tests.support.worker import real_worker, wait_for

FORMS = 500
WITHIN = timedelta(minutes=5)
TRY = "/mail/texts/messaging-new-message/"


@pytest.fixture
def broker() -> Iterator[Redis]:
    before = app.conf.broker_url
    with Redis() as server:
        app.conf.update(broker_url=server.url)
        app._after_fork()
        yield server
    app.conf.update(broker_url=before)
    app._after_fork()


def flush(server: Redis) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.flushall()


class Sender:
    """Keeps a list of the forms that the portal said it took."""

    def __init__(self) -> None:
        self.client = Client()
        self.client.force_login(factories.hq())
        self.acknowledged: list[str] = []

    def send(self, count: int) -> None:
        for _ in range(count):
            name = f"This is {len(self.acknowledged)}."
            given: dict[str, Any] = {"subject": "{topic}", "body": name, "do": "try"}
            answer = self.client.post(TRY, given)
            if answer.status_code == 200 and b"Nobody else gets it." in answer.content:
                self.acknowledged.append(name)


@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
def test_r13_redis_lost_during_500_forms(
    broker: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = tmp_path / "mail"
    mailbox.mkdir()
    sender = Sender()
    included = ("--include", "tests.support.in_worker")
    with real_worker(*included, concurrency=2, TEST_MAIL=str(mailbox)) as worker:
        sender.send(FORMS // 4)
        flush(broker)
        sender.send(FORMS // 4)
        broker.kill()
        sender.send(FORMS // 4)
        broker.start()
        sender.send(FORMS // 4)
        assert len(sender.acknowledged) == FORMS
        assert Email.objects.count() == FORMS
        # Beat's next minute asks for the rest; the broker forgets that too.
        worker.stop()
        tasks.sweep_mail()
        lost = Email.objects.filter(state="waiting").count()
        assert lost >= FORMS // 4, "nothing was lost: the fault wasn't one"
        flush(broker)
        worker.start()
        # Four minutes later the sweep asks again for what it asked for.
        monkeypatch.setattr(tasks, "now", lambda: now() + ASK_AGAIN)
        tasks.sweep_mail()
        wait_for(lambda: not Email.objects.exclude(state="sent").exists(), seconds=120, log=worker.log)
    bodies = [path.read_text() for path in mailbox.iterdir()]
    copies = Counter(name for body in bodies for name in sender.acknowledged if f"\n{name}\n" in body)
    assert copies == Counter(sender.acknowledged)


def test_r13_what_the_broker_lost_is_asked_for_within_five_minutes() -> None:
    """Each sweep comes at least every five minutes; mail's own pause lets it ask again by then."""
    schedule = django_settings.CELERY_BEAT_SCHEDULE
    sweeps = {
        name: entry["schedule"]
        for name, entry in schedule.items()
        if name.split("-")[0] in {"deliver", "make", "check", "scan", "close"}
    }
    assert len(sweeps) >= 8
    assert all(seconds <= WITHIN.total_seconds() for seconds in sweeps.values())
    assert ASK_AGAIN + timedelta(seconds=schedule["deliver-waiting-mail"]["schedule"]) <= WITHIN


@pytest.mark.redis
def test_r13_redis_forgets_nothing_to_make_room(broker: Redis) -> None:
    with redis.Redis.from_url(broker.url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    deployed = (Path(django_settings.BASE_DIR) / "docker-compose.yml").read_text()
    assert "noeviction" in deployed
