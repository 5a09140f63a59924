"""Every page, every role: who sees it, who hasn't the right, and for whom it doesn't exist."""

import pytest

from tests import factories

ALL_WHO_SEE = ["subject leader", "headteacher", "hub leader", "mentor", "hq"]
STRANGERS = ["school finance", "finance", "viewer", "other school", "other hub"]
READ = [
    "",
    "audit/",
    "level/",
    "action-plan/",
    "reflections/a1/",
    "documents/document-1/",
    "evidence/",
    "sign-off/",
    "submit/",
    "messages/",
    "history/",
]
WRITE = ["action-plan/rows/new/", "evidence/new/", "evidence/new/?kind=link", "evidence/new/?kind=note"]


@pytest.mark.parametrize("page", READ)
@pytest.mark.parametrize("role", ALL_WHO_SEE)
def test_everybody_of_a_submission_reads_its_pages(world, as_, role, page):
    answer = as_(world.people[role]).get(world.url + page)
    assert answer.status_code == 200
    assert world.submission.school.name in answer.content.decode()


@pytest.mark.parametrize("page", [*READ, *WRITE, "receipt/", "do/withdraw/"])
@pytest.mark.parametrize("role", STRANGERS)
def test_to_a_stranger_there_is_no_such_submission(world, as_, role, page):
    assert as_(world.people[role]).get(world.url + page).status_code == 404


@pytest.mark.parametrize("page", WRITE)
@pytest.mark.parametrize(
    ("role", "status"),
    [("subject leader", 200), ("headteacher", 403), ("hub leader", 403), ("mentor", 403), ("hq", 403)],
)
def test_only_a_subject_leader_adds(world, as_, role, status, page):
    assert as_(world.people[role]).get(world.url + page).status_code == status


@pytest.mark.parametrize(
    "status",
    [
        "with_hub",
        "signed_off",
        "submitted",
        "in_review",
        "reviewed",
        "decided",
        "notified",
        "not_submitted",
        "withdrawn",
        "deferred",
    ],
)
@pytest.mark.parametrize("role", ALL_WHO_SEE)
def test_pages_stand_at_every_stage(make_world, as_, role, status):
    world = make_world(status=status)
    client = as_(world.people[role])
    for page in READ:
        assert client.get(world.url + page).status_code in {200, 302}, page
    assert client.get(world.url + "receipt/").status_code in {200, 302}


def test_a_signed_out_visitor_is_asked_to_sign_in(world, client):
    answer = client.get(world.url)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")


@pytest.mark.parametrize("role", ["subject leader", "hub leader", "mentor", "headteacher"])
@pytest.mark.parametrize("status", ["reviewed", "decided"])
def test_reviewing_and_deciding_stay_unseen_until_release(make_world, as_, role, status):
    world = make_world(status=status)
    client = as_(world.people[role])
    for page in ["", "reflections/a1/", "action-plan/", "audit/", "sign-off/", "evidence/", "history/"]:
        text = client.get(world.url + page).content.decode().lower()
        assert "decided" not in text, page
        assert "reviewed" not in text, page
    assert "decided" not in client.get("/submissions/").content.decode().lower()


def test_the_part_of_another_submission_isnt_found_here(world, as_):
    other = factories.submission().parts.filter(kind="reflection")[0]
    client = as_(world.people["subject leader"])
    for page in ["versions/", "evidence/", "send/"]:
        assert client.get(f"{world.url}parts/{other.pk}/{page}").status_code == 404
    assert client.post(f"{world.url}parts/{other.pk}/text/", {"text": "Mine"}).status_code == 404
    other.refresh_from_db()
    assert other.text == ""
