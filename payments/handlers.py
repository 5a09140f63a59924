"""What enrolment, training, submission and review mean for money, in their transactions."""

from accounts.models import User
from awards.models import Review
from hubs.models import Attendance, HubMembership
from payments.domain import earnings, invoices, notices, terms
from payments.models import Invoice, Moment
from payments.queries import visible_to
from payments.tasks import make_invoice_pdf
from psqm_portal.core import events
from psqm_portal.core.files import rights
from psqm_portal.core.machine import Occasion
from psqm_portal.core.models import StoredFile
from psqm_portal.core.roles import Role
from rounds.models import Round
from submissions.models import Submission


@events.on("round.made")
def _round_made(round_: Round, occasion: Occasion) -> None:
    terms.lay_down(round_, like=occasion.given.get("copied_from"))


@events.on("submission.enrol")
def _enrolled(submission: Submission, occasion: Occasion) -> None:
    invoices.make(submission, now=occasion.now)
    earnings.earn_at_enrolment(submission, now=occasion.now)


@events.on("submission.carried_over")
def _carried_over(copy: Submission, occasion: Occasion) -> None:
    """Work deferred to a later round: ``copy`` is the new submission."""
    if invoices.go_along(copy, now=occasion.now) is None:
        invoices.make(copy, now=occasion.now)
    earnings.earn_at_enrolment(copy, now=occasion.now)


@events.on("training.attended")
def _attended(attendance: Attendance, occasion: Occasion) -> None:
    earnings.earn_for_training(attendance, now=occasion.now)


@events.on("submission.submit")
def _submitted(submission: Submission, occasion: Occasion) -> None:
    earnings.earn_for_school(submission, Moment.SUBMISSION, now=occasion.now)


@events.on("review.complete")
def _reviewed(review: Review, occasion: Occasion) -> None:
    earnings.earn_for_review(review, now=occasion.now)


@events.on("hub_membership.started")
def _appointed(membership: HubMembership, _: Occasion) -> None:
    if membership.role == Role.HUB_LEADER.value:
        earnings.give_to_leader(membership.hub, membership.user)


@events.on("submission.move_hub")
def _moved(submission: Submission, _: Occasion) -> None:
    earnings.give_to_new_hub(submission)


@events.on("invoice.issue")
def _issued(invoice: Invoice, occasion: Occasion) -> None:
    notices.tell_payer(invoice, now=occasion.now)
    make_invoice_pdf.delay_on_commit(invoice.pk)  # type: ignore[attr-defined]  # Celery's types don't know it


@rights.reader
def reads_invoice(user: User, stored: StoredFile) -> bool:
    return visible_to(user).filter(pdf=stored).exists()
