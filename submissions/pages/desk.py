"""The desk: all schools of a hub leader or mentor (for HQ: all) with what waits for whom, and since when.

Since when, in this order of what is known: a sent part since it was sent, a returned one since its last
return, a proposed level since it was last proposed, everything sent for sign-off since then, a message since
the school's first word that the hub hasn't answered. A talk that ends with the school's word asks for an
answer for 14 days, and later only while the reader hasn't read it: "Thank you" needs none. The school's own
work counts from the last move of its submission, else from the enrolment; work that is handed in counts from
the submitting, so that no date tells when it was reviewed or decided.

The same number of queries for one school and for two hundred. Sorting and filtering are done on the rows,
for most of what is asked (whose turn, late) isn't in one table.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import User
from hubs.domain.training import STEPS
from hubs.models import Attendance, HubMembership, HubRound
from messaging.models import Message
from messaging.queries import unread_counts
from psqm_portal.core.clock import london_day
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.models import Round, Step
from schools.models import SchoolMembership
from submissions.models import LIVE, Part, Submission
from submissions.models.submission import Status
from submissions.pages.listing import HIDDEN
from submissions.pages.listing import Row as ListRow
from submissions.pages.listing import rows_for as list_rows_for
from submissions.pages.parts import counted_open
from submissions.queries import Places

READERS = frozenset({Role.HQ_ADMIN, Role.HQ_VIEWER})
# A talk whose last word is the school's asks for an answer this long.
ANSWER_WITHIN = timedelta(days=14)
NAMES = {"school": "School", "hub": "Hub leader", "hq": "HQ", "reviewers": "Reviewers"}
WORK = {
    Step.AUDIT: ("Finish the audit and propose a level", "submission_audit"),
    Step.ACTION_PLAN: ("Write the action plan", "action_plan"),
    Step.SEND_FOR_SIGN_OFF: ("Write and send the other parts", "submission"),
}
AT_HQ = {
    Status.SUBMITTED: ("hq", "Assign reviewers"),
    Status.IN_REVIEW: ("reviewers", "Review it"),
    Status.REVIEWED: ("hq", "Decide"),
    Status.DECIDED: ("hq", "Tell the outcome"),
    Status.NOT_SUBMITTED: ("hq", "Let it in late, defer or withdraw"),
}


@dataclass(frozen=True, slots=True)
class Wait:
    """``who``: "You", or whose turn it is."""

    who: str
    what: str
    since: datetime
    url: str
    days: int

    @property
    def mine(self) -> bool:
        return self.who == "You"


@dataclass(frozen=True, slots=True)
class Row:
    listed: ListRow
    waits: list[Wait]
    unread: int
    training: str
    came: int

    @property
    def submission(self) -> Any:
        return self.listed.submission

    @property
    def mine(self) -> list[Wait]:
        return [wait for wait in self.waits if wait.mine]

    @property
    def since(self) -> datetime | None:
        """Since when the person is waited for; None where they aren't."""
        return self.mine[0].since if self.mine else None


def on_desk(places: Places) -> QuerySet[Submission]:
    """Schools of running rounds: for HQ all, else those of the person's hubs; never a school of their own."""
    rows = Submission.objects.filter(round__status__in=[Round.Status.OPEN, Round.Status.CLOSED])
    rows = rows.exclude(status__in=[Status.WITHDRAWN, Status.DEFERRED])
    if places.hq & READERS:
        return rows
    return rows.filter(hub_id__in={hub for hub, _ in places.hubs}).exclude(school_id__in=places.known_schools)


def rows_of(found: QuerySet[Submission], person: User, places: Places, *, now: datetime) -> list[Row]:
    """Eight queries."""
    return _Desk(found, person, places, now).rows


@dataclass(slots=True)
class _Moving:
    """Parts of one submission that aren't with their writer."""

    sent: list[Any] = field(default_factory=list)
    returned: list[Any] = field(default_factory=list)


