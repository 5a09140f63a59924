"""A hub leader's word for a year: signed, renewed, reminded of, ended."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from hubs.domain import commitments as domain
from hubs.models import CommitmentPoint, LeaderCommitment, Substitution
from hubs.tasks import remind_of_commitments
from messaging.models import Email
from psqm_portal.core import clock
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from tests import factories as make
from tests.factories import NOW

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 3)


def needed() -> list[int]:
    return list(CommitmentPoint.objects.filter(is_recommended_only=False).values_list("pk", flat=True))


def sign(leader, now=NOW) -> LeaderCommitment:
    return domain.sign(leader, ticked=needed(), name=" Ana  Lee ", now=now)


def test_the_first_year_begins_on_the_day_of_signing():
    leader = make.hub_member(make.hub())
    made = sign(leader)
    assert (made.from_day, made.until, made.signed_name) == (TODAY, date(2027, 11, 3), "Ana Lee")
    assert [point["ticked"] for point in made.points] == [True, True, True, True, False]
    with pytest.raises(Refused, match="signed already"):
        sign(leader)


def test_each_commitment_is_ticked_and_the_name_given():
    leader = make.hub_member(make.hub())
    with pytest.raises(Refused, match="Tick each"):
        domain.sign(leader, ticked=needed()[1:], name="Ana Lee", now=NOW)
    with pytest.raises(Refused, match="full name"):
        domain.sign(leader, ticked=needed(), name=" ", now=NOW)


@pytest.mark.parametrize("role", [Role.MENTOR, None])
def test_only_hub_leaders_sign(role):
    person = make.hub_member(make.hub(), role) if role else make.user()
    assert domain.to_sign(person, TODAY) is None
    with pytest.raises(PermissionDenied):
        sign(person)


def test_a_substitute_doesnt_sign():
    hub = make.hub()
    leader, stands_in = make.user(), make.hub_member(hub)
    Substitution.objects.create(
        hub=hub, leader=leader, substitute=stands_in, first_day=TODAY, last_day=TODAY, reason="Ill",
        made_at=NOW, began_at=NOW,
    )  # fmt: skip
    assert domain.to_sign(stands_in, TODAY) is None


@pytest.mark.parametrize(
    ("days", "from_day"),
    [(61, None), (60, 60), (1, 1), (0, 0), (-59, -59), (-60, 0)],
    ids=["too early", "60 before", "1 before", "last day", "59 after", "long over"],
)
def test_a_year_is_renewed_from_its_end_on(days, from_day):
    leader = make.hub_member(make.hub())
    make.commitment(leader, until=TODAY + timedelta(days=days))
    signing = domain.to_sign(leader, TODAY)
    assert (signing and (signing.from_day - TODAY).days) == from_day


def test_the_29th_of_february_ends_on_the_1st_of_march():
    leader = make.hub_member(make.hub())
    make.commitment(leader, until=date(2028, 2, 29))
    signing = domain.to_sign(leader, date(2028, 2, 1))
    assert signing is not None
    assert signing.until == date(2029, 3, 1)


def test_whose_commitment_holds_in_one_query(django_assert_num_queries):
    one, two, three = (make.user() for _ in range(3))
    holds = make.commitment(one, until=date(2026, 11, 4))
    make.commitment(two, until=TODAY)
    with django_assert_num_queries(1):
        assert domain.commitment_of([one.pk, two.pk, three.pk], TODAY) == {one.pk: holds}


def test_a_renewed_year_counts_before_it_begins():
    leader = make.hub_member(make.hub())
    make.commitment(leader, until=TODAY + timedelta(days=20))
    renewed = sign(leader)
    assert domain.commitment_of([leader.pk], TODAY) == {leader.pk: renewed}


# Reminders


def mails_by(leader, until) -> list[int]:
    """On which days from the end a mail went, when asked on every day."""
    make.commitment(leader, until=until)
    mornings = {
        days: clock.start_of(until + timedelta(days=days)) + timedelta(hours=8) for days in range(-70, 30)
    }
    return [days for days, morning in mornings.items() if domain.remind(morning)]


def test_leaders_are_told_at_60_30_and_7_days_and_a_week_after():
    assert mails_by(make.hub_member(make.hub()), TODAY) == [-60, -30, -7, 7]
    subjects = list(Email.objects.order_by("pk").values_list("subject", flat=True))
    assert subjects == [
        "Renew your commitment as a PSQM hub leader",
        "Renew your commitment as a PSQM hub leader",
        "Renew your commitment as a PSQM hub leader",
        "Your commitment as a PSQM hub leader has ended",
    ]


def test_who_renewed_leads_no_more_or_wont_go_on_is_left_in_peace():
    renewed, gone, leaving = make.hub_member(make.hub()), make.user(), make.hub_member(make.hub())
    for person in (renewed, gone, leaving):
        make.commitment(person, until=TODAY + timedelta(days=20))
    sign(renewed)
    domain.leave(leaving, reason="I’m moving away.", now=NOW)
    Email.objects.all().delete()
    assert domain.remind(NOW) == 0


def test_asked_twice_it_is_told_once():
    make.commitment(make.hub_member(make.hub()), until=london_day(clock.now()) + timedelta(days=29))
    remind_of_commitments()
    remind_of_commitments()
    assert Email.objects.count() == 1


def test_many_leaders_are_asked_for_in_one_query(django_assert_num_queries):
    for _ in range(20):
        make.commitment(make.hub_member(make.hub()), until=TODAY + timedelta(days=200))
    with django_assert_num_queries(1):
        domain.remind(NOW)


# Not going on


def test_hq_gets_the_reason_once():
    hub, hq = make.hub(name="Chilterns"), make.hq()
    leader = make.hub_member(hub)
    make.commitment(leader, until=TODAY + timedelta(days=20))
    with pytest.raises(Refused, match="Write the reason"):
        domain.leave(leader, reason=" ", now=NOW)
    domain.leave(leader, reason="I’m moving away.", now=NOW)
    domain.leave(leader, reason="Again.", now=NOW)
    mail = Email.objects.get()
    assert (mail.recipient, mail.template) == (hq, "hubs/mail/leader_leaves")
    assert "I’m moving away." in mail.text
    assert "Chilterns" in mail.text
    assert HistoryEntry.objects.filter(machine="leader_commitment", action="leave").count() == 1
    assert sign(leader).from_day == TODAY + timedelta(days=20)


def test_there_is_nothing_to_leave_long_before_the_end():
    leader = make.hub_member(make.hub())
    sign(leader)
    with pytest.raises(PermissionDenied):
        domain.leave(leader, reason="No.", now=NOW)


# Pages


def test_a_leader_is_led_to_signing_from_home(client):
    leader = make.hub_member(make.hub())
    client.force_login(leader)
    assert "Sign your commitment for the year" in client.get("/").content.decode()
    page = client.get(reverse("leader_commitment")).content.decode()
    assert "Take part in the review panel" in page
    refused = client.post(reverse("leader_commitment"), {"name": "Ana Lee"})
    assert "Tick this commitment too" in refused.content.decode()
    ticks = {f"point_{pk}": "on" for pk in needed()}
    client.post(reverse("leader_commitment"), {**ticks, "name": "Ana Lee"})
    assert leader.leader_commitments.get().signed_name == "Ana Lee"
    assert "Sign your commitment for the year" not in client.get("/").content.decode()
    assert "Signed by Ana Lee" in client.get(reverse("leader_commitment")).content.decode()


def test_a_leader_renews_or_says_that_they_wont(client):
    leader = make.hub_member(make.hub())
    make.commitment(leader, until=london_day(clock.now()) + timedelta(days=20))
    client.force_login(leader)
    assert "Renew your commitment as a hub leader" in client.get("/").content.decode()
    client.post(reverse("leader_commitment_leave"), {"reason": "I’m moving away."})
    assert "Renew your commitment" not in client.get("/").content.decode()
    assert "you told HQ that you won’t go on" in client.get(reverse("leader_commitment")).content.decode()
