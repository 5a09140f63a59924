"""Which fee a school pays, and what must be set before its invoice can be issued."""

from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from payments.models import Fees, Vat
from psqm_portal.core.money import pounds
from rounds.models.rounds import Kind, Round
from schools.models import School
from submissions.models import Submission


@dataclass(frozen=True, slots=True)
class Missing:
    """A setting that an invoice waits for: a sentence, and the page where it is set."""

    sentence: str
    url: str
    link: str


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of an invoice to be; amounts in pounds."""

    description: str
    net: Decimal
    vat: str
    vat_rate: Decimal
    vat_amount: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat_amount


def vat_on(net: Decimal, fees: Fees) -> Decimal:
    return pounds(net * fees.vat_rate / 100) if fees.vat == Vat.STANDARD else Decimal("0.00")


def missing(submission: Submission, fees: Fees) -> list[Missing]:
    """Everything that keeps this submission's invoice back; nothing when it can be issued.

    Asks no query when school, round and fees are loaded.
    """
    found = [_missing_amount(submission, fees)]
    if not fees.how_to_pay.strip():
        found.append(_of_fees(submission, "doesn't say yet how to pay"))
    if not fees.sender.strip():
        found.append(_of_fees(submission, "doesn't say yet who sends its invoices"))
    return [one for one in found if one is not None]


def charge(submission: Submission, fees: Fees) -> Charge | None:
    """What the school pays; None while a setting that it depends on is missing."""
    if _missing_amount(submission, fees) is not None:
        return None
    net = _amount(submission, fees)
    if net is None:
        return None
    return Charge(
        description=f"Primary Science Quality Mark, {submission.round}: {_what(submission, fees)}"
        f" for {submission.school}",
        net=pounds(net),
        vat=fees.vat,
        vat_rate=fees.vat_rate,
        vat_amount=vat_on(net, fees),
    )


def _what(submission: Submission, fees: Fees) -> str:
    if submission.round.kind == Kind.REACCREDITATION:
        return "reaccreditation fee"
    return "fee of a very small school" if is_very_small(submission.school, fees) else "fee"


def is_very_small(school: School, fees: Fees) -> bool | None:
    """None: it can't be told. A threshold of 0 says that no school is."""
    if fees.small_school_pupils == 0:
        return False
    if fees.small_school_pupils is None or school.pupils is None:
        return None
    return school.pupils <= fees.small_school_pupils


def _amount(submission: Submission, fees: Fees) -> Decimal | None:
    return quote(submission.round, submission.school, fees)


def quote(round_: Round, school: School | None, fees: Fees) -> Decimal | None:
    """Before VAT; without a school, or where its size isn't known, what most schools pay."""
    if round_.kind == Kind.REACCREDITATION:
        return fees.reaccreditation
    if school is not None and is_very_small(school, fees):
        return fees.small_school
    return fees.standard


def _missing_amount(submission: Submission, fees: Fees) -> Missing | None:
    if submission.round.kind == Kind.REACCREDITATION:
        return (
            None
            if fees.reaccreditation is not None
            else _of_fees(submission, "has no reaccreditation fee yet")
        )
    if fees.small_school_pupils is None:
        return _of_fees(submission, "doesn't say yet up to how many pupils a school is very small")
    small = is_very_small(submission.school, fees)
    if small is None:
        return Missing(
            f"It isn't known how many pupils {submission.school} has, so its fee can't be told.",
            reverse("school", args=[submission.school_id]),
            "Set the number of pupils",
        )
    if small and fees.small_school is None:
        return _of_fees(submission, "has no fee for very small schools yet")
    if not small and fees.standard is None:
        return _of_fees(submission, "has no fee for a school yet")
    return None


def _of_fees(submission: Submission, lacks: str) -> Missing:
    round_ = submission.round
    return Missing(
        f"{round_} {lacks}.", reverse("round_fees", args=[round_.slug]), f"Set the fees of {round_}"
    )
