"""All the questions: on a page from the first day on, and on paper, made once for each wording."""

from pathlib import Path
from unittest.mock import patch

import pikepdf
import pypdfium2
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from psqm_portal.core.files.rights import may_read
from psqm_portal.core.models import StoredFile
from rounds.models import CoreDocument, Criterion, Descriptor
from submissions.domain.questions import paper_of
from submissions.models import QuestionPaper
from tests import factories as make
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db
QUESTIONS = 6


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def framework():
    made = make.framework()
    for criterion in Criterion.objects.filter(strand__framework=made):
        criterion.guidance = f"Guidance of {criterion.code}"
        criterion.save()
        for level in made.levels.all():
            Descriptor.objects.create(criterion=criterion, level=level, text=f"{criterion.code} at {level}")
    CoreDocument.objects.filter(framework=made).update(guidance="Say what you believe about science.")
    return made


@pytest.fixture
def work(framework):
    return make.submission(cycle=make.round_(framework=framework))


@pytest.fixture
def client(work):
    made = Client()
    made.force_login(make.member(work.school))
    return made


def words(framework):
    found = ["Not yet", "Embedded", "Objective", "What you will do, step by step", "50 words at most"]
    for number in (1, 2, 3):
        found += [f"A{number} Criterion {number}", f"Guidance of A{number}"]
        found += [f"A{number} at {level}" for level in ("Bronze", "Silver", "Gold")]
    return [*found, "Document 1", "Say what you believe about science.", "Evidence"]


def test_every_question_is_on_the_page_before_anything_is_open(client, work, framework):
    html = client.get(reverse("questions", args=[work.pk])).content.decode()
    for word in words(framework):
        assert word in html or word.lower() in html, word
    assert reverse("questions_pdf", args=[framework.pk]) in html
    assert "Last day" in html


def test_the_task_list_leads_there(client, work):
    html = client.get(reverse("submission", args=[work.pk])).content.decode()
    assert "All the questions, to read or print" in html
    assert reverse("questions", args=[work.pk]) in html


@pytest.mark.parametrize("criteria", [1, 3, 10])
def test_the_page_costs_the_same_for_any_framework(criteria):
    work = make.submission(cycle=make.round_(framework=make.framework(criteria, criteria)))
    client = Client()
    client.force_login(make.member(work.school))
    assert own_queries(client, reverse("questions", args=[work.pk])) == QUESTIONS


def test_q07_on_paper_it_says_the_same_and_everybody_can_read_it(framework):
    stored = paper_of(framework, now=make.NOW)
    path = Path(default_storage.path(stored.key))
    document = pypdfium2.PdfDocument(path)
    text = " ".join(
        " ".join(document[number].get_textpage().get_text_range().split()) for number in range(len(document))
    )
    document.close()
    for word in words(framework):
        assert word in text, word
    with pikepdf.open(path) as opened:
        assert bool(opened.Root.MarkInfo.Marked)
        assert str(opened.Root.Lang) == "en-GB"
        assert str(opened.docinfo["/Title"]).startswith("All the questions: Primary Science Quality Mark")
        tags = [one for one in opened.objects if isinstance(one, pikepdf.Dictionary) and "/S" in one]
        assert not [one for one in tags if one.S == "/Figure" and not str(one.get("/Alt", ""))]
        with opened.open_outline() as outline:
            assert [item.title for item in outline.root[0].children][:2] == ["Audit", "Action plan"]


def test_made_once_and_again_when_hq_changes_a_word(framework, django_capture_on_commit_callbacks):
    first = paper_of(framework, now=make.NOW)
    with patch("submissions.domain.questions.print_to", side_effect=AssertionError):
        assert paper_of(framework, now=make.NOW) == first
    Criterion.objects.filter(strand__framework=framework, code="A1").update(guidance="Anew")
    with django_capture_on_commit_callbacks(execute=True):
        second = paper_of(framework, now=make.NOW)
    assert second != first
    assert QuestionPaper.objects.get().file == second
    assert not StoredFile.objects.filter(pk=first.pk).exists()
    assert not default_storage.exists(first.key)
    assert default_storage.exists(second.key)


def test_two_who_ask_first_at_once_get_one(framework):
    """The second finds the first one's when it wants to keep its own."""
    from submissions.domain import questions

    real = questions.print_to

    def print_slowly(target, html):
        with patch("submissions.domain.questions.print_to", real):
            paper_of(framework, now=make.NOW)
        real(target, html)

    with patch("submissions.domain.questions.print_to", print_slowly):
        stored = paper_of(framework, now=make.NOW)
    assert QuestionPaper.objects.get().file == stored
    files = list(Path(default_storage.location).rglob("*.pdf"))
    assert files == [Path(default_storage.path(stored.key))]


def test_whoever_is_signed_in_reads_it(client, framework):
    answer = client.get(reverse("questions_pdf", args=[framework.pk]))
    stored = QuestionPaper.objects.get().file
    assert answer["Location"] == reverse("open_file", args=[stored.pk, stored.name])
    assert client.get(answer["Location"]).status_code == 302
    assert may_read(make.user(), stored)
    assert not may_read(make.user(is_active=False), stored)
    assert client.get(reverse("questions_pdf", args=[0])).status_code == 404
