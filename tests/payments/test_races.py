"""R01: eight people press the same button at once. Each has a control with the guard off."""

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import QuerySet

from payments.domain import invoices
from payments.domain.earnings import earn_for_school
from payments.domain.invoice_machine import invoice_machine
from payments.models import Earning, Invoice, Moment, Receipt
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from tests import factories as make
from tests.payments.helpers import HOW_TO_PAY, enrolled, issued, round_that_holds_back, set_fees
from tests.support.races import PATIENCE, at_once, machines_unlocked

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

THREADS = 8


def by_eight(work: Callable[[int], Any]) -> list[Any]:
    return at_once([partial(work, number) for number in range(THREADS)])


@pytest.fixture
def no_lock():
    with machines_unlocked(THREADS):
        yield


def issue_by_eight():
    cycle = round_that_holds_back()
    invoice, by = enrolled(cycle).invoice, make.hq()
    set_fees(cycle, small_school_pupils=0, how_to_pay=HOW_TO_PAY)
    results = by_eight(lambda _: invoice_machine.perform(invoice, "issue", by=by, now=make.NOW))
    issues = HistoryEntry.objects.filter(machine="invoice", subject_id=invoice.pk, action="issue").count()
    return results, issues, invoice.lines.count()


def test_r01_eight_issues_are_one():
    results, issues, lines = issue_by_eight()
    assert sum(isinstance(one, Refused) for one in results) == THREADS - 1
    assert (issues, lines) == (1, 1)
    assert Invoice.objects.get().number == "PSQM-2627-00001"


def test_r01_control_without_the_lock_it_is_issued_more_than_once(no_lock):
    _, issues, lines = issue_by_eight()
    assert issues > 1
    assert lines > 1


def pay_by_eight(keys):
    invoice, by = issued(), make.hq()
    results = by_eight(
        lambda number: invoices.record_payment(
            invoice, amount=Decimal("750.00"), received_on=date(2026, 11, 2), reference="", key=keys[number],
            by=by, now=make.NOW,
        )
    )  # fmt: skip
    invoice.refresh_from_db()
    return results, invoice


def test_r01_one_form_sent_eight_times_is_one_receipt():
    results, invoice = pay_by_eight([uuid4()] * THREADS)
    assert all(isinstance(one, Invoice) for one in results)
    assert (Receipt.objects.count(), invoice.paid, invoice.status) == (1, Decimal("750.00"), "paid")


def test_r01_control_without_the_forms_key_it_is_eight_receipts():
    _, invoice = pay_by_eight([uuid4() for _ in range(THREADS)])
    assert (Receipt.objects.count(), invoice.paid) == (8, Decimal("6000.00"))


def test_r01_control_without_the_lock_money_gets_lost(no_lock, monkeypatch):
    monkeypatch.setattr("django.db.models.QuerySet.select_for_update", lambda self, *args, **kwargs: self)
    _, invoice = pay_by_eight([uuid4() for _ in range(THREADS)])
    assert Receipt.objects.count() > 1
    assert invoice.paid < Decimal("750.00") * Receipt.objects.count()


def test_r01_numbers_taken_at_once_are_gapless():
    cycle = round_that_holds_back()
    held_back = [enrolled(cycle).invoice for _ in range(THREADS)]
    set_fees(cycle, small_school_pupils=0, how_to_pay=HOW_TO_PAY)
    by = make.hq()
    by_eight(lambda number: invoice_machine.perform(held_back[number], "issue", by=by, now=make.NOW))
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [
        f"PSQM-2627-{number:05d}" for number in range(1, THREADS + 1)
    ]


def earn_by_eight():
    submission = make.submission(parts=False)
    make.hub_member(submission.hub)
    return by_eight(lambda _: earn_for_school(submission, Moment.ENROLMENT, now=make.NOW))


def test_r01_eight_times_the_same_cause_is_one_line():
    assert all(isinstance(one, Earning) for one in earn_by_eight())
    assert Earning.objects.count() == 1


def test_r01_control_without_the_constraint_it_is_more_lines(monkeypatch):
    together, get_or_create = threading.Barrier(THREADS), QuerySet.get_or_create

    def make_together(self, defaults=None, **lookup):
        if self.model is not Earning:
            return get_or_create(self, defaults, **lookup)
        together.wait(timeout=PATIENCE)
        return self.create(**lookup, **defaults), True

    monkeypatch.setattr(QuerySet, "get_or_create", make_together)
    names = ["earning_once", "earning_moment_once"]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_earning DROP CONSTRAINT earning_once")
        cursor.execute("DROP INDEX earning_moment_once")
    try:
        earn_by_eight()
        assert Earning.objects.count() > 1
    finally:
        Earning.objects.all().delete()
        with connection.schema_editor() as editor:
            for constraint in Earning._meta.constraints:
                if constraint.name in names:
                    editor.add_constraint(Earning, constraint)
