"""Why a move of a submission isn't open yet: each guard answers with a sentence, or None."""

from datetime import date, timedelta

from django.db.models import QuerySet

from hubs.models import Hub
from hubs.queries import leader_of
from psqm_portal.core.clock import end_of, london_day, long_day
from psqm_portal.core.machine import Occasion
from rounds.models import Audience, Milestone, Round, Step
from schools.models import SchoolMembership
from submissions.domain.versions import changed_since_sign_off
from submissions.models import LIVE, Part, Submission
from submissions.queries import due_on

# A confirmed level may be changed until this long before the close (product, section 3).
LEVEL_CHANGE_BEFORE_CLOSE = timedelta(days=30)
# A school that sent for sign-off in time stays open this long after its hub leader's late answer.
AFTER_LATE_ANSWER = timedelta(days=7)
# A sentence names this many parts at most.
NAMED_PARTS = 5


def audit_complete(submission: Submission, _: Occasion) -> str | None:
    if open_criteria := list(submission.audit.filter(rating=None).values_list("criterion__code", flat=True)):
        return f"First rate every criterion of the audit. Still open: {', '.join(open_criteria)}."
    return None


def level_may_change(submission: Submission, occasion: Occasion) -> str | None:
    if submission.proposed_level_id is not None:
        return "Your hub leader hasn't answered your proposal yet."
    if submission.target_level_id is None:
        return None
    close = due_on(submission, Step.SUBMIT)
    if close is not None:
        last = close - LEVEL_CHANGE_BEFORE_CLOSE
        if london_day(occasion.now) > last:
            return f"The level could be changed until {long_day(last)}, a month before the close."
    return None


def change_has_reason(submission: Submission, occasion: Occasion) -> str | None:
    given_up = occasion.given.get("level")
    if given_up is None or submission.target_level_id is None:
        return None
    if given_up == submission.target_level:
        return f"{given_up} is your level already."
    return None if occasion.reason else "Write why you want to change the level."


def level_of_framework(submission: Submission, occasion: Occasion) -> str | None:
    level = occasion.given.get("level")
    if level is not None and level.framework_id != submission.round.framework_id:
        return "Choose a level of this round."
    return None


def level_proposed(submission: Submission, _: Occasion) -> str | None:
    return None if submission.proposed_level_id else "The school hasn't proposed a level yet."


def level_settled(submission: Submission, _: Occasion) -> str | None:
    if submission.proposed_level_id is not None:
        return "Your hub leader hasn't confirmed the level you asked for yet."
    return None if submission.target_level_id else "First propose a level and have it confirmed."


def parts_ready(submission: Submission, _: Occasion) -> str | None:
    """Action plan approved, every required part sent or signed off."""
    required = submission.parts.filter(is_required=True)
    if not required.filter(kind=Part.Kind.ACTION_PLAN, status=Part.Status.SIGNED_OFF).exists():
        return "Your hub leader hasn't approved the action plan yet."
    todo = required.filter(status__in=[Part.Status.DRAFT, Part.Status.RETURNED])
    return _still_open(todo, "First send each part to your hub leader. Still with you")


def parts_signed_off(submission: Submission, _: Occasion) -> str | None:
    todo = submission.parts.filter(is_required=True).exclude(status=Part.Status.SIGNED_OFF)
    return _still_open(todo, "First sign off every part. Not signed off")


def parts_unchanged(submission: Submission, _: Occasion) -> str | None:
    """What was signed off is what is there: version, evidence and captions."""
    signed = submission.parts.filter(status=Part.Status.SIGNED_OFF).select_related("signed_version")
    if changed := changed_since_sign_off(signed):
        names = ", ".join(part.title for part in changed)
        return f"Changed since the sign-off: {names}. Ask your hub leader to look at it again."
    return None


def part_returned(submission: Submission, _: Occasion) -> str | None:
    if submission.parts.filter(status=Part.Status.RETURNED).exists():
        return None
    return "First return at least one part, so that the school knows what to change."


def before_close(submission: Submission, occasion: Occasion) -> str | None:
    close = due_on(submission, Step.SUBMIT)
    if close is not None and occasion.now >= end_of(close):
        last = f"{long_day(close)}, London time"
        return f"The round closed for your school at the end of {last}. Ask HQ what can be done."
    return None


def close_has_passed(submission: Submission, occasion: Occasion) -> str | None:
    close = due_on(submission, Step.SUBMIT)
    if close is None or occasion.now < end_of(close):
        return "The round hasn't closed for this school yet."
    if waits_for_late_answer(submission):
        return "The school sent for sign-off in time and waits for its hub leader's answer."
    return None


