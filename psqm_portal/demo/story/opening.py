"""The round that takes registrations: some wait for a headteacher, some for a hub leader, some for HQ."""

from hubs.domain.registrations import agree, decline, hand_back, pass_to_hub
from hubs.models import Registration
from psqm_portal.demo.story.cast import Cast, HubPeople
from psqm_portal.demo.story.joining import ask
from psqm_portal.demo.story.times import Calendar, Steps
from rounds.models import Audience, Round, Step

NOTE = "We took part some years ago and would like to begin again with a new subject leader."


def arrive(cast: Cast, round_: Round, calendar: Calendar) -> None:
    first, second, third, fourth = cast.hubs
    for hub, part in ((first, 0.6), (second, 0.7)):
        asked, steps = _agreed(round_, calendar, hub, part)
        pass_to_hub(asked, hub.hub, by=cast.head_office, now=steps.later(hours=20))
    _asked(round_, calendar, third, 0.95)
    _agreed(round_, calendar, fourth, 0.8)
    back, steps = _agreed(round_, calendar, fourth, 0.3)
    back = pass_to_hub(back, fourth.hub, by=cast.head_office, now=steps.later(hours=20))
    hand_back(
        back, by=fourth.leader, now=steps.later(days=2),
        reason="They are an hour and a half away from where we train. Northmoor would suit them better.",
    )  # fmt: skip
    no, steps = _asked(round_, calendar, third, 0.1)
    decline(
        no, by=cast.head_office, now=steps.later(days=6),
        reason="The school has asked us to keep its place for next year, when its building work is done.",
    )  # fmt: skip


def _asked(round_: Round, calendar: Calendar, hub: HubPeople, part: float) -> tuple[Registration, Steps]:
    people, steps = hub.next_school(), Steps(calendar)
    now = steps.at(Step.RECRUIT, part, Audience.HUB_LEADER)
    return ask(round_, people, now=now, note=NOTE if part > 0.6 else ""), steps


def _agreed(round_: Round, calendar: Calendar, hub: HubPeople, part: float) -> tuple[Registration, Steps]:
    asked, steps = _asked(round_, calendar, hub, part)
    return agree(asked, name=asked.headteacher_name, now=steps.later(hours=30)), steps
