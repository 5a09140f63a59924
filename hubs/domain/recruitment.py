"""Asking schools to join: who is picked, who answered, who wants no more letters.

A prospect's status is set here and in ``domain.mailings`` alone. Schools are locked before they are picked,
sent to or opted out, so that an opt-out is either seen or comes after. That no school is asked twice in a
season is the database's own rule (``prospect_once``).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from hubs.domain.hubs import require_hq
from hubs.domain.letters import last_day_of
from hubs.models import Hub, HubRound, MailOut, OptOut, Prospect, Registration
from hubs.queries import roles_towards
from psqm_portal.core import log
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from psqm_portal.core.secret_links import hash_of
from rounds.models import Round
from schools.models import School

Status = Prospect.Status

# A link works this long, and no longer than schools can register.
LINK_LIFE = timedelta(days=120)
MOST_AT_ONCE = 100
# Of a school's work, as submissions name them: it takes part now.
_WORKING = ("enrolled", "with_hub", "signed_off", "submitted", "in_review", "reviewed", "decided")
_GONE = ("withdrawn", "deferred")


@dataclass(frozen=True, slots=True)
class Picked:
    count: int
    # One sentence for each school that couldn't be picked.
    refused: list[str]


def season_of(round_: Round) -> str:
    """A round and the reaccreditation of the same season are one season."""
    return f"{round_.year}-{round_.season}"


def require_recruiter(by: User, hub: Hub) -> None:
    """The hub's leader and HQ's admins ask schools; mentors only see."""
    if not roles_towards(by, hub) & {Role.HUB_LEADER, Role.HQ_ADMIN}:
        raise PermissionDenied


def askable(rows: QuerySet[School], round_: Round) -> QuerySet[School]:
    """Open schools that don't take part, haven't registered and didn't say "don't ask us again"."""
    same = {"season": round_.season, "year": round_.year}
    here = {f"submissions__round__{name}": value for name, value in same.items()}
    works = School.objects.filter(pk=OuterRef("pk"), submissions__status__in=_WORKING)
    # One query for each: a school has many submissions, and each condition is about one of them.
    took_part = School.objects.filter(Q(**here), pk=OuterRef("pk")).exclude(submissions__status__in=_GONE)
    registered = Registration.objects.filter(school=OuterRef("pk"), status=Registration.Status.WAITING)
    return rows.filter(
        ~Exists(OptOut.objects.filter(school=OuterRef("pk"))),
        ~Exists(works),
        ~Exists(took_part),
        ~Exists(registered),
        is_open=True,
    )


def pick(hub_round: HubRound, schools: Collection[int], *, by: User, now: datetime) -> Picked:
    """Puts schools on the hub's list. One that another hub asks, or that wants no letters, isn't."""
    hub, round_ = hub_round.hub, hub_round.round
    require_recruiter(by, hub)
    if not schools:
        raise Refused("Choose at least one school.")
    if len(schools) > MOST_AT_ONCE:
        raise Refused(f"Choose up to {MOST_AT_ONCE} schools at once.")
    if round_.status not in {Round.Status.PLANNED, Round.Status.OPEN}:
        raise Refused(f"{round_} is over, so no school can be asked to join it.")
    season = season_of(round_)
    with transaction.atomic():
        names = lock_schools(schools)
        offered = set(askable(School.objects.filter(pk__in=names), round_).values_list("pk", flat=True))
        before = _hubs_of(offered, season)
        Prospect.objects.bulk_create(
            [
                Prospect(
                    hub=hub, school_id=pk, round=round_, season=season, picked_by=by, picked_at=now
                )
                for pk in names if pk in offered and pk not in before
            ],
            ignore_conflicts=True,
        )  # fmt: skip
        after = _hubs_of(offered, season)
        mine = [pk for pk in names if after.get(pk) == hub.pk and pk not in before]
        log.write("prospect.pick", by=by, now=now, about=f"hub:{hub.pk}", detail=f"{len(mine)} schools")
    return Picked(len(mine), [_why_not(names[pk], after.get(pk), hub) for pk in names if pk not in mine])


def _why_not(name: str, asked_by: int | None, hub: Hub) -> str:
    if asked_by == hub.pk:
        return f"{name} is on your list already."
    if asked_by is not None:
        return f"{name} is asked by another hub."
    return f"{name} can’t be asked: it takes part already, has registered, or wants no invitations."


def _hubs_of(schools: Iterable[int], season: str) -> dict[int, int]:
    rows = Prospect.objects.filter(school__in=list(schools), season=season)
    return dict(rows.values_list("school_id", "hub_id"))


def lock_schools(schools: Iterable[int]) -> dict[int, str]:
    """Their names, locked in one order."""
    rows = School.objects.select_for_update(no_key=True).filter(pk__in=set(schools)).order_by("pk")
    return dict(rows.values_list("pk", "name"))


