"""Finding lines in a log of millions: narrowed by indexed columns, paged by key, counted to a limit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from accounts.models import HQMembership, Invitation, User
from accounts.queries import search_people
from awards.models import Appeal, Award, Review, Standing
from hubs.models import Hub, HubMembership, HubRound, Registration, TrainingSession
from payments.models import EarningTerms, Fees, Invoice
from psqm_portal.board.log.names import KEY
from psqm_portal.board.log.words import actions_in
from psqm_portal.core.clock import end_of, start_of
from psqm_portal.core.models import LogEntry
from rounds.models import Milestone, Round
from schools.models import School, SchoolMembership
from schools.queries import search as search_schools
from submissions.models import Case, Evidence, ExtensionRequest, Pack, Part, Submission

PAGE = 50
# A name that fits more than this is too short to be looked for.
MOST_FOUND = 20
# What stands in a sentence; further counting would read the whole log.
MOST_COUNTED = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PORTAL = "the portal"
Row = TypeVar("Row", bound=Model)


class NotFound(Exception):
    """The sentence for who looked for it; ``field`` is where it was written."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Page:
    """``newer`` and ``older`` are the keys to go on with; empty at the ends."""

    rows: list[LogEntry]
    newer: str
    older: str


def find(
    *, what: str = "", who: str = "", about: str = "", first: date | None = None, last: date | None = None
) -> QuerySet[LogEntry]:
    """Newest first, with who did it. Raises NotFound where a name fits nobody, or too many."""
    rows = LogEntry.objects.select_related("by")
    if what:
        rows = rows.filter(action__in=actions_in(what))
    if who.strip():
        rows = rows.filter(_by(who.strip()))
    if about.strip():
        rows = rows.filter(about__in=keys_about(about.strip()))
    if first:
        rows = rows.filter(at__gte=start_of(first))
    if last:
        rows = rows.filter(at__lt=end_of(last))
    return rows


def _by(words: str) -> Q:
    if words.lower() == PORTAL:
        return Q(by=None)
    if (found := KEY.fullmatch(words)) and found[1] in {"person", "user"}:
        return Q(by=int(found[2]))
    people = _few(search_people(User.objects.all(), words), words, "who")
    if not people:
        raise NotFound(f"Nobody’s name or e-mail address has “{words}” in it.", "who")
    return Q(by__in=[person.pk for person in people])


def _few(rows: QuerySet[Row], words: str, field: str) -> list[Row]:
    found = list(rows[: MOST_FOUND + 1])
    if len(found) > MOST_FOUND:
        raise NotFound(f"More than {MOST_FOUND} are called “{words}”. Write more of the name.", field)
    return found


def keys_about(words: str) -> list[str]:
    """The keys of everything that these words may mean, with what belongs to it."""
    if found := KEY.fullmatch(words):
        return _with_what_belongs(found[1], [int(found[2])])
    keys: list[str] = []
    for kind, rows in _fits(words).items():
        keys += _with_what_belongs(kind, [row.pk for row in _few(rows, words, "about")])
    if not keys:
        raise NotFound(f"No school, hub, round, person, invoice or award is called “{words}”.", "about")
    return keys


def _fits(words: str) -> dict[str, QuerySet[Any]]:
    hubs, rounds = Hub.objects.order_by("name"), Round.objects.order_by("name")
    for word in words.split():
        hubs, rounds = hubs.filter(name__icontains=word), rounds.filter(name__icontains=word)
    return {
        "school": search_schools(School.objects.all(), words=words, state=""),
        "hub": hubs,
        "round": rounds,
        "person": search_people(User.objects.all(), words),
        "invoice": Invoice.objects.filter(number__iexact=words).order_by("pk"),
        "award": Award.objects.filter(number__iexact=words).order_by("pk"),
    }


def _with_what_belongs(kind: str, pks: list[int]) -> list[str]:
    keys = _keys(kind, pks)
    match kind:
        case "submission":
            keys += _of_submissions(pks)
        case "school":
            submissions = list(Submission.objects.filter(school__in=pks).values_list("pk", flat=True))
            keys += _keys("submission", submissions) + _of_submissions(submissions)
            keys += _rows("school_membership", SchoolMembership, school__in=pks)
            keys += _rows("registration", Registration, school__in=pks)
        case "hub":
            keys += _rows("hub_round", HubRound, hub__in=pks)
            keys += _rows("hub_membership", HubMembership, hub__in=pks)
            keys += _rows("training_session", TrainingSession, hub_round__hub__in=pks)
        case "round":
            keys += _rows("milestone", Milestone, round__in=pks)
            keys += _rows("fees", Fees, round__in=pks) + _rows("earning_terms", EarningTerms, round__in=pks)
        case "person" | "user":
            keys += _keys("person", pks) + _keys("user", pks) + _of_people(pks)
    return list(dict.fromkeys(keys))


