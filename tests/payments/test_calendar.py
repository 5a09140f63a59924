"""When an invoice is due, for who pays it."""

import pytest

from payments.calendar import of_payers
from tests.support.world import build


@pytest.mark.django_db
def test_an_unpaid_invoice_is_in_the_calendar_of_who_pays_it():
    world = build()
    for role in ("headteacher", "finance contact"):
        (one,) = of_payers(world.people[role])
        assert (one.title, one.day) == (f"Pay invoice {world.invoice.number}", world.invoice.due_on)
        # No amount: it lies on phones and on others' servers.
        assert "750" not in f"{one}"
    for role in ("subject leader", "hub leader", "HQ admin", "HQ finance", "nobody"):
        assert of_payers(world.people[role]) == []
    type(world.invoice).objects.update(status="paid", paid=750)
    assert of_payers(world.people["headteacher"]) == []
