from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from psqm_portal.core.roles import Role
from submissions.models import Part, Submission
from tests import factories


@dataclass
class World:
    """One school's submission with everybody around it, and somebody from elsewhere."""

    submission: Submission
    people: dict[str, User]

    def part(self, kind: str = "reflection") -> Part:
        return self.submission.parts.filter(kind=kind)[0]

    @property
    def url(self) -> str:
        return f"/submissions/{self.submission.pk}/"

    def fresh(self) -> Submission:
        return Submission.objects.get(pk=self.submission.pk)


@pytest.fixture(autouse=True)
def _third_of_november():
    with time_machine.travel(factories.NOW, tick=False):
        yield


@pytest.fixture
def make_world(db: None) -> Callable[..., World]:
    def make(**fields: Any) -> World:
        made = factories.submission(**fields)
        elsewhere = factories.school()
        people = {
            "subject leader": factories.member(made.school),
            "headteacher": factories.member(made.school, Role.HEADTEACHER),
            "school finance": factories.member(made.school, Role.SCHOOL_FINANCE),
            "hub leader": factories.hub_member(made.hub),
            "mentor": factories.hub_member(made.hub, Role.MENTOR),
            "hq": factories.hq(),
            "finance": factories.hq(Role.HQ_FINANCE),
            "viewer": factories.hq(Role.HQ_VIEWER),
            "other school": factories.member(elsewhere),
            "other hub": factories.hub_member(factories.hub()),
        }
        return World(made, people)

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


@pytest.fixture
def as_(client: Client) -> Callable[[User], Client]:
    def sign_in(person: User) -> Client:
        client.force_login(person)
        return client

    return sign_in
