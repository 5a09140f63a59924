"""R10: the power goes in the middle of a task. Another worker and the sweep end the work, once.

A real worker on real Redis is stopped at a named step and killed with SIGKILL, pool and all. What beat would
ask for is asked for by the test; the second worker's calendar stands later, past what the sweeps wait for.
"""

import email
from datetime import datetime, timedelta
from email.message import Message
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from awards.models import Certificate
from awards.tasks import make_certificates, sweep_certificates
from messaging.domain.delivery import STALE
from messaging.models import Email
from messaging.tasks import deliver, sweep_mail
from psqm_portal.core.files import uploads
from psqm_portal.core.files.storing import sweep_orphans
from psqm_portal.core.models import StoredFile
from psqm_portal.core.tasks import sweep_uploads
from submissions.domain import incoming, packs
from submissions.models import Evidence, Pack
from submissions.tasks import sweep_packs
from tests import factories
from tests.awards import helpers
from tests.awards.test_certificates_batch import awards
from tests.psqm_portal.core import hostile
from tests.support.in_worker import HANGING
from tests.support.worker import nothing_queued, real_worker, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.redis,
    pytest.mark.postgresql,
]

LATER = STALE + timedelta(minutes=1)


class Power:
    """Workers on the same queue: one that is cut off, one that comes after it."""

    def __init__(self, folder: Path, start: datetime) -> None:
        self.start = start
        self.mailbox = folder / "mail"
        self.flag = folder / "hang"
        self.mailbox.mkdir()

    def _worker(self, now: datetime, **environ: str):
        included = ("--include", "tests.support.in_worker")
        told = {"TEST_NOW": now.isoformat(), "TEST_MAIL": str(self.mailbox), **environ}
        return real_worker(*included, concurrency=1, **told)

    def is_cut(self, step: str) -> None:
        """The task that waits in the queue gets as far as ``step`` and no further."""
        self.flag.touch()
        with self._worker(self.start, TEST_HANG=step, TEST_HANG_ONCE=str(self.flag)) as worker:
            worker.wait_for_log(HANGING)
            worker.kill()

    def is_back(self, is_done, beat) -> None:
        """A fresh worker; beat asks twice. Everything that was queued or taken back has to run."""
        with self._worker(self.start + LATER) as worker:
            beat.delay()
            wait_for(is_done, seconds=60, log=worker.log)
            beat.delay()
            wait_for(nothing_queued, seconds=60, log=worker.log)

    def mails(self) -> list[Message]:
        return [email.message_from_bytes(path.read_bytes()) for path in self.mailbox.iterdir()]