class _Desk:
    def __init__(self, found: QuerySet[Submission], person: User, places: Places, now: datetime) -> None:
        self.now, self.today = now, london_day(now)
        self.admin, self.knows = Role.HQ_ADMIN in places.hq, bool(places.hq & READERS)
        self.led = {hub for hub, role in places.hubs if role == Role.HUB_LEADER}
        self.helped, self.known = {hub for hub, _ in places.hubs}, places.known_schools
        listed = list_rows_for(list(_annotated(found)), places, knows=self.knows, today=self.today)
        pks = [row.submission.pk for row in listed]
        self.moving = _moving(pks)
        talks = [row.submission.conversation_id for row in listed if self._helps(row.submission)]
        self.unread = unread_counts(person, talks)
        self.asked = self._messages(listed)
        self.rows = [self._row(row) for row in listed]

    def _helps(self, one: Any) -> bool:
        """This person is the hub's leader or mentor, and nothing to the school."""
        return one.hub_id in self.helped and one.school_id not in self.known

    def _messages(self, listed: Iterable[ListRow]) -> dict[int, datetime]:
        """Conversation → since when the school's words wait for the hub's."""
        fresh = self.now - ANSWER_WITHIN
        found: list[Any] = [row.submission for row in listed if row.submission.status in LIVE]
        ids = [
            one.conversation_id
            for one in found
            if one.last_message_at is not None
            and (one.last_message_at >= fresh or one.conversation_id in self.unread)
        ]
        from_hub = HubMembership.objects.current().filter(
            user=OuterRef("author"), hub__submissions__conversation=OuterRef("conversation")
        )
        from_school = SchoolMembership.objects.filter(
            user=OuterRef("author"), school__submissions__conversation=OuterRef("conversation")
        )
        answers = Message.objects.filter(
            Exists(from_hub), conversation=OuterRef("conversation"), sent_at__gt=OuterRef("sent_at")
        )
        open_ = Message.objects.filter(Exists(from_school), ~Exists(answers), conversation__in=ids)
        return {
            row["conversation"]: row["since"]
            for row in open_.order_by()
            .values("conversation")
            .annotate(since=Min("sent_at"), last=Max("sent_at"))
            if row["last"] >= fresh or row["conversation"] in self.unread
        }

    def _row(self, listed: ListRow) -> Row:
        one: Any = listed.submission
        waits = [*self._for_hub(one), *self._for_others(one, listed)]
        sessions = len(STEPS.get(one.training, ()))
        return Row(
            listed=listed,
            waits=sorted(waits, key=lambda wait: (not wait.mine, wait.since)),
            unread=self.unread.get(one.conversation_id, 0),
            training=f"{one.came} of {sessions}" if sessions else "Online only",
            came=one.came,
        )

    def _wait(self, side: str, what: str, since: datetime, url: str, *, mine: bool) -> Wait:
        days = (self.today - london_day(since)).days
        return Wait("You" if mine else NAMES[side], what, since, url, max(days, 0))

    def _for_hub(self, one: Any) -> Iterable[Wait]:
        """Level, parts and sign-off are the leader's; a message is answered by mentors too."""
        leads = self._helps(one) and one.hub_id in self.led
        sent = self.moving[one.pk].sent
        if one.status == Status.WITH_HUB:
            at = one.sent_for_sign_off_at or one.enrolled_at
            yield self._wait("hub", "Sign off, or return", at, _url("sign_off", one), mine=leads)
        elif one.status == Status.ENROLLED:
            if sent:
                what = f"Answer {sent[0].title}" if len(sent) == 1 else f"Answer {len(sent)} parts"
                since = sent[0].sent_at or one.enrolled_at
                yield self._wait("hub", what, since, sent[0].get_absolute_url(), mine=leads)
            if one.proposed_level_id:
                what, since = f"Confirm {one.proposed_level}", one.proposed_at or one.enrolled_at
                yield self._wait("hub", what, since, _url("submission_level", one), mine=leads)
        if (since := self.asked.get(one.conversation_id)) is not None:
            url = _url("conversation", one)
            yield self._wait("hub", "Answer a message", since, url, mine=self._helps(one))

    def _for_others(self, one: Any, listed: ListRow) -> Iterable[Wait]:
        returned, sent = self.moving[one.pk].returned, self.moving[one.pk].sent
        moved = one.moved_at or one.enrolled_at
        if one.status == Status.ENROLLED and returned:
            what = f"Change {returned[0].title}" if len(returned) == 1 else f"Change {len(returned)} parts"
            since = min(part.returned_at or moved for part in returned)
            yield self._wait("school", what, since, returned[0].get_absolute_url(), mine=False)
        elif one.status == Status.ENROLLED and not sent and not one.proposed_level_id:
            what, page = WORK.get(Step(listed.facts.next_step() or Step.SUBMIT), ("Work on it", "submission"))
            yield self._wait("school", what, moved, _url(page, one), mine=False)
        elif one.status == Status.SIGNED_OFF:
            yield self._wait("school", "Submit it to PSQM", moved, _url("submit", one), mine=False)
        elif listed.status in AT_HQ:
            side, what = AT_HQ[Status(listed.status)]
            since = moved if self.knows or one.submitted_at is None else one.submitted_at
            mine = self.admin and side == "hq"
            yield self._wait(side, what, since, _url("submission", one), mine=mine)


