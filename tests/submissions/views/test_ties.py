"""Choosing evidence on a part's page, its caption, and the question about names."""

from collections.abc import Callable

from django.test import Client

from accounts.models import User
from submissions.models import Part
from tests import factories as make
from tests.submissions.views.conftest import World

As = Callable[[User], Client]


def test_the_part_lists_what_could_be_used_and_where_it_is_used_already(world: World, as_: As) -> None:
    here, elsewhere, loose = (make.evidence(world.submission) for _ in range(3))
    part = world.submission.parts.get(code="a1")
    make.tie(here, part)
    make.tie(elsewhere, world.submission.parts.get(code="a2"))
    make.tie(elsewhere, world.submission.parts.get(code="document-1"))
    hidden = make.evidence(world.submission, children="consent", consent_until=make.NOW.date(),
                           consent_withdrawn_at=make.NOW)  # fmt: skip
    client = as_(world.people["subject leader"])
    text = client.get(part.get_absolute_url()).content.decode()
    choices = text.split('class="app-choose"')[1].split("</ul>")[0]
    assert "Your evidence (2)" in text
    assert "Used for A2 and Document 1" in choices
    assert "Not used yet" in choices
    assert f'href="{world.url}parts/{part.pk}/evidence/{loose.pk}/"' in choices
    assert here.title not in choices
    assert hidden.title not in choices
    text = as_(world.people["hub leader"]).get(part.get_absolute_url()).content.decode()
    assert "app-choose" not in text


def test_use_here_asks_for_the_caption_and_ties_with_it(world: World, as_: As) -> None:
    piece, part = make.evidence(world.submission), world.submission.parts.get(code="a1")
    url = f"{world.url}parts/{part.pk}/evidence/{piece.pk}/"
    client = as_(world.people["subject leader"])
    page = client.get(url).content.decode()
    assert f"How {piece.title} shows this" in page
    assert "Use it here" in page
    assert "Untie it" not in page
    assert not piece.links.exists()
    answer = client.post(url, {"caption": "Look at the axes."})
    assert answer["Location"] == f"{part.get_absolute_url()}#ties"
    assert piece.links.get().caption == "Look at the axes."
    assert "Untie it" in client.get(url).content.decode()


def test_dragged_the_form_comes_alone_to_stand_beside_the_text(world: World, as_: As) -> None:
    piece, part = make.evidence(world.submission), world.submission.parts.get(code="a1")
    url = f"{world.url}parts/{part.pk}/evidence/{piece.pk}/"
    client = as_(world.people["subject leader"])
    form = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in form
    assert f'action="{url}"' in form
    assert 'name="_sending"' in form


def test_s35_a_caption_with_a_childs_full_name_is_asked_about_and_kept(world: World, as_: As) -> None:
    piece, part = make.evidence(world.submission), world.submission.parts.get(code="a1")
    client = as_(world.people["subject leader"])
    caption = "Emily Watson explains her graph."
    for url, data in (
        (f"{world.url}parts/{part.pk}/evidence/{piece.pk}/", {"caption": caption}),
        (f"{world.url}parts/{part.pk}/evidence/", {"piece": piece.pk, "caption": caption}),
    ):
        text = client.post(url, data).content.decode()
        assert "“Emily Watson” looks like a child’s full name" in text
        assert "This is not a child’s name" in text
        assert caption in text
        assert not piece.links.exists()
        assert client.post(url, {**data, "not_a_name": "on"}).status_code == 302
        assert piece.links.get().caption == caption
        piece.links.all().delete()


def test_who_may_not_tie_now_is_told_why(world: World, as_: As) -> None:
    piece, part = make.evidence(world.submission), world.submission.parts.get(code="a1")
    plan = world.submission.parts.get(code="action-plan")
    client = as_(world.people["subject leader"])
    assert client.get(f"{world.url}parts/{plan.pk}/evidence/{piece.pk}/").status_code == 403
    Part.objects.filter(pk=part.pk).update(status="sent", sent_at=make.NOW)
    answer = client.get(f"{world.url}parts/{part.pk}/evidence/{piece.pk}/", follow=True)
    assert "You sent this to your hub leader" in answer.content.decode()
    for role in ("headteacher", "mentor", "hub leader", "hq"):
        client = as_(world.people[role])
        assert client.get(f"{world.url}parts/{part.pk}/evidence/{piece.pk}/").status_code == 403