def _of_submissions(pks: list[int]) -> list[str]:
    work = (("part", Part), ("evidence", Evidence), ("pack", Pack), ("case", Case))
    money = (("award", Award), ("invoice", Invoice), ("standing", Standing))
    keys = [key for kind, model in work + money for key in _rows(kind, model, submission__in=pks)]
    keys += _rows("review", Review, standing__submission__in=pks)
    keys += _rows("appeal", Appeal, decision__submission__in=pks)
    keys += _rows("registration", Registration, submission__in=pks)
    return keys + _rows("extension_request", ExtensionRequest, submission__in=pks)


def _of_people(pks: list[int]) -> list[str]:
    places = (
        ("school_membership", SchoolMembership),
        ("hub_membership", HubMembership),
        ("hq_membership", HQMembership),
        ("standing", Standing),
    )
    keys = [key for kind, model in places for key in _rows(kind, model, user__in=pks)]
    addresses = User.objects.filter(pk__in=pks).values("email")
    return keys + _rows("invitation", Invitation, email__in=addresses)


def _rows(kind: str, model: type[Model], **where: Any) -> list[str]:
    return _keys(kind, model._default_manager.filter(**where).order_by("pk").values_list("pk", flat=True))


def _keys(kind: str, pks: Iterable[int]) -> list[str]:
    return [f"{kind}:{pk}" for pk in pks]


def page(rows: QuerySet[LogEntry], *, before: str = "", after: str = "") -> Page:
    """One page, older than ``before`` or newer than ``after``: as quick in the last year as on page one.

    A key that can't be read counts as none.
    """
    if (key := _read(after)) is not None:
        found = list(_newer(rows, *key)[: PAGE + 1])
        there_is_more, shown = len(found) > PAGE, found[:PAGE][::-1]
        return Page(shown, key_of(shown[0]) if there_is_more else "", key_of(shown[-1]) if shown else "")
    key = _read(before)
    found = list((_older(rows, *key) if key else rows.order_by("-at", "-pk"))[: PAGE + 1])
    shown = found[:PAGE]
    return Page(
        shown,
        newer=key_of(shown[0]) if key and shown else "",
        older=key_of(shown[-1]) if len(found) > PAGE else "",
    )


def in_pieces(rows: QuerySet[LogEntry], size: int = 1000, most: int = 100_000) -> Iterator[list[LogEntry]]:
    """All of them, newest first, without holding a cursor or more than one piece at a time."""
    given, piece = 0, list(rows.order_by("-at", "-pk")[:size])
    while piece and given < most:
        yield piece
        given += len(piece)
        piece = list(_older(rows, piece[-1].at, piece[-1].pk)[: min(size, max(most - given, 1))])


def count(rows: QuerySet[LogEntry]) -> int:
    """How many, up to MOST_COUNTED + 1."""
    return rows.order_by()[: MOST_COUNTED + 1].count()


def key_of(row: LogEntry) -> str:
    return f"{(row.at - _EPOCH) // timedelta(microseconds=1)}-{row.pk}"


def _read(key: str) -> tuple[datetime, int] | None:
    moment, _, pk = key.partition("-")
    if not (moment.isdecimal() and pk.isdecimal() and len(moment) < 17 and len(pk) < 19):
        return None
    return _EPOCH + timedelta(microseconds=int(moment)), int(pk)


def _older(rows: QuerySet[LogEntry], at: datetime, pk: int) -> QuerySet[LogEntry]:
    """The first condition bounds the index; the second settles what happened at the same moment."""
    return rows.filter(Q(at__lt=at) | Q(pk__lt=pk), at__lte=at).order_by("-at", "-pk")


def _newer(rows: QuerySet[LogEntry], at: datetime, pk: int) -> QuerySet[LogEntry]:
    return rows.filter(Q(at__gt=at) | Q(pk__gt=pk), at__gte=at).order_by("at", "pk")
