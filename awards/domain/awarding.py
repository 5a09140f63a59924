"""Awards: made at release, superseded by an upheld appeal, revoked or reissued by HQ."""

from datetime import date, datetime

from django.db.models import QuerySet

from accounts.models import User
from accounts.queries import hq_roles
from awards.domain.certificates import ask_again, ask_for, check_name
from awards.models import Award, Certificate, Decision
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Machine, Move, Occasion, Refused
from psqm_portal.core.models import Counter
from psqm_portal.core.roles import Role
from rounds.models import Round

CURRENT, SUPERSEDED, REVOKED = Award.Status
HQ = frozenset({Role.HQ_ADMIN})


def _why(award: Award, occasion: Occasion) -> None:
    award.status_reason = occasion.reason


def _rename(award: Award, occasion: Occasion) -> None:
    award.school_name = occasion.given["name"]
    ask_again(award, now=occasion.now)


def _name_given(_: Award, occasion: Occasion) -> str | None:
    if "name" in occasion.given and not occasion.given["name"].strip():
        return "Enter the school's name as it should stand on the certificate."
    return None


# fmt: off
award_machine = Machine(
    "award",
    [
        Move("make", "Make the award", frozenset(), CURRENT, HQ),
        Move("supersede", "Supersede", frozenset({CURRENT}), SUPERSEDED, HQ, effect=_why),
        Move(
            "revoke", "Revoke the award", frozenset({CURRENT}), REVOKED, HQ, needs=("reason",), effect=_why,
        ),
        Move(
            "reissue", "Make the certificate again", frozenset({CURRENT}), None, HQ,
            needs=("reason", "name"), guards=(_name_given,), effect=_rename,
        ),
    ],
    roles=lambda user, _: hq_roles(user),
    label=lambda status: Award.Status(status).label.lower(),
)
# fmt: on


def release(decision: Decision, *, by: User | None, now: datetime) -> Award | None:
    """What a released decision makes: it replaces the submission's award, if it had one.

    Returns None for "not yet". Call inside the release's transaction, with the submission locked.
    """
    submission = decision.submission
    for old in submission.awards.filter(status=CURRENT):
        award_machine.perform(old, "supersede", by=by, now=now, reason="A new outcome was released.")
    decision.released_at = now
    decision.save(update_fields=["released_at"])
    if decision.level is None:
        return None
    day = london_day(now)
    award = Award(
        school=submission.school,
        submission=submission,
        round_name=str(submission.round),
        number=next_number(submission.round),
        school_name=submission.school.name,
        level=decision.level,
        awarded_on=day,
        valid_until=years_after(day, submission.round.award_years),
    )
    award = award_machine.perform(award, "make", by=by, now=now)
    ask_for(award, now=now)
    for old in _replaced(award):
        award_machine.perform(old, "supersede", by=by, now=now, reason="A newer award was released.")
    return award


def _replaced(award: Award) -> QuerySet[Award]:
    """What the school still holds at this level or a lower one; a higher one stays (decision 0084)."""
    held = Award.objects.filter(school=award.school_id, status=CURRENT, valid_until__gte=award.awarded_on)
    return held.filter(level__rank__lte=award.level.rank).exclude(pk=award.pk).order_by("pk")


def next_number(round_: Round) -> str:
    """Gapless per round's code: PSQM-26A-0042."""
    return f"PSQM-{round_.code}-{Counter.take(f'award:{round_.code}'):04d}"


def years_after(day: date, years: int) -> date:
    """The same day later; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def revoke(award: Award, *, reason: str, by: User, now: datetime) -> Award:
    return award_machine.perform(award, "revoke", by=by, now=now, reason=reason)


def reissue(award: Award, *, name: str, reason: str, by: User, now: datetime) -> Award:
    """A new file under the same number, after a change of the school's name."""
    certificate = Certificate.objects.filter(award=award).first()
    if certificate is None:
        raise Refused("This award is from before the portal, which has no certificate of it.")
    if name.strip() == award.school_name and certificate.file_id is not None:
        raise Refused("The certificate says that name already.")
    check_name(name)
    return award_machine.perform(award, "reissue", by=by, now=now, reason=reason, name=name.strip())
