from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from messaging.models import Email
from payments.domain import invoices
from payments.domain.invoice_machine import financial_year, invoice_machine
from payments.models import Invoice, Receipt
from psqm_portal.core.clock import end_of
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import Counter, HistoryEntry
from psqm_portal.core.roles import Role
from submissions.domain.machine import submission_machine
from tests import factories as make
from tests.payments.helpers import (
    HOW_TO_PAY,
    enrolled,
    issued,
    round_that_holds_back,
    round_with_fees,
    set_fees,
)

pytestmark = pytest.mark.django_db


def pay(invoice, amount, *, key=None, by=None, on=date(2026, 11, 2)):
    return invoices.record_payment(
        invoice,
        amount=Decimal(amount),
        received_on=on,
        reference="BACS",
        key=key or uuid4(),
        by=by or make.hq(Role.HQ_FINANCE),
        now=make.NOW,
    )


def actions(invoice):
    rows = HistoryEntry.objects.filter(machine="invoice", subject_id=invoice.pk)
    return list(rows.values_list("action", flat=True))


def test_enrolment_issues_an_invoice_with_all_it_needs():
    cycle = round_with_fees()
    place = make.school(name="Oak Primary", street="1 Acorn Lane", town="Ashbrook", postcode="AS1 2BC")
    invoice = enrolled(cycle, place, order_number="PO 77").invoice
    assert invoice.status == "issued"
    assert invoice.number == "PSQM-2627-00001"
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 11, 3), date(2026, 12, 3))
    assert invoice.payer_name == "Oak Primary"
    assert invoice.payer_address == "1 Acorn Lane\nAshbrook\nAS1 2BC"
    assert (invoice.contact_name, invoice.order_number) == ("Hana Head", "PO 77")
    assert (invoice.total, invoice.paid, invoice.balance) == (
        Decimal("750.00"),
        Decimal(0),
        Decimal("750.00"),
    )
    assert invoice.how_to_pay == HOW_TO_PAY
    line = invoice.lines.get()
    assert line.description == f"Primary Science Quality Mark, {cycle}: fee for Oak Primary"
    assert (line.net, line.vat, line.vat_amount) == (Decimal("750.00"), "exempt", Decimal("0.00"))
    assert actions(invoice) == ["make", "issue"]


def test_another_payer_is_addressed_and_finance_is_written_to():
    invoice = enrolled(
        payer="trust",
        payer_name="Ash Trust",
        payer_address="2 High Street\nAshbrook",
        finance_name="Finn Ance",
        finance_email="finn@test.example",
    ).invoice
    assert (invoice.payer_name, invoice.payer_address) == ("Ash Trust", "2 High Street\nAshbrook")
    assert (invoice.contact_name, invoice.contact_email) == ("Finn Ance", "finn@test.example")
    mails = Email.objects.filter(template="payments/mail/invoice_issued")
    head = invoice.submission.registration.headteacher_email
    assert set(mails.values_list("to", flat=True)) == {"finn@test.example", head}
    assert "We have sent it to finn@test.example too" in mails.get(to=head).text
    assert "sent it to" not in mails.get(to="finn@test.example").text
    assert f"/invoices/{invoice.pk}/" in mails.get(to=head).text


def test_numbers_have_no_gaps_even_when_an_enrolment_is_undone():
    cycle = round_with_fees()
    first = enrolled(cycle).invoice
    with transaction.atomic():
        assert enrolled(cycle).invoice.number == "PSQM-2627-00002"
        transaction.set_rollback(True)
    second = enrolled(cycle).invoice
    assert (first.number, second.number) == ("PSQM-2627-00001", "PSQM-2627-00002")
    assert Counter.objects.get(series="invoice-2627").last == 2


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 4, 1), "2627"),
        (date(2027, 3, 31), "2627"),
        (date(2027, 4, 1), "2728"),
        (date(2099, 12, 31), "9900"),
    ],
)
def test_the_financial_year_begins_in_april(day, year):
    assert financial_year(day) == year


def test_an_invoice_is_held_back_and_issued_once_the_fees_are_set():
    cycle = round_that_holds_back()
    invoice = enrolled(cycle).invoice
    assert (invoice.status, invoice.number, invoice.total) == ("draft", None, Decimal(0))
    assert not invoice.lines.exists()
    assert not Email.objects.filter(template="payments/mail/invoice_issued").exists()
    with pytest.raises(Refused, match=r"up to how many pupils .* doesn't say yet how to pay"):
        invoice_machine.perform(invoice, "issue", by=make.hq(), now=make.NOW)
    set_fees(cycle, small_school_pupils=0, how_to_pay=HOW_TO_PAY)
    [done] = invoices.issue_held_back(cycle, by=make.hq(), now=make.NOW)
    assert (done.pk, done.status, done.total) == (invoice.pk, "issued", Decimal("750.00"))
    assert invoices.issue_held_back(cycle, by=make.hq(), now=make.NOW) == []


