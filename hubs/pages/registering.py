"""What the public form shows: rounds with dates and fees, what comes next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from hubs import slots
from hubs.models import Registration
from psqm_portal.core.templatetags.portal import long_date, money, month_and_year
from rounds.models import Audience, Kind, Milestone, Round, Step


@dataclass(frozen=True, slots=True)
class Offered:
    """A round that a school may join. ``training`` is the first day of the first training's month or days."""

    round: Round
    until: date | None
    training: date | None
    terms: slots.FeeTerms

    @property
    def hint(self) -> str:
        said = [f"Register until {long_date(self.until)}."] if self.until else []
        if self.round.kind == Kind.REACCREDITATION:
            said.append("Online, for schools that hold the award.")
        elif self.training:
            said.append(f"The training begins in {month_and_year(self.training)}.")
        if self.round.needs_ase_membership:
            said.append("For members of the Association for Science Education.")
        return " ".join([*said, fee_in_words(self.terms)])


def fee_in_words(terms: slots.FeeTerms) -> str:
    if terms.amount is None:
        return "The fee isn’t set yet."
    small = (
        f", {money(terms.small)} with up to {terms.small_pupils} pupils" if terms.small is not None else ""
    )
    return f"It costs {money(terms.amount)} for a school{small}. {terms.vat}".strip()


def offered(rounds: Iterable[Round]) -> list[Offered]:
    rounds = list(rounds)
    wanted = Q(step=Step.RECRUIT, audience=Audience.HUB_LEADER) | Q(
        step=Step.TRAINING_1, audience=Audience.SCHOOL
    )
    dates = {(row.round_id, row.step): row for row in Milestone.objects.filter(wanted, round__in=rounds)}

    def of(round_: Round) -> Offered:
        recruit, training = (dates.get((round_.pk, step)) for step in (Step.RECRUIT, Step.TRAINING_1))
        return Offered(
            round_,
            recruit.due_on if recruit else None,
            training.opens_on if training and round_.kind == Kind.STANDARD else None,
            slots.fee_terms(round_, None),
        )

    return [of(round_) for round_ in rounds]


def what_comes(made: Registration) -> dict[str, Any]:
    """For the page after sending, kept in the visitor's session: what they typed themselves, and dates."""
    (known,) = offered([made.round])
    return {
        "school": str(made.school),
        "round": str(made.round),
        "hub": str(made.hub or ""),
        "leader": made.subject_leader_name,
        "head": made.headteacher_name,
        "head_email": made.headteacher_email,
        "is_head": made.registrant == Registration.Registrant.HEADTEACHER,
        "at": made.registered_at.isoformat(),
        "link_until": made.agreement_ends_at.isoformat(),
        "training": known.training.isoformat() if known.training else "",
    }


def steps_ahead(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The line of what happens next, from what was kept."""
    last_day = long_date(datetime.fromisoformat(told["link_until"]))
    hub = told["hub"] or "A hub near you"
    steps: list[dict[str, Any]] = [
        {"label": "You registered", "state": "done", "date": datetime.fromisoformat(told["at"])},
        {
            "label": f"{told['head']} agrees",
            "state": "now",
            "when": f"By the link we’ve just sent to {told['head_email']}. It works until {last_day}",
        },
        {"label": "We find a hub near you", "when": "One that has a free place"},
        {
            "label": f"{hub} gives your school a place",
            "when": f"{told['leader']} and {told['head']} get an invitation to the portal by email, and the "
            "invoice is made",
        },
    ]
    if told["hub"]:
        del steps[2]
    if told["training"]:
        month = month_and_year(date.fromisoformat(told["training"]))
        steps.append({"label": "The training begins", "when": f"In {month}; the hub sends you the dates"})
    return steps
