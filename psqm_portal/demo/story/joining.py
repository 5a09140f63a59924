"""How schools come in: they register, the headteacher agrees, HQ passes it on, the hub leader takes them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hubs.domain.registrations import agree, pass_to_hub, register
from hubs.models import Registration
from psqm_portal.core.roles import Role
from psqm_portal.demo.story.cast import Cast, HubPeople, SchoolPeople
from psqm_portal.demo.story.times import Calendar, Steps
from rounds.models import Audience, Round, Step
from schools.domain.people import join
from submissions.domain.enrolment import enrol
from submissions.models import Submission


@dataclass(slots=True)
class Tale:
    """A school's year as far as it is told; ``steps`` gives its next moment."""

    cast: Cast
    submission: Submission
    people: SchoolPeople
    hub: HubPeople
    steps: Steps
    calendar: Calendar

    @property
    def leader(self) -> Any:
        return self.people.leader


def take_in(
    cast: Cast,
    round_: Round,
    calendar: Calendar,
    hub: HubPeople,
    *,
    part: float | None = None,
    people: SchoolPeople | None = None,
) -> Tale:
    """The hub's next school (or these ``people``), from registration to enrolment; ``part`` of the recruiting
    time had passed.
    """
    people, steps = people or hub.next_school(), Steps(calendar)
    part = cast.random.uniform(0.05, 0.6) if part is None else part
    at = steps.at(Step.RECRUIT, part, Audience.HUB_LEADER)
    registration = ask(round_, people, now=at)
    registration = agree(registration, name=people.head.name, now=steps.later(days=2))
    registration = pass_to_hub(registration, hub.hub, by=cast.head_office, now=steps.later(days=1))
    come_in(people, now=steps.later(hours=3))
    submission = enrol(registration, by=hub.leader, now=steps.later(days=2))
    return Tale(cast, submission, people, hub, steps, calendar)


def ask(round_: Round, people: SchoolPeople, *, now: datetime, **more: Any) -> Registration:
    """The school registers itself on the public page."""
    details: dict[str, Any] = {
        "subject_leader_name": people.leader.name,
        "subject_leader_email": people.leader.email,
        "headteacher_name": people.head.name,
        "headteacher_email": people.head.email,
        "ase_member": people.school.ase_member,
        "ase_number": people.school.ase_number,
        **more,
    }
    if people.second:
        details |= {"second_name": people.second.name, "second_email": people.second.email}
    if people.finance:
        details |= {"finance_name": people.finance.name, "finance_email": people.finance.email}
        details["order_number"] = f"PO-{people.school.urn}"
    return register(round_, people.school, details, by=None, now=now)


def come_in(people: SchoolPeople, *, now: datetime) -> None:
    """Their accounts are known to the school, so that enrolling needs no invitation."""
    join(people.school, people.leader, Role.SUBJECT_LEADER, now=now)
    join(people.school, people.head, Role.HEADTEACHER, now=now)
    if people.second:
        join(people.school, people.second, Role.SUBJECT_LEADER, now=now)
    if people.finance:
        join(people.school, people.finance, Role.SCHOOL_FINANCE, now=now)
