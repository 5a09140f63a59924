"""What the log's ids stand for today. Read when the log is read: the log itself holds no name."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse

from accounts.models import HQMembership, Invitation, User
from awards.models import Appeal, AssignmentPlan, Award, Interest, Release, Review, Standing
from hubs.domain.training import name_of
from hubs.models import (
    Hub,
    HubMembership,
    HubRound,
    LeaderApplication,
    LeaderCommitment,
    LeaderMeeting,
    MentoringEntry,
    Registration,
    Substitution,
    TrainingSession,
)
from payments.models import EarningTerms, Fees, Invoice
from psqm_portal.board.log.words import words_of
from psqm_portal.core.models import LogEntry, StoredFile
from rounds.models import Framework, Milestone, Round
from schools.models import School, SchoolMembership
from submissions.models import Case, Evidence, Pack, Part, Submission

KEY = re.compile(r"\b([a-z][a-z_]*):(\d+)\b")


@dataclass(frozen=True, slots=True)
class Named:
    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the log as HQ reads it."""

    entry: LogEntry
    what: str
    about: Named | None
    detail: str

    @property
    def by(self) -> str:
        return str(self.entry.by) if self.entry.by else "the portal or a visitor"


def _path(name: str, *args: Any) -> str:
    return reverse(name, args=args)


def _named(model: type[Model], *related: str) -> Callable[[], "QuerySet[Any]"]:
    return lambda: model._default_manager.select_related(*related)


def _of_submission(row: Any) -> Named:
    return Named(
        f"{row} – {row.submission.school}, {row.submission.round}", row.submission.get_absolute_url()
    )


