"""R23: nobody who has just brought a file waits behind a night's mail or a round's PDFs.

Asserted by order, never by a clock; `make bench` measures how long a scan waits.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from awards.tasks import make_certificates
from messaging.models import Email
from messaging.tasks import deliver
from psqm_portal.celery import app
from psqm_portal.core.files.storing import store
from psqm_portal.core.models import StoredFile
from psqm_portal.core.tasks import scan_file
from tests import factories
from tests.awards import helpers
from tests.deploy.given import compose
from tests.psqm_portal.core import hostile
from tests.support.clamd import FakeClamd
from tests.support.in_worker import HANGING
from tests.support.worker import real_worker, wait_for

MAILS = 300
SERVICES = ("long_worker", "worker")


def queues_of(service: str) -> list[str]:
    words = compose()["services"][service]["command"].split()
    return words[words.index("--queues") + 1].split(",")


def test_the_deployments_workers_serve_every_queue_and_no_other():
    served = [queue for service in SERVICES for queue in queues_of(service)]
    assert sorted(served) == sorted(queue.name for queue in app.conf.task_queues)
    assert {*app.conf.task_routes.values(), app.conf.task_default_queue} == set(served)


def test_every_route_is_a_tasks():
    app.loader.import_default_modules()
    assert set(app.conf.task_routes) - set(app.tasks) == set()


@pytest.fixture
def scanner(settings) -> Iterator[FakeClamd]:
    running = FakeClamd()
    settings.CLAMAV_URL, settings.CLAMAV_MAX_BYTES = running.url, 1024**3
    yield running
    running.stop()


def left_when_scanned(scanner: FakeClamd, folder: Path, *, queue: str = "files") -> int:
    """PDFs, mails and then a scan are asked for; how many mails are still to go when the file is clean.

    Workers as deployed, one process each; PDFs are laid out for ever.
    """
    helpers.released(factories.hq())
    make_certificates.delay()
    Email.objects.all().delete()
    for number in range(MAILS):
        row = Email.objects.create(
            template="awards/mail/released", to=f"head{number}@test.example", subject="Silver",
            text="Silver.", try_at=factories.NOW, written_at=factories.NOW,
        )  # fmt: skip
        deliver.delay(row.pk)
    photo = SimpleUploadedFile("photo.png", hostile.image("PNG"))
    stored = store(photo, owner="school-1", by=None, now=factories.NOW)
    with app.connection() as broker:
        broker.default_channel.queue_purge("files")  # storing it has asked already
    scan_file.apply_async((stored.pk,), queue=queue)
    flag = folder / "hang"
    flag.touch()
    told: Any = {"TEST_MAIL": str(folder / "mail"), "TEST_CLAMD": scanner.url}
    told |= {"TEST_HANG": "awards.domain.certificates:make_waiting:before", "TEST_HANG_ONCE": str(flag)}
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                real_worker("--include", "tests.support.in_worker", "--queues", ",".join(queues), **told)
            )
            for queues in map(queues_of, SERVICES)
        ]
        long, quick = started
        long.wait_for_log(HANGING)
        wait_for(lambda: StoredFile.objects.get(pk=stored.pk).scan == "clean", seconds=90, log=quick.log)
        long.kill()
        return Email.objects.exclude(state="sent").count()


class TestR23:
    pytestmark = [pytest.mark.redis, pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

    def test_a_scan_overtakes_mails_and_pdfs(self, scanner, tmp_path):
        assert left_when_scanned(scanner, tmp_path) > MAILS / 2

    def test_in_one_line_with_mail_it_would_come_last(self, scanner, tmp_path):
        """The control."""
        assert left_when_scanned(scanner, tmp_path, queue="mail") < MAILS / 10
