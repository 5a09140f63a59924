"""A submission as one person sees it at this moment: loaded and authorised in one step."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from hubs.talk import talk_ids
from messaging.queries import Unread, unread_counts, unread_of
from psqm_portal.core import clock
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import HUB, SCHOOL, Role
from submissions import rules
from submissions.domain.writing import why_not_writable
from submissions.models import Evidence, Part, Submission
from submissions.models.submission import Status
from submissions.queries import Places, places_of, taking_part, visible_to

FROZEN = frozenset({Status.SUBMITTED, Status.IN_REVIEW, Status.REVIEWED, Status.DECIDED, Status.NOTIFIED})
# Whose move it is, submission by submission.
TURN = {
    Status.ENROLLED: "school",
    Status.WITH_HUB: "hub",
    Status.SIGNED_OFF: "school",
    Status.SUBMITTED: "hq",
    Status.IN_REVIEW: "reviewers",
    Status.REVIEWED: "hq",
    Status.DECIDED: "hq",
    Status.NOT_SUBMITTED: "hq",
}
SIDE_NAMES = {"school": "The school", "hub": "The hub leader", "hq": "HQ", "reviewers": "The reviewers"}


@dataclass(frozen=True, slots=True)
class Sight:
    """``submission`` as ``person`` sees it; ``roles`` are what the person is to it now."""

    submission: Submission
    person: User
    roles: frozenset[Role]
    now: datetime

    def may(self, roles: frozenset[Role]) -> bool:
        return bool(self.roles & roles)

    @property
    def today(self) -> date:
        return clock.london_day(self.now)

    @property
    def writes(self) -> bool:
        return self.may(rules.WRITE)

    @property
    def comments(self) -> bool:
        return self.may(rules.COMMENT)

    @property
    def answers(self) -> bool:
        return self.may(rules.ANSWER)

    @property
    def talks(self) -> bool:
        return self.may(rules.TALK)

    @property
    def leads_hub(self) -> bool:
        return Role.HUB_LEADER in self.roles

    @property
    def is_hq(self) -> bool:
        return Role.HQ_ADMIN in self.roles

    @property
    def side(self) -> str:
        if self.roles & SCHOOL:
            return "school"
        return "hub" if self.roles & HUB else "hq"

    @property
    def is_school(self) -> bool:
        return self.side == "school"

    @property
    def is_frozen(self) -> bool:
        return self.submission.status in FROZEN

    @property
    def is_open(self) -> bool:
        """The school may write in general; a single part may still be with the hub leader."""
        return self.submission.status == Status.ENROLLED

    @property
    def edits(self) -> bool:
        return self.writes and self.is_open

    @property
    def why_not_writable(self) -> str | None:
        return why_not_writable(self.submission) if self.writes else None

    @property
    def status(self) -> str:
        return shown_status(self.submission, self.roles)

    @property
    def turn(self) -> str:
        return turn_words(TURN.get(Status(self.status), ""), self)


def shown_status(submission: Submission, roles: frozenset[Role]) -> str:
    """Reviewed and decided show as in review to everybody but HQ: outcomes are told at release."""
    hidden = submission.status in {Status.REVIEWED, Status.DECIDED} and not roles & rules.KNOW_BEFORE_RELEASE
    return Status.IN_REVIEW if hidden else submission.status


def turn_words(side: str, sight: Sight) -> str:
    """ "Your turn" or whose it is; nothing where nobody has to do anything."""
    acts = {"school": sight.writes, "hub": sight.leads_hub, "hq": sight.is_hq}
    if acts.get(side):
        return "Your turn"
    name = SIDE_NAMES.get(side)
    return f"{name}'{'' if name.endswith('s') else 's'} turn" if name else ""


def places_in(request: HttpRequest) -> Places:
    """Where the person stands, read once for one page; what changes something reads afresh."""
    places: Places | None = getattr(request, "places", None)
    if places is None:
        places = request.places = places_of(request.user)  # type: ignore[attr-defined, arg-type]
    return places


def unread_in(request: HttpRequest) -> Unread:
    """What the person hasn't read, of all they take part in; read once for one page."""
    unread: Unread | None = getattr(request, "unread", None)
    if unread is None:
        user: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
        places = places_in(request)
        schools = taking_part(places).order_by().values("conversation")
        unread = request.unread = unread_of(user, schools, talk_ids(user, places.roles))  # type: ignore[attr-defined]
    return unread


def unread_here(request: HttpRequest, conversation_id: int) -> int:
    """Also for HQ, who read along."""
    if not places_in(request).hq:
        return unread_in(request).talks.get(conversation_id, 0)
    return unread_counts(request.user, [conversation_id]).get(conversation_id, 0)  # type: ignore[arg-type]


def load(
    request: HttpRequest, pk: int, rows: Callable[[QuerySet[Submission]], QuerySet[Submission]] | None = None
) -> Sight:
    """404 for whoever may not see this submission. ``rows`` adds a page's own annotations."""
    person: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    places = places_in(request)
    seen = visible_to(places).select_related(
        "school",
        "round__framework",
        "hub",
        "target_level",
        "proposed_level",
        "conversation",
    )
    submission = get_object_or_404(rows(seen) if rows else seen, pk=pk)
    return Sight(submission, person, places.towards(submission.school_id, submission.hub_id), clock.now())


def load_part(sight: Sight, **which: object) -> Part:
    part = get_object_or_404(
        sight.submission.parts.select_related("criterion__strand", "core_document", "signed_version"), **which
    )
    part.submission = sight.submission
    return part


def load_piece(sight: Sight, pk: int) -> Evidence:
    piece = get_object_or_404(
        sight.submission.evidence.select_related("file", "added_by"), pk=pk, removed_at=None
    )
    piece.submission = sight.submission
    return piece


def attempt(request: HttpRequest, verb: Callable[[], object]) -> bool:
    """Do it; a refusal becomes the message on the page that follows."""
    try:
        verb()
    except Refused as refused:
        messages.error(request, str(refused))
        return False
    return True