@transaction.atomic
def put_back(hub_round: HubRound, prospects: Collection[int], *, by: User, now: datetime) -> int:
    """Takes picked schools off the list: other hubs may ask them then. One that was asked stays."""
    require_recruiter(by, hub_round.hub)
    mine = Prospect.objects.select_for_update(of=("self",)).filter(
        hub=hub_round.hub, round=hub_round.round, pk__in=prospects
    )
    rows = list(mine.select_related("mail_out", "school"))
    if not rows:
        raise Refused("Choose at least one school.")
    for row in rows:
        if row.status != Status.PICKED:
            raise Refused(f"{row.school} was invited, so it stays on your list.")
        if row.mail_out is not None and row.mail_out.status != MailOut.Status.DRAFT:
            raise Refused(f"The letter to {row.school} is being made. Wait until it is ready.")
    Prospect.objects.filter(pk__in=[row.pk for row in rows]).delete()
    log.write(
        "prospect.put_back", by=by, now=now, about=f"hub:{hub_round.hub_id}", detail=f"{len(rows)} schools"
    )
    return len(rows)


# The school's side -----------------------------------------------------------------------------------


def find_invited(token: str) -> Prospect | None:
    rows = Prospect.objects.select_related("school", "round", "hub", "mail_out__enclosure")
    return rows.filter(token_hash=hash_of(token)).first()


def is_over(prospect: Prospect, *, now: datetime) -> bool:
    """A link works until the round takes no schools any more, and for LINK_LIFE at most."""
    if prospect.sent_at is None or now >= prospect.sent_at + LINK_LIFE:
        return True
    until = last_day_of(prospect.round)
    return prospect.round.status != Round.Status.OPEN or (until is not None and london_day(now) > until)


def note_opened(prospect: Prospect, *, now: datetime) -> None:
    """Once, and never after an answer."""
    Prospect.objects.filter(pk=prospect.pk, status=Status.SENT).update(status=Status.OPENED, opened_at=now)


@transaction.atomic
def decline(prospect: Prospect, *, reason: str, now: datetime) -> None:
    """No thank you, this time. Raises Refused where the school has registered, or the link is over."""
    row = Prospect.objects.select_for_update(of=("self",)).select_related("round").get(pk=prospect.pk)
    if row.status == Status.DECLINED:
        return
    if row.status not in Prospect.ASKED:
        raise Refused("Your school has registered. Write to us if that has changed.")
    if is_over(row, now=now):
        raise Refused("This invitation is over, so you don’t need to answer it.")
    row.status, row.answered_at, row.reason = Status.DECLINED, now, reason.strip()
    row.opened_at = row.opened_at or now
    row.save(update_fields=["status", "answered_at", "opened_at", "reason"])
    log.write("prospect.decline", by=None, now=now, about=f"prospect:{row.pk}")


@transaction.atomic
def opt_out(school: School, *, reason: str, by: User | None, now: datetime) -> OptOut:
    """No invitations any more, for good. ``by``: HQ's, where a school told HQ; None: by its own link.

    What isn't sent yet is taken back, what was sent is answered. Doing it twice changes nothing.
    """
    if by is not None:
        require_hq(by)
    lock_schools([school.pk])
    known = OptOut.objects.filter(school=school).first()
    if known is not None:
        return known
    row = OptOut.objects.create(school=school, reason=reason.strip(), by=by, at=now)
    mine = Prospect.objects.filter(school=school)
    mine.filter(status=Status.PICKED).delete()
    mine.filter(status__in=Prospect.ASKED).update(status=Status.DECLINED, answered_at=now)
    _remember(school, "make", reason, by=by, now=now)
    return row


@transaction.atomic
def lift(row: OptOut, *, reason: str, by: User, now: datetime) -> None:
    """HQ alone, with a reason: the school said that it wants to hear from us again."""
    require_hq(by)
    if not reason.strip():
        raise Refused("Write the reason.")
    lock_schools([row.school_id])
    deleted, _ = OptOut.objects.filter(pk=row.pk).delete()
    if deleted:
        _remember(row.school, "lift", reason, by=by, now=now)


def _remember(school: School, action: str, reason: str, *, by: User | None, now: datetime) -> None:
    HistoryEntry.objects.create(
        machine="opt_out",
        subject_id=school.pk,
        action=action,
        target="no_invitations" if action == "make" else "may_be_asked",
        by=by,
        at=now,
        reason=reason.strip(),
    )


# What registering asks -------------------------------------------------------------------------------


def inviting_hub(school: School, round_: Round) -> Hub | None:
    """The hub whose invitation the school got for this season, if any did."""
    if school._state.adding:  # typed on the public form
        return None
    asked = Prospect.objects.filter(school=school, season=season_of(round_), sent_at__isnull=False)
    row = asked.select_related("hub").first()
    return row.hub if row else None


def note_registered(registration: Registration, *, now: datetime) -> None:
    """Whichever way the school came."""
    rows = Prospect.objects.filter(
        school_id=registration.school_id, season=season_of(registration.round)
    ).exclude(status=Status.REGISTERED)
    rows.update(status=Status.REGISTERED, answered_at=now)
