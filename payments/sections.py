"""What payments add to the pages of apps below: the fee, before anybody is enrolled."""

from decimal import Decimal

from hubs.slots import fee_of_round
from payments.domain.fees import quote
from payments.domain.terms import fees_of
from rounds.models import Round
from schools.models import School


def fee_for(round_: Round, school: School | None) -> Decimal | None:
    return quote(round_, school, fees_of(round_))


if fee_for not in fee_of_round:
    fee_of_round.append(fee_for)