def waits_for_late_answer(submission: Submission) -> bool:
    """Sent for sign-off in time and not answered: the clock doesn't close it."""
    if submission.status != Submission.Status.WITH_HUB or submission.sent_for_sign_off_at is None:
        return False
    in_time = last_day_to_send(submission)
    return in_time is None or london_day(submission.sent_for_sign_off_at) <= in_time


def last_day_to_send(submission: Submission) -> date | None:
    """Until when sending for sign-off is in time. It moves along with a later close of the school's own."""
    own, close = due_on(submission, Step.SEND_FOR_SIGN_OFF), due_on(submission, Step.SUBMIT)
    if own is None or close is None:
        return own or close
    days = dict(
        Milestone.objects.filter(
            round=submission.round_id,
            audience=Audience.SCHOOL,
            step__in=[Step.SEND_FOR_SIGN_OFF, Step.SUBMIT],
        ).values_list("step", "due_on")
    )
    if len(days) < len({Step.SEND_FOR_SIGN_OFF, Step.SUBMIT}):
        return own
    return max(own, close - (days[Step.SUBMIT] - days[Step.SEND_FOR_SIGN_OFF]))


def no_other_live(submission: Submission, _: Occasion) -> str | None:
    other = Submission.objects.filter(school_id=submission.school_id, status__in=LIVE)
    if (rival := other.exclude(pk=submission.pk).select_related("round").first()) is not None:
        return f"{submission.school} already takes part in {rival.round}."
    return None


def agreed(submission: Submission, _: Occasion) -> str | None:
    registration = submission.registration
    if registration is None or registration.agreed_at is None:
        return "The headteacher hasn't agreed yet."
    return None


def has_ase_membership(submission: Submission, _: Occasion) -> str | None:
    registration = submission.registration
    if submission.round.needs_ase_membership and not (registration and registration.ase_member):
        return f"{submission.round} needs membership of the Association for Science Education."
    return None


def later_round(submission: Submission, occasion: Occasion) -> str | None:
    round_: Round | None = occasion.given.get("round")
    if round_ is None:
        return None
    if round_.pk == submission.round_id or round_.status not in {Round.Status.PLANNED, Round.Status.OPEN}:
        return "Choose a later round that is planned or open."
    closes = {
        row["round_id"]: row["due_on"]
        for row in Milestone.objects.filter(
            round_id__in=[round_.pk, submission.round_id], step=Step.SUBMIT, audience=Audience.SCHOOL
        ).values("round_id", "due_on")
    }
    if closes.get(round_.pk, date.max) <= closes.get(submission.round_id, date.min):
        return f"{round_} isn't later than {submission.round}."
    if round_.framework_id != submission.round.framework_id:
        return f"{round_} has another framework, so the work can't go along."
    return None


def round_open(submission: Submission, _: Occasion) -> str | None:
    if submission.round.status != Round.Status.OPEN:
        return f"{submission.round} isn't open for schools to join."
    return None


def date_ahead(_: Submission, occasion: Occasion) -> str | None:
    until = occasion.given.get("until")
    if until is not None and until < london_day(occasion.now):
        return "Choose a date from today on."
    return None


def hub_can_take(submission: Submission, occasion: Occasion) -> str | None:
    """Whether the hub can lead this school; its free place is taken, or missed, when it moves."""
    hub: Hub | None = occasion.given.get("hub")
    if hub is None:
        return None
    if hub.pk == submission.hub_id:
        return f"{submission.school} is in {hub} already."
    if not hub.is_active:
        return f"{hub} isn't active."
    if (leader := leader_of(hub)) is None:
        return f"Nobody leads {hub} now."
    if SchoolMembership.objects.filter(school_id=submission.school_id, user=leader).exists():
        return f"{leader}, who leads {hub}, is or was at {submission.school}. Choose another hub."
    return None


def notification_day_or_reason(submission: Submission, occasion: Occasion) -> str | None:
    day = (
        Milestone.objects.filter(round=submission.round_id, step=Step.NOTIFY, audience=Audience.SCHOOL)
        .values_list("opens_on", flat=True)
        .first()
    )
    if day is None or london_day(occasion.now) >= day or occasion.reason:
        return None
    return f"Outcomes are told from {long_day(day)}. To tell one earlier, write the reason."


def _still_open(parts: QuerySet[Part], sentence: str) -> str | None:
    titles = list(parts.values_list("title", flat=True))
    if len(titles) > NAMED_PARTS:
        titles[NAMED_PARTS - 1 :] = [f"and {len(titles) - NAMED_PARTS + 1} more"]
    return f"{sentence}: {', '.join(titles)}." if titles else None
