"""Versions: who and when, what changed, and one put back as a new version."""

from datetime import timedelta

import pytest

from submissions.domain.versions import content_of, keep_version
from submissions.domain.writing import save_row, save_text, text_mark
from submissions.models import ActionRow, Evidence, Part
from tests import factories


@pytest.fixture
def written(world):
    """A reflection that was written by one person and changed by another."""
    part = world.part()
    leader, colleague = world.people["subject leader"], factories.member(world.submission.school)
    world.people["colleague"] = colleague
    save_text(part, "Pupils ask questions.", seen=text_mark(""), by=leader, now=factories.NOW)
    later = factories.NOW + timedelta(minutes=20)
    seen = text_mark("Pupils ask questions.")
    save_text(part, "Pupils ask **good** questions.", seen=seen, by=colleague, now=later)
    part.refresh_from_db()
    return part


def page_of(world, part, more=""):
    return f"{world.url}parts/{part.pk}/versions/{more}"


def test_versions_say_who_and_when(world, as_, written):
    text = as_(world.people["hub leader"]).get(page_of(world, written)).content.decode()
    assert "Version 1" in text
    assert "Version 2, the newest" in text
    assert str(world.people["colleague"]) in text
    assert "Tuesday 3 November 2026 at 9.20am" in text
    assert "Put<span" not in text, "a hub leader puts nothing back"
    assert "Put<span" in as_(world.people["subject leader"]).get(page_of(world, written)).content.decode()


def test_a_version_beside_the_one_before_and_beside_now(world, as_, written):
    client = as_(world.people["hub leader"])
    before = client.get(page_of(world, written, "2/")).content.decode()
    assert '<ins><span class="govuk-visually-hidden"> Put in: </span>good ' in before
    first = client.get(page_of(world, written, "1/")).content.decode()
    assert "Version 1, the first" in first
    now = client.get(page_of(world, written, "1/?with=now")).content.decode()
    assert "</span>good " in now
    same = client.get(page_of(world, written, "2/?with=now")).content.decode()
    assert "There is no difference." in same
    assert client.get(page_of(world, written, "3/")).status_code == 404


def test_a_change_of_marks_alone_is_shown_too(world, as_, written):
    part = Part.objects.get(pk=written.pk)
    by = world.people["subject leader"]
    later = factories.NOW + timedelta(hours=1)
    save_text(part, "Pupils ask *good* questions.", seen=text_mark(part.text), by=by, now=later)
    page = as_(by).get(page_of(world, written, "3/")).content.decode()
    assert "</span>*good* " in page or "</span>*good*<" in page


def test_one_is_put_back_as_a_new_version(world, as_, written):
    client = as_(world.people["subject leader"])
    asks = client.get(page_of(world, written, "1/restore/")).content.decode()
    assert "What stands now is kept as a version" in asks
    assert "<del>" in asks
    assert Part.objects.get(pk=written.pk).text == "Pupils ask **good** questions."
    answer = client.post(page_of(world, written, "1/restore/"))
    assert answer["Location"] == written.get_absolute_url()
    assert [(one.number, one.content["text"]) for one in written.versions.all()] == [
        (1, "Pupils ask questions."),
        (2, "Pupils ask **good** questions."),
        (3, "Pupils ask questions."),
    ]
    assert Part.objects.get(pk=written.pk).text == "Pupils ask questions."


def test_evidence_comes_back_but_what_is_gone(world, as_, written):
    leader = world.people["subject leader"]
    kept, removed, withdrawn = (factories.evidence(world.submission) for _ in range(3))
    for piece in (kept, removed, withdrawn):
        factories.tie(piece, written, f"Caption of {piece.title}")
    keep_version(written, by=None, now=factories.NOW)
    written.evidence_links.all().delete()
    factories.tie(late := factories.evidence(world.submission), written)
    keep_version(written, by=leader, now=factories.NOW)
    Evidence.objects.filter(pk=removed.pk).update(removed_at=factories.NOW)
    Evidence.objects.filter(pk=withdrawn.pk).update(consent_withdrawn_at=factories.NOW)
    said = as_(leader).post(page_of(world, written, "3/restore/"), follow=True).content.decode()
    assert f"left out: {removed.title} and {withdrawn.title}." in said
    assert [(link.evidence, link.caption) for link in written.evidence_links.all()] == [
        (kept, f"Caption of {kept.title}")
    ]
    assert not late.links.exists()


def test_a_sent_part_isnt_put_back(world, as_, written):
    Part.objects.filter(pk=written.pk).update(status="sent", sent_at=factories.NOW)
    client = as_(world.people["subject leader"])
    page = client.get(page_of(world, written, "1/restore/")).content.decode()
    assert "You sent this to your hub leader on Tuesday 3 November 2026" in page
    assert '<form method="post" novalidate>' not in page
    client.post(page_of(world, written, "1/restore/"))
    assert Part.objects.get(pk=written.pk).text == "Pupils ask **good** questions."
    assert as_(world.people["headteacher"]).post(page_of(world, written, "1/restore/")).status_code == 403
    assert as_(world.people["other school"]).get(page_of(world, written, "1/")).status_code == 404


def test_s02_a_version_of_another_part_isnt_found(world, as_, written):
    other = world.submission.parts.filter(kind="reflection")[1]
    client = as_(world.people["subject leader"])
    assert client.get(page_of(world, other, "1/")).status_code == 404
    assert client.post(page_of(world, other, "1/restore/")).status_code == 404


def test_a_plan_comes_back_row_by_row_and_keeps_its_progress(world, as_):
    plan, leader = world.part("action_plan"), world.people["subject leader"]
    factories.fill_part(plan)
    row = plan.rows.get()
    save_row(plan, row, by=leader, now=factories.NOW)
    as_built = content_of(plan)
    ActionRow.objects.filter(pk=row.pk).update(progress_notes="Half of it is done")
    row = plan.rows.get()
    row.actions = "Something else"
    save_row(plan, row, by=leader, now=factories.NOW + timedelta(hours=1))
    added = ActionRow(part=plan, criterion=row.criterion, objective="Another", actions="A", who="B",
                      by_when=row.by_when, success_measure="C")  # fmt: skip
    save_row(plan, added, by=leader, now=factories.NOW + timedelta(hours=2))
    client = as_(leader)
    compared = client.get(page_of(world, plan, "2/")).content.decode()
    assert "Row changed: More enquiry" in compared
    assert "Something else" in compared
    assert "Row added: Another" in client.get(page_of(world, plan, "3/")).content.decode()
    client.post(page_of(world, plan, "1/restore/"))
    assert content_of(plan) == as_built
    assert plan.rows.get().progress_notes == "Half of it is done"
    client.post(page_of(world, plan, "3/restore/"))
    assert plan.rows.count() == 2
    assert plan.versions.count() == 5


@pytest.mark.parametrize("versions", [1, 3, 10])
def test_the_list_of_versions_costs_the_same(world, as_, versions, django_assert_num_queries):
    part = world.part()
    for number in range(versions):
        Part.objects.filter(pk=part.pk).update(text=f"Text {number}")
        keep_version(part, by=None, now=factories.NOW + timedelta(hours=number))
    client = as_(world.people["hub leader"])
    client.get(page_of(world, part))
    with django_assert_num_queries(9):
        client.get(page_of(world, part))
