"""Who did what, when, on one submission, for whoever may see it: moves, parts, feedback, evidence, dates,
messages (that, not what), cases. Put together by the database, so that a page costs the same in any year.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, Model, Q, QuerySet, Value
from django.urls import reverse

from accounts.models import User
from messaging.models import Message
from psqm_portal.core.models import HistoryEntry, LogEntry
from psqm_portal.core.templatetags.portal import long_date
from submissions import rules
from submissions.models import Case, Evidence, Extension, ExtensionRequest, Feedback, Part
from submissions.pages.history import title_of, without_embargo
from submissions.pages.sight import Sight

KINDS = {
    "steps": "Steps of the submission and its parts",
    "feedback": "Feedback",
    "evidence": "Evidence",
    "dates": "More time",
    "messages": "Messages",
    "cases": "Cases",
}
# Where each is kept beside the move, its own row says more.
TOLD_ELSEWHERE = ("extend",)
EVIDENCE_ACTIONS = ("evidence.removed", "evidence.consent_withdrawn")


@dataclass(frozen=True, slots=True)
class Happening:
    title: str
    at: datetime
    by: str
    reason: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    reason: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One sort of row: which of them, whose moment and person, and how they are read."""

    kind: str
    rows: Callable[[Sight], "QuerySet[Any]"]
    at: str
    by: str
    words: Callable[[Any, Sight], Words]
    related: tuple[str, ...] = ()


def _moves(sight: Sight) -> QuerySet[HistoryEntry]:
    parts = Part.objects.filter(submission=sight.submission)
    entries = HistoryEntry.objects.filter(
        Q(machine="submission", subject_id=sight.submission.pk)
        | Q(machine="part", subject_id__in=parts.values("pk"))
    ).exclude(machine="submission", action__in=TOLD_ELSEWHERE)
    return entries if _knows(sight) else without_embargo(entries, sight.submission)


def _knows(sight: Sight) -> bool:
    return sight.may(rules.KNOW_BEFORE_RELEASE)


def _move_words(entry: HistoryEntry, sight: Sight) -> Words:
    part: Part | None = getattr(entry, "part", None)
    told = entry.action != "release" or _knows(sight)
    return Words(title_of(entry, part), entry.reason if told else "", part.get_absolute_url() if part else "")


def _feedback(**which: Any) -> Callable[[Sight], QuerySet[Feedback]]:
    return lambda sight: Feedback.objects.filter(submission=sight.submission, **which)


def _feedback_words(sentence: str) -> Callable[[Feedback, Sight], Words]:
    def words(row: Feedback, _: Sight) -> Words:
        if row.part is not None:
            return Words(sentence.format(row.part.title), url=row.part.get_absolute_url())
        assert row.evidence is not None  # noqa: S101 - the database says that it is on one of the two
        return Words(sentence.format(f"“{row.evidence.title}”"), url=_piece_url(row.evidence))

    return words


def _evidence_words(piece: Evidence, _: Sight) -> Words:
    return Words(f"“{piece.title}” was added to the evidence", url=_piece_url(piece))


def _piece_url(piece: Evidence) -> str:
    if piece.removed_at is not None:
        return ""
    return reverse("evidence_piece", args=[piece.submission_id, piece.pk])


def _evidence_told(sight: Sight) -> QuerySet[LogEntry]:
    return LogEntry.objects.filter(about=sight.submission.key, action__in=EVIDENCE_ACTIONS)


def _evidence_told_words(entry: LogEntry, _: Sight) -> Words:
    title = getattr(entry, "title", "")
    if entry.action == "evidence.removed":
        return Words(f"“{title}” was taken away from the evidence")
    return Words(f"The families’ consent to “{title}” was withdrawn")


def _extension_words(row: Extension, sight: Sight) -> Words:
    return Words(f"More time was given: {_until(row)}", row.reason, _dates_url(sight))


def _request_words(row: ExtensionRequest, sight: Sight) -> Words:
    return Words(f"More time was asked for: {_until(row)}", url=_dates_url(sight))


def _declined_words(row: ExtensionRequest, sight: Sight) -> Words:
    return Words(f"More time was declined: {row.get_step_display()}", row.answer, _dates_url(sight))


def _until(row: Extension | ExtensionRequest) -> str:
    return f"{row.get_step_display()}, until {long_date(row.until)}"


def _dates_url(sight: Sight) -> str:
    return reverse("submission_extensions", args=[sight.submission.pk])


def _messages(sight: Sight) -> QuerySet[Message]:
    return Message.objects.filter(conversation=sight.submission.conversation_id)


def _message_words(_: Message, sight: Sight) -> Words:
    return Words("A message was written", url=reverse("conversation", args=[sight.submission.pk]))


def _cases(sight: Sight) -> QuerySet[Case]:
    """HQ's are HQ's; who raised one reads that one."""
    cases = Case.objects.filter(submission=sight.submission)
    return cases if sight.is_hq else cases.filter(raised_by=sight.person)


def _raised_words(case: Case, _: Sight) -> Words:
    return Words(f"Sent to HQ: {case.get_kind_display()}", case.title, case.get_absolute_url())


def _closings(sight: Sight) -> QuerySet[HistoryEntry]:
    return HistoryEntry.objects.filter(
        machine="case", target=Case.Status.CLOSED, subject_id__in=_cases(sight).values("pk")
    )


