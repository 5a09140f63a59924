"""A hub leader's word for a year: signed at the start, renewed each year, or not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_people
from hubs.models import CommitmentPoint, HubMembership, LeaderCommitment, Substitution
from messaging.domain.mail import write
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role

RENEWABLE = timedelta(days=60)
# Days from the end of a commitment on which its leader gets a mail.
MAIL_DAYS = (-60, -30, -7, 7)


@dataclass(frozen=True, slots=True)
class Signing:
    """What a leader is to sign now. ``last``: the commitment that it follows, None for the first."""

    from_day: date
    until: date
    last: LeaderCommitment | None

    @property
    def is_renewal(self) -> bool:
        return self.last is not None


def commitment_of(user_ids: Collection[int], day: date) -> dict[int, LeaderCommitment]:
    """Whose word holds on ``day``: the commitment, or the one that renews it already. One query."""
    found: dict[int, LeaderCommitment] = {}
    rows = LeaderCommitment.objects.filter(user_id__in=user_ids, until__gt=day)
    for row in rows.order_by("from_day"):
        held = found.get(row.user_id)
        if row.from_day <= day or (held is not None and held.until == row.from_day):
            found[row.user_id] = row
    return found


def bound_leaders() -> QuerySet[HubMembership]:
    """Who signs: those who lead a hub now, but for somebody who stands in for a while."""
    stands_in = Substitution.objects.filter(
        hub=OuterRef("hub"), substitute=OuterRef("user"), began_at__isnull=False, ended_at=None
    )
    return HubMembership.objects.current().filter(~Exists(stands_in), role=Role.HUB_LEADER.value)


def to_sign(user: User, today: date) -> Signing | None:
    """None for who needn't sign now: no hub leader, or more than 60 days before the end. Two queries."""
    if not bound_leaders().filter(user=user).exists():
        return None
    last = user.leader_commitments.first()
    if last is not None and today < last.until - RENEWABLE:
        return None
    # A year is renewed from its end on; one that is long over begins anew.
    from_day = today if last is None or today >= last.until + RENEWABLE else last.until
    return Signing(from_day, _year_later(from_day), last)


def _year_later(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return date(day.year + 1, 3, 1)


@transaction.atomic
def sign(user: User, *, ticked: Sequence[int], name: str, now: datetime) -> LeaderCommitment:
    """``ticked``: ids of the points. Twice at once is one signature. Raises Refused."""
    User.objects.select_for_update().get(pk=user.pk)
    today = london_day(now)
    signing = to_sign(user, today)
    if signing is None:
        if not bound_leaders().filter(user=user).exists():
            raise PermissionDenied
        raise Refused("You have signed already. We'll ask you again when the year nears its end.")
    if not name.strip():
        raise Refused("Enter your full name.")
    points = list(CommitmentPoint.objects.all())
    if any(point.pk not in ticked for point in points if not point.is_recommended_only):
        raise Refused("Tick each of the commitments. Only what we recommend may stay open.")
    commitment = LeaderCommitment.objects.create(
        user=user,
        from_day=signing.from_day,
        until=signing.until,
        points=[
            {
                "text": point.text,
                "recommended": point.is_recommended_only,
                "ticked": point.pk in ticked,
            }
            for point in points
        ],
        signed_name=" ".join(name.split()),
        signed_at=now,
    )
    _remember(commitment, "sign", by=user, now=now)
    return commitment


@transaction.atomic
def leave(user: User, *, reason: str, now: datetime) -> LeaderCommitment:
    """A leader won't go on after this year: HQ gets the reason, and we stop asking. Signing takes it back."""
    signing = to_sign(user, london_day(now))
    if signing is None or signing.last is None:
        raise PermissionDenied
    if not reason.strip():
        raise Refused("Write the reason.")
    commitment = LeaderCommitment.objects.select_for_update().get(pk=signing.last.pk)
    if commitment.not_renewing_at is not None:
        return commitment
    commitment.not_renewing_at, commitment.not_renewing_because = now, reason.strip()
    commitment.save(update_fields=["not_renewing_at", "not_renewing_because"])
    _remember(commitment, "leave", by=user, now=now, reason=reason.strip())
    hubs = [row.hub for row in bound_leaders().filter(user=user).select_related("hub").order_by("hub__name")]
    for person in hq_people([Role.HQ_ADMIN]):
        write(
            "hubs/mail/leader_leaves",
            to=person,
            now=now,
            context={
                "leader": user,
                "hubs": hubs,
                "commitment": commitment,
                "reason": reason.strip(),
                "url": reverse("hub_people", args=[hubs[0].slug]),
            },
            about=f"leader_commitment:{commitment.pk}",
        )
    return commitment


def remind(now: datetime) -> int:
    """Mails who nears the end of the year or is a week past it; each mail once. Returns how many."""
    today = london_day(now)
    newer = LeaderCommitment.objects.filter(user=OuterRef("user"), until__gt=OuterRef("until"))
    leads = bound_leaders().filter(user=OuterRef("user"))
    rows = LeaderCommitment.objects.filter(
        Exists(leads),
        ~Exists(newer),
        not_renewing_at=None,
        until__lte=today + RENEWABLE,
        until__gt=today - RENEWABLE,
    )
    return sum(_remind(row, today, now) for row in rows.select_related("user"))


def _remind(commitment: LeaderCommitment, today: date, now: datetime) -> bool:
    passed = (today - commitment.until).days
    days = max(day for day in MAIL_DAYS if day <= passed)
    written = write(
        "hubs/mail/commitment_over" if days > 0 else "hubs/mail/commitment_ends",
        to=commitment.user,
        now=now,
        context={"commitment": commitment, "url": reverse("leader_commitment")},
        about=f"leader_commitment:{commitment.pk}",
        once=f"leader_commitment:{commitment.pk}:{days}",
    )
    return written is not None


def _remember(
    commitment: LeaderCommitment, action: str, *, by: User, now: datetime, reason: str = ""
) -> None:
    HistoryEntry.objects.create(
        machine="leader_commitment",
        subject_id=commitment.pk,
        action=action,
        target=f"{commitment.until}",
        by=by,
        at=now,
        reason=reason,
    )
