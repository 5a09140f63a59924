"""What a hub leader's checklist says of the schools' work: levels, plans, feedback, deadlines, sign-offs."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.urls import reverse

from hubs import slots
from hubs.models import HubRound
from hubs.pages.checklist import named
from hubs.slots import Contact, DutyLine, DutyState, Led, duty_lines, state_of
from messaging.models import Message
from psqm_portal.core.clock import london_day
from psqm_portal.core.templatetags.portal import counted
from rounds.models import Step
from schools.models import SchoolMembership
from submissions.domain.later_date import ANSWERS
from submissions.duties import DUTIES, HUB_LEADER, SCHOOL, Duty, due_day
from submissions.models import Case, Extension, Feedback, Part, Submission
from submissions.models.submission import Status

# A part that was sent is answered within this, as a message is.
ANSWER_WITHIN = timedelta(days=14)
OUT = [Status.WITHDRAWN, Status.DEFERRED, Status.NOT_SUBMITTED]
SIGNED = frozenset(Status) - {Status.ENROLLED, Status.WITH_HUB, *OUT}


@dataclass(frozen=True, slots=True)
class _Known:
    """What was asked for all hubs at once."""

    # (submission, step) → the school's own day
    own: Mapping[tuple[int, str], date]
    parts: Mapping[int, Mapping[str, Any]]
    # (hub, who raised them) → open cases
    cases: Mapping[tuple[int, int], int]
    now: datetime

    @property
    def today(self) -> date:
        return london_day(self.now)


def lines(rows: Sequence[Led], now: datetime) -> dict[int, list[DutyLine]]:
    """Four queries."""
    work = _work(rows)
    pks = [one.pk for ones in work.values() for one in ones]
    extensions = Extension.objects.filter(submission__in=pks).order_by("id")
    known = _Known(
        own={(pk, step): day for pk, step, day in extensions.values_list("submission_id", "step", "until")},
        parts={row["submission"]: row for row in _parts(pks)},
        cases=_cases(rows),
        now=now,
    )
    return {
        row.hub_round.pk: _of_hub(row, work[row.hub_round.hub_id, row.hub_round.round_id], known)
        for row in rows
    }


def _work(rows: Sequence[Led]) -> dict[tuple[int, int], list[Any]]:
    """By hub and round the schools' work, with ``owes_<n>`` for each duty of DUTIES."""
    own = {(row.hub_round.hub_id, row.hub_round.round_id): row.own_schools for row in rows}
    owes = {
        f"owes_{number}": Exists(duty.rows(Submission.objects.filter(pk=OuterRef("pk"))))
        for number, duty in enumerate(DUTIES)
    }
    found = (
        Submission.objects.filter(hub__in={hub for hub, _ in own}, round__in={round_ for _, round_ in own})
        .exclude(status__in=OUT)
        .annotate(**owes)
        .select_related("school")
        .only("status", "hub", "round", "target_level", "proposed_level", "school__name")
        .order_by("school__name", "pk")
    )
    work: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for one in found:
        key = one.hub_id, one.round_id
        if key in own and one.school_id not in own[key]:
            work[key].append(one)
    return work


def _parts(pks: Sequence[int]) -> Any:
    others, waits = ~Q(kind=Part.Kind.ACTION_PLAN), Q(status=Part.Status.SENT)
    answered = Q(status__in=[Part.Status.RETURNED, Part.Status.SIGNED_OFF])
    return (
        Part.objects.filter(submission__in=pks)
        .order_by()
        .values("submission")
        .annotate(
            plan=Max("status", filter=~others),
            answered=Count("pk", filter=others & answered),
            waiting=Count("pk", filter=others & waits),
            oldest=Min("sent_at", filter=others & waits),
        )
    )


def _cases(rows: Sequence[Led]) -> dict[tuple[int, int], int]:
    """What the leaders themselves told HQ: of a school's own case they don't learn here."""
    counts = (
        Case.objects.filter(
            status=Case.Status.OPEN,
            hub__in={row.hub_round.hub_id for row in rows},
            raised_by__in={row.leader.user_id for row in rows if row.leader},
        )
        .order_by()
        .values_list("hub_id", "raised_by_id")
        .annotate(number=Count("pk"))
    )
    return {(hub, person): number for hub, person, number in counts}


def _of_hub(row: Led, work: list[Any], known: _Known) -> list[DutyLine]:
    found = [_feedback(row, work, known), _deadlines(row, work, known), _issues(row, known)]
    approved = [one for one in work if known.parts.get(one.pk, {}).get("plan") == Part.Status.SIGNED_OFF]
    answers = (
        ("levels", "Confirm the schools’ levels", Step.LEVELS, "confirmed",
         [one for one in work if one.target_level_id]),
        ("plans", "Read the action plans and answer them", Step.ACTION_PLAN, "approved", approved),
        ("sign_offs", "Sign the submissions off", Step.FINALISE, "signed off",
         [one for one in work if one.status in SIGNED]),
    )  # fmt: skip
    for key, what, step, word, done in answers:
        if (step, HUB_LEADER) in row.dates:
            found.append(_answer(row, work, known, key=key, what=what, step=step, word=word, done=done))
    return found


def _desk(row: Led, **more: str) -> str:
    query = "&".join(
        f"{name}={value}"
        for name, value in {"hub": row.hub_round.hub_id, "round": row.hub_round.round_id, **more}.items()
    )
    return f"{reverse('desk')}?{query}"


def _owing(work: list[Any], wanted: Callable[[Duty], bool]) -> list[tuple[Any, Duty]]:
    return [
        (one, duty)
        for one in work
        for number, duty in enumerate(DUTIES)
        if wanted(duty) and getattr(one, f"owes_{number}")
    ]