def _closing_words(entry: HistoryEntry, _: Sight) -> Words:
    case: Case | None = getattr(entry, "case", None)
    if case is None or not case.outcome:  # opened again since
        return Words("HQ closed a case", url=case.get_absolute_url() if case else "")
    return Words(f"HQ closed a case: {case.get_outcome_display()}", case.answer, case.get_absolute_url())


SOURCES = {
    "move": Source("steps", _moves, "at", "by_id", _move_words),
    "comment": Source(
        *("feedback", _feedback(answers=None), "written_at", "author_id"),
        *(_feedback_words("A comment was written on {}"), ("part", "evidence")),
    ),
    "answer": Source(
        *("feedback", _feedback(answers__isnull=False), "written_at", "author_id"),
        *(_feedback_words("A comment on {} was answered"), ("part", "evidence")),
    ),
    "resolved": Source(
        *("feedback", _feedback(resolved_at__isnull=False), "resolved_at", "resolved_by_id"),
        *(_feedback_words("A comment on {} was dealt with"), ("part", "evidence")),
    ),
    "piece": Source(
        "evidence", lambda sight: Evidence.objects.filter(submission=sight.submission),
        "added_at", "added_by_id", _evidence_words,
    ),
    "piece_told": Source("evidence", _evidence_told, "at", "by_id", _evidence_told_words),
    "extension": Source(
        "dates", lambda sight: Extension.objects.filter(submission=sight.submission),
        "granted_at", "granted_by_id", _extension_words,
    ),
    "asked": Source(
        "dates", lambda sight: ExtensionRequest.objects.filter(submission=sight.submission),
        "asked_at", "asked_by_id", _request_words,
    ),
    "declined": Source(
        "dates",
        lambda sight: ExtensionRequest.objects.filter(
            submission=sight.submission, answered_at__isnull=False, extension=None
        ),
        "answered_at", "answered_by_id", _declined_words,
    ),
    "message": Source("messages", _messages, "sent_at", "author_id", _message_words),
    "raised": Source("cases", _cases, "raised_at", "raised_by_id", _raised_words),
    "closed": Source("cases", _closings, "at", "by_id", _closing_words),
}  # fmt: skip


def rows_of(sight: Sight, kind: str = "") -> "QuerySet[Any]":
    """Newest first: (source, id, when, who) of everything, or of one kind; to be cut into pages."""
    shaped = [
        source.rows(sight)
        .order_by()
        .annotate(sort=Value(name, output_field=CharField()), told_at=F(source.at), told_by=F(source.by))
        .values_list("sort", "pk", "told_at", "told_by")
        for name, source in SOURCES.items()
        if kind in {"", source.kind}
    ]
    # A move and what it caused happen at one moment: a fixed order keeps pages from overlapping.
    order = ("-told_at", "sort", "-pk")
    if len(shaped) == 1:
        return shaped[0].order_by(*order)
    return shaped[0].union(*shaped[1:], all=True).order_by(*order)


def read(rows: Iterable[tuple[str, int, datetime, int | None]], sight: Sight) -> list[Happening]:
    """The words of one page's rows: one query for each sort of row on it, and one for the people."""
    rows = list(rows)
    found: dict[tuple[str, int], Any] = {}
    for name in {name for name, *_ in rows}:
        source, pks = SOURCES[name], [pk for sort, pk, *_ in rows if sort == name]
        for row in _fresh(source, sight, pks):
            found[name, row.pk] = row
    _add_parts(row for (name, _), row in found.items() if name == "move")
    _add_titles(row for (name, _), row in found.items() if name == "piece_told")
    _add_cases(row for (name, _), row in found.items() if name == "closed")
    people = User.objects.in_bulk({who for *_, who in rows if who is not None})
    return [
        _happening(SOURCES[name].words(found[name, pk], sight), at, people.get(who) if who else None)
        for name, pk, at, who in rows
        if (name, pk) in found
    ]


def _fresh(source: Source, sight: Sight, pks: list[int]) -> "QuerySet[Any]":
    model: type[Model] = source.rows(sight).model
    return model._default_manager.select_related(*source.related).filter(pk__in=pks)


def _happening(words: Words, at: datetime, by: User | None) -> Happening:
    return Happening(words.title, at, str(by) if by else "the portal", words.reason, words.url)


def _add_parts(entries: Iterable[Any]) -> None:
    of_parts = [entry for entry in entries if entry.machine == "part"]
    parts = Part.objects.in_bulk({entry.subject_id for entry in of_parts}) if of_parts else {}
    for entry in of_parts:
        entry.part = parts[entry.subject_id]


def _add_titles(entries: Iterable[Any]) -> None:
    ids = {entry: int(entry.detail.split(":")[1]) for entry in entries}
    titles = dict(Evidence.objects.filter(pk__in=ids.values()).values_list("pk", "title")) if ids else {}
    for entry, pk in ids.items():
        entry.title = titles.get(pk, "")


def _add_cases(entries: Iterable[Any]) -> None:
    closings = list(entries)
    cases = Case.objects.in_bulk({entry.subject_id for entry in closings}) if closings else {}
    for entry in closings:
        entry.case = cases.get(entry.subject_id)
