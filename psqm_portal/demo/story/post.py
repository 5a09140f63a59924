"""What became of the mails: one came back, one failed, and HQ's own words for one of them."""

from collections.abc import Sequence
from datetime import timedelta

from messaging.domain import bounces, texts
from messaging.domain.wording import Wording
from messaging.models import Email
from messaging.registers import mail_kinds
from psqm_portal.demo.story.cast import Cast
from psqm_portal.demo.story.joining import Tale

OWN_WORDS = Wording(
    "{school}: signed off, now submit it",
    "Dear {first_name},\n\n"
    "Good news: {by} has signed off your work for {round}.\n\n"
    "One step is left. Read it once more from beginning to end, then submit it:\n\n"
    "{link}\n\n"
    "If anything looks wrong, ask your hub leader before you press the button.",
)


def let_some_come_back(cast: Cast, tales: Sequence[Tale]) -> None:
    """After the story: its mails count as sent by then."""
    moment = cast.now - timedelta(days=1)
    gone = Email.objects.filter(recipient=tales[-1].leader, state=Email.State.SENT).first()
    if gone is not None:
        bounces.take_report(
            bounces.Report(
                kind=bounces.Kind.HARD,
                address=gone.to,
                happened_at=moment,
                detail="The server was unable to deliver – smtp;550 5.1.1 No such user here",
                email_id=gone.pk,
            ),
            now=moment,
        )
    late = Email.objects.filter(recipient=tales[0].hub.mentor, state=Email.State.SENT).first()
    if late is not None:
        Email.objects.filter(pk=late.pk).update(
            state=Email.State.FAILED, sent_at=None, tries=48, last_error="TimeoutError: timed out"
        )
    texts.edit(
        mail_kinds["submissions/mail/signed_off"],
        OWN_WORDS,
        by=cast.head_office,
        now=cast.now - timedelta(days=40),
    )
