"""R03: two people at one row: the second save shows both, field by field, and overwrites nothing."""

import re

from lxml import html

from submissions.models import ActionRow
from tests import factories


def opened(client, url):
    """The form as a browser would send it back."""
    forms = html.fromstring(client.get(url).content.decode()).forms
    form = next(one for one in forms if "seen" in one.fields)
    return {
        name: value for name, value in form.form_values() if name not in {"_sending", "csrfmiddlewaretoken"}
    }


def test_r03_a_row_of_the_plan(world, as_):
    plan = world.part("action_plan")
    factories.fill_part(plan)
    row = plan.rows.get()
    url = f"{world.url}action-plan/rows/{row.pk}/"
    client = as_(world.people["subject leader"])
    mine = opened(client, url)
    theirs = as_(factories.member(world.submission.school))
    assert theirs.post(url, {**mine, "actions": "Theirs <b>", "cost": "99"}).status_code == 302
    client = as_(world.people["subject leader"])
    answer = client.post(url, {**mine, "actions": "Mine", "by_when_0": "2"})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Somebody saved this while you were writing" in text
    assert "Theirs &lt;b&gt;" in text
    assert ">\nMine</textarea>" in text
    assert "99.00" in text
    assert "Monday 1 March 2027" in text
    assert text.count("Not as yours") == 3
    assert ActionRow.objects.get(pk=row.pk).actions == "Theirs <b>"
    mark = re.search(r'name="seen" value="([^"]*)"', text)[1]
    assert mark != mine["seen"]
    assert client.post(url, {**mine, "actions": "Both", "seen": mark}).status_code == 302
    assert ActionRow.objects.get(pk=row.pk).actions == "Both"


def test_the_same_change_twice_is_no_conflict(world, as_):
    plan = world.part("action_plan")
    factories.fill_part(plan)
    url = f"{world.url}action-plan/rows/{plan.rows.get().pk}/"
    client = as_(world.people["subject leader"])
    mine = {**opened(client, url), "actions": "One line\r\nand another"}
    assert client.post(url, mine).status_code == 302
    assert client.post(url, mine).status_code == 302
    assert plan.rows.get().actions == "One line\nand another"


def test_r03_progress_on_a_row(world, as_):
    plan = world.part("action_plan")
    factories.fill_part(plan)
    row = plan.rows.get()
    url = f"{world.url}action-plan/rows/{row.pk}/progress/"
    client = as_(world.people["subject leader"])
    mine = opened(client, url)
    client.post(url, {**mine, "progress_notes": "Theirs", "rag": "green"})
    answer = client.post(url, {**mine, "progress_notes": "Mine", "rag": "amber"})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Green: on track or done" in text
    assert "Theirs" in text
    assert ">\nMine</textarea>" in text
    row.refresh_from_db()
    assert (row.progress_notes, row.rag) == ("Theirs", "green")


def test_r03_a_caption(world, as_):
    part, piece = world.part(), factories.evidence(world.submission)
    link = factories.tie(piece, part, "As it was")
    url = f"{world.url}parts/{part.pk}/evidence/{piece.pk}/"
    client = as_(world.people["subject leader"])
    mine = opened(client, url)
    client.post(url, {**mine, "caption": "Theirs"})
    answer = client.post(url, {**mine, "caption": "Mine"})
    assert answer.status_code == 409
    assert "Theirs" in answer.content.decode()
    assert ">\nMine</textarea>" in answer.content.decode()
    link.refresh_from_db()
    assert link.caption == "Theirs"


def test_r03_a_piece_of_evidence(world, as_):
    piece = factories.evidence(world.submission)
    url = f"{world.url}evidence/{piece.pk}/change/"
    client = as_(world.people["subject leader"])
    mine = opened(client, url)
    client.post(url, {**mine, "title": "A seed diary", "note": "Theirs"})
    answer = client.post(url, {**mine, "note": "Mine"})
    assert answer.status_code == 409
    assert "A seed diary" in answer.content.decode()
    assert ">\nMine</textarea>" in answer.content.decode()
    piece.refresh_from_db()
    assert (piece.title, piece.note) == ("A seed diary", "Theirs")
