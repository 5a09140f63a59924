"""A hub leader and HQ: one conversation, begun by either, answered by any of HQ's admins."""

import pytest
from django.test import Client

from hubs.models import LeaderTalk
from hubs.talk import begin, talk_ids, talk_with, talks_of
from messaging.models import Email, Message
from psqm_portal.core.roles import Role
from submissions.queries import places_of
from tests import factories
from tests.support.queries import own_queries
from tests.support.races import at_once

pytestmark = pytest.mark.django_db
NOW = factories.NOW


class Place:
    def __init__(self):
        self.hub = factories.hub(name="Chilterns")
        self.leader = factories.hub_member(self.hub, person=factories.user("Ana Lee"))
        self.mentor = factories.hub_member(self.hub, Role.MENTOR)
        self.admins = [
            factories.hq(person=factories.user("Hana Hill")),
            factories.hq(person=factories.user("Omar Shah")),
        ]
        self.url = f"/messages/hub-leaders/{self.leader.pk}/"


@pytest.fixture
def place():
    return Place()


def as_(person):
    client = Client()
    client.force_login(person)
    return client


def says(place, person, body="Hello"):
    answer = as_(person).post(place.url, {"body": body})
    assert (answer.status_code, answer["Location"]) == (302, place.url)


def told():
    people = [mail.recipient.name for mail in Email.objects.order_by("pk")]
    Email.objects.all().delete()
    return people


def test_either_side_begins_and_any_admin_answers(place):
    page = as_(place.leader).get("/messages/hq/", follow=True)
    assert page.redirect_chain == [(place.url, 302)]
    words = page.content.decode()
    assert "Read by Ana Lee (hub leader of Chilterns) and HQ’s admins (Hana Hill, Omar Shah)" in words
    assert not LeaderTalk.objects.exists()
    says(place, place.leader, "A school has no head")
    assert told() == ["Hana Hill", "Omar Shah"]
    says(place, place.admins[1], "We will ask")
    assert told() == ["Ana Lee"]
    says(place, place.admins[0], "We have asked")
    talk = LeaderTalk.objects.get()
    assert list(talk.conversation.messages.values_list("body", flat=True)) == [
        "A school has no head", "We will ask", "We have asked",
    ]  # fmt: skip
    page = as_(place.leader).get(place.url).content.decode()
    assert "<strong>Omar Shah</strong>, HQ" in page


def test_hq_begins_from_the_hubs_page(place):
    admin = place.admins[0]
    assert (
        f'href="{place.url}">Write to Ana Lee' in as_(admin).get(f"/hubs/{place.hub.slug}/").content.decode()
    )
    says(place, admin, "Welcome")
    assert told() == ["Ana Lee"]
    own = as_(place.leader).get(f"/hubs/{place.hub.slug}/").content.decode()
    assert f'href="{place.url}">Write to HQ' in own
    assert "leaders" not in as_(place.mentor).get(f"/hubs/{place.hub.slug}/").content.decode()


def test_unread_stands_in_the_header_and_in_the_list(place):
    says(place, place.leader, "One")
    says(place, place.leader, "Two")
    page = as_(place.admins[0]).get("/messages/").content.decode()
    assert '2<span class="govuk-visually-hidden"> unread' in page
    assert "Ana Lee and HQ" in page
    assert "Read 2 new messages" in as_(place.admins[0]).get("/").content.decode()
    as_(place.admins[0]).get(place.url)
    assert (
        '<span class="govuk-visually-hidden"> unread'
        not in as_(place.admins[0]).get("/messages/").content.decode()
    )
    assert (
        '2<span class="govuk-visually-hidden"> unread'
        in as_(place.admins[1]).get("/account/").content.decode()
    )


def test_the_list_of_messages_lets_a_leader_begin(place):
    assert f'href="{place.url}">Write to HQ' in as_(place.leader).get("/messages/").content.decode()
    says(place, place.leader)
    page = as_(place.leader).get("/messages/").content.decode()
    assert "Write to HQ" not in page
    assert "You: Hello" in page


@pytest.mark.parametrize("who", ["mentor", "other leader", "viewer", "finance", "teacher"])
def test_s01_it_is_theirs_alone(place, who):
    says(place, place.leader)
    person = {
        "mentor": lambda: place.mentor,
        "other leader": lambda: factories.hub_member(factories.hub()),
        "viewer": lambda: factories.hq(Role.HQ_VIEWER),
        "finance": lambda: factories.hq(Role.HQ_FINANCE),
        "teacher": lambda: factories.member(factories.school()),
    }[who]()
    conversation = LeaderTalk.objects.get().conversation_id
    for path in (place.url, f"/messages/talks/{conversation}/new/"):
        assert as_(person).get(path).status_code == 404
    assert as_(person).post(place.url, {"body": "x"}).status_code == 404
    assert Message.objects.count() == 1


def test_s04_who_leads_no_more_reads_no_more(place):
    says(place, place.leader)
    message = Message.objects.get()
    place.leader.hub_memberships.update(ended_at=NOW)
    for path in (place.url, f"/messages/{message.pk}/change/", f"/messages/{message.pk}/delete/"):
        assert as_(place.leader).get(path).status_code == 404
    assert "Ana Lee and HQ" not in as_(place.leader).get("/messages/").content.decode()
    page = as_(place.admins[0]).get(place.url).content.decode()
    assert "leads no hub any more" in page
    assert "<textarea" not in page
    assert as_(place.admins[0]).post(place.url, {"body": "x"}).status_code == 403


def test_the_header_counts_the_same_talks_as_the_list_shows(place):
    """The header goes by roles that are read already, the list by memberships: one right in two forms."""
    other = factories.hub_member(factories.hub())
    for leader in (place.leader, other):
        begin(leader, now=NOW)
    gone = factories.hub_member(factories.hub())
    begin(gone, now=NOW)
    gone.hub_memberships.update(ended_at=NOW)
    seen = {}
    for person in (place.leader, other, gone, place.mentor, place.admins[0], factories.hq(Role.HQ_VIEWER)):
        listed = set(talks_of(person).values_list("pk", flat=True))
        counted = talk_ids(person, places_of(person).roles).values_list("conversation", flat=True)
        assert set(counted) == listed
        seen[person] = len(listed)
    assert list(seen.values()) == [1, 1, 0, 0, 3, 0]


def test_there_is_no_talk_with_who_leads_nothing(place):
    assert as_(place.admins[0]).get(f"/messages/hub-leaders/{place.mentor.pk}/").status_code == 404
    assert as_(place.mentor).get("/messages/hq/").status_code == 404


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_the_page_costs_the_same_for_any_length(place, count):
    for number in range(count):
        says(place, (place.leader, *place.admins)[number % 3], f"Message {number}")
    client = as_(place.leader)
    client.get(place.url)
    # Rights, hubs, talk; mark, messages, files, names, how far others read; who reads it.
    assert own_queries(client, place.url) == 10


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_both_begin_at_once():
    place = Place()
    made = at_once([lambda: begin(place.leader, now=NOW)] * 6)
    assert len({one.pk for one in made}) == 1
    assert LeaderTalk.objects.count() == 1
    assert talk_with(place.leader, place.leader) is not None
