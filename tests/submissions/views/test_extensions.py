"""The pages of a school's own dates and of requests for them."""

from datetime import date

import pytest

from messaging.models import Email
from rounds.models import Step
from submissions.domain import extensions
from submissions.models import Extension, ExtensionRequest
from tests import factories
from tests.support.queries import own_queries

DAY = {"until_0": "14", "until_1": "7", "until_2": "2027"}


def test_hq_reads_what_will_happen_before_the_date_is_given(world, as_):
    client, url = as_(world.people["hq"]), f"{world.url}dates/new/"
    given = {"step": "submit", **DAY, "why": "Our hall was flooded."}
    page = client.post(url, given).content.decode()
    assert not Extension.objects.exists()
    for words in (
        "until the end of Wednesday 14 July 2027",
        "The day to send for sign-off moves along, to Wednesday 30 June 2027",
        "Our hall was flooded.",
        str(world.people["subject leader"]),
        str(world.people["headteacher"]),
        str(world.people["hub leader"]),
    ):
        assert words in page
    assert str(world.people["mentor"]) not in page
    assert client.post(url, {**given, "confirmed": "yes"}).status_code == 302
    assert set(Extension.objects.values_list("step", "until")) == {
        ("submit", date(2027, 7, 14)),
        ("send_for_sign_off", date(2027, 6, 30)),
    }
    dates = as_(world.people["headteacher"]).get(f"{world.url}dates/").content.decode()
    assert "Our hall was flooded." in dates
    assert "Tuesday 29 June 2027" in dates  # the round's own beside it


def test_a_date_after_reviewing_starts_warns(world, as_):
    url = f"{world.url}dates/new/"
    late = {"step": "submit", "until_0": "1", "until_1": "8", "until_2": "2027", "why": "Illness"}
    page = as_(world.people["hq"]).post(url, late).content.decode()
    assert "reviewing starts from Wednesday 28 July 2027" in page


def test_what_was_typed_stays_with_the_reason_why_not(world, as_):
    given = {"step": "submit", "until_0": "1", "until_1": "11", "until_2": "2026", "why": "Our hall."}
    page = as_(world.people["hq"]).post(f"{world.url}dates/new/", given).content.decode()
    assert "Choose a date from today on." in page
    assert "Our hall." in page
    again = {**given, "until_1": "12", "until_2": "2027", "change": "yes"}
    page = as_(world.people["hq"]).post(f"{world.url}dates/new/", again).content.decode()
    assert "Our hall." in page
    assert not Extension.objects.exists()


def test_one_click_from_the_task_list_then_the_request_can_be_changed(world, as_):
    client = as_(world.people["hub leader"])
    page = client.get(world.url).content.decode()
    assert f'action="{world.url}dates/ask/"' in page
    assert "Tuesday 17 November 2026" in page  # the audit was due on 31 October: two weeks from today
    answer = client.post(f"{world.url}dates/ask/")
    asked = ExtensionRequest.objects.get()
    assert (asked.step, asked.until) == ("audit", date(2026, 11, 17))
    assert answer["Location"] == f"/extensions/{asked.pk}/"
    assert [mail.recipient for mail in Email.objects.all()] == [world.people["hq"]]
    client.post(answer["Location"], {"until_0": "20", "until_1": "11", "until_2": "2026", "why": "Illness"})
    asked.refresh_from_db()
    assert (asked.until, asked.why) == (date(2026, 11, 20), "Illness")
    assert "You’ve asked HQ for more time" in client.get(world.url).content.decode()
    client.post(f"{world.url}dates/ask/")
    assert ExtensionRequest.objects.count() == 1
    client.post(f"/extensions/{asked.pk}/take-back/")
    assert "You’ve asked HQ" not in client.get(world.url).content.decode()
    assert "dates/ask" not in as_(world.people["mentor"]).get(world.url).content.decode()


def test_hq_grants_from_its_list(world, as_):
    asked = extensions.ask(
        world.submission, Step.AUDIT, date(2026, 11, 17), by=world.people["hub leader"], now=factories.NOW
    )
    client = as_(world.people["hq"])
    assert str(world.submission.school) in client.get("/extensions/").content.decode()
    given = {"until_0": "18", "until_1": "11", "until_2": "2026", "why": "Take the week."}
    assert client.post(f"/extensions/{asked.pk}/", given)["Location"] == "/extensions/"
    assert Extension.objects.get().until == date(2026, 11, 18)
    assert (
        "Given until Wednesday 18 November 2026" in client.get("/extensions/?state=answered").content.decode()
    )
    assert "No request waits" in client.get("/extensions/").content.decode()


def test_a_decline_without_words_keeps_the_page(world, as_):
    asked = extensions.ask(
        world.submission, Step.AUDIT, date(2026, 11, 17), by=world.people["hub leader"], now=factories.NOW
    )
    client = as_(world.people["hq"])
    page = client.post(f"/extensions/{asked.pk}/decline/", {"answer": ""})
    assert "Write why not" in page.content.decode()
    client.post(f"/extensions/{asked.pk}/decline/", {"answer": "The reviewers wait."})
    text = as_(world.people["hub leader"]).get(f"/extensions/{asked.pk}/").content.decode()
    assert "The reviewers wait." in text
    assert "Change your request" not in text


@pytest.mark.parametrize("number", [1, 3, 10])
def test_the_list_costs_the_same_however_many_ask(world, as_, number):
    cycle, hub = world.submission.round, world.submission.hub
    for _ in range(number):
        ExtensionRequest.objects.create(
            submission=factories.submission(cycle=cycle, in_hub=hub if number < 9 else None, parts=False),
            step="submit", until=date(2027, 7, 14), asked_by=world.people["hub leader"],
            asked_at=factories.NOW,
        )  # fmt: skip
    client = as_(world.people["hq"])
    assert own_queries(client, "/extensions/") == 2
