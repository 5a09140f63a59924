"""A conversation's pages: older messages, what comes in, changing, deleting, searching."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from messaging.models import Message
from messaging.pages.finding import excerpt
from psqm_portal.core.roles import Role
from tests import factories
from tests.messaging.test_announcements import Scheme
from tests.messaging.test_notices import says
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db
NOW = factories.NOW
SCRIPTED = {"HX-Request": "true", "Accept": "application/json"}


@pytest.fixture
def scheme():
    return Scheme()


def as_(person):
    client = Client()
    client.force_login(person)
    return client


def url(scheme, number=0):
    return f"/submissions/{scheme.submissions[number].pk}/messages/"


def words(answer):
    return answer.content.decode()


def new(scheme):
    return f"/messages/talks/{scheme.submissions[0].conversation_id}/new/"


def test_older_messages_come_on_demand(scheme):
    for number in range(35):
        says(scheme, body=f"Message number {number}.")
    client = as_(scheme.leader)
    page = words(client.get(url(scheme)))
    assert "Message number 5." in page
    assert "Message number 4." not in page
    earlier = re.search(r'href="([^"]*\?before=\d+)"', page)[1]
    whole = words(client.get(earlier))
    assert "Message number 4." in whole
    assert "Message number 5." not in whole
    assert "Newest messages" in whole
    part = words(client.get(earlier, headers=SCRIPTED))
    assert "Message number 4." in part
    assert "<html" not in part
    assert "Earlier messages" not in part


def test_what_others_write_comes_in(scheme):
    teacher = as_(scheme.teachers[0])
    says(scheme, body="Hello")
    page = words(teacher.get(url(scheme)))
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    assert f'hx-get="{new(scheme)}"' in page
    assert teacher.get(new(scheme), {"seen": seen}).status_code == 204
    says(scheme, body="<b>More</b>")
    answer = teacher.get(new(scheme), {"seen": seen}, headers=SCRIPTED)
    assert "&lt;b&gt;More&lt;/b&gt;" in words(answer)
    assert "Hello" not in words(answer)
    seen = re.search(r'name="seen" value="([^"]+)" id="talk-seen" hx-swap-oob', words(answer))[1]
    assert teacher.get(new(scheme), {"seen": seen}).status_code == 204
    assert "app-count" not in words(teacher.get("/account/")).split("Messages", 1)[1][:60]


def test_a_page_that_outlives_its_session_is_told_so(scheme):
    assert Client().get(new(scheme), headers=SCRIPTED).status_code == 401


def test_s04_what_comes_in_stops_with_the_right(scheme):
    says(scheme)
    client = as_(scheme.teachers[0])
    assert client.get(new(scheme)).status_code == 204
    scheme.teachers[0].school_memberships.update(ended_at=NOW)
    assert client.get(new(scheme)).status_code == 404


def test_changing_until_it_was_read(scheme):
    says(scheme, body="Helo")
    message = Message.objects.get()
    change = f"/messages/{message.pk}/change/"
    client = as_(scheme.leader)
    assert change in words(client.get(url(scheme)))
    answer = client.post(change, {"body": "Hello"}, follow=True)
    assert answer.redirect_chain[0][0] == f"{url(scheme)}?at={message.pk}#message-{message.pk}"
    assert "Hello" in words(answer)
    assert "· changed" in words(answer)
    as_(scheme.teachers[0]).get(url(scheme))
    assert change not in words(client.get(url(scheme)))
    refused = words(client.post(change, {"body": "Something else"}))
    assert "Somebody has read this message" in refused
    assert "Something else" in refused
    message.refresh_from_db()
    assert message.body == "Hello"


def test_hq_reading_along_is_no_reader(scheme):
    says(scheme)
    as_(scheme.hq).get(url(scheme))
    assert "/change/" in words(as_(scheme.leader).get(url(scheme)))


def test_deleting_leaves_a_mark_for_everybody(scheme):
    says(scheme, body="Wrong school")
    message = Message.objects.get()
    client = as_(scheme.leader)
    page = words(client.get(f"/messages/{message.pk}/delete/"))
    assert "Its words and files are gone for everybody" in page
    assert "Wrong school" in page
    client.post(f"/messages/{message.pk}/delete/")
    for person, who in ((scheme.leader, "you"), (scheme.teachers[0], "Ana Lee")):
        page = words(as_(person).get(url(scheme)))
        assert f"This message was deleted by {who} on" in page
        assert "Wrong school" not in page
    assert "You deleted it on" in words(client.get(f"/messages/{message.pk}/delete/"))


@pytest.mark.parametrize("path", ["change", "delete"])
def test_s02_only_its_author_touches_a_message(scheme, path):
    says(scheme)
    message = Message.objects.get()
    address = f"/messages/{message.pk}/{path}/"
    for person, status in [
        (scheme.teachers[0], 403), (scheme.mentor, 403), (scheme.hq, 403), (scheme.far, 404),
        (scheme.teachers[1], 404),
    ]:  # fmt: skip
        assert as_(person).get(address).status_code == status
        assert as_(person).post(address, {"body": "Mine"}).status_code == status
    scheme.leader.hub_memberships.update(ended_at=NOW)
    assert as_(scheme.leader).post(address, {"body": "Mine"}).status_code == 404
    message.refresh_from_db()
    assert (message.body, message.deleted_at) == ("Hello", None)


def test_search_finds_ones_own_alone(scheme):
    says(scheme, 0, body="The beaker is broken")
    says(scheme, 1, body="The beaker is whole")
    says(scheme, 3, by=scheme.far, body="A beaker far away")
    scheme.announces(title="Beakers for all", body="Come and get them", at=NOW + timedelta(hours=1))

    def found(person, query):
        page = as_(person).get("/messages/", {"q": query})
        return [one.excerpt for one in page.context["page"].object_list]

    assert found(scheme.teachers[0], "BEAKER") == ["Come and get them", "The beaker is broken"]
    assert found(scheme.leader, "beaker the") == [
        "Come and get them",
        "The beaker is whole",
        "The beaker is broken",
    ]
    assert found(scheme.far, "beaker") == ["A beaker far away"]
    assert found(scheme.hq, "beaker") == ["Come and get them"]
    assert found(scheme.teachers[0], "ana broken") == ["The beaker is broken"]
    assert found(scheme.teachers[0], "volcano") == []
    message = Message.objects.get(body="The beaker is broken")
    page = words(as_(scheme.teachers[0]).get("/messages/?q=broken"))
    assert f'{url(scheme)}?at={message.pk}#message-{message.pk}"' in page
    as_(scheme.leader).post(f"/messages/{message.pk}/delete/")
    assert found(scheme.teachers[0], "broken") == []


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_search_costs_the_same_for_any_number(scheme, count):
    for number in range(count):
        says(scheme, number % 3, body=f"The beaker {number}")
    # What was announced, count, keys, messages, announcements, and what the conversations are about and have
    # unread.
    assert own_queries(as_(scheme.leader), "/messages/?q=beaker") == 9


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Short  and\nsweet", "Short and sweet"),
        ("word " * 60 + "beaker " + "word " * 60, f"…{'word ' * 17}beaker{' word' * 16}…"),
    ],
)
def test_an_excerpt_shows_the_hit(text, shown):
    assert excerpt(text, ["beaker"]) == shown


def test_the_mentor_and_head_take_part(scheme):
    says(scheme)
    assert as_(scheme.mentor).post(url(scheme), {"body": "From the mentor"}).status_code == 302
    assert as_(scheme.head).post(url(scheme), {"body": "From the head"}).status_code == 302
    page = words(as_(scheme.teachers[0]).get(url(scheme)))
    assert f"</strong>, {Role.HEADTEACHER}" in page
    assert f"</strong>, {Role.MENTOR}" in page
