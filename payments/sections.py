"""What payments add to the pages of apps below: the fee, before anybody is enrolled."""

from decimal import Decimal

from hubs.slots import FeeTerms, LeaderPay, fee_of_round, leader_pay, terms_of_round
from payments.domain.fees import is_very_small, quote, vat_on
from payments.domain.terms import fees_of
from payments.models import EarningTerms, Fees, Vat
from rounds.models import Kind, Round
from schools.models import School


def fee_for(round_: Round, school: School | None) -> Decimal | None:
    return quote(round_, school, fees_of(round_))


def terms_for(round_: Round, school: School | None) -> FeeTerms:
    fees = fees_of(round_)
    amount = quote(round_, school, fees)
    small = fees.small_school if fees.small_school_pupils and round_.kind == Kind.STANDARD else None
    return FeeTerms(
        amount=amount,
        gross=None if amount is None else amount + vat_on(amount, fees),
        vat=_vat_in_words(fees),
        small=small,
        small_pupils=fees.small_school_pupils or 0,
        is_small=small is not None and school is not None and bool(is_very_small(school, fees)),
    )


def _vat_in_words(fees: Fees) -> str:
    match fees.vat:
        case Vat.STANDARD:
            return f"VAT at {fees.vat_rate.normalize():f}% comes on top."
        case Vat.OUTSIDE:
            return "It’s outside the scope of VAT."
        case _:
            return "It’s exempt from VAT."


def newest_pay() -> LeaderPay:
    """As the newest round pays; before there is one, as the scheme begins."""
    terms = EarningTerms.objects.order_by("-round__year", "-pk").first() or EarningTerms()
    return LeaderPay(terms.school_rate, terms.review_rate, terms.reaccreditation_rate)


if newest_pay not in leader_pay:
    leader_pay.append(newest_pay)
if fee_for not in fee_of_round:
    fee_of_round.append(fee_for)
    terms_of_round.append(terms_for)
