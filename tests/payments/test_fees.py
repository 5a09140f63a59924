from decimal import Decimal

import pytest

from payments.domain.fees import charge, is_very_small, missing
from payments.domain.terms import fees_of, lay_down, save_fees
from payments.models import EarningTerms, Fees, Vat
from psqm_portal.core.models import HistoryEntry
from tests import factories as make
from tests.payments.helpers import HOW_TO_PAY, round_with_fees, set_fees

pytestmark = pytest.mark.django_db


def sentences(submission):
    return [one.sentence for one in missing(submission, fees_of(submission.round))]


def test_a_new_round_takes_the_latest_rounds_fees_of_its_kind():
    early = make.round_(year=2024)
    set_fees(early, standard=Decimal("500.00"))
    late = make.round_(year=2026)
    set_fees(late, standard=Decimal("750.00"), how_to_pay=HOW_TO_PAY)
    renewal = make.round_(year=2027, kind="reaccreditation")
    set_fees(renewal, standard=Decimal("1.00"))
    new = make.round_(year=2028)
    lay_down(new)
    assert (new.fees.standard, new.fees.how_to_pay) == (Decimal("750.00"), HOW_TO_PAY)
    assert Fees.objects.get(round=early).standard == Decimal("500.00")


def test_a_first_round_takes_the_schemes_defaults():
    new = make.round_()
    lay_down(new)
    assert (new.fees.standard, new.fees.small_school_pupils, new.fees.small_school) == (
        Decimal("750.00"), None, None,
    )  # fmt: skip
    terms = EarningTerms.objects.get(round=new)
    assert (terms.school_rate, terms.review_rate, terms.reaccreditation_rate) == (350, 50, 200)
    assert list(terms.shares.values()) == [100, 0, 0]


def test_without_a_threshold_no_fee_can_be_told():
    cycle = make.round_()
    submission = make.submission(cycle=cycle)
    set_fees(cycle, how_to_pay=HOW_TO_PAY)
    assert sentences(submission) == [f"{cycle} doesn't say yet up to how many pupils a school is very small."]
    assert charge(submission, fees_of(cycle)) is None


def test_without_a_way_to_pay_it_is_held_back_too():
    cycle = make.round_()
    set_fees(cycle, small_school_pupils=0)
    assert sentences(make.submission(cycle=cycle)) == [f"{cycle} doesn't say yet how to pay."]


@pytest.mark.parametrize(
    ("threshold", "pupils", "small"),
    [(0, 10, False), (0, None, False), (50, 50, True), (50, 51, False), (50, None, None), (None, 10, None)],
)
def test_very_small(threshold, pupils, small):
    assert is_very_small(make.school(pupils=pupils), Fees(small_school_pupils=threshold)) is small


def test_a_very_small_school_pays_less_once_its_fee_is_set():
    cycle = round_with_fees()
    submission = make.submission(cycle=cycle, place=make.school(pupils=40))
    set_fees(cycle, small_school_pupils=50)
    assert sentences(submission) == [f"{cycle} has no fee for very small schools yet."]
    fees = set_fees(cycle, small_school=Decimal("400.00"))
    assert sentences(submission) == []
    charged = charge(submission, fees)
    assert charged is not None
    assert (charged.net, charged.gross) == (Decimal("400.00"), Decimal("400.00"))
    assert "very small" in charged.description


def test_an_unknown_number_of_pupils_holds_back_and_says_where_to_set_it():
    cycle = round_with_fees()
    submission = make.submission(cycle=cycle, place=make.school(pupils=None, name="Oak Primary"))
    [lacks] = missing(submission, set_fees(cycle, small_school_pupils=50))
    assert lacks.sentence == "It isn't known how many pupils Oak Primary has, so its fee can't be told."
    assert lacks.url == f"/schools/{submission.school_id}/"


def test_a_reaccreditation_asks_for_its_own_fee():
    cycle = round_with_fees(kind="reaccreditation")
    submission = make.submission(cycle=cycle, place=make.school(pupils=None))
    assert sentences(submission) == [f"{cycle} has no reaccreditation fee yet."]
    charged = charge(submission, set_fees(cycle, reaccreditation=Decimal("300.00")))
    assert charged is not None
    assert charged.net == Decimal("300.00")


def test_vat_is_rounded_to_the_penny():
    cycle = round_with_fees()
    fees = set_fees(cycle, standard=Decimal("333.33"), vat=Vat.STANDARD, vat_rate=Decimal("20.00"))
    charged = charge(make.submission(cycle=cycle), fees)
    assert charged is not None
    assert (charged.net, charged.vat_amount, charged.gross) == (
        Decimal("333.33"), Decimal("66.67"), Decimal("400.00"),
    )  # fmt: skip


def test_saving_fees_is_remembered():
    fees = set_fees(make.round_(), standard=Decimal("750.00"))
    fees.standard = Decimal("800.00")
    person = make.hq()
    save_fees(fees, by=person, now=make.NOW)
    entry = HistoryEntry.objects.get(machine="fees")
    assert (entry.by, entry.reason) == (person, "fee of a school: 750.00 → 800.00")