def _day(row: Led, one: Any, duty: Duty, known: _Known) -> date | None:
    milestone = row.dates.get((duty.step, duty.audience))
    own = known.own.get((one.pk, ANSWERS.get(duty.step, duty.step)))
    return due_day(duty, milestone.due_on, own) if milestone else None


def _answer(
    row: Led, work: list[Any], known: _Known, *, key: str, what: str, step: Step, word: str, done: list[Any]
) -> DutyLine:
    """A step by which the leader answers each school: late where an answer is, not where the school is."""
    milestone = row.dates[step, HUB_LEADER]
    waits = _owing(work, lambda duty: (duty.step, duty.audience) == (step, HUB_LEADER))
    days = [(day, one.school.name) for one, duty in waits if (day := _day(row, one, duty, known))]
    late = [name for day, name in days if day < known.today]
    state = state_of(
        is_done=bool(work) and len(done) == len(work) and not waits,
        due_on=min(days)[0] if days else None,
        opens_on=None if waits else milestone.opens_on,
        today=known.today,
    )
    said = [f"Waiting for an answer: {named([one.school.name for one, _ in waits])}"] if waits else []
    if late:
        said = [f"Late: {named(late)}"]
    over = not waits and milestone.due_on < known.today
    if over and len(done) < len(work):
        behind = [one.school.name for one in work if one not in done]
        said = [f"Waiting for the school: {named(behind)}"]
    desk = _desk(row)
    return DutyLine(
        key, what, state, f"{len(done)} of {counted(work, 'school')} {word}",
        due_on=min(days)[0] if days else None if over else milestone.due_on, note="".join(said),
        url=_desk(row, show="mine") if waits else desk, hq_url=desk, done=len(done), of=len(work),
    )  # fmt: skip


def _feedback(row: Led, work: list[Any], known: _Known) -> DutyLine:
    """Core documents and reflections; the action plan has a line of its own."""
    its = [
        (one, known.parts[one.pk])
        for one in work
        if one.pk in known.parts and one.status in {Status.ENROLLED, Status.WITH_HUB}
    ]
    answered = sum(known.parts.get(one.pk, {}).get("answered", 0) for one in work)
    waits = [(one, parts["oldest"]) for one, parts in its if parts["waiting"] and parts["oldest"]]
    waiting = sum(parts["waiting"] for _, parts in its)
    due = min((london_day(at + ANSWER_WITHIN) for _, at in waits), default=None)
    state = state_of(
        is_done=answered > 0 and not waiting,
        due_on=due,
        opens_on=None if waiting else date.max,
        today=known.today,
    )
    return DutyLine(
        "feedback", "Give feedback on documents and reflections within 14 days", state,
        f"{answered} of {counted(answered + waiting, 'part')} answered", due_on=due,
        note=f"Waiting for an answer: {named([one.school.name for one, _ in waits])}" if waits else "",
        url=_desk(row, show="mine") if waits else _desk(row), hq_url=_desk(row),
        done=answered, of=answered + waiting,
    )  # fmt: skip


def _deadlines(row: Led, work: list[Any], known: _Known) -> DutyLine:
    late = {}
    for one, duty in _owing(work, lambda duty: duty.audience == SCHOOL):
        if (day := _day(row, one, duty, known)) is not None and day < known.today:
            late[one.pk] = one.school.name
    state = DutyState.LATE if late else DutyState.DONE if work else DutyState.AHEAD
    return DutyLine(
        "deadlines", "See that the schools keep their dates", state,
        f"{len(work) - len(late)} of {counted(work, 'school')} on time",
        note=f"Late: {named(list(late.values()))}" if late else "",
        url=f"{reverse('late')}?round={row.hub_round.round_id}", hq_url=_desk(row, show="late"),
        done=len(work) - len(late), of=len(work),
    )  # fmt: skip


def _issues(row: Led, known: _Known) -> DutyLine:
    number = known.cases.get((row.hub_round.hub_id, row.leader.user_id), 0) if row.leader else 0
    return DutyLine(
        "issues", "Tell HQ about changes, and what you can’t resolve yourself", DutyState.AS_NEEDED,
        f"{counted(number, 'case')} open" if number else "", url=reverse(
            "hub_case_new", args=[row.hub_round.hub.slug]
        ), done=number,
    )  # fmt: skip


def contacts_of(hub_round: HubRound) -> dict[int, Contact]:
    """When somebody who isn't of the school last wrote to it: a message, or feedback. Three queries."""
    rows = list(
        Submission.objects.filter(hub=hub_round.hub_id, round=hub_round.round_id).exclude(
            status__in=[Status.WITHDRAWN, Status.DEFERRED]
        )
    )
    by_school = SchoolMembership.objects.filter(user=OuterRef("author"))
    messages = _last(
        Message.objects.filter(
            ~Exists(by_school.filter(school__submissions__conversation=OuterRef("conversation"))),
            conversation__in=[one.conversation_id for one in rows],
        ),
        "conversation",
        "sent_at",
    )
    feedback = _last(
        Feedback.objects.filter(
            ~Exists(by_school.filter(school=OuterRef("submission__school"))), submission__in=rows
        ),
        "submission",
        "written_at",
    )
    found = {}
    for one in rows:
        moments = [at for at in (messages.get(one.conversation_id), feedback.get(one.pk)) if at]
        found[one.school_id] = Contact(max(moments, default=None), reverse("conversation", args=[one.pk]))
    return found


def _last(rows: Any, about: str, moment: str) -> dict[int, datetime]:
    counts = rows.order_by().values_list(about).annotate(last=Max(moment))
    return dict(counts)


if lines not in duty_lines:
    duty_lines.append(lines)
if contacts_of not in slots.contacts:
    slots.contacts.append(contacts_of)