_WORK = ("submission__school", "submission__round")
# The log's word for a thing → its rows with what their words need, and the words with their page.
THINGS: dict[str, tuple[Callable[[], "QuerySet[Any]"], Callable[[Any], Named]]] = {
    "person": (_named(User), lambda row: Named(str(row))),
    "school": (_named(School), lambda row: Named(str(row), _path("school", row.pk))),
    "hub": (_named(Hub), lambda row: Named(str(row), _path("hub", row.slug))),
    "round": (_named(Round), lambda row: Named(str(row), _path("round", row.slug))),
    "milestone": (
        _named(Milestone, "round"),
        lambda row: Named(f"{row.label}, {row.round}", _path("milestone", row.round.slug, row.pk)),
    ),
    "framework": (_named(Framework), lambda row: Named(str(row), _path("framework", row.pk))),
    "submission": (
        _named(Submission, "school", "round"),
        lambda row: Named(str(row), row.get_absolute_url()),
    ),
    "part": (_named(Part, *_WORK), _of_submission),
    "evidence": (
        _named(Evidence, *_WORK),
        lambda row: Named(f"{row} – {row.submission}", _path("evidence_piece", row.submission_id, row.pk)),
    ),
    "pack": (
        _named(Pack, *_WORK),
        lambda row: Named(f"{row.get_kind_display()} of {row.submission}", row.submission.get_absolute_url()),
    ),
    "case": (_named(Case), lambda row: Named(str(row), row.get_absolute_url())),
    "review": (
        _named(Review, "standing__submission__school", "standing__submission__round"),
        lambda row: Named(f"Review of {row.standing.submission}", row.standing.submission.get_absolute_url()),
    ),
    "interest": (
        _named(Interest, "user", "school"),
        lambda row: Named(str(row)),
    ),
    "assignment_plan": (
        _named(AssignmentPlan, "round"),
        lambda row: Named(str(row), row.get_absolute_url()),
    ),
    "standing": (
        _named(Standing, "user", *_WORK),
        lambda row: Named(f"{row.user} towards {row.submission}", row.submission.get_absolute_url()),
    ),
    "award": (_named(Award), lambda row: Named(row.number, _path("certificate", row.number))),
    "appeal": (
        _named(Appeal, "decision__submission__school", "decision__submission__round"),
        lambda row: Named(str(row), row.get_absolute_url()),
    ),
    "release": (
        _named(Release, "round"),
        lambda row: Named(str(row), _path("release", row.round.slug, row.pk)),
    ),
    "invoice": (
        _named(Invoice, *_WORK),
        lambda row: Named(
            f"Invoice {row.number or 'without a number'} of {row.submission}", _path("invoice", row.pk)
        ),
    ),
    "fees": (_named(Fees, "round"), lambda row: Named(f"{row.round}", _path("round_fees", row.round.slug))),
    "earning_terms": (
        _named(EarningTerms, "round"),
        lambda row: Named(f"{row.round}", _path("round_earnings", row.round.slug)),
    ),
    "registration": (
        _named(Registration, "school", "round"),
        lambda row: Named(f"{row.school or 'A new school'}, {row.round}", _path("registration", row.pk)),
    ),
    "leader_application": (
        _named(LeaderApplication),
        lambda row: Named(str(row), _path("leader_application", row.pk)),
    ),
    "leader_commitment": (_named(LeaderCommitment, "user"), lambda row: Named(str(row))),
    "substitution": (
        _named(Substitution, "hub", "leader", "substitute", "invitation"),
        lambda row: Named(str(row), _path("hub_people", row.hub.slug)),
    ),
    "hub_round": (
        _named(HubRound, "hub", "round"),
        lambda row: Named(f"{row.hub}, {row.round}", _path("hub_round", row.hub.slug, row.round.slug)),
    ),
    "training_session": (
        _named(TrainingSession, "hub_round__hub", "hub_round__round"),
        lambda row: Named(
            f"{name_of(row.hub_round.training, row.step)} of {row.hub_round.hub}, {row.hub_round.round}",
            _path("session_page", row.pk),
        ),
    ),
    "leader_meeting": (
        _named(LeaderMeeting),
        lambda row: Named(row.title, _path("leader_meeting", row.pk)),
    ),
    "mentoring": (
        _named(MentoringEntry, "school", "hub_round__hub", "hub_round__round"),
        lambda row: Named(
            str(row),
            _path("mentoring_entry", row.hub_round.hub.slug, row.hub_round.round.slug, row.pk),
        ),
    ),
    "school_membership": (
        _named(SchoolMembership, "user", "school"),
        lambda row: Named(
            f"{row.user}, {row.get_role_display()} at {row.school}", _path("school_people", row.school_id)
        ),
    ),
    "hub_membership": (
        _named(HubMembership, "user", "hub"),
        lambda row: Named(
            f"{row.user}, {row.get_role_display()} of {row.hub}", _path("hub_people", row.hub.slug)
        ),
    ),
    "hq_membership": (
        _named(HQMembership, "user"),
        lambda row: Named(f"{row.user}, {row.get_role_display()}", _path("people")),
    ),
    "invitation": (_named(Invitation), lambda row: Named(f"{row.name or row.email}, {row.role}")),
    "file": (_named(StoredFile), lambda row: Named(str(row))),
}
# Other apps' word for the same.
ALIASES = {"user": "person"}


def lines(entries: Iterable[LogEntry]) -> list[Line]:
    """One query for each sort of thing, however many rows. ``entries`` come with who did it."""
    rows = list(entries)
    known = resolve({key for row in rows for key in keys_in(row)})
    return [
        Line(row, words_of(row.action), known.get(_key(row.about)), _read(row.detail, known)) for row in rows
    ]


def keys_in(row: LogEntry) -> set[str]:
    return {_key(f"{kind}:{pk}") for kind, pk in KEY.findall(f"{row.about} {row.detail}")}


def resolve(keys: Iterable[str]) -> dict[str, Named]:
    """What is gone since, or has no page, is left out: its id speaks for it."""
    wanted = defaultdict(set)
    for key in keys:
        kind, pk = key.split(":")
        if kind in THINGS:
            wanted[kind].add(int(pk))
    named: dict[str, Named] = {}
    for kind, pks in wanted.items():
        rows, words = THINGS[kind]
        named |= {f"{kind}:{row.pk}": words(row) for row in rows().filter(pk__in=pks)}
    return named


def _key(about: str) -> str:
    kind, _, pk = about.partition(":")
    return f"{ALIASES.get(kind, kind)}:{pk}" if pk else about


def _read(detail: str, known: dict[str, Named]) -> str:
    """The detail with names for the ids in it."""

    def name(found: re.Match[str]) -> str:
        named = known.get(_key(found[0]))
        return f"{named.label}" if named else found[0]

    return KEY.sub(name, detail)
