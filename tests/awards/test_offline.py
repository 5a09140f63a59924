"""A reviewer reads the frozen work on one page and takes it along, as long as the review is theirs."""

import pytest
from django.test import Client
from django.urls import reverse

from awards.models import Review
from psqm_portal.core.files.rights import may_read
from psqm_portal.core.roles import Role
from submissions.domain import packs
from submissions.models import Part, Submission
from tests import factories as make
from tests.submissions.packing import make_pack, names_in, photo, start_page
from tests.support.queries import own_queries
from tests.support.world import build

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("submissions.tasks.make_pack.delay_on_commit", lambda *_: None)


@pytest.fixture
def world():
    return build()


@pytest.fixture
def client(world):
    made = Client()
    made.force_login(world.people["reviewer"])
    return made


def url(name, world, *more):
    return reverse(name, args=[world.review.pk, *more])


def test_the_review_leads_there(client, world):
    html = client.get(url("review", world)).content.decode()
    assert f'href="{url("review_read", world)}"' in html
    assert f'href="{url("review_packs", world)}"' in html


def test_it_is_the_frozen_work(client, world):
    Part.objects.filter(submission=world.in_review).update(text="Written after it was submitted")
    photo(world.in_review, title="Added later")
    html = client.get(url("review_read", world)).content.decode()
    assert "Written after" not in html
    assert "Added later" not in html
    pack = make_pack(world.in_review, world.people["reviewer"], is_frozen=True)
    assert names_in(pack) == {"Start here.html"}
    assert "Written after" not in start_page(pack)


def test_s16_asked_for_on_the_reviews_page_and_only_theirs(client, world):
    client.post(url("review_pack", world, "zip"))
    reviewer = world.people["reviewer"]
    pack = reviewer_pack(world)
    packs.make(pack.pk, clock=lambda: make.NOW)
    pack.refresh_from_db()
    assert may_read(reviewer, pack.file)
    for role in ("subject leader", "headteacher", "hub leader", "HQ admin", "HQ viewer", "HQ finance"):
        assert not may_read(world.people[role], pack.file), role
    assert f"/files/{pack.file_id}/" in client.get(url("review_packs", world)).content.decode()


def reviewer_pack(world):
    return world.people["reviewer"] and packs.Pack.objects.get(
        asked_by=world.people["reviewer"], is_frozen=True
    )


@pytest.mark.parametrize("end", ["taken back", "declined", "stood down", "another cycle"])
def test_s04_it_closes_with_the_review(client, world, end):
    reviewer = world.people["reviewer"]
    pack = make_pack(world.in_review, reviewer, is_frozen=True)
    assert may_read(reviewer, pack.file)
    match end:
        case "taken back":
            Review.objects.update(status="void")
        case "declined":
            Review.objects.update(status="declined")
        case "stood down":
            reviewer.hub_memberships.update(ended_at=make.NOW)
        case _:
            Submission.objects.filter(pk=world.in_review.pk).update(cycle=2)
    assert not may_read(reviewer, pack.file)
    for name in ("review_read", "review_packs"):
        assert client.get(url(name, world)).status_code == 404
    assert client.post(url("review_pack", world, "zip")).status_code == 404


def test_a_finished_review_still_reads(client, world):
    Review.objects.update(status="completed", recommendation="level", completed_at=make.NOW)
    assert client.get(url("review_read", world)).status_code == 200


def test_work_that_was_submitted_again_closes_the_pack_of_before(world):
    reviewer = world.people["reviewer"]
    pack = make_pack(world.in_review, reviewer, is_frozen=True)
    Submission.objects.filter(pk=world.in_review.pk).update(submitted_at=make.NOW.replace(hour=12))
    pack.submission.refresh_from_db()
    assert packs.why_closed(pack, now=make.NOW).startswith("Made before the work was submitted again.")
    assert not may_read(reviewer, pack.file)


def test_s35_frozen_work_that_is_made_while_it_is_reopened_is_made_anew(world, monkeypatch):
    """The cycle moves between reading and keeping: what was read isn't handed out, and the right is gone."""
    reviewer = world.people["reviewer"]
    pack = packs.ask(world.in_review, kind="zip", is_frozen=True, by=reviewer, now=make.NOW)
    real = packs.keep_bytes

    def keep(path, owner):
        Submission.objects.filter(pk=world.in_review.pk).update(status="enrolled")
        return real(path, owner=owner)

    monkeypatch.setattr(packs, "keep_bytes", keep)
    assert packs.make(pack.pk, clock=lambda: make.NOW) is False
    assert not packs.Pack.objects.exists()


def test_hq_takes_it_along_as_reviewers_see_it(world):
    admin = Client()
    admin.force_login(world.people["HQ admin"])
    assert admin.post(url("review_pack", world, "pdf")).status_code == 302
    assert packs.Pack.objects.get().is_frozen
    viewer = Client()
    viewer.force_login(make.hq(Role.HQ_VIEWER))
    assert viewer.post(url("review_pack", world, "pdf")).status_code == 404


def test_names_are_not_told_to_reviewers(client, world):
    html = client.get(url("review_read", world)).content.decode()
    assert world.people["subject leader"].name not in html
    assert str(world.hub) not in html


def test_the_pages_cost_the_same_whatever_was_written(client, world):
    before = own_queries(client, url("review_read", world)), own_queries(client, url("review_packs", world))
    for part in world.in_review.parts.all():
        photo(world.in_review, part)
    assert (
        own_queries(client, url("review_read", world)),
        own_queries(client, url("review_packs", world)),
    ) == before
