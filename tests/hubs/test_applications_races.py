"""Two of HQ accept one application at once. Real PostgreSQL, with a control where nothing is locked."""

from functools import partial

import pytest

from accounts.models import Invitation
from hubs.domain.judging import accept
from hubs.models import Hub, LeaderApplication
from messaging.models import Email
from psqm_portal.core.machine import Refused
from tests import factories as make
from tests.factories import NOW
from tests.support.races import at_once, machines_unlocked

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
THREADS = 2


def both_accept(application: LeaderApplication) -> list[object]:
    people = [make.hq() for _ in range(THREADS)]

    def attempt(number: int) -> LeaderApplication:
        hub = Hub(name=f"Northmoor {number}", slug=f"northmoor-{number}", place="Northmoor")
        return accept(application, hub, by=people[number], now=NOW, reason="We know her.")

    return at_once([partial(attempt, number) for number in range(THREADS)])


def test_r01_two_accept_and_there_is_one_hub_and_one_invitation():
    application = make.application(status="sent")
    ends = both_accept(application)
    assert sorted(type(end).__name__ for end in ends) == ["LeaderApplication", "Refused"]
    assert next(str(end) for end in ends if isinstance(end, Refused)) == (
        "This can't be done now: it is accepted."
    )
    assert (Hub.objects.count(), Invitation.objects.count()) == (1, 1)
    assert Email.objects.filter(template="hubs/mail/application_accepted").count() == 1


def test_control_without_the_lock_both_open_a_hub():
    application = make.application(status="sent")
    with machines_unlocked(THREADS):
        ends = both_accept(application)
    assert [type(end).__name__ for end in ends] == ["LeaderApplication"] * 2
    assert (Hub.objects.count(), Invitation.objects.count()) == (2, 2)
