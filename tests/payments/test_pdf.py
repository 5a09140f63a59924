from decimal import Decimal
from io import BytesIO
from unittest.mock import patch

import pikepdf
import pypdfium2
import pytest
from django.core.files.storage import default_storage

from payments.domain import pdf
from payments.models import Invoice, Vat
from payments.tasks import make_invoice_pdf, sweep_invoice_pdfs
from psqm_portal.core.files.rights import may_read
from psqm_portal.core.roles import Role
from tests import factories as make
from tests.payments.helpers import enrolled, issued, round_that_holds_back, round_with_fees, set_fees

pytestmark = pytest.mark.django_db


def made(invoice):
    make_invoice_pdf(invoice.pk)
    invoice.refresh_from_db()
    return invoice


def content(invoice):
    with default_storage.open(invoice.pdf.key) as stored:
        return stored.read()


def text_of(data):
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))


def test_the_pdf_says_all_that_an_invoice_must():
    cycle = round_with_fees()
    set_fees(
        cycle,
        vat=Vat.STANDARD,
        vat_rate=Decimal("20.00"),
        sender="Primary Science Quality Mark\n1 College Lane\nVAT number GB 000 0000 00",
    )
    place = make.school(name="Oak <b>Primary</b>", street="1 Acorn Lane")
    invoice = made(enrolled(cycle, place, order_number="PO 77").invoice)
    assert invoice.pdf.name == f"{invoice.number}.pdf"
    assert invoice.pdf.owner == f"school-{place.pk}"
    text = text_of(content(invoice))
    for words in [
        "PSQM-2627-00001", "Tuesday 3 November 2026", "Thursday 3 December 2026", "Oak <b>Primary</b>",
        "1 Acorn Lane", "PO 77", "£750.00", "£150.00", "£900.00", "20 %",
        "VAT number GB 000 0000 00", "Hana Head", "money@test.example",
    ]:  # fmt: skip
        assert words in text, words


def test_the_pdf_is_tagged_a4_portrait_with_its_fonts():
    with pikepdf.open(BytesIO(content(made(issued())))) as document:
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.Root.Lang) == "en-GB"
        assert document.docinfo["/Title"] == "Invoice PSQM-2627-00001"
        [page] = document.pages
        width, height = (round(float(side) / 72 * 25.4) for side in page.mediabox[2:])
        assert (width, height) == (210, 297)
        for font in page.Resources.Font.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_r11_made_twice_is_made_once():
    invoice = made(issued())
    first = invoice.pdf_id
    assert made(invoice).pdf_id == first
    assert pdf.waiting() == []


def test_two_workers_at_once_keep_the_first_ones():
    invoice = issued()
    stale = Invoice.objects.get(pk=invoice.pk)
    first = made(invoice).pdf_id
    assert pdf.make_pdf(stale, now=make.NOW).pdf_id == first


def test_a_draft_gets_none():
    draft = enrolled(round_that_holds_back()).invoice
    assert made(draft).pdf is None
    assert pdf.waiting() == []


def test_a_failed_try_is_written_down_and_tried_again_only_so_often():
    invoice = issued()
    with patch("payments.domain.pdf.render", side_effect=OSError("no fonts")):
        for tries in range(1, pdf.MAX_TRIES + 1):
            assert pdf.waiting() == [invoice.pk]
            with pytest.raises(OSError, match="no fonts"):
                make_invoice_pdf(invoice.pk)
            invoice.refresh_from_db()
            assert (invoice.pdf_tries, invoice.pdf_error) == (tries, "no fonts")
    assert pdf.waiting() == []


def test_the_sweep_sends_what_is_waiting(django_capture_on_commit_callbacks):
    first, second = issued(), issued()
    made(first)
    with patch("payments.tasks.make_invoice_pdf.delay_on_commit") as send:
        sweep_invoice_pdfs()
    assert [call.args for call in send.call_args_list] == [(second.pk,)]


def test_who_reads_the_pdf():
    invoice = made(issued())
    school = invoice.submission.school
    readers = {
        "head": make.member(school, Role.HEADTEACHER),
        "finance contact": make.member(school, Role.SCHOOL_FINANCE),
        "HQ admin": make.hq(Role.HQ_ADMIN),
        "HQ finance": make.hq(Role.HQ_FINANCE),
    }
    others = {
        "subject leader": make.member(school, Role.SUBJECT_LEADER),
        "viewer": make.hq(Role.HQ_VIEWER),
        "hub leader": invoice.submission.hub.memberships.get().user,
        "another head": make.member(make.school(), Role.HEADTEACHER),
        "stranger": make.user(),
    }
    assert {name: may_read(user, invoice.pdf) for name, user in readers.items()} == dict.fromkeys(
        readers, True
    )
    assert {name: may_read(user, invoice.pdf) for name, user in others.items()} == dict.fromkeys(
        others, False
    )
    readers["head"].school_memberships.update(ended_at=make.NOW)
    assert not may_read(readers["head"], invoice.pdf)
