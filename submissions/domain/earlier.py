"""Next year: what a school does with its earlier work, part by part. Keep, change, or start fresh.

"Keep" makes a part hold what the earlier one holds; "change" does so once and leaves the part alone
afterwards; "start fresh" empties it. A choice may be made anew as long as the part is the school's.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from submissions.domain.copying import (
    Coming,
    Holding,
    coming_from,
    counterpart_of,
    counterparts,
    held_by,
    put,
)
from submissions.domain.versions import keep_version
from submissions.domain.writing import locked, locked_part, why_not_editable
from submissions.models import Part, Submission

KEPT, CHANGED, FRESH = Part.Beginning.KEPT, Part.Beginning.CHANGED, Part.Beginning.FRESH
# What the choices leave in a part as long as nobody typed.
NOTHING = Holding()


class WouldReplace(Exception):
    """Something was typed since; ``mark`` says what, so that only this is replaced when the answer is yes."""

    def __init__(self, mark: str) -> None:
        super().__init__("This would replace what was written since.")
        self.mark = mark


@dataclass(frozen=True, slots=True)
class Begun:
    """``left_out``: a sentence for each row or piece that couldn't come along."""

    part: Part
    left_out: list[str]


def earlier_of(submission: Submission) -> Submission | None:
    """The work that this one starts from: the deferred submission, else the one that it renews."""
    earlier = submission.continues or submission.renews
    if earlier is None or earlier.school_id != submission.school_id:
        return None
    return earlier


def begin(part: Part, choice: str, *, by: User, now: datetime, sure: str = "") -> Begun:
    """Make a choice for one part. Pressed twice, it is made once.

    Raises WouldReplace where something typed since would go, unless ``sure`` is the mark of exactly that;
    versions keep it either way. Raises Refused when it isn't the school's turn or nothing is there to keep.
    """
    with locked_part(part, by) as mine:
        earlier = earlier_of(mine.submission)
        old_part = counterpart_of(mine, earlier) if earlier is not None else None
        if earlier is None or old_part is None:
            raise Refused(f"Your earlier work has nothing for {mine.title}.")
        old_part.submission = earlier
        coming = coming_from(old_part, into=mine.submission, today=london_day(now))
        if not (choice == CHANGED and mine.beginning in {KEPT, CHANGED}):
            wanted = Coming("") if choice == FRESH else coming
            _replace(mine, wanted, coming.holding, sure=sure, by=by, now=now)
        mine.beginning = Part.Beginning(choice)
        mine.save(update_fields=["beginning"])
    return Begun(mine, [] if choice == FRESH else coming.left_out)


def keep_rest(submission: Submission, *, by: User, now: datetime) -> list[Begun]:
    """Keep every part that nothing was decided or written for yet."""
    with locked(submission, by) as mine:
        earlier = earlier_of(mine)
        if earlier is None:
            raise Refused("There is no earlier work to keep.")
        parts = list(mine.parts.filter(beginning=""))
        found = counterparts(parts, earlier.parts.all())
        return [
            begin(part, KEPT, by=by, now=now)
            for part in parts
            if part.pk in found and why_not_editable(part) is None and held_by(part) == NOTHING
        ]


def _replace(part: Part, wanted: Coming, earlier: Holding, *, sure: str, by: User, now: datetime) -> None:
    there = held_by(part)
    if there == wanted.holding:
        return
    if there not in (NOTHING, earlier) and sure != mark_of(there):
        raise WouldReplace(mark_of(there))
    if there != NOTHING:
        keep_version(part, by=None, now=now, fold=False)
    put(part, wanted, now=now)
    keep_version(part, by=by, now=now, fold=False)


def mark_of(holding: Holding) -> str:
    told = repr((holding.text, holding.rows, sorted(map(repr, holding.evidence))))
    return hashlib.sha256(told.encode()).hexdigest()[:20]
