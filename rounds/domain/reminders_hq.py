"""What HQ settles about reminders: the rule table, days without any, a pause. Each is kept in the history."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from accounts.models import User
from accounts.queries import hq_roles
from messaging.models import Email
from psqm_portal.core.clock import london_day, start_of
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.domain.reminders import take_back
from rounds.domain.reminders_ahead import ahead, sending_days
from rounds.domain.reminders_due import TEMPLATE, Due, Rules, standing_rules
from rounds.models import Audience, NoSendDay, ReminderPause, ReminderRule, ReminderRun, Step

EARLIEST, LATEST = -180, 60
MACHINES: dict[type[models.Model], str] = {
    ReminderRule: "reminder_rule",
    NoSendDay: "no_send_day",
    ReminderPause: "reminder_pause",
}
LONGEST_FREE = 60  # days kept free in one go


@dataclass(frozen=True, slots=True)
class Effects:
    """What another rule table would mean: reminders that come with the next run, or no longer, and the
    number within two weeks before and after.
    """

    next_day: date | None
    extra: list[Due]
    fewer: int
    before: int
    after: int


def _require_admin(by: User) -> None:
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied


def _remember(row: models.Model, action: str, said: str, *, by: User, now: datetime) -> None:
    HistoryEntry.objects.create(
        machine=MACHINES[type(row)],
        subject_id=row.pk,
        action=action,
        target=action,
        reason=said,
        by=by,
        at=now,
    )


def said_of(rule: ReminderRule) -> str:
    """A rule in words, for the history: "Schools, action plan: 3 days after, copied, off"."""
    step = f", {Step(rule.step).label}" if rule.step else ""
    words = [f"{Audience(rule.audience).label}{step}: {when_of(rule.offset)}"]
    words += ["copied to the hub leader"] if rule.copies_hub_leader else []
    words += [] if rule.is_on else ["off"]
    return ", ".join(words)


def when_of(offset: int) -> str:
    if offset == 0:
        return "on the due day"
    days = f"{abs(offset)} day{'' if abs(offset) == 1 else 's'}"
    return f"{days} {'before' if offset < 0 else 'after'} the due day"


@transaction.atomic
def save_rule(rule: ReminderRule, *, by: User, now: datetime) -> ReminderRule:
    """Adds a rule or changes it. Raises Refused."""
    _require_admin(by)
    if (sentence := why_not(rule)) is not None:
        raise Refused(sentence)
    action = "change" if rule.pk else "add"
    rule.save()
    _remember(rule, action, said_of(rule), by=by, now=now)
    return rule


def why_not(rule: ReminderRule) -> str | None:
    if not EARLIEST <= rule.offset <= LATEST:
        return f"Choose a day between {-EARLIEST} days before and {LATEST} days after the due day."
    if rule.copies_hub_leader and rule.audience != Audience.SCHOOL:
        return "Only what schools owe is copied to their hub leader."
    same = ReminderRule.objects.filter(audience=rule.audience, step=rule.step, offset=rule.offset)
    if same.exclude(pk=rule.pk).exists():
        return f"There is a reminder {when_of(rule.offset)} already."
    return None


@transaction.atomic
def take_away(rule: ReminderRule, *, by: User, now: datetime) -> None:
    """Deletes a rule; what went by it stays. Of a step's own rules the last one can only be switched off."""
    _require_admin(by)
    own = ReminderRule.objects.filter(audience=rule.audience, step=rule.step)
    if rule.step and not own.exclude(pk=rule.pk).exists():
        raise Refused(
            "It is this step’s only reminder. Switch it off, or let the step go by the usual reminders again."
        )
    _remember(rule, "take_away", said_of(rule), by=by, now=now)
    rule.delete()


@transaction.atomic
def give_own_rules(audience: str, step: str, *, by: User, now: datetime) -> None:
    """A step starts with a copy of its audience's reminders, which then can be changed."""
    _require_admin(by)
    if ReminderRule.objects.filter(audience=audience, step=step).exists():
        raise Refused("This step has its own reminders already.")
    for usual in ReminderRule.objects.filter(audience=audience, step=""):
        own = ReminderRule.objects.create(
            audience=audience,
            step=step,
            offset=usual.offset,
            text=usual.text,
            copies_hub_leader=usual.copies_hub_leader,
            is_on=usual.is_on,
        )
        _remember(own, "add", said_of(own), by=by, now=now)


