"""The page for reading, and "Download everything"."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from psqm_portal.core.files.rights import may_read
from psqm_portal.core.models import StoredFile
from psqm_portal.core.roles import Role
from submissions.domain import packs
from submissions.domain.evidence import withdraw_consent
from submissions.models import Evidence, Pack, Part
from tests import factories as make
from tests.submissions.packing import make_pack, photo
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr("submissions.tasks.make_pack.delay_on_commit", lambda *_: None)


@pytest.fixture
def work():
    made = make.submission()
    make.rate_audit(made)
    for part in made.parts.all():
        make.fill_part(part)
    return made


@pytest.fixture
def leader(work):
    return make.member(work.school)


@pytest.fixture
def client(leader):
    made = Client()
    made.force_login(leader)
    return made


def url(name, work, *more):
    return reverse(name, args=[work.pk, *more])


# Reading -------------------------------------------------------------------------------------------------


def test_everything_is_on_one_page_with_links_to_it(client, work):
    shown = photo(work, work.parts.get(code="a1"), title="Sorting seeds")
    StoredFile.objects.filter(pk=shown.file_id).update(preview="made")
    html = client.get(url("submission_read", work)).content.decode()
    assert f'src="/files/{shown.file_id}/seeds.jpg?preview"' in html
    for anchor in ("audit", "action-plan", "strand-a", "part-a1", "documents", "document-1"):
        assert f'href="#{anchor}"' in html
        assert html.count(f'id="{anchor}"') == 1
    assert 'alt="Sorting seeds"' in html
    assert f'href="/files/{shown.file_id}/seeds.jpg"' in html
    assert url("packs", work) in html


@pytest.mark.parametrize("pieces", [1, 3, 10])
def test_reading_costs_the_same_whatever_there_is(client, work, pieces):
    for number in range(pieces):
        photo(work, work.parts.get(code="a1"), title=f"Photo {number}")
        make.evidence(work)
    assert own_queries(client, url("submission_read", work)) == READING


READING = 8


def test_r24_so_does_frozen_work(work, leader):
    from submissions.pages.reading import reading_of

    make.sign_off_parts(work)
    Part.objects.filter(submission=work).update(text="newer")
    reading = reading_of(work, is_frozen=True, now=make.NOW)
    assert all("newer" not in chapter.text for chapter in reading.chapters)


def test_an_empty_submission_can_be_read(leader):
    empty = make.submission(place=leader.school_memberships.get().school, status="withdrawn")
    client = Client()
    client.force_login(leader)
    html = client.get(url("submission_read", empty)).content.decode()
    assert html.count("Nothing here yet.") == empty.parts.count()
    assert 'id="audit"' not in html


def test_withdrawn_evidence_leaves_its_word_and_nothing_else(client, work, leader):
    shown = photo(
        work, work.parts.get(code="a1"), title="Faces", children="consent", consent_until="2999-01-01"
    )
    withdraw_consent(shown, by=leader, now=make.NOW)
    html = client.get(url("submission_read", work)).content.decode()
    assert "Faces" not in html
    assert "Withdrawn: the families’ consent has ended" in html


def test_r08_a_lost_file_is_said_to_be_lost(client, work):
    shown = photo(work, work.parts.get(code="a1"), title="Sorting seeds")
    StoredFile.objects.filter(pk=shown.file_id).update(lost_at=make.NOW)
    html = client.get(url("submission_read", work)).content.decode()
    assert "This file is missing in the portal." in html
    assert f"/files/{shown.file_id}/" not in html


# Downloading ---------------------------------------------------------------------------------------------


def test_q04_asking_watching_and_downloading_without_scripts(client, work):
    page = url("packs", work)
    assert "Make the ZIP" in client.get(page).content.decode()
    answer = client.post(url("pack", work, "zip"))
    assert (answer.status_code, answer["Location"]) == (302, f"{page}#pack-zip")
    html = client.get(page).content.decode()
    assert "Waiting for its turn" in html
    assert "See how far it is" in html
    pack = Pack.objects.get()
    packs.make(pack.pk, clock=lambda: make.NOW)
    pack.refresh_from_db()
    html = client.get(page).content.decode()
    link = reverse("open_file", args=[pack.file_id, pack.file.name])
    assert f'href="{link}"' in html.replace("&#x27;", "'")
    assert "Make it again" in html
    opened = client.get(link)
    assert opened.status_code == 302
    assert opened["Location"].startswith("http://127.0.0.1/f/")
    served = Client().get(opened["Location"].removeprefix("http://127.0.0.1"), headers={"host": "127.0.0.1"})
    assert served["Content-Type"] == "application/zip"
    assert served["Content-Disposition"].startswith("attachment")
    assert served["X-Content-Type-Options"] == "nosniff"
    served.close()


def test_the_box_alone_for_htmx_with_what_is_being_done(client, work, leader):
    pack = packs.ask(work, kind="pdf", is_frozen=False, by=leader, now=make.NOW)
    htmx = {"HX-Request": "true"}
    path = url("pack", work, "pdf")
    html = client.get(path, headers=htmx).content.decode()
    assert "<html" not in html
    assert f'hx-get="{path}" hx-trigger="every 2s"' in html
    Pack.objects.filter(pk=pack.pk).update(status="making", tries=1, steps=12, steps_done=3)
    html = client.get(path, headers=htmx).content.decode()
    assert "Getting file 4 of 10 ready" in html
    assert '<progress value="3" max="12">' in html
    Pack.objects.filter(pk=pack.pk).update(steps_done=10)
    assert "Laying out the pages" in client.get(path, headers=htmx).content.decode()
    Pack.objects.filter(pk=pack.pk).update(status="failed", tries=3)
    html = client.get(path, headers=htmx).content.decode()
    assert "hx-get" not in html
    assert "We tried 3 times and couldn’t make it." in html
    assert "Try again" in html


def test_a_get_without_htmx_leads_to_the_page(client, work):
    assert client.get(url("pack", work, "pdf"))["Location"] == f"{url('packs', work)}#pack-pdf"
    assert client.get(url("pack", work, "exe")).status_code == 404
    assert client.post(url("pack", work, "exe")).status_code == 404


def test_s35_the_page_says_why_a_pack_is_closed(client, work, leader):
    shown = photo(work, work.parts.get(code="a1"), children="consent", consent_until="2999-01-01")
    pack = make_pack(work, leader)
    withdraw_consent(shown, by=leader, now=make.NOW)
    html = client.get(url("packs", work)).content.decode()
    assert "Made before a photo was withdrawn. Make it again." in html
    assert f"/files/{pack.file_id}/" not in html
    assert client.get(reverse("open_file", args=[pack.file_id])).status_code == 404


def test_s35_a_link_that_was_opened_before_the_withdrawal_is_dead_after_it(client, work, leader):
    """The files origin asks the right once more when the bytes are fetched."""
    shown = photo(work, work.parts.get(code="a1"), children="consent", consent_until="2999-01-01")
    pack = make_pack(work, leader)
    link = client.get(reverse("open_file", args=[pack.file_id]))["Location"].removeprefix("http://127.0.0.1")
    withdraw_consent(shown, by=leader, now=make.NOW)
    assert Client().get(link, headers={"host": "127.0.0.1"}).status_code == 404


def test_s16_nobody_sees_that_others_asked(work, leader):
    pack = make_pack(work, leader)
    head = make.member(work.school, Role.HEADTEACHER)
    other = Client()
    other.force_login(head)
    html = other.get(url("packs", work)).content.decode()
    assert f"/files/{pack.file_id}/" not in html
    assert "Make the ZIP" in html
    assert other.get(reverse("open_file", args=[pack.file_id])).status_code == 404
    assert not may_read(head, pack.file)


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_the_page_costs_the_same_whatever_was_asked_for_before(client, work, leader, rows):
    make_pack(work, leader)
    make_pack(work, leader, "pdf") if rows == 1 else make_pack(work, leader, "zip", now=make.NOW)
    Pack.objects.exclude(kind="zip").delete()
    for number in range(rows):
        Pack.objects.create(
            submission=work, kind="pdf", is_frozen=False, asked_by=leader, status="failed",
            asked_at=make.NOW - timedelta(hours=number), touched_at=make.NOW,
        )  # fmt: skip
        photo(work, title=f"Photo {number}")
    assert Evidence.objects.count() > rows
    assert own_queries(client, url("packs", work)) == DOWNLOADING


DOWNLOADING = 3
