from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from submissions.models import Evidence, Part
from tests import factories


def test_a_link_and_a_note(world, as_):
    client = as_(world.people["subject leader"])
    part = world.part()
    answer = client.post(
        f"{world.url}evidence/new/?kind=link&part={part.pk}",
        {
            "url": "https://school.example/science",
            "title": "Our page",
            "parts": [part.pk],
            "caption": "Shows",
        },
    )
    assert answer["Location"] == part.get_absolute_url()
    client.post(
        world.url + "evidence/new/?kind=note",
        {"note": "Governors came.", "title": "Visit", "url": "https://x.example"},
    )
    assert list(Evidence.objects.values_list("kind", "url", "note")) == [
        ("link", "https://school.example/science", ""),
        ("note", "", "Governors came."),
    ]


def test_a_link_that_isnt_a_web_address_is_refused(world, as_):
    as_(world.people["subject leader"]).post(
        world.url + "evidence/new/?kind=link", {"url": "javascript:alert(1)", "title": "Bad"}
    )
    assert not Evidence.objects.exists()


def test_the_part_of_another_school_cant_be_ticked(world, as_):
    other = factories.submission().parts.filter(kind="reflection")[0]
    as_(world.people["subject leader"]).post(
        world.url + "evidence/new/?kind=note", {"note": "N", "title": "T", "parts": [other.pk]}
    )
    assert not other.evidence_links.exists()


def test_tie_caption_untie(world, as_):
    piece, part = factories.evidence(world.submission), world.part()
    client = as_(world.people["subject leader"])
    assert piece.title in client.get(f"{world.url}parts/{part.pk}/evidence/").content.decode()
    client.post(f"{world.url}parts/{part.pk}/evidence/", {"piece": piece.pk, "caption": "Look"})
    link = piece.links.get()
    assert (link.part, link.caption) == (part, "Look")
    client.post(f"{world.url}parts/{part.pk}/evidence/{piece.pk}/", {"caption": "Look closer"})
    link.refresh_from_db()
    assert link.caption == "Look closer"
    client.post(f"{world.url}parts/{part.pk}/evidence/{piece.pk}/untie/")
    assert not piece.links.exists()
    assert piece.removed_at is None


def test_evidence_of_another_school_cant_be_tied_or_opened(world, as_):
    other = factories.submission()
    foreign = factories.evidence(other)
    factories.tie(foreign, other.parts.filter(kind="reflection")[0])
    part = world.part()
    client = as_(world.people["subject leader"])
    client.post(f"{world.url}parts/{part.pk}/evidence/", {"piece": foreign.pk, "caption": "Mine now"})
    assert not part.evidence_links.exists()
    for page in ("", "change/", "children/", "consent/", "remove/"):
        assert client.get(f"{world.url}evidence/{foreign.pk}/{page}").status_code == 404
        if page:
            assert client.post(f"{world.url}evidence/{foreign.pk}/{page}").status_code == 404
    assert client.post(f"{world.url}parts/{part.pk}/evidence/{foreign.pk}/untie/").status_code == 404
    foreign.refresh_from_db()
    assert foreign.removed_at is None


def test_change_and_remove(world, as_):
    piece = factories.evidence(world.submission)
    client = as_(world.people["subject leader"])
    client.post(
        f"{world.url}evidence/{piece.pk}/change/", {"title": "New name", "note": "New words", "kind": "link"}
    )
    piece.refresh_from_db()
    assert (piece.title, piece.note, piece.kind) == ("New name", "New words", "note")
    assert "Remove New name" in client.get(f"{world.url}evidence/{piece.pk}/remove/").content.decode()
    client.post(f"{world.url}evidence/{piece.pk}/remove/")
    piece.refresh_from_db()
    assert piece.removed_at == factories.NOW
    assert client.get(f"{world.url}evidence/{piece.pk}/").status_code == 404


def test_what_a_sent_part_shows_stays(world, as_):
    piece, part = factories.evidence(world.submission), world.part()
    factories.tie(piece, part)
    Part.objects.filter(pk=part.pk).update(status="sent", sent_at=factories.NOW)
    client = as_(world.people["subject leader"])
    client.post(f"{world.url}evidence/{piece.pk}/remove/")
    client.post(f"{world.url}evidence/{piece.pk}/change/", {"title": "Other", "note": "Other"})
    client.post(f"{world.url}parts/{part.pk}/evidence/{piece.pk}/untie/")
    piece.refresh_from_db()
    assert piece.removed_at is None
    assert piece.title != "Other"
    assert piece.links.exists()
    assert "is with your hub leader" in client.get(f"{world.url}evidence/{piece.pk}/").content.decode()


