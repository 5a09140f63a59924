"""A hub leader's certificate: who led a hub in a round whose schools know their outcomes."""

from datetime import date, timedelta
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from django.urls import reverse

from hubs.domain.leader_certificates import led, led_by
from hubs.models import HubMembership, HubRound
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

TOLD = date(2027, 10, 1)


def rows(world):
    return HubRound.objects.filter(pk=world.hub_round.pk)


def tell(world) -> None:
    world.round.milestones.filter(step="notify", audience="school").update(
        opens_on=TOLD, due_on=TOLD + timedelta(days=9)
    )


def test_it_is_there_once_the_schools_know_their_outcomes(world):
    tell(world)
    assert led(rows(world), today=TOLD - timedelta(days=1)) == []
    assert [one.leader for one in led(rows(world), today=TOLD)] == [world.leader]
    type(world.round).objects.update(status="archived")
    assert [one.leader for one in led(rows(world), today=TOLD - timedelta(days=99))] == [world.leader]


def test_each_who_led_it_in_that_time_has_one_and_mentors_don_t(world):
    tell(world)
    HubRound.objects.update(joined_at=NOW)
    first = world.hub.memberships.get(user=world.leader)
    HubMembership.objects.filter(pk=first.pk).update(ended_at=NOW + timedelta(days=90))
    after = factories.user()
    HubMembership.objects.create(
        hub=world.hub, user=after, role="hub leader", started_at=NOW + timedelta(days=90)
    )
    too_early, too_late = factories.user(), factories.user()
    HubMembership.objects.create(
        hub=world.hub, user=too_early, role="hub leader",
        started_at=NOW - timedelta(days=9), ended_at=NOW - timedelta(days=1),
    )  # fmt: skip
    HubMembership.objects.filter(user=after).update(ended_at=NOW + timedelta(days=700))
    HubMembership.objects.create(
        hub=world.hub, user=too_late, role="hub leader", started_at=NOW + timedelta(days=700)
    )
    assert [one.leader for one in led(rows(world), today=TOLD)] == [world.leader, after]
    assert [one.hub_round for one in led_by(world.leader, today=TOLD)] == [world.hub_round]
    assert led_by(too_late, today=TOLD) == []
    assert led_by(world.mentor, today=TOLD) == []


def test_q07_the_leader_and_hq_have_it_and_nobody_else(world, client):
    type(world.round).objects.update(status="archived")
    for _ in range(3):
        world.enrol()
    url = reverse("leader_certificate", args=[world.hub.slug, world.round.slug, world.leader.pk])
    for person in [world.mentor, world.other_leader, factories.user()]:
        client.force_login(person)
        assert client.get(url).status_code == 404
    for person in [world.leader, world.hq]:
        client.force_login(person)
        answer = client.get(url)
        assert answer["Content-Type"] == "application/pdf"
        page = client.get(reverse("hub_round", args=[world.hub.slug, world.round.slug])).content.decode()
        assert url in page
    with pikepdf.open(BytesIO(answer.content)) as document:
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.docinfo["/Title"]) == (
            f"Certificate of a hub leader: {world.leader}, Chilterns, {world.round}"
        )
    with pypdfium2.PdfDocument(answer.content) as document:
        text = " ".join(document[0].get_textpage().get_text_bounded().split())
    assert f"With thanks to {world.leader} who led the hub Chilterns in the round {world.round}" in text
    assert "3 schools took part" in text
    assert len(answer.content) < 20_000


def test_who_gave_the_hub_over_finds_it_on_the_page_of_commitments(world, client):
    type(world.round).objects.update(status="archived")
    world.hub.memberships.filter(user=world.leader).update(ended_at=NOW + timedelta(days=30))
    HubRound.objects.update(joined_at=NOW)
    client.force_login(world.leader)
    page = client.get(reverse("leader_commitment")).content.decode()
    assert reverse("leader_certificate", args=[world.hub.slug, world.round.slug, world.leader.pk]) in page
    assert "You have signed" not in page


@pytest.mark.parametrize("count", [3, 12])
def test_r24_all_of_a_person_in_three_queries(world, count, django_assert_num_queries):
    for number in range(count):
        cycle = factories.round_(status="archived", name=f"Spring {number}", slug=f"spring-{number}")
        factories.hub_round(world.hub, cycle, seats=1)
    HubRound.objects.update(joined_at=NOW)
    with django_assert_num_queries(3):
        assert len(led_by(world.leader, today=TOLD)) == count + 1
