"""What opening or closing a round means for money."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from payments.domain.terms import fees_of
from payments.models import Invoice
from psqm_portal.core.templatetags.portal import counted, money
from rounds.models import Kind, Round
from rounds.slots import Effect, move_effects


def effects(round_: Round, action: str, _: datetime) -> Iterator[Effect]:
    if action in {"open", "reopen"}:
        yield _of_opening(round_)
    elif action == "close":
        held = Invoice.objects.filter(submission__round=round_, status=Invoice.Status.DRAFT).count()
        if held:
            yield Effect(
                f"{counted(held, 'invoice')} {'isn’t' if held == 1 else 'aren’t'} issued yet. Closing "
                "changes no invoice and no earning.",
                reverse("invoices"),
                "See the invoices",
            )
        else:
            yield Effect("Closing changes no invoice and no earning.")


def _of_opening(round_: Round) -> Effect:
    fees = fees_of(round_)
    url = reverse("round_fees", args=[round_.slug])
    fee = fees.reaccreditation if round_.kind == Kind.REACCREDITATION else fees.standard
    if fee is None:
        return Effect(
            "The fee isn’t set, so invoices wait: schools can be enrolled, and each gets its invoice then.",
            url,
            "Set the fee",
            is_warning=True,
        )
    if not fees.how_to_pay.strip():
        return Effect(
            f"Each school that is enrolled gets an invoice of {money(fee)}, but the fees don’t say yet how "
            "to pay, so invoices wait.",
            url,
            "Say how to pay",
            is_warning=True,
        )
    less = " A very small school pays less." if fees.small_school is not None and fee == fees.standard else ""
    return Effect(f"Each school that is enrolled gets an invoice of {money(fee)}.{less}", url, "See the fees")


if effects not in move_effects:
    move_effects.append(effects)
