"""R17: what the database itself refuses, in raw SQL."""

import pytest
from django.db import IntegrityError, connection, transaction

from payments.domain.terms import fees_of, terms_of
from payments.models import Earning
from tests import factories as make
from tests.payments.helpers import enrolled, issued

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def refused(sql, *values):
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute(sql, values)


@pytest.mark.parametrize("column", ["standard", "small_school", "reaccreditation"])
def test_r17_a_negative_fee(column):
    refused(f"UPDATE payments_fees SET {column} = -0.01 WHERE id = %s", fees_of(make.round_()).pk)


def test_r17_a_rate_of_vat_that_does_not_fit():
    pk = fees_of(make.round_()).pk
    refused("UPDATE payments_fees SET vat_rate = 20 WHERE id = %s", pk)
    refused("UPDATE payments_fees SET vat = 'standard' WHERE id = %s", pk)


@pytest.mark.parametrize(
    "change",
    [
        "total = -1",
        "paid = -1",
        "status = 'paid'",  # 0 of £750 came in
        "status = 'draft'",  # with a number
        "number = NULL",
        "due_on = NULL",
    ],
)
def test_r17_an_invoice_that_contradicts_itself(change):
    refused(f"UPDATE payments_invoice SET {change} WHERE id = %s", issued().pk)


def test_r17_a_number_or_a_submission_twice():
    first, second = issued(), issued()
    refused("UPDATE payments_invoice SET number = %s WHERE id = %s", first.number, second.pk)
    refused("UPDATE payments_invoice SET submission_id = %s WHERE id = %s", first.submission_id, second.pk)


def test_r17_a_negative_line_and_a_receipt_of_nothing():
    invoice = issued()
    refused("UPDATE payments_invoiceline SET net = -1 WHERE invoice_id = %s", invoice.pk)
    refused(
        "INSERT INTO payments_receipt"
        " (invoice_id, amount, received_on, reference, key, recorded_by_id, recorded_at)"
        " VALUES (%s, 0, '2026-11-03', '', 'ba5eba11ba5eba11ba5eba11ba5eba11', %s, '2026-11-03 09:00:00+00')",
        invoice.pk,
        make.user().pk,
    )


@pytest.mark.parametrize("shares", ["100, 1, 0", "99, 0, 0", "0, 0, 0"])
def test_r17_shares_that_do_not_add_up(shares):
    names = ["share_enrolment", "share_training", "share_submission"]
    change = ", ".join(f"{name} = {share}" for name, share in zip(names, shares.split(", "), strict=True))
    refused(f"UPDATE payments_earningterms SET {change} WHERE id = %s", terms_of(make.round_()).pk)


COPY = (
    "INSERT INTO payments_earning"
    " (payee_id, submission_id, kind, instalment, rate, amount, cause, earned_at, paid_on)"
    " SELECT payee_id, submission_id, {kind}, {instalment}, rate, {amount}, cause, earned_at, {paid_on}"
    " FROM payments_earning WHERE id = %s"
)


@pytest.mark.parametrize(
    "changes",
    [
        {},  # paid twice
        {"kind": "'reaccreditation'"},  # £200 and £350
        {"instalment": "'again'"},
        {"kind": "'review'"},
        {"instalment": "'training'", "amount": "-1"},
    ],
)
def test_r17_paid_twice_or_for_nothing(changes):
    line = enrolled().earnings.get()
    columns = {
        "kind": "kind",
        "instalment": "instalment",
        "amount": "amount",
        "paid_on": "paid_on",
        **changes,
    }
    refused(COPY.format(**columns), line.pk)
    assert Earning.objects.count() == 1


def test_r17_paid_to_nobody():
    line = enrolled(has_leader=False).earnings.get()
    refused("UPDATE payments_earning SET paid_on = '2026-11-03' WHERE id = %s", line.pk)
