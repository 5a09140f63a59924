"""The four rounds, open, with fees, and the hubs that take part in them."""

from decimal import Decimal

from hubs.domain.hubs import take_part
from hubs.models import HubRound
from payments.domain.terms import fees_of, save_fees
from psqm_portal.core.clock import start_of
from psqm_portal.demo.story.cast import Cast
from psqm_portal.demo.story.times import BEFORE_RECRUITING, Calendar, Place
from rounds.domain.machine import round_machine
from rounds.domain.make import make_round
from rounds.models import Audience, Round, Step

HOW_TO_PAY = (
    "Pay by bank transfer to Example University, sort code 00-00-00, account 00000000, "
    "with the invoice's number as the reference."
)
SENDER = "Primary Science Quality Mark\nExample University\nWendlebury HV1 1AA"
TRAINING = [
    HubRound.Training.DAYS,
    HubRound.Training.SESSIONS,
    HubRound.Training.DAYS,
    HubRound.Training.SESSIONS,
]


def make(cast: Cast, place: Place) -> tuple[Round, Calendar]:
    """HQ made it some weeks before recruiting began, and opened it on that day."""
    recruiting = place.opens(Step.RECRUIT, Audience.HUB_LEADER)
    made_at = min(start_of(recruiting - BEFORE_RECRUITING), cast.now)
    round_ = make_round(place.template, place.year, by=cast.head_office, now=made_at, shift=place.shift)
    fees = fees_of(round_)
    fees.small_school_pupils, fees.small_school = 60, Decimal("450.00")
    fees.reaccreditation = Decimal("400.00")
    fees.how_to_pay, fees.sender = HOW_TO_PAY, SENDER
    save_fees(fees, by=cast.head_office, now=made_at)
    for hub, training in zip(cast.hubs, TRAINING, strict=True):
        take_part(hub.hub, round_, training=training, by=cast.head_office, now=made_at)
    round_ = round_machine.perform(
        round_, "open", by=cast.head_office, now=min(start_of(recruiting), cast.now)
    )
    return round_, Calendar(round_, cast.now, cast.random)
