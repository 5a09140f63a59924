"""The look at what other dates would change: whom they touch, whose own date stays, which mail moves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from accounts.queries import hq_people
from psqm_portal.core.registers import Owed, duties
from psqm_portal.core.roles import Role
from psqm_portal.core.templatetags.portal import counted, short_date
from rounds.domain.impact import Impact, MailDay
from rounds.models import Audience, Round
from rounds.slots import Effect, Taker, takers

THINGS = {Audience.SCHOOL: "school", Audience.HUB_LEADER: "hub", Audience.HQ: "person,people"}


@dataclass(frozen=True, slots=True)
class Touched:
    """Everybody before whom a date of this audience stands."""

    label: str
    count: str
    names: list[str]


class Preview:
    """``touched`` and ``steps`` are what the page draws."""

    def __init__(self, round_: Round, impacts: Iterable[Impact]) -> None:
        self.round = round_
        impacts = list(impacts)
        self.is_open = round_.status == Round.Status.OPEN
        audiences = [one for one in Audience if any(row.milestone.audience == one for row in impacts)]
        self.touched = [self._touched(audience) for audience in audiences]
        self.steps = [StepPreview(one, is_open=self.is_open) for one in impacts]

    def _touched(self, audience: Audience) -> Touched:
        if audience == Audience.HQ:
            rows = [Taker(f"user:{one.pk}", one.name) for one in hq_people([Role.HQ_ADMIN])]
        else:
            ask = takers.get(audience)
            rows = ask(self.round) if ask is not None else []
        return Touched(str(audience.label), counted(rows, THINGS[audience]), [row.title for row in rows])


class StepPreview:
    """One step in words."""

    def __init__(self, impact: Impact, *, is_open: bool) -> None:
        self.impact = impact
        self.label = impact.milestone.label
        self.whose = str(Audience(impact.milestone.audience).label)
        self.moving = _titles(impact.moving)
        self.moving_count = counted(self.moving, _thing(impact.moving))
        self.staying = sorted({(one.title, one.due_on) for one in impact.staying})
        # A round that isn't open reminds nobody, so no mail moves.
        self.reminds = is_open and (impact.milestone.step, impact.milestone.audience) in duties
        self.effects: list[Effect] = impact.effects

    @property
    def opens(self) -> tuple[date, date, str]:
        return self._moved(0)

    @property
    def due(self) -> tuple[date, date, str]:
        return self._moved(1)

    def _moved(self, which: int) -> tuple[date, date, str]:
        before, after = self.impact.before[which], self.impact.after[which]
        days = (after - before).days
        if not days:
            return before, after, "stays"
        return before, after, f"{counted(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"

    @property
    def mails(self) -> list[dict[str, str]]:
        return [
            {
                "name": _offset_words(mail.offset),
                "was": short_date(mail.was),
                "now": short_date(mail.now),
                "note": _note(mail),
            }
            for mail in self.impact.mails
        ]


def _note(mail: MailDay) -> str:
    notes = []
    if mail.went:
        starts = "starts" if mail.went == 1 else "start"
        notes.append(f"{counted(mail.went, 'reminder')} went and {starts} anew.")
    if mail.has_passed:
        notes.append("Its new day has passed.")
    return " ".join(notes)


def _titles(owed: Iterable[Owed]) -> list[str]:
    return sorted({one.title for one in owed}, key=str.lower)


def _thing(owed: list[Owed]) -> str:
    kinds = {one.subject.partition(":")[0] for one in owed}
    return {frozenset({"submission"}): "school", frozenset({"hub"}): "hub"}.get(frozenset(kinds), "step")


def _offset_words(offset: int) -> str:
    if not offset:
        return "On the day"
    return f"{counted(abs(offset), 'day')} {'before' if offset < 0 else 'after'}"
