"""What schools and hub leaders asked of HQ: more time, and what they can't resolve themselves."""

from collections.abc import Sequence
from datetime import timedelta

from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from psqm_portal.demo.story.cast import Cast
from psqm_portal.demo.story.joining import Tale
from rounds.models import Step
from submissions.domain import cases, extensions, outcomes
from submissions.domain.later_date import ONE_CLICK, dates_of
from submissions.models import Submission


def ask_for_time(tales: Sequence[Tale]) -> None:
    """One school has more time to submit, one request waits, one is declined."""
    working = [tale for tale in tales if tale.submission.status == Submission.Status.ENROLLED]
    for tale, answer in zip(working, ("given", "waits", "declined"), strict=False):
        cast, admin = tale.cast, tale.cast.head_office
        close = dates_of(tale.submission)[Step.SUBMIT].due_on
        until = max(close, london_day(cast.now)) + ONE_CLICK
        why = "Their subject leader was ill for three weeks. They have caught up with half of it."
        try:
            asked = extensions.ask(
                tale.submission, Step.SUBMIT, until, why=why, by=tale.hub.leader,
                now=cast.now - timedelta(days=2, hours=3),
            )  # fmt: skip
            if answer == "given":
                words = "Your subject leader’s illness cost you three weeks. Take two of them back."
                extensions.grant(asked, until=until, answer=words, by=admin, now=cast.now - timedelta(days=1))
            elif answer == "declined":
                words = "The reviewers start a week after the close. Talk to us again if illness goes on."
                extensions.decline(asked, answer=words, by=admin, now=cast.now - timedelta(days=1))
        except Refused:
            continue  # on this day of the year that school can't have it


def tell_hq(cast: Cast, tales: Sequence[Tale]) -> None:
    """A case that nobody has yet, one that HQ looks after and is late with, one that is settled."""
    admin, first, second, third = cast.head_office, *tales[:3]
    cases.raise_case(
        first.submission,
        kind="change",
        title="Our subject leader leaves at the end of term",
        text="Her last day is the Friday before the holidays. A colleague would take over: they wrote the"
        " action plan together. Can all the work go to her?",
        by=first.people.head,
        now=cast.now - timedelta(hours=20),
    )
    late = cases.raise_case(
        second.submission,
        kind="issue",
        title="No answer for six weeks",
        text="I have written, telephoned and written again. The school says that its headteacher is away."
        " I don’t know whether they go on.",
        by=second.hub.leader,
        now=cast.now - timedelta(days=9),
    )
    late = cases.assign(late, admin, by=admin, now=cast.now - timedelta(days=8))
    cases.note(late, "Left a message with the office on Tuesday.", by=admin, now=cast.now - timedelta(days=3))
    done = cases.raise_case(
        third.submission,
        kind="issue",
        title="Which hall counts as training?",
        text="Half of us came to the training online. Does it count as attended?",
        by=third.leader,
        now=cast.now - timedelta(days=20),
    )
    outcomes.answer(
        done,
        answer="Yes. Your hub leader has entered it in the register.",
        by=admin,
        now=cast.now - timedelta(days=18),
    )
