"""Cases as one person sees them: HQ all, who raised one their own, as long as they belong to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.models import User
from hubs.models import Hub
from messaging.models import Message
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import SCHOOL, Role
from submissions.domain.machine import submission_machine
from submissions.models import LIVE, Case, Submission
from submissions.queries import Places, places_of, taking_part

LAST_MESSAGES = 5
WHOSE = {
    "": "Everybody’s",
    "mine": "Mine",
    "nobody": "Nobody’s",
    "late": "Late",
}


def visible_to(places: Places, person: User) -> QuerySet[Case]:
    """A case tells of people: besides HQ only who raised it reads it, while they belong to school or hub."""
    rows = Case.objects.select_related(
        "submission__school", "submission__round", "submission__hub", "hub", "raised_by", "owner"
    )
    if Role.HQ_ADMIN in places.hq:
        return rows
    schools = {school for school, role in places.schools if role in SCHOOL}
    hubs = {hub for hub, _ in places.hubs}
    by_hub = Q(submission__hub__in=hubs) & ~Q(submission__school__in=places.known_schools)
    belongs = Q(submission__school__in=schools) | by_hub | Q(submission=None, hub__in=hubs)
    return rows.filter(belongs, raised_by=person)


def narrowed(rows: QuerySet[Case], given: Mapping[str, Any], person: User, today: date) -> QuerySet[Case]:
    """By whose they are, state, kind and words; open ones by their day, closed ones newest first."""
    closed = given.get("state") == "closed"
    rows = rows.filter(status=Case.Status.CLOSED if closed else Case.Status.OPEN)
    match given.get("whose"):
        case "mine":
            rows = rows.filter(owner=person)
        case "nobody":
            rows = rows.filter(owner=None)
        case "late":
            rows = rows.filter(due_on__lt=today)
    if given.get("kind"):
        rows = rows.filter(kind=given["kind"])
    for word in (given.get("q") or "").split():
        rows = rows.filter(
            Q(title__icontains=word)
            | Q(submission__school__name__icontains=word)
            | Q(hub__name__icontains=word)
            | Q(raised_by__name__icontains=word)
        )
    return rows.order_by("-closed_at", "-id") if closed else rows.order_by("due_on", "id")


def to_settle(person: User) -> int:
    """How many open cases are this person's of HQ, or nobody's."""
    return Case.objects.filter(Q(owner=person) | Q(owner=None), status=Case.Status.OPEN).count()


def subjects_of(person: User) -> tuple[list[Hub], list[Submission]]:
    """The hubs and the running work that a person can tell HQ about; three queries."""
    places = places_of(person)
    hubs = Hub.objects.filter(pk__in={hub for hub, _ in places.hubs})
    live = [*LIVE, Submission.Status.NOT_SUBMITTED]
    schools = taking_part(places).filter(status__in=live).select_related("school", "round")
    return list(hubs), list(schools.order_by("school__name", "pk"))


WORDS = {
    "raise": "Told HQ",
    "assign": "Somebody looks after it",
    "set_due": "The day was moved",
    "close": "Settled",
    "reopen": "Opened again",
}


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    at: datetime
    by: str
    text: str


def history(case: Case) -> list[Step]:
    """Moves and HQ's notes, the newest first; two queries. For HQ."""
    entries = HistoryEntry.objects.filter(machine="case", subject_id=case.pk).select_related("by")
    steps = [
        Step(WORDS.get(one.action, one.action), one.at, str(one.by or "the portal"), one.reason)
        for one in entries
    ]
    steps += [Step("Note", one.at, str(one.by), one.text) for one in case.notes.select_related("by")]
    return sorted(steps, key=lambda step: step.at, reverse=True)


def last_messages(case: Case) -> list[Message]:
    """The end of the thread that the case came from, oldest first."""
    if case.submission is None:
        return []
    rows = Message.objects.filter(conversation=case.submission.conversation_id).select_related("author")
    return list(rows.order_by("-sent_at", "-id")[:LAST_MESSAGES])[::-1]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to settle a case, as its page offers it."""

    slug: str
    label: str
    hint: str
    why_not: str = ""
    url: str = ""


WAYS = [
    Way("answer", "Answer it", "Nothing but your answer goes to who told HQ."),
    Way("hand-over", "Hand over to a new subject leader", "All the work stays; the old right ends."),
    Way("move-hub", "Move the school to another hub", "The new hub’s leader and mentors take over."),
    Way("extend", "Give the school more time", "For one step, with a new last day."),
    Way("defer", "Defer to a later round", "With a copy of all its work."),
    Way("withdraw", "Withdraw the school", "It leaves the round."),
    Way("replace-leader", "Replace the hub leader", "Somebody else leads the hub from then on."),
]
MOVES = {
    "hand-over": "hand_over",
    "move-hub": "move_hub",
    "extend": "extend",
    "defer": "defer",
    "withdraw": "withdraw",
}


def ways(case: Case) -> list[Way]:
    """What HQ can do now; for what it can't, why not."""
    found = []
    for way in WAYS:
        reason = _why_not(case, way.slug)
        if reason is None:
            continue
        url = reverse("case_outcome", args=[case.pk, way.slug])
        found.append(Way(way.slug, way.label, way.hint, reason, url))
    return found


def _why_not(case: Case, slug: str) -> str | None:
    """None: the way doesn't exist for this case."""
    if slug not in MOVES:
        return ""
    if case.submission is None:
        return None
    if case.submission.status in submission_machine.moves[MOVES[slug]].sources:
        return ""
    return f"Not now: the submission is {submission_machine.label(case.submission.status)}."


def is_open_to(case: Case, slug: str) -> bool:
    return any(way.slug == slug and not way.why_not for way in ways(case))