def test_what_was_charged_stays_whatever_changes_later():
    invoice = issued()
    set_fees(invoice.submission.round, standard=Decimal("999.00"), how_to_pay="Elsewhere", sender="Others")
    invoices.issue_held_back(invoice.submission.round, by=make.hq(), now=make.NOW)
    invoice.refresh_from_db()
    assert (invoice.total, invoice.how_to_pay) == (Decimal("750.00"), HOW_TO_PAY)


def test_a_school_that_has_withdrawn_is_not_charged():
    cycle = round_that_holds_back()
    submission = enrolled(cycle)
    submission_machine.perform(submission, "withdraw", by=make.hq(), now=make.NOW, reason="No time")
    set_fees(cycle, small_school_pupils=0, how_to_pay=HOW_TO_PAY)
    assert invoices.issue_held_back(cycle, by=make.hq(), now=make.NOW) == []


def test_part_full_and_too_much():
    invoice = issued()
    invoice = pay(invoice, "200.00")
    assert (invoice.status, invoice.paid, invoice.balance) == ("issued", Decimal("200.00"), Decimal("550.00"))
    invoice = pay(invoice, "550.00")
    assert (invoice.status, invoice.balance, invoice.overpaid) == ("paid", Decimal(0), Decimal(0))
    invoice = pay(invoice, "0.01")
    assert (invoice.status, invoice.overpaid) == ("paid", Decimal("0.01"))
    assert invoice.receipts.count() == 3


def test_the_same_form_twice_is_one_receipt():
    invoice, key = issued(), uuid4()
    assert pay(invoice, "750.00", key=key).paid == Decimal("750.00")
    assert pay(invoice, "750.00", key=key).paid == Decimal("750.00")
    assert Receipt.objects.count() == 1
    other = issued()
    with pytest.raises(Refused, match="another invoice"):
        pay(other, "750.00", key=key)


def test_payments_that_are_refused():
    invoice = issued()
    with pytest.raises(Refused, match="lies ahead"):
        pay(invoice, "10.00", on=date(2026, 11, 4))
    with pytest.raises(Refused, match="over £0"):
        pay(invoice, "0.00")
    held_back = enrolled(round_that_holds_back()).invoice
    with pytest.raises(Refused, match="it is held back"):
        pay(held_back, "10.00")
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("role", [Role.HEADTEACHER, Role.SCHOOL_FINANCE, Role.SUBJECT_LEADER])
def test_a_school_records_no_payment(role):
    invoice = issued()
    with pytest.raises(PermissionDenied):
        pay(invoice, "750.00", by=make.member(invoice.submission.school, role))


def test_the_order_number_can_be_set_until_the_invoice_is_issued():
    invoice = enrolled(round_that_holds_back()).invoice
    head = make.member(invoice.submission.school, Role.HEADTEACHER)
    assert invoices.set_order_number(invoice, " PO 9 ", by=head, now=make.NOW).order_number == "PO 9"
    with pytest.raises(Refused, match="Enter the order number"):
        invoices.set_order_number(invoice, " ", by=head, now=make.NOW)
    done = issued()
    with pytest.raises(Refused, match="it is issued"):
        invoices.set_order_number(done, "PO 10", by=make.hq(), now=make.NOW)


def test_a_deferred_schools_invoice_goes_along():
    invoice = issued()
    old = invoice.submission
    later = round_with_fees(opens=date(2027, 4, 1), framework=old.round.framework)
    make.hub_round(old.hub, later)
    submission_machine.perform(
        old, "defer", by=make.hq(), now=make.NOW, reason="Building work", round=later, hub=old.hub
    )
    invoice.refresh_from_db()
    assert invoice.submission == old.continued_by
    assert (invoice.status, invoice.number, invoice.total) == ("issued", "PSQM-2627-00001", Decimal("750.00"))
    assert actions(invoice) == ["make", "issue", "go_along"]
    assert Invoice.objects.count() == 1


def test_a_fee_of_nothing_is_issued_as_paid():
    cycle = round_with_fees()
    set_fees(cycle, standard=Decimal("0.00"))
    invoice = enrolled(cycle).invoice
    assert (invoice.status, invoice.number, invoice.balance) == ("paid", "PSQM-2627-00001", Decimal("0.00"))


def test_the_due_day_lasts_until_london_midnight():
    invoice = issued()
    assert end_of(invoice.due_on) - end_of(invoice.issued_on) == timedelta(days=30)


def test_mail_once_even_when_told_twice():
    from payments.domain.notices import tell_payer

    invoice = issued()
    before = Email.objects.count()
    tell_payer(invoice, now=make.NOW)
    assert Email.objects.count() == before
