"""Unsent words: one person's alone, within limits, gone once sent; and Q03, a form sent after the session."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Session, User
from messaging.models import Message
from psqm_portal.core import drafts
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import Draft
from submissions.domain.writing import text_mark
from tests import factories as make

pytestmark = pytest.mark.django_db
PAGE = "/submissions/1/messages/"


@pytest.fixture
def person() -> User:
    return make.user()


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def put(client: Client, fields: Any, form: str = PAGE) -> Any:
    body = json.dumps({"fields": fields})
    return client.put(f"/typed/?form={form}", body, content_type="application/json")


def test_words_are_kept_given_back_and_dropped(person: User) -> None:
    client = client_of(person)
    with time_machine.travel(make.NOW, tick=False):
        assert put(client, {"body": ["Half a thought"]}).status_code == 200
        assert put(client, {"body": ["Half a thought more"]}).status_code == 200
        found = client.get("/typed/", {"form": [PAGE, "/elsewhere/"]}).json()
    assert found["person"] == person.pk
    assert list(found["drafts"]) == [PAGE]
    assert found["drafts"][PAGE]["fields"] == {"body": ["Half a thought more"]}
    assert found["drafts"][PAGE]["said"] == "Tuesday 3 November 2026 at 9am"
    assert client.delete(f"/typed/?form={PAGE}").status_code == 200
    assert not Draft.objects.exists()


def test_nobody_elses_words(person: User) -> None:
    put(client_of(person), {"body": ["Mine"]})
    other = client_of(make.user())
    assert other.get("/typed/", {"form": PAGE}).json()["drafts"] == {}
    other.delete(f"/typed/?form={PAGE}")
    put(other, {"body": ["Theirs"]})
    assert Draft.objects.get(person=person).fields == {"body": ["Mine"]}
    assert client_of(make.user()).get(f"/typed/kept/?form={PAGE}").status_code == 404


def test_limits(person: User) -> None:
    client = client_of(person)
    assert put(client, {"body": ["x" * (drafts.MOST_BYTES - 20)]}).status_code == 200
    assert put(client, {"body": ["x" * drafts.MOST_BYTES]}).status_code == 413
    assert put(client, {"body": ["x" * drafts.MOST_BYTES * 3]}).status_code == 413
    assert put(client, {"body": ["x"]}, form="/" * 201).status_code == 413
    assert put(client, {"body": ["x"]}, form="").status_code == 413
    for number in range(drafts.MOST - 1):
        drafts.keep(person.pk, f"/{number}/", {}, now=make.NOW)
    with pytest.raises(Refused, match="You have begun too many forms"):
        drafts.keep(person.pk, "/one/more/", {}, now=make.NOW)
    drafts.keep(person.pk, "/1/", {"still": ["open"]}, now=make.NOW)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"fields": 3}', '{"fields": {"a": 1}}', "\x00"])
def test_what_isnt_fields_is_refused(person: User, body: str) -> None:
    answer = client_of(person).put(f"/typed/?form={PAGE}", body, content_type="application/json")
    assert answer.status_code == 400


def test_a_visitor_has_nothing_and_is_told_so_in_json() -> None:
    answer = Client().get("/typed/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (401, {"said": "You've been signed out."})


def test_words_are_swept_after_thirty_days(person: User) -> None:
    drafts.keep(person.pk, PAGE, {}, now=make.NOW)
    drafts.sweep(make.NOW + timedelta(days=30))
    assert Draft.objects.exists()
    drafts.sweep(make.NOW + timedelta(days=30, seconds=1))
    assert not Draft.objects.exists()


@pytest.fixture
def school() -> tuple[User, str]:
    submission = make.submission()
    return make.member(submission.school), f"/submissions/{submission.pk}/messages/"


def test_sent_words_are_dropped_and_refused_ones_stay(school: tuple[User, str]) -> None:
    person, page = school
    client = client_of(person)
    put(client, {"body": [""]}, form=page)
    client.post(page, {"body": ""})
    assert Draft.objects.exists()
    client.post(page, {"body": "Hello", drafts.FIELD: drafts.token_for(person.pk)})
    assert not Draft.objects.exists()


def test_words_that_come_after_their_form_are_no_draft(school: tuple[User, str]) -> None:
    """A last save on the way may be overtaken by the form that it belongs to."""
    person, page = school
    client, key = client_of(person), "0123456789abcdef"
    client.post(page, {"body": "Hello", "_sending": key})
    assert put(client, {"body": ["Hello"]}, form=f"{page}&sending={key}").json() == {"said": "Sent"}
    assert not Draft.objects.exists()
    put(client, {"body": ["Another"]}, form=f"{page}&sending={key[::-1]}")
    assert Draft.objects.exists()


def test_q03_a_form_sent_after_the_session_ended_keeps_its_words(school: tuple[User, str]) -> None:
    """Q04 too: no script has a part in it."""
    person, page = school
    client = client_of(person)
    text = client.get(page).content.decode()
    token = text.split('name="_draft" value="')[1].split('"')[0]
    Session.objects.all().delete()
    answer = client.post(page, {"body": "My long evening's words", drafts.FIELD: token})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/?next=/typed/kept/")
    assert not Message.objects.exists()
    client.force_login(person)
    kept = client.get(f"/typed/kept/?form={page}").content.decode()
    assert "My long evening&#x27;s words" in kept
    assert f'action="{page}"' in kept
    client.post(page, {"body": "My long evening's words", drafts.FIELD: token})
    assert Message.objects.get().body == "My long evening's words"
    assert not Draft.objects.exists()


def test_q03_with_scripts_the_person_comes_back_to_the_page_itself(school: tuple[User, str]) -> None:
    person, page = school
    part = person.school_memberships.get().school.submissions.get().parts.get(code="a1")
    data = {
        "text": "Words",
        "seen": text_mark(""),
        "_scripts": "1",
        drafts.FIELD: drafts.token_for(person.pk),
    }
    action = f"{page.replace('messages', 'parts')}{part.pk}/text/"
    from_page = {"Referer": f"http://testserver{part.get_absolute_url()}"}
    answer = Client().post(action, data, headers=from_page)
    assert answer["Location"] == f"/account/login/?next={part.get_absolute_url()}"
    assert Draft.objects.get().fields == {"text": ["Words"], "seen": [text_mark("")]}
    elsewhere = Client().post(action, {**data}, headers={"Referer": "https://elsewhere.example/x"})
    assert elsewhere["Location"].startswith("/account/login/?next=/typed/kept/")


@pytest.mark.parametrize("token", ["", "1", "1:abc:def", "nonsense"])
def test_a_form_without_our_token_keeps_nothing(school: tuple[User, str], token: str) -> None:
    _, page = school
    answer = Client().post(page, {"body": "Whose?", drafts.FIELD: token})
    assert answer["Location"] == "/account/login/?next=/"
    assert not Draft.objects.exists()


def test_an_old_token_keeps_nothing(school: tuple[User, str]) -> None:
    person, page = school
    with time_machine.travel(make.NOW, tick=False):
        token = drafts.token_for(person.pk)
    with time_machine.travel(make.NOW + timedelta(days=31), tick=False):
        Client().post(page, {"body": "Old", drafts.FIELD: token})
    assert not Draft.objects.exists()


def test_a_page_from_before_a_new_sign_in_keeps_its_words(school: tuple[User, str]) -> None:
    """Its cross-site token is out of date: nothing is done, and nothing lost."""
    person, page = school
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    data = {"body": "Still here", drafts.FIELD: drafts.token_for(person.pk), "csrfmiddlewaretoken": "x" * 64}
    answer = client.post(page, data)
    assert answer["Location"].startswith("/typed/kept/")
    assert not Message.objects.exists()
    assert "Still here" in client.get(answer["Location"]).content.decode()
    assert client.post(page, {"body": "Forged"}).status_code == 403
