"""Feedback as a page shows it: threads beside what they are about, their quotes marked in the text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from psqm_portal.core.templatetags.portal import formatted, paragraphs
from submissions.domain.feedback import OPEN_IN
from submissions.forms.feedback import FeedbackForm
from submissions.models import Evidence, Feedback, Part, ReplyTemplate, Submission
from submissions.pages.parts import Content, people_words
from submissions.pages.quotes import Quote, plain, shown_words
from submissions.pages.sight import Sight

# The school's own words: what a role is called in ``people_words``.
SCHOOLS = frozenset({"subject leader", "headteacher"})
# What a row of an action plan says in words.
ROW_TEXTS = ("objective", "actions", "who", "resources", "success_measure")


@dataclass(slots=True)
class Said:
    """A comment or an answer, with what its author is to the submission."""

    feedback: Feedback
    role_name: str
    mine: bool


@dataclass(slots=True)
class Thread:
    """``number`` is that of its quote in the text, 0 where the quoted words aren't there any more."""

    start: Feedback
    said: list[Said] = field(default_factory=list)
    number: int = 0
    is_marked: bool = False

    @property
    def is_open(self) -> bool:
        return self.start.resolved_at is None

    @property
    def is_answered(self) -> bool:
        """The school has the last word."""
        return self.said[-1].role_name in SCHOOLS

    @property
    def has_changed(self) -> bool:
        return bool(self.start.quote) and not self.number


def threads_on(rows: QuerySet[Feedback], words: Mapping[int, str], *, reader: int) -> list[Thread]:
    """Comments with their answers, open ones first, each oldest first. One query."""

    def said(one: Feedback) -> Said:
        return Said(one, words.get(one.author_id, ""), one.author_id == reader)

    threads: dict[int, Thread] = {}
    late: list[Feedback] = []
    for one in rows.select_related("author", "resolved_by"):
        if one.answers_id is None:
            threads[one.pk] = Thread(one, [said(one)])
        else:
            late.append(one)
    for one in late:
        if one.answers_id in threads:
            threads[one.answers_id].said.append(said(one))
    return sorted(threads.values(), key=lambda thread: (not thread.is_open, thread.start.written_at))


def number_quotes(threads: Iterable[Thread], shown: str) -> None:
    """Numbers the quotes of open threads whose words still stand in ``shown`` (``shown_words``)."""
    standing = (one for one in threads if one.is_open and one.start.quote and plain(one.start.quote) in shown)
    for number, thread in enumerate(standing, 1):
        thread.number = number


def quotes_of(threads: Iterable[Thread]) -> list[Quote]:
    return [Quote(one.start.pk, one.number, one.start.quote) for one in threads if one.number]


def words_of_part(content: Content) -> str:
    """Everything of a part that its page shows as the school's words, in one line."""
    texts: list[str] = []
    for row in content.rows:
        given = row if isinstance(row, dict) else vars(row)
        texts += [given[name] for name in ROW_TEXTS]
    texts += [one.caption for one in content.evidence if not one.hidden]
    return " ".join(shown_words(html) for html in (formatted(content.text), *map(paragraphs, texts)))


def words_of_piece(piece: Evidence) -> str:
    return shown_words(paragraphs(piece.note))


def own_replies(person: User) -> QuerySet[ReplyTemplate]:
    return ReplyTemplate.objects.filter(person=person)


def feedback_context(sight: Sight, on: Part | Evidence, *, shown: str) -> dict[str, Any]:
    """What ``_feedback.html`` needs: four queries, one more for who may comment."""
    threads = threads_on(on.feedback.all(), people_words(sight.submission), reader=sight.person.pk)
    number_quotes(threads, shown)
    is_open = sight.submission.status in OPEN_IN
    writes = sight.comments and is_open
    name = "part_feedback" if isinstance(on, Part) else "evidence_feedback"
    return {
        "threads": threads,
        "open_feedback": sum(1 for thread in threads if thread.is_open),
        "feedback_open": is_open,
        "feedback_form": FeedbackForm(auto_id="new_%s"),
        "feedback_url": reverse(name, args=[sight.submission.pk, on.pk]),
        "replies": list(own_replies(sight.person)) if writes else [],
        "may_comment": writes,
    }


@dataclass(frozen=True, slots=True)
class Place:
    """A part or a piece of evidence with the threads on it."""

    title: str
    url: str
    threads: list[Thread]

    @property
    def answered(self) -> int:
        return sum(1 for thread in self.threads if thread.is_answered)


def gathered(sight: Sight) -> tuple[list[Place], list[Place]]:
    """All threads of a submission by what they are about, in the order of the task list: those that are
    open, and those that are dealt with. Four queries.
    """
    submission: Submission = sight.submission
    rows = submission.feedback.exclude(evidence__removed_at__isnull=False)
    threads = threads_on(rows, people_words(submission), reader=sight.person.pk)
    parts, pieces = _by(threads, "part_id"), _by(threads, "evidence_id")
    places = [
        (str(part), part.get_absolute_url(), parts[part.pk])
        for part in submission.parts.defer("text")
        if part.pk in parts
    ]
    places += [
        (piece.title, reverse("evidence_piece", args=[submission.pk, piece.pk]), pieces[piece.pk])
        for piece in submission.evidence.filter(removed_at=None).only("title", "submission_id")
        if piece.pk in pieces
    ]
    return _narrowed(places, is_open=True), _narrowed(places, is_open=False)


def _narrowed(places: list[tuple[str, str, list[Thread]]], *, is_open: bool) -> list[Place]:
    found = ((title, url, [one for one in its if one.is_open is is_open]) for title, url, its in places)
    return [Place(title, url, its) for title, url, its in found if its]


def _by(threads: Iterable[Thread], name: str) -> dict[int, list[Thread]]:
    found: dict[int, list[Thread]] = {}
    for thread in threads:
        if (pk := getattr(thread.start, name)) is not None:
            found.setdefault(pk, []).append(thread)
    return found