def stored_files() -> set[Path]:
    return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("awards.domain.certificates:_lay_out:before", marks=pytest.mark.slow),
        pytest.param("awards.domain.certificates:print_pages:after", marks=pytest.mark.slow),
        "awards.domain.certificates:make_row:after",
        pytest.param("awards.domain.certificates:_keep:after", marks=pytest.mark.slow),
    ],
)
def test_r10_each_certificate_of_a_batch_is_made_once(step: str, tmp_path: Path) -> None:
    awards(3)
    power = Power(tmp_path, factories.NOW)
    make_certificates.delay()
    power.is_cut(step)
    power.is_back(lambda: not Certificate.objects.filter(file=None).exists(), sweep_certificates)
    kept = StoredFile.objects.filter(pk__in=Certificate.objects.values("file"))
    assert (kept.count(), StoredFile.objects.count()) == (3, 3)
    # Bytes that a rolled-back row left behind are a day's guest, its work folder too. (Files have the
    # machine's own dates, whatever the worker's calendar says.)
    sweep_orphans(factories.NOW + timedelta(days=3650))
    assert stored_files() == {Path(settings.MEDIA_ROOT) / one.key for one in kept}


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("submissions.domain.packs:reading_of:after", marks=pytest.mark.slow),
        pytest.param("submissions.domain.packs:make_pdf:before", marks=pytest.mark.slow),
        "submissions.domain.packs:keep_bytes:after",
        pytest.param("submissions.domain.packs:_finish:after", marks=pytest.mark.slow),
    ],
)
def test_r10_a_pack_is_made_once(step: str, tmp_path: Path) -> None:
    submission = factories.submission()
    leader = factories.member(submission.school)
    power = Power(tmp_path, factories.NOW)
    pack = packs.ask(submission, kind="pdf", is_frozen=False, by=leader, now=factories.NOW)
    power.is_cut(step)
    power.is_back(lambda: Pack.objects.filter(status="made").exists(), sweep_packs)
    pack.refresh_from_db()
    assert pack.tries == (1 if step.endswith("_finish:after") else 2)
    assert list(StoredFile.objects.all()) == [pack.file]
    # What the first one wrote and nobody names is a day's guest, its work folder too. (Files have the
    # machine's own dates, whatever the worker's calendar says.)
    sweep_orphans(factories.NOW + timedelta(days=3650))
    assert stored_files() == {Path(settings.MEDIA_ROOT) / pack.file.key}


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("psqm_portal.core.files.uploads:store:before", marks=pytest.mark.slow),
        "psqm_portal.core.files.uploads:store:after",
        pytest.param("psqm_portal.core.files.uploads:_settle:after", marks=pytest.mark.slow),
    ],
)
def test_r10_an_upload_becomes_evidence_once(step: str, tmp_path: Path) -> None:
    submission = factories.submission()
    leader = factories.member(submission.school)
    photo = SimpleUploadedFile("seeds.jpg", hostile.image("JPEG"))
    row = incoming.receive(submission, photo, by=leader, now=factories.NOW)
    words = incoming.Said(title="Seeds", children="none")
    incoming.say(submission, {row.pk: words}, by=leader, now=factories.NOW)
    power = Power(tmp_path, factories.NOW)
    power.is_cut(step)
    power.start += uploads.STALE
    power.is_back(Evidence.objects.exists, sweep_uploads)
    assert Evidence.objects.get().file == StoredFile.objects.get()
    sweep_orphans(helpers.RELEASE_DAY + timedelta(days=2))
    kept = StoredFile.objects.get().key
    assert {path.relative_to(settings.MEDIA_ROOT).as_posix() for path in stored_files()} <= {
        kept, f"{kept}.preview.jpg",
    }  # fmt: skip


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("messaging.domain.delivery:deliver:before", marks=pytest.mark.slow),
        "messaging.domain.delivery:_send:before",
    ],
)
def test_r10_a_mail_goes_once(step: str, tmp_path: Path) -> None:
    waiting = _one_mail()
    power = Power(tmp_path, factories.NOW)
    deliver.delay(waiting.pk)
    power.is_cut(step)
    assert power.mails() == []
    power.is_back(lambda: Email.objects.filter(state="sent").exists(), sweep_mail)
    assert [mail["To"] for mail in power.mails()] == ["ana@school.example"]


def test_r14_a_mail_that_was_accepted_and_not_noted_goes_twice_at_most(tmp_path: Path) -> None:
    """No server can tell us afterwards; both copies have one Message-ID, so that a mailbox can."""
    waiting = _one_mail()
    power = Power(tmp_path, factories.NOW)
    deliver.delay(waiting.pk)
    power.is_cut("messaging.domain.delivery:_send:after")
    assert len(power.mails()) == 1
    power.is_back(lambda: Email.objects.filter(state="sent").exists(), sweep_mail)
    assert len(power.mails()) == 2
    assert len({mail["Message-ID"] for mail in power.mails()}) == 1


def _one_mail() -> Email:
    return Email.objects.create(
        template="t",
        to="ana@school.example",
        subject="Hello",
        text="Hello\n",
        try_at=factories.NOW,
        written_at=factories.NOW,
    )