@pytest.mark.parametrize("role", ["subject leader", "headteacher"])
def test_consent_is_withdrawn_at_any_stage(make_world, as_, role):
    world = make_world(status="in_review")
    piece = factories.evidence(
        world.submission, children="consent", consent_uses="Reviewers", consent_until=date(2028, 1, 1)
    )
    client = as_(world.people[role])
    assert (
        "“Withdrawn” stands in its place"
        in client.get(f"{world.url}evidence/{piece.pk}/consent/").content.decode()
    )
    client.post(f"{world.url}evidence/{piece.pk}/consent/")
    piece.refresh_from_db()
    assert piece.consent_withdrawn_at == factories.NOW
    text = client.get(world.url + "evidence/").content.decode()
    assert "Withdrawn: the families’ consent has ended" in text


@pytest.mark.parametrize("role", ["hub leader", "mentor", "hq"])
def test_consent_is_the_schools(world, as_, role):
    piece = factories.evidence(world.submission)
    client = as_(world.people[role])
    for page in ("consent/", "remove/", "change/", "children/"):
        assert client.post(f"{world.url}evidence/{piece.pk}/{page}").status_code == 403


def test_evidence_whose_consent_ran_out_is_hidden_from_its_part(world, as_):
    part = world.part()
    piece = factories.evidence(
        world.submission, children="consent", consent_uses="Reviewers", consent_until=date(2026, 11, 2)
    )
    factories.tie(piece, part)
    text = as_(world.people["hub leader"]).get(part.get_absolute_url()).content.decode()
    assert "Withdrawn: the families’ consent has ended" in text


def test_feedback_on_evidence(world, as_):
    piece = factories.evidence(world.submission)
    as_(world.people["hub leader"]).post(f"{world.url}evidence/{piece.pk}/feedback/", {"body": "Lovely"})
    thread = piece.feedback.get()
    answer = as_(world.people["subject leader"]).post(
        f"{world.url}feedback/{thread.pk}/answer/", {"body": "Thanks"}
    )
    assert answer["Location"] == f"{world.url}evidence/{piece.pk}/#feedback-{thread.pk}"


@pytest.mark.parametrize("pieces", [1, 3, 10])
def test_the_list_of_evidence_costs_the_same_at_any_length(world, as_, pieces):
    part = world.part()
    for _ in range(pieces):
        factories.tie(factories.evidence(world.submission), part)
    client = as_(world.people["subject leader"])
    with CaptureQueriesContext(connection) as seen:
        text = client.get(world.url + "evidence/").content.decode()
    assert text.count('data-label="Added"') == pieces
    assert len(seen) == 9


@pytest.mark.parametrize("pieces", [1, 3, 10])
def test_a_parts_page_costs_the_same_however_much_is_tied(world, as_, pieces):
    part = world.part()
    for _ in range(pieces):
        factories.tie(factories.evidence(world.submission), part)
    client = as_(world.people["subject leader"])
    with CaptureQueriesContext(connection) as seen:
        client.get(part.get_absolute_url())
    assert len(seen) == 16


def test_evidence_is_closed_with_the_hub(make_world, as_):
    world = make_world(status="with_hub")
    client = as_(world.people["subject leader"])
    assert client.get(world.url + "evidence/new/")["Location"] == world.url + "evidence/"
    client.post(world.url + "evidence/new/?kind=note", {"note": "Late", "title": "Late"})
    assert not Evidence.objects.exists()


def test_a_consent_that_is_given_again_shows_the_file_again(world, as_):
    piece = factories.evidence(
        world.submission, children="consent", consent_uses="Reviewers", consent_until=date(2026, 1, 1)
    )
    data = {
        "children": "consent",
        "consent_uses": "Reviewers",
        "consent_until_0": "1",
        "consent_until_1": "9",
        "consent_until_2": "2027",
    }
    as_(world.people["subject leader"]).post(f"{world.url}evidence/{piece.pk}/children/", data)
    piece.refresh_from_db()
    assert piece.consent_until == date(2027, 9, 1)
