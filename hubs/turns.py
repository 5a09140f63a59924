"""Whose turn it is with a registration, since when, and whether that is too long."""

from datetime import date, timedelta

from django.db.models import BooleanField, Case, CharField, DateTimeField, F, Q, QuerySet, Value, When

from hubs.models import Registration, RegistrationNudge
from psqm_portal.core.clock import end_of

Turn = RegistrationNudge.To

# London days after a turn began on which whoever has it is reminded. A headteacher's link works for thirty:
# the last reminder leaves nine. Schools wait for the others, so they are asked sooner.
DAYS: dict[str, tuple[int, ...]] = {
    Turn.HEADTEACHER: (3, 7, 14, 21),
    Turn.HUB_LEADER: (4, 8, 12),
    Turn.HQ: (5, 10),
}


def with_turn(rows: QuerySet[Registration], today: date) -> QuerySet[Registration]:
    """Annotates ``turn`` (empty once it is answered), ``turn_began`` and ``is_long``.

    Without a hub it is HQ's turn: the headteacher is asked meanwhile. With one the hub leader's, as soon as
    the headteacher has agreed.
    """
    turn = Case(
        When(~Q(status=Registration.Status.WAITING), then=Value("")),
        When(hub=None, then=Value(Turn.HQ.value)),
        When(agreed_at=None, then=Value(Turn.HEADTEACHER.value)),
        default=Value(Turn.HUB_LEADER.value),
        output_field=CharField(),
    )
    began = Case(
        When(turn=Turn.HEADTEACHER, then=F("agreement_sent_at")),
        default=F("turn_since"),
        output_field=DateTimeField(),
    )
    # Past the last of its reminders.
    long_ago = [
        Q(turn=to, turn_began__lt=end_of(today - timedelta(days=days[-1]))) for to, days in DAYS.items()
    ]
    is_long = Case(
        *(When(one, then=Value(value=True)) for one in long_ago),
        default=Value(value=False),
        output_field=BooleanField(),
    )
    return rows.annotate(turn=turn).annotate(turn_began=began).annotate(is_long=is_long)
