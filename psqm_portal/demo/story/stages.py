"""How far a school has come: each stage tells its year up to there; ``STAGES`` has them by name."""

from collections.abc import Callable
from datetime import timedelta

from psqm_portal.core.clock import london_day
from psqm_portal.demo.story import work
from psqm_portal.demo.story.joining import Tale
from rounds.models import Round, Step
from submissions.domain.machine import submission_machine
from submissions.models import Part

Stage = Callable[[Tale], None]


def new(tale: Tale) -> None:
    """Enrolled, nothing begun."""


def auditing(tale: Tale) -> None:
    work.audit(tale, complete=False)


def level_proposed(tale: Tale) -> None:
    work.audit(tale)
    work.propose(tale)


def level_returned(tale: Tale) -> None:
    work.audit(tale)
    work.propose(tale, "Gold")
    tale.submission = submission_machine.perform(
        tale.submission, "return_level", by=tale.hub.leader, now=tale.steps.later(days=3),
        reason="Your audit shows four criteria that are still developing. Aim for Silver this year, and for "
        "Gold when you renew. Call me if you see it differently.",
    )  # fmt: skip


def planning(tale: Tale) -> None:
    work.audit(tale)
    work.propose(tale, tale.cast.random.choice(["Bronze", "Silver", "Silver", "Gold"]))
    work.confirm(tale)
    tale.steps.at(Step.ACTION_PLAN, tale.cast.random.uniform(0.2, 0.6))
    work.write_plan(tale, rows=tale.cast.random.choice([3, 4, 5]), progress=False)


def plan_sent(tale: Tale) -> None:
    planning(tale)
    work.send(tale, [work.plan_of(tale)])


def plan_returned(tale: Tale) -> None:
    plan_sent(tale)
    work.return_(tale, [work.plan_of(tale)])


def plan_approved(tale: Tale) -> None:
    plan_sent(tale)
    work.sign_off(tale, [work.plan_of(tale)])


def gathering(tale: Tale) -> None:
    plan_approved(tale)
    tale.steps.at(Step.IMPLEMENT, 0.3)
    work.write(tale, work.parts_of(tale)[:4])


def halfway(tale: Tale) -> None:
    """Some parts signed off, one returned, some sent, some drafts."""
    plan_approved(tale)
    tale.steps.at(Step.IMPLEMENT, 0.25)
    parts = work.parts_of(tale)
    work.write(tale, parts[:9])
    work.send(tale, parts[:6])
    work.sign_off(tale, parts[:3])
    work.return_(tale, parts[3:4], days=1)


def finished_parts(tale: Tale, *, step: Step = Step.IMPLEMENT, part: float = 0.5) -> None:
    """Everything written, answered and signed off, one part of it only at the second try."""
    plan_approved(tale)
    tale.steps.at(step, part)
    parts = work.parts_of(tale)
    work.write(tale, parts)
    again = parts[tale.submission.pk % len(parts)]
    work.send(tale, parts)
    work.return_(tale, [again], days=2)
    work.send(tale, [again], hours=60)
    work.sign_off(tale, parts, days=2)


def with_hub(tale: Tale) -> None:
    finished_parts(tale)
    _sent_for_sign_off(tale)


def _sent_for_sign_off(tale: Tale) -> None:
    tale.submission = submission_machine.perform(
        tale.submission, "send_for_sign_off", by=tale.leader, now=tale.steps.later(hours=26)
    )


def deferred(tale: Tale) -> None:
    """Its work goes on, as a linked copy, in the same hub in the round that opens now."""
    gathering(tale)
    later = Round.objects.exclude(pk=tale.submission.round_id).order_by("-year", "season").first()
    tale.submission = submission_machine.perform(
        tale.submission, "defer", by=tale.cast.head_office, now=tale.steps.later(days=9), round=later,
        hub=tale.hub.hub,
        reason="The subject leader is on maternity leave from next month and comes back in the autumn.",
    )  # fmt: skip


def withdrawn(tale: Tale) -> None:
    work.audit(tale)
    tale.submission = submission_machine.perform(
        tale.submission, "withdraw", by=tale.cast.head_office, now=tale.steps.at(Step.ACTION_PLAN, 0.5),
        reason="The school asks to withdraw: its subject leader has left and there is no successor yet.",
    )  # fmt: skip


# What happens in rounds that are over or in review ---------------------------------------------------


def late_in_year(tale: Tale) -> None:
    """Everything is done in time, in the last months before the close."""
    finished_parts(tale, part=0.8)
    tale.steps.at(Step.SEND_FOR_SIGN_OFF, tale.cast.random.uniform(0.1, 0.7))
    _sent_for_sign_off(tale)


def submitted(tale: Tale) -> None:
    late_in_year(tale)
    tale.submission = submission_machine.perform(
        tale.submission, "sign_off", by=tale.hub.leader, now=tale.steps.later(days=2)
    )
    tale.steps.at(Step.SUBMIT, tale.cast.random.uniform(0.75, 0.95))
    tale.submission = submission_machine.perform(
        tale.submission, "submit", by=tale.leader, now=tale.steps.later(hours=2)
    )


def not_submitted(tale: Tale) -> None:
    halfway(tale)
    closed = tale.calendar.milestone(Step.SUBMIT).due_on + timedelta(days=1)
    tale.steps.last = tale.calendar.on(closed)
    tale.submission = submission_machine.perform(tale.submission, "close", by=None, now=tale.steps.last)


def let_in_late(tale: Tale) -> None:
    not_submitted(tale)
    until = london_day(tale.cast.now) + timedelta(days=10)
    tale.submission = submission_machine.perform(
        tale.submission, "let_in_late", by=tale.cast.head_office, now=tale.steps.later(days=3), until=until,
        reason="A burst pipe closed the school in the last weeks of the round.",
    )  # fmt: skip


def signed_off_late(tale: Tale) -> None:
    """Let in late, finished since, and signed off: it only has to be submitted."""
    let_in_late(tale)
    parts = tale.submission.parts.exclude(kind=Part.Kind.ACTION_PLAN)
    drafts = list(parts.filter(text=""))
    work.write(tale, drafts)
    open_ = list(parts.exclude(status__in=[Part.Status.SENT, Part.Status.SIGNED_OFF]))
    work.send(tale, open_, hours=3)
    work.sign_off(tale, parts.filter(status=Part.Status.SENT), days=0.4)
    _sent_for_sign_off(tale)
    tale.submission = submission_machine.perform(
        tale.submission, "sign_off", by=tale.hub.leader, now=tale.steps.later(hours=5)
    )


def answered_late(tale: Tale) -> None:
    """Sent for sign-off in time, and the hub leader hasn't answered since the close."""
    late_in_year(tale)


STAGES: dict[str, Stage] = {
    stage.__name__: stage
    for stage in (
        *(new, auditing, level_proposed, level_returned, plan_returned, plan_sent, plan_approved),
        *(gathering, halfway, with_hub, deferred, withdrawn),
        *(submitted, not_submitted, let_in_late, signed_off_late, answered_late),
    )
}
