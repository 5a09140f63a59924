"""What a round's dates and moves mean for the schools in it, and for their work."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import Count
from django.urls import reverse

from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Occasion
from psqm_portal.core.templatetags.portal import and_list, counted, long_date
from rounds.domain.machine import round_machine
from rounds.models import Audience, Milestone, Round, Step
from rounds.slots import Effect, Taker, date_effects, move_effects, takers
from submissions.models import LIVE, Extension, Submission
from submissions.models.submission import Status
from submissions.queries import with_due

WORKING = [Status.ENROLLED, Status.WITH_HUB, Status.SIGNED_OFF]
GOING_ON = [status for status in LIVE if status not in WORKING]
NAMED = 5
# Whoever left the round has no date in it.
LEFT = [Status.WITHDRAWN, Status.DEFERRED]


def schools_of(round_: Round) -> list[Taker]:
    rows = Submission.objects.filter(round=round_).exclude(status__in=LEFT).order_by("school__name", "pk")
    return [Taker(f"submission:{pk}", name) for pk, name in rows.values_list("pk", "school__name")]


def effects(round_: Round, action: str, now: datetime) -> Iterator[Effect]:
    if action == "open":
        return
    rows = Submission.objects.filter(round=round_).order_by().values_list("status").annotate(Count("pk"))
    counts = Counter(dict(rows))
    working, going_on = sum(counts[one] for one in WORKING), sum(counts[one] for one in GOING_ON)
    url, link = f"{reverse('submissions')}?round={round_.slug}", "See the submissions"
    if action == "close":
        if working:
            yield _still_working(round_, working, now, url, link)
        if going_on:
            yield Effect(
                f"{counted(going_on, 'submission')} {'is' if going_on == 1 else 'are'} in review or "
                "waiting for an outcome. Reviews, decisions and the release go on in a closed round.",
                url,
                link,
            )
        if not working and not going_on:
            yield Effect("No submission is under way in this round.")
    elif action == "archive":
        told = and_list(f"{counts[status]} {status.label.lower()}" for status in Status if counts[status])
        yield Effect(f"All work, awards and invoices stay. Its submissions: {told or 'none'}.", url, link)


def _still_working(round_: Round, working: int, now: datetime, url: str, link: str) -> Effect:
    rows = with_due(Submission.objects.filter(round=round_, status__in=WORKING), Step.SUBMIT)
    days = sorted({row.due_on for row in rows.filter(due_on__gte=london_day(now))})
    if not days:
        close = "Their last day is over"
    elif len(days) == 1:
        close = f"Each can submit until the end of {long_date(days[0])}"
    else:
        close = f"Each can submit until its own last day, {long_date(days[0])} to {long_date(days[-1])}"
    return Effect(
        f"{counted(working, 'school')} {'is' if working == 1 else 'are'} still working. They keep all their "
        f"work and go on writing, and their hub leaders go on answering. {close}; nobody reminds them now.",
        url,
        link,
        is_warning=True,
    )


def on_another_close(milestone: Milestone, due_on: date, _: datetime) -> Iterator[Effect]:
    """The close is the one date that binds: who is past it, and who has a day of their own."""
    if (milestone.step, milestone.audience) != (Step.SUBMIT, Audience.SCHOOL):
        return
    closed = Submission.objects.filter(round=milestone.round_id, status=Status.NOT_SUBMITTED).count()
    if closed and due_on > milestone.due_on:
        yield Effect(
            f"{counted(closed, 'school')} that didn’t submit in time {'stays' if closed == 1 else 'stay'} "
            "closed. Let each in late from its own page.",
            f"{reverse('submissions')}?round={milestone.round.slug}&status={Status.NOT_SUBMITTED}",
            "See who didn’t submit",
        )
    if before := _with_own_earlier(milestone, due_on):
        names = [*before[:NAMED], counted(len(before) - NAMED, "other")] if len(before) > NAMED else before
        yield Effect(
            f"{and_list(names)}: an extension ends before the new day and still counts, so it would be an "
            "earlier close than everybody’s. Change it on the school’s page.",
            is_warning=True,
        )
    yield Effect("The close is hard: the portal takes no submission after the end of that day in London.")


def _with_own_earlier(milestone: Milestone, due_on: date) -> list[str]:
    rows = Submission.objects.filter(
        round=milestone.round_id,
        status__in=WORKING,
        pk__in=Extension.objects.filter(step=Step.SUBMIT).values("submission"),
    ).select_related("school")
    return [
        row.school.name
        for row in with_due(rows, Step.SUBMIT).filter(due_on__lt=due_on).order_by("school__name")
    ]


def nothing_under_way(round_: Round, _: Occasion) -> str | None:
    live = Submission.objects.filter(round=round_, status__in=LIVE).count()
    if not live:
        return None
    return f"{counted(live, 'submission')} {'is' if live == 1 else 'are'} still under way in it."


takers[Audience.SCHOOL] = schools_of
if effects not in move_effects:
    move_effects.append(effects)
    date_effects.append(on_another_close)
    round_machine.guard("archive")(nothing_under_way)
