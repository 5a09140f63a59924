"""The matrix: gaps, ties, who ticks; and that nobody's tie is lost by somebody else's page."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from submissions.models import EvidenceLink, Part
from tests import factories as make
from tests.submissions.views.conftest import World

As = Callable[[User], Client]


def page(client: Client, world: World, query: str = "") -> str:
    answer = client.get(f"{world.url}evidence/matrix/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def ties(world: World) -> set[tuple[str, str, str]]:
    links = EvidenceLink.objects.filter(part__submission=world.submission)
    return set(links.values_list("part__code", "evidence__title", "caption"))


def save(client: Client, world: World, ticked: list[str], was: list[str], **more: str) -> "object":
    return client.post(f"{world.url}evidence/matrix/", {"t": ticked, "was": " ".join(was), **more})


def test_gaps_counts_and_missing_captions_are_plain(world: World, as_: As) -> None:
    one, two = make.evidence(world.submission), make.evidence(world.submission)
    a1 = world.submission.parts.get(code="a1")
    make.tie(one, a1)
    make.tie(two, a1, caption="")
    hidden = make.evidence(world.submission, children="consent", consent_until=make.NOW.date(),
                           consent_withdrawn_at=make.NOW)  # fmt: skip
    make.tie(hidden, world.submission.parts.get(code="a2"))
    text = page(as_(world.people["hub leader"]), world)
    assert "2 criteria have no evidence yet:" in text
    assert ">A2</a>, <a" in text
    assert "2 core documents are empty:" in text
    assert "1 tie has no caption" in text
    assert "2 pieces of evidence, 1 without a caption" in text
    assert "Nothing yet" in text
    assert "Withdrawn" in text


def test_a_document_with_a_text_is_no_gap(world: World, as_: As) -> None:
    make.fill_part(world.submission.parts.get(code="document-1"))
    make.evidence(world.submission)
    text = page(as_(world.people["mentor"]), world)
    assert "1 core document is empty:" in text
    assert "A text, no evidence" in text


@pytest.mark.parametrize("role", ["headteacher", "hub leader", "mentor", "hq"])
def test_others_read_it_and_tick_nothing(world: World, as_: As, role: str) -> None:
    make.tie(make.evidence(world.submission), world.part())
    client = as_(world.people[role])
    assert 'type="checkbox"' not in page(client, world)
    assert client.post(f"{world.url}evidence/matrix/", {"t": []}).status_code == 403


@pytest.mark.parametrize("role", ["finance", "viewer", "other school", "other hub", "school finance"])
def test_nobody_else_sees_it(world: World, as_: As, role: str) -> None:
    assert as_(world.people[role]).get(f"{world.url}evidence/matrix/").status_code == 404


def test_ticks_tie_and_untie_with_one_button(world: World, as_: As) -> None:
    one, two = make.evidence(world.submission), make.evidence(world.submission)
    a1, a2 = (world.submission.parts.get(code=code) for code in ("a1", "a2"))
    make.tie(one, a1, caption="")
    client = as_(world.people["subject leader"])
    text = page(client, world)
    assert f'name="was" value="{a1.pk}.{one.pk}"' in text
    assert f'value="{a1.pk}.{one.pk}" aria-labelledby="p{one.pk} c{a1.pk}" checked' in text
    save(client, world, [f"{a1.pk}.{two.pk}", f"{a2.pk}.{two.pk}"], [f"{a1.pk}.{one.pk}"])
    assert ties(world) == {("a1", two.title, ""), ("a2", two.title, "")}
    assert a1.versions.count() == a2.versions.count() == 1
    assert "Saved: 2 ties made, 1 tie undone." in page(client, world)


def test_r03_a_tie_that_somebody_made_since_stays(world: World, as_: As) -> None:
    """A page that was opened before shows no tick for it, and sends none."""
    one, two = make.evidence(world.submission), make.evidence(world.submission)
    a1 = world.submission.parts.get(code="a1")
    make.tie(one, a1, caption="Made meanwhile.")
    save(as_(world.people["subject leader"]), world, [f"{a1.pk}.{two.pk}"], [])
    assert ties(world) == {("a1", one.title, "Made meanwhile."), ("a1", two.title, "")}
    save(as_(world.people["subject leader"]), world, [f"{a1.pk}.{one.pk}", f"{a1.pk}.{two.pk}"], [])
    assert ties(world) == {("a1", one.title, "Made meanwhile."), ("a1", two.title, "")}


def test_a_caption_goes_only_when_one_says_so(world: World, as_: As) -> None:
    one = make.evidence(world.submission)
    a1, a2 = (world.submission.parts.get(code=code) for code in ("a1", "a2"))
    make.tie(one, a1, caption="Look at the graph.")
    client = as_(world.people["subject leader"])
    answer = save(client, world, [f"{a2.pk}.{one.pk}"], [f"{a1.pk}.{one.pk}"])
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "1 caption goes with what you untick" in text
    assert "Look at the graph." in text
    assert f'name="t" value="{a2.pk}.{one.pk}"' in text
    assert ties(world) == {("a1", one.title, "Look at the graph.")}
    save(client, world, [f"{a2.pk}.{one.pk}"], [f"{a1.pk}.{one.pk}"], sure="1")
    assert ties(world) == {("a2", one.title, "")}


def test_parts_that_are_not_the_schools_are_read_only_and_refused(world: World, as_: As) -> None:
    one = make.evidence(world.submission)
    a1, a2 = (world.submission.parts.get(code=code) for code in ("a1", "a2"))
    Part.objects.filter(pk=a1.pk).update(status="sent", sent_at=make.NOW)
    client = as_(world.people["subject leader"])
    assert f'value="{a1.pk}.{one.pk}"' not in page(client, world)
    answer = client.post(
        f"{world.url}evidence/matrix/", {"t": [f"{a1.pk}.{one.pk}", f"{a2.pk}.{one.pk}"]}, follow=True
    )
    assert "You sent this to your hub leader" in answer.content.decode()
    assert ties(world) == set()


def test_s02_foreign_parts_and_pieces_are_refused(world: World, as_: As) -> None:
    """All or nothing: the tie of one's own beside it isn't made either."""
    mine, theirs = make.evidence(world.submission), make.submission()
    a1, foreign, piece = (
        world.submission.parts.get(code="a1"),
        theirs.parts.get(code="a1"),
        make.evidence(theirs),
    )
    client = as_(world.people["subject leader"])
    for other in (f"{foreign.pk}.{mine.pk}", f"{a1.pk}.{piece.pk}", f"{foreign.pk}.{piece.pk}", "1.2", "x.y"):
        save(client, world, [f"{a1.pk}.{mine.pk}", other], [])
        if other != "x.y":
            assert not EvidenceLink.objects.exists()
    plan = world.submission.parts.get(code="action-plan")
    save(client, world, [f"{plan.pk}.{mine.pk}"], [])
    assert ties(world) == {("a1", mine.title, "")}


@pytest.mark.parametrize(("role", "count"), [("subject leader", 8), ("hub leader", 8)])
@pytest.mark.parametrize("pieces", [1, 10, 60])
def test_it_costs_the_same_for_any_number_of_pieces(
    world: World, as_: As, pieces: int, role: str, count: int
) -> None:
    parts = list(world.submission.parts.exclude(kind="action_plan"))
    for number in range(pieces):
        piece = make.evidence(world.submission, by=world.people["subject leader"])
        make.tie(piece, parts[number % len(parts)])
    client = as_(world.people[role])
    page(client, world)
    with CaptureQueriesContext(connection) as asked:
        text = page(client, world)
    assert len(asked) == count
    assert text.count("<tr>") == min(pieces, 50) + 1
    assert len(text) < 200_000
