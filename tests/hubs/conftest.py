from datetime import date

import pytest

from hubs.domain.hubs import take_part
from hubs.domain.training import set_session
from psqm_portal.core.roles import Role
from rounds.domain.machine import round_machine
from rounds.domain.make import make_round
from tests import factories
from tests.factories import NOW
from tests.rounds.conftest import template, told

__all__ = ["template", "told"]


class World:
    """Autumn 2026, open; a hub with a leader and a mentor that takes part in it with four sessions."""

    def __init__(self, template) -> None:
        made = make_round(template, 2026, by=None, now=NOW)
        self.round = round_machine.perform(made, "open", by=None, now=NOW)
        self.hub, self.other = factories.hub(name="Chilterns"), factories.hub(name="Downs")
        self.leader = factories.hub_member(self.hub)
        self.mentor = factories.hub_member(self.hub, Role.MENTOR)
        self.other_leader = factories.hub_member(self.other)
        self.hub_round = take_part(self.hub, self.round, training="sessions", by=None, now=NOW)
        take_part(self.other, self.round, training="days", by=None, now=NOW)
        self.hq = factories.hq()

    def enrol(self, **fields):
        return factories.submission(cycle=self.round, in_hub=self.hub, parts=False, **fields)


@pytest.fixture
def world(template):
    return World(template())


@pytest.fixture
def session(world):
    return set_session(
        world.hub_round, "training_1", held_on=date(2026, 11, 3), place="Hall", by=world.leader, now=NOW
    )
