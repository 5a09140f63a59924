"""A round with its money set, and schools enrolled in it the way the portal does it."""

from decimal import Decimal
from typing import Any

from hubs.models import Hub
from payments.domain.terms import fees_of
from payments.models import Fees, Invoice
from rounds.models import Round
from schools.models import School
from submissions.domain.enrolment import enrol
from submissions.models import Submission
from tests import factories as make

HOW_TO_PAY = "By bank transfer to the University.\nAsk for the account: money@test.example"


def round_with_fees(**fields: Any) -> Round:
    cycle = make.round_(**fields)
    set_fees(cycle, small_school_pupils=0, how_to_pay=HOW_TO_PAY)
    return cycle


def round_that_holds_back(**fields: Any) -> Round:
    cycle = make.round_(**fields)
    set_fees(cycle, small_school_pupils=None, how_to_pay="")
    return cycle


def set_fees(cycle: Round, **changes: Any) -> Fees:
    Fees.objects.filter(pk=fees_of(cycle).pk).update(**changes)
    return fees_of(cycle)


def enrolled(
    cycle: Round | None = None,
    place: School | None = None,
    in_hub: Hub | None = None,
    *,
    has_leader: bool = True,
    **registration: Any,
) -> Submission:
    cycle, place, in_hub = cycle or round_with_fees(), place or make.school(), in_hub or make.hub()
    if has_leader and not in_hub.memberships.current().exists():
        make.hub_member(in_hub)
    make.hub_round(in_hub, cycle)
    return enrol(make.registration(place, in_hub, cycle, **registration), by=make.hq(), now=make.NOW)


def issued(**fields: Any) -> Invoice:
    invoice: Invoice = enrolled(**fields).invoice
    assert invoice.total == Decimal("750.00")
    return invoice
