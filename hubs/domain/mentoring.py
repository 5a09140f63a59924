"""The mentoring log: time that a hub's people gave to one of its schools (up to four hours each; seed).

Who gave it writes it, changes it and takes it away; HQ's admins correct it. Minutes come from these entries
alone: messages and feedback count as contact, and nobody's time in the portal is watched.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from hubs.models import HubRound, MentoringEntry
from hubs.queries import roles_towards, schools_on_seats
from psqm_portal.core import seen as seeing
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import HUB, Role
from psqm_portal.core.templatetags.portal import counted, short_date
from rounds.models import Round
from schools.models import School, SchoolMembership

LONGEST = 600
# An older date is a mistyped year.
OLDEST = timedelta(days=400)
# "2" alone could be hours as well as minutes.
FEWEST = 5
FIELDS = ("held_on", "minutes", "how", "note")

_NUMBER = r"\d+(?:[.,]\d+)?"
_HOURS = re.compile(
    rf"(?:(?P<hours>{_NUMBER})\s*(?:hours?|hrs?|h))?\s*(?:and\s*)?"
    rf"(?:(?P<minutes>\d+)\s*(?:minutes?|mins?|m)?)?"
)
_CLOCK = re.compile(r"(?P<hours>\d{1,2}):(?P<minutes>[0-5]\d)")
NOT_A_TIME = "Enter the time like 45, 1h 30 or 1.5 hours"


def minutes_in(text: str) -> int:
    """Minutes in what somebody typed: "90", "1h 30", "1.5 hours", "1:30", "half an hour". Raises ValueError
    with the sentence that says how to write it.
    """
    words = " ".join(text.lower().split())
    words = {"half an hour": "30", "an hour": "1h", "an hour and a half": "90"}.get(words, words)
    if re.fullmatch(r"\d+[.,]\d+", words):
        words += "h"
    match = _CLOCK.fullmatch(words) or _HOURS.fullmatch(words)
    if match is None or not (match["hours"] or match["minutes"]):
        raise ValueError(NOT_A_TIME)
    if words.isdigit() and int(words) < FEWEST:
        raise ValueError(f"Say what {words} is: {words} minutes or {words} hours")
    hours = Decimal((match["hours"] or "0").replace(",", "."))
    found = round(hours * 60) + int(match["minutes"] or 0)
    if not 1 <= found <= LONGEST:
        raise ValueError(f"Enter between 1 minute and {LONGEST // 60} hours; give a longer time day by day")
    return found


def may_log(by: User, hub_round: HubRound, school_id: int) -> bool:
    """The hub's leader and mentors; nobody for a school where they are or were."""
    return bool(roles_towards(by, hub_round.hub) & HUB) and not _was_at(by, school_id)


def may_correct(by: User, entry: MentoringEntry) -> bool:
    """One's own while one is in the hub; HQ's admins all."""
    roles = roles_towards(by, entry.hub_round.hub)
    own = entry.by_id == by.pk and bool(roles & HUB) and not _was_at(by, entry.school_id)
    return own or Role.HQ_ADMIN in roles


def _was_at(by: User, school_id: int) -> bool:
    return SchoolMembership.objects.filter(user=by, school=school_id).exists()


def _judge(hub_round: HubRound, given: Mapping[str, Any], today: date) -> None:
    if hub_round.round.status == Round.Status.ARCHIVED:
        raise Refused(f"{hub_round.round} is archived, so its log stays as it is.")
    if given["held_on"] > today:
        raise Refused("The date is still to come: log the time when you have given it.")
    if given["held_on"] < today - OLDEST:
        raise Refused("The date is more than a year ago. Look at its year.")
    if not 1 <= given["minutes"] <= LONGEST:
        raise Refused(f"Between 1 minute and {LONGEST // 60} hours go into one entry.")
    if given["how"] not in MentoringEntry.How.values:
        raise Refused("Choose how you talked.")


@transaction.atomic
def log_time(
    hub_round: HubRound,
    school: School,
    *,
    held_on: date,
    minutes: int,
    how: str,
    note: str = "",
    by: User,
    now: datetime,
) -> MentoringEntry:
    """Raises Refused, PermissionDenied. More than the round's hours is written down all the same."""
    if not may_log(by, hub_round, school.pk):
        raise PermissionDenied
    given = {"held_on": held_on, "minutes": minutes, "how": how, "note": note.strip()}
    _judge(hub_round, given, london_day(now))
    if not schools_on_seats(hub_round).filter(pk=school.pk).exists():
        raise Refused(f"{school} has no place in this hub any more.")
    entry = MentoringEntry.objects.create(hub_round=hub_round, school=school, by=by, written_at=now, **given)
    _remember(entry, "add", "", by=by, now=now)
    return entry


@transaction.atomic
def change(
    entry: MentoringEntry, *, by: User, now: datetime, seen: str | None = None, **given: Any
) -> MentoringEntry:
    """``given``: the fields of FIELDS. Raises Refused, OutOfDate, PermissionDenied."""
    entry = (
        MentoringEntry.objects.select_for_update(of=["self"])
        .select_related("hub_round__round")
        .get(pk=entry.pk)
    )
    if not may_correct(by, entry):
        raise PermissionDenied
    given["note"] = given["note"].strip()
    seeing.check(standing_of(entry), given, seen=seen)
    _judge(entry.hub_round, given, london_day(now))
    changed = [name for name in FIELDS if getattr(entry, name) != given[name]]
    if changed:
        before = _said(entry)
        for name in changed:
            setattr(entry, name, given[name])
        entry.save(update_fields=changed)
        _remember(entry, "change", before, by=by, now=now)
    return entry


@transaction.atomic
def take_away(entry: MentoringEntry, *, by: User, now: datetime) -> None:
    """Its history stays. Doing it twice changes nothing. Raises Refused, PermissionDenied."""
    found = (
        MentoringEntry.objects.select_for_update(of=["self"])
        .select_related("hub_round__round")
        .filter(pk=entry.pk)
        .first()
    )
    if found is None:
        return
    if not may_correct(by, found):
        raise PermissionDenied
    if found.hub_round.round.status == Round.Status.ARCHIVED:
        raise Refused(f"{found.hub_round.round} is archived, so its log stays as it is.")
    _remember(found, "take_away", "", by=by, now=now)
    found.delete()


def standing_of(entry: MentoringEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in FIELDS}


def _said(entry: MentoringEntry) -> str:
    how = entry.get_how_display().lower()
    return f"{short_date(entry.held_on)}, {counted(entry.minutes, 'minute')}, {how}"


def _remember(entry: MentoringEntry, action: str, before: str, *, by: User, now: datetime) -> None:
    now_is = _said(entry)
    HistoryEntry.objects.create(
        machine="mentoring",
        subject_id=entry.pk,
        action=action,
        target=f"{entry.minutes} minutes",
        reason=f"{before} → {now_is}" if before else now_is,
        by=by,
        at=now,
    )