def _url(name: str, one: Submission) -> str:
    return reverse(name, args=[one.pk])


def _annotated(found: QuerySet[Submission]) -> QuerySet[Submission]:
    moves = HistoryEntry.objects.filter(machine="submission", subject_id=OuterRef("pk")).order_by("-id")
    hub_round = HubRound.objects.filter(hub=OuterRef("hub_id"), round=OuterRef("round_id"))
    came = (
        Attendance.objects.filter(
            school=OuterRef("school_id"),
            session__hub_round__hub=OuterRef("hub_id"),
            session__hub_round__round=OuterRef("round_id"),
        )
        .order_by()
        .values("school")
    )
    return (
        found.select_related("school", "round", "hub", "target_level", "proposed_level")
        .annotate(
            moved_at=Subquery(moves.values("at")[:1]),
            proposed_at=Subquery(moves.filter(action="propose_level").values("at")[:1]),
            last_message_at=F("conversation__last_message_at"),
            training=Subquery(hub_round.values("training")[:1]),
            came=Coalesce(Subquery(came.annotate(n=Count("pk")).values("n")), 0),
            open_feedback=counted_open(submission=OuterRef("pk")),
        )
        .order_by("school__name", "pk")
    )


def _moving(pks: list[int]) -> dict[int, _Moving]:
    """Parts that were sent (the oldest first) or returned, by submission: one query."""
    back = HistoryEntry.objects.filter(
        machine="part", subject_id=OuterRef("pk"), action__in=["return", "reopen"]
    ).order_by("-id")
    rows = (
        Part.objects.filter(submission__in=pks, status__in=[Part.Status.SENT, Part.Status.RETURNED])
        .defer("text")
        .annotate(returned_at=Subquery(back.values("at")[:1]))
        .order_by("sent_at", "position")
    )
    found: dict[int, _Moving] = defaultdict(_Moving)
    for part in rows:
        moving = found[part.submission_id]
        (moving.sent if part.status == Part.Status.SENT else moving.returned).append(part)
    return found


def oldest_of(rows: Iterable[Row]) -> tuple[Row, Wait] | None:
    """What has waited longest for the person, over all their schools."""
    waiting = [(row, row.mine[0]) for row in rows if row.mine]
    return min(waiting, key=lambda pair: (pair[1].since, pair[0].submission.pk), default=None)


# What ?sort= may name.
SORTS: dict[str, Any] = {
    "school": lambda row: row.submission.school.name.lower(),
    "stage": lambda row: list(Status).index(Status(row.listed.status)),
    "deadline": lambda row: row.listed.deadline.due_on if row.listed.deadline else date.max,
    "training": lambda row: row.came,
    "unread": lambda row: row.unread,
    "feedback": lambda row: row.submission.open_feedback,
}


def ordered(rows: Iterable[Row], sort: str) -> list[Row]:
    """As asked; else what has waited longest for the person first, then for others, then the rest."""
    by_name = sorted(rows, key=SORTS["school"])
    if (key := SORTS.get(sort.removeprefix("-"))) is not None:
        return sorted(by_name, key=key, reverse=sort.startswith("-"))

    def waited(row: Row) -> tuple[bool, bool, float]:
        first = row.waits[0].since.timestamp() if row.waits else 0.0
        return row.since is None, not row.waits, first

    return sorted(by_name, key=waited, reverse=sort == "-waiting")


def narrowed(rows: Iterable[Row], chosen: dict[str, Any]) -> list[Row]:
    """``chosen``: show ("mine", "late"), stage, hub, round (ids); what is empty narrows nothing."""
    show, stage, hub, round_ = (chosen.get(name) for name in ("show", "stage", "hub", "round"))
    return [
        row
        for row in rows
        if (show != "mine" or row.mine)
        and (show != "late" or row.listed.is_late)
        and (not stage or row.listed.status == stage)
        and (not hub or str(row.submission.hub_id) == hub)
        and (not round_ or str(row.submission.round_id) == round_)
    ]


def shown_stages(*, knows: bool) -> list[Status]:
    gone = {Status.WITHDRAWN, Status.DEFERRED} | (frozenset() if knows else HIDDEN)
    return [status for status in Status if status not in gone]
