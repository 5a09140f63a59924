"""R02: a form that is sent again does nothing again: 409 while it runs, then the same answer."""

from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from psqm_portal.core import sendings
from psqm_portal.core.models import Sending
from psqm_portal.core.tasks import sweep_typed
from rounds.models import Criterion
from submissions.models import ActionRow, Submission
from tests import factories as make
from tests.support.races import at_once

KEY = "0123456789abcdef"


@pytest.fixture
def school(db: None) -> tuple[Client, str]:
    submission = make.submission()
    client = Client()
    client.force_login(make.member(submission.school))
    return client, f"/submissions/{submission.pk}/action-plan/rows/new/"


def send(client: Client, path: str, objective: str = "Hello") -> Any:
    """A row of the action plan: nothing but the form's key stands against a second one."""
    framework = Submission.objects.get(pk=path.split("/")[2]).round.framework_id
    row = {"criterion": Criterion.objects.filter(strand__framework=framework)[0].pk}
    date = {"by_when_0": "1", "by_when_1": "3", "by_when_2": "2027"}
    words = {"objective": objective, "actions": "Plan", "who": "Sam", "success_measure": "Seen"}
    return client.post(path, {**row, **date, **words, "_sending": KEY})


def test_every_form_of_a_signed_in_person_has_a_key_of_its_own(school: tuple[Client, str]) -> None:
    client, path = school
    keys = set()
    for _ in range(2):
        text = client.get(path).content.decode()
        keys.add(text.split('name="_sending" value="')[1].split('"')[0])
    assert len(keys) == 2
    assert all(len(key) == sendings.KEY_LENGTH for key in keys)


def test_r02_the_same_form_sent_twice_is_done_once_and_answers_the_same(school: tuple[Client, str]) -> None:
    client, path = school
    first, second = send(client, path), send(client, path)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert ActionRow.objects.count() == 1


def test_r02_what_was_changed_after_going_back_is_sent(school: tuple[Client, str]) -> None:
    client, path = school
    send(client, path, "Hello")
    send(client, path, "And one thing more")
    assert ActionRow.objects.count() == 2


def test_r02_while_it_runs_the_second_is_told_so(school: tuple[Client, str]) -> None:
    client, path = school
    send(client, path)
    Sending.objects.update(answer="", began_at=make.NOW)
    with patch("psqm_portal.core.sending_middleware.now", return_value=make.NOW + timedelta(seconds=59)):
        answer = send(client, path)
    assert answer.status_code == 409
    assert "It happens once" in answer.content.decode()
    assert ActionRow.objects.count() == 1


def test_r02_after_a_crash_it_may_run_again(school: tuple[Client, str]) -> None:
    client, path = school
    send(client, path)
    ActionRow.objects.all().delete()
    Sending.objects.update(answer="", began_at=make.NOW)
    with patch("psqm_portal.core.sending_middleware.now", return_value=make.NOW + timedelta(seconds=60)):
        assert send(client, path).status_code == 302
    assert ActionRow.objects.count() == 1


def test_a_form_with_errors_frees_its_key(school: tuple[Client, str]) -> None:
    client, path = school
    assert send(client, path, "").status_code == 200
    assert not Sending.objects.exists()


def test_a_key_is_one_persons(school: tuple[Client, str]) -> None:
    client, path = school
    send(client, path)
    submission = make.submission()
    other = Client()
    other.force_login(make.member(submission.school))
    send(other, f"/submissions/{submission.pk}/action-plan/rows/new/")
    assert ActionRow.objects.count() == 2


def test_which_sendings_led_somewhere(school: tuple[Client, str]) -> None:
    client, path = school
    send(client, path)
    asked = client.get("/typed/", {"sent": [KEY, "f" * 16, "%"]}).json()
    assert asked["sent"] == [KEY]


def test_a_key_of_another_shape_counts_for_nothing(school: tuple[Client, str]) -> None:
    client, path = school
    for key in ("", "short", "x" * 300, "../../etc/passwd", "%%%%%%%%%%%%%%%%"):
        client.post(path, {"_sending": key})
    assert not Sending.objects.exists()


def test_sendings_are_kept_for_a_day(school: tuple[Client, str]) -> None:
    client, path = school
    send(client, path)
    began = Sending.objects.get().began_at
    for hours, left in ((23, 1), (25, 0)):
        with patch("psqm_portal.core.tasks.now", return_value=began + timedelta(hours=hours)):
            sweep_typed()
        assert Sending.objects.count() == left


def _status(client: Client, path: str) -> int:
    return int(send(client, path).status_code)


def _eight(school_path: str, person: Any) -> list[Any]:
    clients = []
    for _ in range(8):
        client = Client()
        client.force_login(person)
        clients.append(client)
    return at_once([partial(_status, client, school_path) for client in clients])


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r02_eight_at_once_are_one() -> None:
    submission = make.submission()
    answers = _eight(f"/submissions/{submission.pk}/action-plan/rows/new/", make.member(submission.school))
    assert set(answers) <= {302, 409}
    assert 302 in answers
    assert ActionRow.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r02_control_without_the_row_they_are_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sendings, "guarding", False)
    submission = make.submission()
    _eight(f"/submissions/{submission.pk}/action-plan/rows/new/", make.member(submission.school))
    assert ActionRow.objects.count() > 1
