"""After submitting: reviewers, HQ's decision, the release, the certificate, the money."""

import csv
import io
from urllib.parse import urlsplit

import pikepdf
import pypdfium2

from awards.models import Award
from awards.tasks import sweep_releases
from messaging.models import Email
from tests.browser.cast import Cast
from tests.browser.joining import ROUND
from tests.browser.person import Person
from tests.browser.stage import worker_of
from tests.support.worker import wait_for


def hq_assigns_the_reviewers(cast: Cast) -> None:
    """Leaders of other hubs; the school's own can't be chosen, and the page says why."""
    hq = cast.hq
    hq.opens(f"{ROUND}reviews/")
    hq.follows("Assign reviewers")
    hq.reads("Who can't be chosen", cast.hub_leader.name)
    hq.presses("Assign these reviewers")
    hq.reads("There is a problem")
    hq.chooses(*(reviewer.name for reviewer in cast.reviewers))
    hq.presses("Assign these reviewers")
    hq.reads("chosen and told by mail")


def reviewer_reviews(cast: Cast, reviewer: Person) -> None:
    reviewer.opens(cast.stage.link_in(cast.stage.mail_to(reviewer.email, "review_assigned")))
    reviewer.reads(f"Review of {cast.school_name}", "Pupils now plan their own enquiries", "Volcano enquiry")
    reviewer.presses("Save and check your review")
    reviewer.reads("it isn't complete yet")
    reviewer.follows("Go on with the review")
    for section in reviewer.page.locator("section[aria-labelledby^=criterion]").all():
        section.get_by_label("Met", exact=True).check()
    reviewer.chooses("Meets the level")
    reviewer.fills({"What you tell the school": f"Clear work, says {reviewer.name}."})
    reviewer.presses("Save and check your review")
    reviewer.presses("Send your review to HQ")
    reviewer.follows("Go to my reviews")
    reviewer.reads(cast.school_name)


def reviewer_sees_no_drafts(cast: Cast, reviewer: Person) -> None:
    reviewer.opens(cast.page("messages/"), status=404)
    reviewer.opens(cast.page("action-plan/"), status=404)


def hq_decides(cast: Cast) -> None:
    hq = cast.hq
    hq.opens(f"{ROUND}decisions/")
    hq.follows("Decide on")
    hq.presses("Record this decision")
    hq.reads("There is a problem")
    hq.chooses("Silver")
    hq.fills({"Note for the school": "Congratulations from all of us."})
    hq.presses("Record this decision")
    hq.reads("is decided")


def nobody_knows_yet(cast: Cast) -> None:
    """Until the release nothing outside HQ depends on what was decided."""
    for person in (cast.subject_leader, cast.hub_leader):
        person.opens(cast.page("award/"))
        person.does_not_read("Congratulations", "Clear work")


def hq_releases(cast: Cast) -> None:
    hq = cast.hq
    hq.opens(f"{ROUND}release/")
    hq.reads(cast.subject_leader.name, cast.headteacher.name)
    hq.follows("Read every letter")
    hq.reads("Congratulations: your school has been awarded")
    hq.follows("Release of")
    hq.presses("Tell 1 outcome")
    hq.reads("1 outcome is told from", "Stop it, tell nobody")


def a_worker_makes_the_certificate(cast: Cast) -> None:
    """Once the time to stop the release is over; it delivers the mail of the whole year, too."""
    cast.stage.is_day(cast.stage.day.date().isoformat(), "16:30")
    with worker_of(cast.stage) as worker:
        sweep_releases.delay()
        wait_for(lambda: _made(cast), seconds=90, log=worker.log)
        wait_for(
            lambda: not Email.objects.exclude(state__in=["sent", "dropped"]).exists(),
            seconds=60,
            log=worker.log,
        )
    assert Email.objects.filter(to=cast.subject_leader.email, template__endswith="/released").count() == 1
    cast.hq.opens(f"{ROUND}release/")
    cast.hq.reads("1 of 1 made")


def all_mail_is_out() -> bool:
    return not Email.objects.filter(state__in=["waiting", "sending"]).exists()


def _made(cast: Cast) -> bool:
    award = Award.objects.filter(submission=cast.submission).select_related("certificate").first()
    return award is not None and award.certificate.file_id is not None


def school_reads_the_outcome(cast: Cast) -> None:
    leader = cast.subject_leader
    leader.opens(cast.stage.link_in(cast.stage.mail_to(leader.email, "released")))
    leader.opens(cast.page("award/"))
    leader.reads("Silver", "Congratulations from all of us.", *(f"says {one.name}" for one in cast.reviewers))


def headteacher_downloads_the_certificate(cast: Cast) -> str:
    """A tagged PDF; returns the path that its QR code leads to."""
    head = cast.headteacher
    head.opens(cast.page("award/"))
    content = head.downloads("Certificate PSQM")
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang).startswith("en")
    text = text_of(content)
    assert cast.school_name in text
    award = Award.objects.get(submission=cast.submission)
    assert award.number in text
    return urlsplit(f"{cast.stage.url}{award.get_absolute_url()}").path


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return " ".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def anybody_checks_it(cast: Cast, path: str) -> None:
    somebody = cast.visitor
    somebody.opens(path)
    somebody.reads("This award is valid.", cast.school_name, "Silver")
    somebody.opens("/certificates/")
    somebody.fills({"Certificate number": "PSQM-26A-9999"})
    somebody.presses("Check this certificate")
    somebody.reads("We know no certificate")
    somebody.fills({"Certificate number": path.strip("/").split("/")[-1].lower()})
    somebody.presses("Check this certificate")
    somebody.reads("This award is valid.")


def finance_records_the_payment(cast: Cast) -> None:
    finance = cast.finance
    finance.opens("/invoices/")
    finance.follows("PSQM-")
    finance.follows("Record a payment")
    finance.presses("Check the payment")
    finance.reads("There is a problem")
    finance.fills({"Amount that came in": "750.00", "Reference": "ASHBROOK PS"})
    finance.presses("Check the payment")
    finance.reads("The invoice will be paid in full.")
    finance.presses("Record the payment")
    finance.reads("The payment is recorded", "£0.00")


def leaders_see_their_earnings(cast: Cast) -> None:
    cast.hub_leader.opens("/earnings/")
    cast.hub_leader.reads("£350.00")
    for reviewer in cast.reviewers:
        reviewer.opens("/earnings/")
        reviewer.reads("£50.00")


def finance_exports_what_is_owed(cast: Cast) -> None:
    finance = cast.finance
    finance.opens("/earnings/")
    text = finance.downloads("Download all that is owed").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    owed = {row["Name"]: row["Amount"] for row in rows}
    assert owed == {
        cast.hub_leader.name: "350.00",
        **{reviewer.name: "50.00" for reviewer in cast.reviewers},
    }


def headteacher_downloads_the_invoice(cast: Cast) -> None:
    """Its PDF waited for the same worker."""
    head = cast.headteacher
    head.opens("/invoices/")
    head.follows("PSQM-")
    text = text_of(head.downloads("Download the invoice"))
    assert "750.00" in text
    assert "PO-77" in text
