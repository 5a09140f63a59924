"""HQ's page of a round's certificates, and all of them as one ZIP that is made while it is sent."""

import io
import os
import tracemalloc
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from awards.domain import certificates
from awards.models import Award, Certificate
from awards.pages import certificates as zip_pages
from awards.pages.certificates import NOT_HERE, progress_of
from psqm_portal.core.files.storing import store_made
from psqm_portal.core.roles import Role
from tests import factories
from tests.awards.test_certificates_batch import NOW, awards
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db


def made(row: Certificate, content: bytes = b"%PDF-1.7 made") -> None:
    row.file = store_made(content + str(row.pk).encode(), name="c.pdf", owner=row.award.files_owner, now=NOW)
    row.made_at = NOW
    row.save()


def fill(count: int) -> tuple[list[Certificate], str]:
    """Certificates with files, and their round's slug."""
    given = awards(count)
    rows = list(Certificate.objects.select_related("award__submission").order_by("pk"))
    for row in rows:
        made(row)
    return rows, given[0].submission.round.slug


@pytest.fixture
def hq(client):
    client.force_login(factories.hq())
    return client


def zip_of(client, slug: str) -> zipfile.ZipFile:
    answer = client.get(reverse("round_certificates_zip", args=[slug]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_the_page_says_how_far_it_is_without_scripts_and_htmx_gets_that_alone(hq):
    rows, slug = fill(4)
    Certificate.objects.filter(pk__in=[rows[0].pk, rows[1].pk]).update(file=None, made_at=None)
    Certificate.objects.filter(pk=rows[1].pk).update(tries=certificates.MAX_TRIES)
    Award.objects.filter(pk=rows[1].award_id).update(school_name="学校")
    url = reverse("round_certificates", args=[slug])
    page = hq.get(url).content.decode()
    assert "2 of 4 made, 50%" in page
    assert f'hx-get="{url}" hx-trigger="every 3s"' in page
    assert "1 certificate couldn’t be made." in page
    assert "We have no type for “学校”." in page
    assert reverse("certificate_reissue", args=[rows[1].award.number]) in page
    assert page.index("学校") < page.index("Being made") < page.index("PDF<span")
    assert "See how far it is" in page
    part = hq.get(url, headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div class="app-progress"')
    Certificate.objects.filter(pk=rows[0].pk).update(tries=certificates.MAX_TRIES)
    part = hq.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in part
    assert "All certificates" in part


def test_a_round_without_awards_says_so(hq):
    page = hq.get(reverse("round_certificates", args=[factories.round_().slug])).content.decode()
    assert "No certificate yet" in page
    assert "ZIP" not in page


@pytest.mark.parametrize("count", [10, 60])
def test_r24_the_page_and_the_zip_ask_the_same_however_many_there_are(hq, count, django_assert_num_queries):
    _, slug = fill(count)
    assert own_queries(hq, reverse("round_certificates", args=[slug])) == 5
    round_ = Certificate.objects.first().award.submission.round
    with django_assert_num_queries(1):
        assert sum(map(len, zip_pages.zip_of(round_, now=NOW))) > 0


def test_the_zip_has_each_current_certificate_and_says_what_is_missing(hq):
    rows, slug = fill(6)
    names = ["Oak", "Oak", "A/B\\..:*?", "Con", "Źródło", "Oak"]
    for row, name in zip(rows, names, strict=True):
        Award.objects.filter(pk=row.award_id).update(school_name=name)
    Award.objects.filter(pk=rows[1].award_id).update(status="revoked")
    Certificate.objects.filter(pk=rows[4].pk).update(file=None, made_at=None)
    default_storage.delete(rows[5].file.key)
    archive = zip_of(hq, slug)
    assert archive.testzip() is None
    assert archive.namelist() == [
        "PSQM-26A-0000 Oak.pdf",
        "PSQM-26A-0002 A B.pdf",
        "PSQM-26A-0003 Con.pdf",
        NOT_HERE,
    ]
    assert archive.read("PSQM-26A-0000 Oak.pdf") == b"%PDF-1.7 made" + str(rows[0].pk).encode()
    assert archive.read(NOT_HERE).decode().split("\r\n") == [
        "These certificates aren't made yet:", "", "PSQM-26A-0004 Źródło", "",
        "The portal couldn't find the files of these. Make them again:", "", "PSQM-26A-0005 Oak", "",
    ]  # fmt: skip


def test_the_zip_is_never_in_memory(hq):
    """Forty files of a megabyte that doesn't pack; a tenth of it at most at a time."""
    rows, slug = fill(40)
    for row in rows:
        made(row, os.urandom(1_000_000))
    answer = hq.get(reverse("round_certificates_zip", args=[slug]))
    tracemalloc.start()
    size = sum(len(chunk) for chunk in answer.streaming_content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 40_000_000
    assert peak < 4_000_000


def test_the_zip_is_for_those_who_run_awards(client):
    rows, slug = fill(1)
    row = rows[0]
    for person in [
        factories.member(row.award.school, Role.HEADTEACHER),
        row.award.submission.hub.memberships.create(
            user=factories.user(), role="hub leader", started_at=NOW
        ).user,
        factories.hq(Role.HQ_VIEWER),
        factories.hq(Role.HQ_FINANCE),
    ]:
        client.force_login(person)
        for name in ["round_certificates", "round_certificates_zip"]:
            assert client.get(reverse(name, args=[slug])).status_code in {403, 404}


def test_progress_counts_each_once():
    rows, _ = fill(3)
    Certificate.objects.filter(pk=rows[0].pk).update(file=None, made_at=None)
    found = progress_of(rows[0].award.submission.round)
    assert (found.asked, found.made, found.failed, found.waiting, found.percent) == (3, 2, 0, 1, 66)
