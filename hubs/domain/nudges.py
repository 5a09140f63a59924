"""Reminders when nobody answers a registration: to the headteacher, the hub leader, HQ. Decision 0072.

State is in the rows: a reminder is unique by registration, whom it reminds, when the turn began and its days.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse

from accounts.queries import hq_people
from hubs.models import Registration, RegistrationNudge
from hubs.queries import leader_of
from hubs.turns import DAYS, Turn
from messaging.domain.mail import write
from messaging.models import Email
from psqm_portal.core.clock import LONDON, end_of, london_day
from psqm_portal.core.roles import Role
from psqm_portal.core.secret_links import hash_of, new_token
from rounds.domain.reminders import FIRST_HOUR
from rounds.domain.reminders_due import is_held_back
from rounds.models import Round

AGREEMENT, LEADER, OFFICE = (
    f"hubs/mail/registration_{name}" for name in ("not_agreed", "unanswered", "list")
)

# Only a test's control switches this off, to show that two runs at once would get in each other's way.
TAKE_TURNS = True


def send_nudges(now: datetime) -> int:
    """Writes what is due from 7 am, on days on which reminders go; returns how many. Safe to run twice.

    Of several that came due meanwhile only the newest goes.
    """
    day = london_day(now)
    if now.astimezone(LONDON).hour < FIRST_HOUR or is_held_back(day):
        return 0
    sent = 0
    for to, remind in ((Turn.HEADTEACHER, _remind_headteacher), (Turn.HUB_LEADER, _remind_leader)):
        for row, _ in _due(to, _waiting(to, day, now), day):
            with transaction.atomic():
                sent += sum(remind(nudge, now) for nudge in _nudges(to, [row.pk], day, now))
    office = [row.pk for row, _ in _due(Turn.HQ, _waiting(Turn.HQ, day, now), day)]
    with transaction.atomic():
        return sent + _remind_hq(_nudges(Turn.HQ, office, day, now), now)


def _waiting(to: str, day: date, now: datetime) -> QuerySet[Registration]:
    """Those that this part keeps waiting since ``began``, long enough for the first reminder."""
    rows = Registration.objects.filter(
        status=Registration.Status.WAITING, round__status=Round.Status.OPEN
    ).order_by("pk")
    match to:
        case Turn.HEADTEACHER:
            # Asked from the first day on, whether it has a hub or not; no longer once the link ran out.
            rows = rows.filter(agreed_at=None, agreement_sent_at__gt=now - Registration.AGREEMENT_LIFE)
            rows = rows.annotate(began=F("agreement_sent_at"))
        case Turn.HUB_LEADER:
            # Before the agreement a hub leader can't accept, so is asked for nothing.
            rows = rows.filter(agreed_at__isnull=False, hub__isnull=False).annotate(began=F("turn_since"))
        case _:
            rows = rows.filter(hub=None).annotate(began=F("turn_since"))
    return rows.filter(began__lt=end_of(day - timedelta(days=DAYS[to][0])))


def _newest(to: str, began: datetime, day: date) -> int:
    return max(days for days in DAYS[to] if london_day(began) + timedelta(days=days) <= day)


def _due(to: str, rows: Iterable[Registration], day: date) -> list[tuple[Registration, int]]:
    """With the newest days that have passed, where neither they nor later ones were reminded of."""
    rows = list(rows)
    gone = set(
        RegistrationNudge.objects.filter(registration__in=rows, to=to).values_list(
            "registration_id", "turn", "days"
        )
    )
    found = []
    for row in rows:
        newest = _newest(to, row.began, day)  # type: ignore[attr-defined]
        if not any((row.pk, row.began, days) in gone for days in DAYS[to] if days >= newest):  # type: ignore[attr-defined]
            found.append((row, newest))
    return found


def _nudges(to: str, due: Iterable[int], day: date, now: datetime) -> list[RegistrationNudge]:
    """Asked again under a lock: what was answered, or reminded of, a moment ago is passed over."""
    rows = _waiting(to, day, now).filter(pk__in=list(due)).select_related("school", "round", "hub")
    if TAKE_TURNS:
        rows = rows.select_for_update(of=("self",))
    made = []
    for row, days in _due(to, rows, day):
        nudge, fresh = RegistrationNudge.objects.get_or_create(
            registration=row,
            to=to,
            turn=row.began,  # type: ignore[attr-defined]
            days=days,
            defaults={"sent_at": now},
        )
        if fresh:
            made.append(nudge)
    return made


def _remind_headteacher(nudge: RegistrationNudge, now: datetime) -> bool:
    """With a link of its own, since only the hash of the first one is kept; both work till the same day."""
    token, row = new_token(), nudge.registration
    nudge.token_hash = hash_of(token)
    nudge.save(update_fields=["token_hash"])
    url = reverse("agreement", args=[token])
    return _write(AGREEMENT, row.headteacher_email, nudge, now, url, secret=True)


def _remind_leader(nudge: RegistrationNudge, now: datetime) -> bool:
    assert nudge.registration.hub is not None  # noqa: S101 - it is a hub leader's turn
    leader = leader_of(nudge.registration.hub)
    url = reverse("registration", args=[nudge.registration_id])
    return leader is not None and _write(LEADER, leader, nudge, now, url)


def _write(
    template: str, to: Any, nudge: RegistrationNudge, now: datetime, url: str, *, secret: bool = False
) -> bool:
    context = {"registration": nudge.registration, "since": nudge.turn, "url": url}
    about = f"registration:{nudge.registration_id}"
    return write(template, to=to, now=now, context=context, about=about, secret=secret) is not None


def _remind_hq(nudges: list[RegistrationNudge], now: datetime) -> int:
    """One mail to each admin, with all of them."""
    if not nudges:
        return 0
    context = {"nudges": nudges, "url": f"{reverse('registrations')}?turn={Turn.HQ}"}
    admins = hq_people([Role.HQ_ADMIN])
    return sum(write(OFFICE, to=person, now=now, context=context) is not None for person in admins)


def still_wanted(email: Email, _: datetime) -> bool:
    """Asked when the mail is sent, maybe hours after it was written."""
    row = Registration.objects.filter(pk=email.about.removeprefix("registration:")).first()
    if row is None or row.status != Registration.Status.WAITING:
        return False
    return row.agreed_at is None if email.template == AGREEMENT else row.hub_id is not None
