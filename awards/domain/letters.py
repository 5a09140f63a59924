"""What a school reads of its outcome, as mail and as a letter to print: made here both for the release that
sends it and for HQ's page that shows it before, so that the two can't differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from awards.domain.awarding import years_after
from awards.models import Appeal, AppealTerms, Award, Decision
from hubs.models import HubMembership
from hubs.queries import taking_registrations
from messaging.domain import wording
from messaging.domain.mail import shipped, values_of, wordings
from messaging.registers import mail_kinds
from psqm_portal.core.clock import london_day, long_day
from psqm_portal.core.pdf import render
from psqm_portal.core.roles import Role
from rounds.models import Audience, Kind, Milestone, Round, Step
from schools.models import SchoolMembership
from submissions.models import Submission

AWARDED, NOT_YET = "awards/mail/letter_awarded", "awards/mail/letter_not_yet"
TO_SCHOOL, TO_HUB = "awards/mail/released", "awards/mail/released_hub"


def terms_of(round_: Round) -> AppealTerms:
    return AppealTerms.objects.filter(round=round_).first() or AppealTerms(round=round_)


def appeal_until(told_on: date, terms: AppealTerms) -> date:
    return told_on + timedelta(days=terms.appeal_days)


def may_appeal(decision: Decision) -> bool:
    """There is more to be had than what was given."""
    target = decision.submission.target_level
    return decision.level is None or (target is not None and decision.level.rank < target.rank)


@dataclass(frozen=True, slots=True)
class Around:
    """What the letters of a round say besides the outcome itself: five queries for any number of them."""

    day: date
    terms: AppealTerms
    again: str
    leaders: dict[int, User]
    appealed: dict[int, date]

    @classmethod
    def of(cls, round_: Round, submissions: Iterable[Submission], day: date) -> "Around":
        submissions = list(submissions)
        leaders = HubMembership.objects.current().filter(
            hub__in={one.hub_id for one in submissions}, role=HubMembership.Kind.LEADER, user__is_active=True
        )
        upheld = Appeal.objects.filter(
            Q(decision__submission__in=submissions), status=Appeal.Status.UPHELD, told_at=None
        )
        return cls(
            day=day,
            terms=terms_of(round_),
            again=_next_round(round_, day),
            leaders={row.hub_id: row.user for row in leaders.select_related("user").order_by("-pk")},
            appealed={
                pk: london_day(at) for pk, at in upheld.values_list("decision__submission", "raised_at")
            },
        )


def _next_round(round_: Round, day: date) -> str:
    """ "Autumn 2027; schools register until Friday 9 July 2027": the next round that a school can join."""
    rows = taking_registrations(day).exclude(pk=round_.pk).filter(kind=Kind.STANDARD)
    if (following := rows.first()) is None:
        return ""
    until = Milestone.objects.filter(
        round=following, step=Step.RECRUIT, audience=Audience.HUB_LEADER
    ).values_list("due_on", flat=True)
    return f"{following}; schools register until {long_day(until.get())}"


def context_of(decision: Decision, award: Award | None, around: Around) -> dict[str, Any]:
    """For every mail and letter about this outcome."""
    submission = decision.submission
    leader = around.leaders.get(submission.hub_id)
    not_yet = decision.level is None
    return {
        "submission": submission,
        "decision": decision,
        "award": award,
        "url": reverse("award", args=[submission.pk]),
        "talk_to": f"your hub leader, {leader}" if leader else "your hub leader",
        "again": around.again if not_yet else "",
        "appeal_by": appeal_until(around.day, around.terms) if may_appeal(decision) else None,
        "answer_days": around.terms.answer_days,
        "appealed": around.appealed.get(submission.pk),
        "told_on": around.day,
    }


def award_to_be(decision: Decision, day: date) -> Award | None:
    """The award as a release on this day would make it; its number is given then."""
    if decision.level is None:
        return None
    submission = decision.submission
    return Award(
        school=submission.school,
        submission=submission,
        round_name=str(submission.round),
        number=f"PSQM-{submission.round.code}-0000",
        school_name=submission.school.name,
        level=decision.level,
        awarded_on=day,
        valid_until=years_after(day, submission.round.award_years),
    )


def letter_template(decision: Decision) -> str:
    return AWARDED if decision.level_id else NOT_YET


def pdf(context: dict[str, Any]) -> bytes:
    """The letter to print, one page; raises PdfUnavailable."""
    template = letter_template(context["decision"])
    words = wordings([template]).get(template) or shipped(template)
    submission = context["submission"]
    values = values_of(mail_kinds[template], {**context, "headteacher": headteacher_of(submission)})
    school = submission.school
    return render(
        "awards/letters/letter_pdf.html",
        {
            "subject": wording.subject_of(words, values),
            "blocks": wording.blocks_of(wording.pieces_of(words, values)),
            "address": [
                line for line in (headteacher_of(submission), school.name, school.street, school.town,
                                  school.county, school.postcode) if line
            ],
            "day": context["told_on"],
            "level": context["decision"].level,
        },
    )  # fmt: skip


def headteacher_of(submission: Submission) -> str:
    heads = SchoolMembership.objects.current().filter(
        school=submission.school_id, role=Role.HEADTEACHER.value, user__is_active=True
    )
    name = heads.order_by("-pk").values_list("user__name", flat=True).first()
    return name or submission.school.headteacher_name or "Headteacher"


def told_context(decision: Decision, award: Award | None) -> dict[str, Any]:
    """Of a released decision, with what was so on the day of its release."""
    assert decision.released_at is not None  # noqa: S101 - callers ask for released ones
    day = london_day(decision.released_at)
    return context_of(decision, award, Around.of(decision.submission.round, [decision.submission], day))


def release_day(round_: Round, starts_at: datetime | None, now: datetime) -> date:
    """The day that letters shown before a release bear: the release's own, else the notification day."""
    if starts_at is not None:
        return london_day(starts_at)
    opens = Milestone.objects.filter(round=round_, step=Step.NOTIFY, audience=Audience.SCHOOL)
    day = opens.values_list("opens_on", flat=True).first()
    return max(day, london_day(now)) if day else london_day(now)