@transaction.atomic
def drop_own_rules(audience: str, step: str, *, by: User, now: datetime) -> None:
    _require_admin(by)
    for rule in ReminderRule.objects.filter(audience=audience, step=step).exclude(step=""):
        _remember(rule, "take_away", said_of(rule), by=by, now=now)
        rule.delete()


def table_with(rule: ReminderRule) -> Rules:
    """The rule table as it would be with this rule, new or changed."""
    table = _without([rule.pk] if rule.pk else [])
    table.setdefault((rule.audience, rule.step), []).append(rule)
    return table


def table_without(rules: Iterable[ReminderRule]) -> Rules:
    return _without([rule.pk for rule in rules])


def _without(ids: list[int]) -> dict[tuple[str, str], list[ReminderRule]]:
    kept = {key: [rule for rule in rules if rule.pk not in ids] for key, rules in standing_rules().items()}
    return {key: rules for key, rules in kept.items() if rules}


def effects_of(rules: Rules, now: datetime) -> Effects:
    """Compared with the table as it stands, of the coming two weeks."""
    before, after = ahead(now), ahead(now, rules=rules)
    next_day = next(iter(sending_days(now)), None)

    def count(found: list[tuple[date, Due]]) -> Counter[tuple[Any, ...]]:
        return Counter((*due.course, due.is_copy) for day, due in found if day == next_day)

    had, has = count(before), count(after)
    extra = [due for day, due in after if day == next_day and (*due.course, due.is_copy) not in had]
    return Effects(next_day, extra, sum((had - has).values()), len(before), len(after))


def standing_pause() -> ReminderPause | None:
    return ReminderPause.objects.filter(ended_at=None).select_related("began_by").first()


def waiting_mails() -> int:
    """Mails of reminders that are written and that no worker has sent yet."""
    return Email.objects.filter(template=TEMPLATE, state=Email.State.WAITING).count()


@transaction.atomic
def pause(*, why: str, by: User, now: datetime) -> ReminderPause:
    """Nothing goes from now on, mails that wait for a mail server included. Raises Refused."""
    _require_admin(by)
    if not (why := why.strip()):
        raise Refused("Say why, so that others in HQ know.")
    try:
        with transaction.atomic():
            made = ReminderPause.objects.create(began_at=now, began_by=by, why=why)
    except IntegrityError:
        raise Refused("Reminders are paused already.") from None
    _hold_back(Q(), now)
    _remember(made, "pause", why, by=by, now=now)
    return made


@transaction.atomic
def resume(*, by: User, now: datetime) -> ReminderPause:
    """What came due meanwhile goes with the next run, of each step the newest only. Raises Refused."""
    _require_admin(by)
    standing = ReminderPause.objects.select_for_update().filter(ended_at=None).first()
    if standing is None:
        raise Refused("Reminders aren’t paused.")
    standing.ended_at, standing.ended_by = now, by
    standing.save(update_fields=["ended_at", "ended_by"])
    _remember(standing, "resume", "", by=by, now=now)
    return standing


def _hold_back(mails: Q, now: datetime) -> None:
    """Takes back what isn't on its way; today's run does it anew when it may."""
    if take_back(mails):
        ReminderRun.objects.filter(day=london_day(now)).update(finished_at=None)


@transaction.atomic
def keep_free(first: date, last: date, why: str, *, by: User, now: datetime) -> list[NoSendDay]:
    """No reminder goes on these days; days that are free already stay as they are. Raises Refused."""
    _require_admin(by)
    today = london_day(now)
    if last < first:
        raise Refused("The last day can’t be before the first.")
    if first < today:
        raise Refused("The first day has passed. Choose today or a later day.")
    if (last - first).days >= LONGEST_FREE:
        raise Refused(f"That is more than {LONGEST_FREE} days. To stop for long, pause the reminders.")
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    made = []
    for day in days:
        row, is_new = NoSendDay.objects.get_or_create(day=day, defaults={"why": why.strip()})
        if is_new:
            made.append(row)
            _remember(row, "keep_free", f"{day}", by=by, now=now)
    if first == today:
        _hold_back(Q(written_at__gte=start_of(today)), now)
    return made


@transaction.atomic
def give_back(row: NoSendDay, *, by: User, now: datetime) -> None:
    """Reminders go on this day again."""
    _require_admin(by)
    _remember(row, "give_back", f"{row.day}", by=by, now=now)
    row.delete()
