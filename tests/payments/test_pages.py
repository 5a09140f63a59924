"""Pages of money: rights by role and page, forms, filters, constant queries."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hubs.models import HubMembership
from payments.domain.terms import fees_of, terms_of
from payments.models import Earning, Invoice, Receipt
from psqm_portal.core.roles import Role
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

MONEY = {Role.HQ_ADMIN, Role.HQ_FINANCE}
PAYERS = {Role.HEADTEACHER, Role.SCHOOL_FINANCE}
EVERYBODY = [role for role in Role if role not in {Role.REVIEWER, Role.CLOCK}]


def person(role, submission):
    """Somebody who holds the role, towards this submission where it is held towards one."""
    if role in {Role.HQ_ADMIN, Role.HQ_FINANCE, Role.HQ_VIEWER}:
        return make.hq(role)
    if role == Role.HUB_LEADER:
        return submission.hub.memberships.get(role=role.value).user
    if role == Role.MENTOR:
        return make.hub_member(submission.hub, role)
    return make.member(submission.school, role)


@pytest.fixture
def sign_in(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.mark.parametrize("role", EVERYBODY)
def test_rights_per_role_and_page(sign_in, role):
    submission = enrolled()
    invoice, slug, hub_leader = submission.invoice, submission.round.slug, person(Role.HUB_LEADER, submission)
    browser = sign_in(person(role, submission))
    money, payers = role in MONEY, role in MONEY | PAYERS
    expected = {
        "/invoices/": 200 if payers else 404,
        "/invoices/list.csv": 200 if money else 404,
        f"/invoices/{invoice.pk}/": 200 if payers else 404,
        f"/invoices/{invoice.pk}/order-number/": 302 if payers else 404,
        f"/invoices/{invoice.pk}/payment/": 200 if money else 403 if payers else 404,
        "/earnings/": 200 if money or role == Role.HUB_LEADER else 404,
        f"/earnings/{hub_leader.pk}/": 200 if money else 404,
        "/earnings/owed.csv": 200 if money else 404,
        f"/rounds/{slug}/fees/": 200 if money else 404,
        f"/rounds/{slug}/earnings/": 200 if money else 404,
    }
    assert {url: browser.get(url).status_code for url in expected} == expected
    posts = {
        f"/invoices/{invoice.pk}/issue/": 302 if money else 403 if payers else 404,
        f"/invoices/{invoice.pk}/payment/": 200 if money else 403 if payers else 404,
        f"/rounds/{slug}/fees/": 200 if money else 404,
        f"/rounds/{slug}/fees/issue/": 302 if money else 404,
        f"/rounds/{slug}/earnings/": 200 if money else 404,
    }
    assert {url: browser.post(url).status_code for url in posts} == posts
    if not money:
        assert not Receipt.objects.exists()


def test_anybody_signed_out_is_asked_to_sign_in(client):
    invoice = issued()
    for url in ["/invoices/", f"/invoices/{invoice.pk}/", "/earnings/", "/earnings/owed.csv"]:
        response = client.get(url)
        assert response.status_code == 302
        assert "/account/" in response["Location"]


@pytest.mark.parametrize("url", ["/invoices/", "/earnings/owed.csv", "/invoices/list.csv", "/earnings/"])
def test_lists_are_only_read(sign_in, url):
    assert sign_in(make.hq()).post(url).status_code == 405


def test_another_schools_invoice_is_not_there(sign_in):
    mine, others = issued(), issued()
    head = make.member(mine.submission.school, Role.HEADTEACHER)
    browser = sign_in(head)
    assert browser.get(f"/invoices/{others.pk}/").status_code == 404
    page = browser.get("/invoices/").content.decode()
    assert mine.number in page
    assert others.number not in page


def test_hq_sees_totals_and_finds_by_state_and_words(sign_in):
    cycle = round_with_fees()
    oak = enrolled(cycle, make.school(name="Oak Primary")).invoice
    elm = enrolled(cycle, make.school(name="Elm Primary")).invoice
    Invoice.objects.filter(pk=elm.pk).update(paid=Decimal("250.00"), due_on=date(2020, 1, 1))
    enrolled(round_that_holds_back(), make.school(name="Ash Primary"))
    browser = sign_in(make.hq(Role.HQ_FINANCE))
    page = browser.get("/invoices/").content.decode()
    for words in [
        "£1,500.00",
        "£250.00",
        "£1,250.00",
        "Oak Primary",
        "Elm Primary",
        "Ash Primary",
        "Overdue",
    ]:
        assert words in page

    def schools(query):
        page = browser.get(f"/invoices/?{query}").content.decode()
        return {name for name in ("Oak", "Elm", "Ash") if f"{name} Primary" in page}

    assert schools("state=held_back") == {"Ash"}
    assert schools("state=overdue") == {"Elm"}
    assert schools("state=part_paid") == {"Elm"}
    assert schools("state=open") == {"Oak", "Elm"}
    assert schools("state=paid") == set()
    assert schools("q=oak") == {"Oak"}
    assert schools(f"q={elm.number}") == {"Elm"}
    assert schools(f"round={cycle.pk}") == {"Oak", "Elm"}
    assert oak.number


def rows_of(response):
    text = b"".join(response.streaming_content).decode().removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text)))


def test_s27_the_invoices_as_csv(sign_in):
    cycle = round_with_fees()
    enrolled(cycle, make.school(name="=cmd|' /C calc'!A0"), order_number="@SUM(A1)")
    header, row = rows_of(sign_in(make.hq()).get("/invoices/list.csv"))
    assert header[0] == "Number"
    assert row[:2] == ["PSQM-2627-00001", "'=cmd|' /C calc'!A0"]
    assert row[4] == "'@SUM(A1)"
    assert row[8:] == ["750.00", "0.00", "750.00"]


def test_a_held_back_invoice_says_what_is_missing_and_where(sign_in):
    cycle = round_that_holds_back()
    invoice = enrolled(cycle).invoice
    page = sign_in(make.hq()).get(f"/invoices/{invoice.pk}/").content.decode()
    assert f"{cycle} doesn&#x27;t say yet how to pay." in page
    assert f"/rounds/{cycle.slug}/fees/" in page
    head = make.member(invoice.submission.school, Role.HEADTEACHER)
    page = sign_in(head).get(f"/invoices/{invoice.pk}/").content.decode()
    assert "You needn’t pay anything yet" in page
    assert "how to pay" not in page


def test_a_payment_is_checked_then_recorded_once(sign_in):
    invoice = issued()
    browser, url = sign_in(make.hq(Role.HQ_FINANCE)), f"/invoices/{invoice.pk}/payment/"
    form = browser.get(url).content.decode()
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', form)
    assert key is not None
    day = {"received_on_0": "2", "received_on_1": "11", "received_on_2": "2020"}
    given = {"amount": "250", "reference": "BACS", "key": key[1], **day}
    check = browser.post(url, given).content.decode()
    assert "£500.00 of £750.00 will still be owed" in check
    assert not Receipt.objects.exists()
    for _ in range(2):
        assert browser.post(url, {**given, "confirmed": "yes"}).status_code == 302
    receipt = Receipt.objects.get()
    assert (receipt.amount, receipt.received_on, receipt.reference) == (
        Decimal("250.00"),
        date(2020, 11, 2),
        "BACS",
    )
    too_much = browser.post(url, {**given, "amount": "600", "key": uuid4()}).content.decode()
    assert "£100.00 too much" in too_much
    again = browser.post(url, {**given, "amount": "600", "key": uuid4(), "change": "yes"}).content.decode()
    assert 'value="600"' in again


@pytest.mark.parametrize("amount", ["0", "-5", "0.001", "abc", "", "1e9"])
def test_an_amount_that_is_none_is_refused(sign_in, amount):
    invoice = issued()
    day = {"received_on_0": "2", "received_on_1": "11", "received_on_2": "2020"}
    given = {"amount": amount, "key": uuid4(), "confirmed": "yes", **day}
    response = sign_in(make.hq()).post(f"/invoices/{invoice.pk}/payment/", given)
    assert response.status_code == 200
    assert not Receipt.objects.exists()


def test_s07_extra_fields_change_nothing(sign_in):
    invoice = enrolled(round_that_holds_back()).invoice
    head = make.member(invoice.submission.school, Role.HEADTEACHER)
    sign_in(head).post(
        f"/invoices/{invoice.pk}/order-number/",
        {"order_number": "PO 1", "status": "paid", "total": "0", "paid": "750", "number": "X"},
    )
    invoice.refresh_from_db()
    assert (invoice.order_number, invoice.status, invoice.total, invoice.paid, invoice.number) == (
        "PO 1", "draft", Decimal(0), Decimal(0), None,
    )  # fmt: skip


FEES = {
    "standard": "750", "small_school_pupils": "0", "small_school": "", "reaccreditation": "300",
    "vat": "exempt", "vat_rate": "0", "sender": "PSQM", "how_to_pay": HOW_TO_PAY,
}  # fmt: skip


def test_saving_the_fees_issues_what_was_held_back(sign_in):
    cycle = round_that_holds_back()
    enrolled(cycle)
    enrolled(cycle)
    browser = sign_in(make.hq(Role.HQ_FINANCE))
    page = browser.get(f"/rounds/{cycle.slug}/fees/").content.decode()
    assert "Held back: 2 invoices" in page
    page = browser.post(f"/rounds/{cycle.slug}/fees/", FEES, follow=True).content.decode()
    assert "2 invoices that were held back are now issued" in page
    assert set(Invoice.objects.values_list("status", flat=True)) == {"issued"}


def test_the_button_issues_what_a_number_of_pupils_was_missing_for(sign_in):
    cycle = round_with_fees()
    set_fees(cycle, small_school_pupils=50)
    place = make.school(pupils=None)
    enrolled(cycle, place)
    browser = sign_in(make.hq())
    assert "Issue the invoice held back" not in browser.get(f"/rounds/{cycle.slug}/fees/").content.decode()
    place.pupils = 200
    place.save()
    assert "Issue the invoice held back" in browser.get(f"/rounds/{cycle.slug}/fees/").content.decode()
    browser.post(f"/rounds/{cycle.slug}/fees/issue/")
    assert Invoice.objects.get().status == "issued"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"standard": "-1"}, "greater than or equal to 0"),
        ({"vat": "standard"}, "needs a rate over 0"),
        ({"small_school_pupils": "-1"}, "greater than or equal to 0"),
        ({"vat_rate": "20"}, "exempt and outside the scope a rate of 0"),
    ],
)
def test_fees_that_cannot_be(sign_in, change, words):
    cycle = round_with_fees()
    page = sign_in(make.hq()).post(f"/rounds/{cycle.slug}/fees/", {**FEES, **change}).content.decode()
    assert words in page
    assert fees_of(cycle).reaccreditation is None


TERMS = {
    "school_rate": "350", "review_rate": "50", "reaccreditation_rate": "200",
    "share_enrolment": "50", "share_training": "25", "share_submission": "25",
}  # fmt: skip


def test_shares_must_add_up(sign_in):
    cycle = round_with_fees()
    browser, url = sign_in(make.hq()), f"/rounds/{cycle.slug}/earnings/"
    page = browser.post(url, {**TERMS, "share_training": "20"}).content.decode()
    assert "The three shares must add up to 100" in page
    assert browser.post(url, TERMS).status_code == 302
    assert list(terms_of(cycle).shares.values()) == [50, 25, 25]


def test_settled_shares_are_said_and_refused(sign_in):
    cycle = round_with_fees()
    enrolled(cycle)
    url = f"/rounds/{cycle.slug}/earnings/"
    browser = sign_in(make.hq())
    assert "already earned a part" in browser.get(url).content.decode()
    assert "can&#x27;t change any more" in browser.post(url, TERMS).content.decode()


def test_a_leader_sees_own_lines_only(sign_in):
    mine, others = enrolled(), enrolled()
    page = sign_in(person(Role.HUB_LEADER, mine)).get("/earnings/").content.decode()
    assert f"{mine.school} enrolled" in page
    assert f"{others.school} enrolled" not in page
    assert "£350.00" in page


def test_who_stood_down_still_sees_what_was_earned(sign_in):
    leader = person(Role.HUB_LEADER, enrolled())
    HubMembership.objects.update(ended_at=make.NOW)
    assert sign_in(leader).get("/earnings/").status_code == 200


def test_hq_sees_what_is_owed_by_leader_and_lines_without_one(sign_in):
    submission = enrolled()
    leader = person(Role.HUB_LEADER, submission)
    HubMembership.objects.filter(user=leader).update(payee_reference="UH-1234")
    nobody = enrolled(has_leader=False)
    browser = sign_in(make.hq(Role.HQ_FINANCE))
    page = browser.get("/earnings/").content.decode()
    assert leader.name in page
    assert "UH-1234" in page
    assert "1 line fell due while the hub had no leader" in page
    page = browser.get("/earnings/?state=nobody").content.decode()
    assert f"{nobody.school} enrolled" in page
    assert f"{submission.school} enrolled" in browser.get(f"/earnings/{leader.pk}/").content.decode()


def test_owed_is_a_row_for_each_leader_with_only_unpaid_lines(sign_in):
    hub = make.hub()
    leader = make.hub_member(hub, person=make.user("=Lea Der"))
    HubMembership.objects.filter(user=leader).update(payee_reference="UH-1234")
    cycle = round_with_fees()
    first, second, third = (enrolled(cycle, in_hub=hub) for _ in range(3))
    Earning.objects.filter(submission=first).update(paid_on=date(2026, 11, 1))
    enrolled(cycle, has_leader=False)
    header, *rows = rows_of(sign_in(make.hq(Role.HQ_FINANCE)).get("/earnings/owed.csv"))
    assert header == ["Payee reference", "Name", "Email", "Amount", "Lines", "References"]
    references = " ".join(submission.earnings.get().reference for submission in (second, third))
    assert rows == [["UH-1234", "'=Lea Der", leader.email, "700.00", "2", references]]


def count(browser, url):
    browser.get(url)
    with CaptureQueriesContext(connection) as queries:
        response = browser.get(url)
        if response.streaming:
            b"".join(response.streaming_content)
    assert response.status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    ("url", "queries"),
    [
        ("/invoices/", 8),
        ("/invoices/list.csv", 5),
        ("/earnings/", 9),
        ("/earnings/?state=nobody", 9),
        ("/earnings/owed.csv", 6),
        ("/rounds/{slug}/fees/", 7),
        ("/earnings/{leader}/", 9),
    ],
)
def test_r24_lists_cost_the_same_for_1_3_and_10_rows(sign_in, url, queries):
    hub, cycle = make.hub(), round_that_holds_back()
    leader = make.hub_member(hub)
    browser = sign_in(make.hq(Role.HQ_FINANCE))
    url = url.format(slug=cycle.slug, leader=leader.pk)
    counts = []
    for more in (1, 2, 7):
        for _ in range(more):
            enrolled(cycle, in_hub=hub)
            enrolled(cycle)
            enrolled(cycle, has_leader=False)
        counts.append(count(browser, url))
    assert counts == [queries] * 3


def test_r24_one_invoice_costs_the_same_with_more_receipts(sign_in):
    invoice = issued()
    finance = make.hq(Role.HQ_FINANCE)
    browser, counts = sign_in(finance), []
    for more in (1, 2, 7):
        Receipt.objects.bulk_create(
            Receipt(
                invoice=invoice, amount=1, received_on=date(2026, 11, 1), key=uuid4(), recorded_by=finance,
                recorded_at=make.NOW,
            )
            for _ in range(more)
        )  # fmt: skip
        counts.append(count(browser, f"/invoices/{invoice.pk}/"))
    assert counts == [10] * 3
