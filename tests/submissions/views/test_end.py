"""Sign-off, submitting, talk, history, HQ's moves and enrolment."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Invitation
from messaging.models import Email
from psqm_portal.core.roles import Role
from rounds.models import Milestone, Step
from submissions.domain.machine import submission_machine
from submissions.models import Part, Submission
from tests import factories


def ready(world):
    """Everything the school needs before it sends for sign-off."""
    level = world.submission.round.framework.levels.first()
    Submission.objects.filter(pk=world.submission.pk).update(target_level=level)
    factories.rate_audit(world.submission)
    factories.sign_off_parts(world.submission)
    world.submission.parts.exclude(kind="action_plan").update(status="sent", signed_version=None)


def test_sending_says_what_isnt_ready(world, as_):
    client = as_(world.people["subject leader"])
    assert "Not ready yet." in client.get(world.url + "sign-off/").content.decode()
    text = client.post(world.url + "sign-off/send/", follow=True).content.decode()
    assert "First propose a level and have it confirmed." in text
    assert world.fresh().status == "enrolled"


def test_from_sending_to_the_receipt(world, as_):
    ready(world)
    leader, hub_leader = world.people["subject leader"], world.people["hub leader"]
    assert "Everything is ready." in as_(leader).get(world.url + "sign-off/").content.decode()
    as_(leader).post(world.url + "sign-off/send/")
    assert world.fresh().status == "with_hub"

    page = as_(hub_leader).get(world.url + "sign-off/").content.decode()
    assert "First sign off every part." in page
    for part in world.submission.parts.filter(status="sent"):
        answer = as_(hub_leader).post(f"{world.url}parts/{part.pk}/sign_off/", {"from_sign_off": "1"})
        assert answer["Location"] == f"{world.url}sign-off/#part-{part.pk}"
    as_(hub_leader).post(world.url + "sign-off/whole/")
    assert world.fresh().status == "signed_off"

    check = as_(leader).get(world.url + "submit/").content.decode()
    assert "can’t be changed any more" in check
    assert str(world.people["headteacher"]) in check
    answer = as_(leader).post(world.url + "submit/")
    assert answer["Location"] == world.url + "receipt/"
    receipt = as_(leader).get(answer["Location"]).content.decode()
    assert "Submitted to PSQM" in receipt
    assert "Tuesday 3 November 2026 at 9am" in receipt
    assert "data-print" in receipt
    assert as_(leader).get(world.url + "submit/")["Location"] == world.url + "receipt/"
    part = world.part()
    assert as_(leader).post(f"{world.url}parts/{part.pk}/text/", {"text": "Late"}).status_code == 200
    part.refresh_from_db()
    assert part.text == "What changed, and how we know."


def test_return_from_the_sign_off_page(world, as_):
    ready(world)
    as_(world.people["subject leader"]).post(world.url + "sign-off/send/")
    client = as_(world.people["hub leader"])
    answer = client.post(world.url + "sign-off/return/", {"reason": "Have another look at A1."})
    assert "First return at least one part" in answer.content.decode()
    assert "Have another look at A1." in answer.content.decode()
    part = world.part()
    client.post(f"{world.url}parts/{part.pk}/return/", {"reason": "More numbers", "from_sign_off": "1"})
    client.post(world.url + "sign-off/return/", {"reason": "Have another look at A1."})
    assert world.fresh().status == "enrolled"


def test_reopen_parts(make_world, as_):
    world = make_world(status="signed_off")
    factories.sign_off_parts(world.submission)
    part, other = world.part(), factories.submission()
    factories.sign_off_parts(other)
    foreign = other.parts.filter(kind="reflection")[0]
    client = as_(world.people["hub leader"])
    client.post(world.url + "sign-off/reopen/", {"parts": [foreign.pk], "reason": "Hm"})
    assert world.fresh().status == "signed_off"
    client.post(world.url + "sign-off/reopen/", {"parts": [part.pk], "reason": "A fact is wrong."})
    assert world.fresh().status == "enrolled"
    part.refresh_from_db()
    foreign.refresh_from_db()
    assert (part.status, foreign.status) == ("returned", "signed_off")


@pytest.mark.parametrize("page", ["whole/", "return/", "reopen/"])
@pytest.mark.parametrize("role", ["mentor", "subject leader", "headteacher", "hq"])
def test_only_the_hub_leader_signs_off(make_world, as_, role, page):
    world = make_world(status="with_hub")
    assert as_(world.people[role]).post(world.url + "sign-off/" + page, {"reason": "x"}).status_code == 403
    assert world.fresh().status == "with_hub"


@pytest.mark.parametrize("role", ["headteacher", "mentor", "hub leader", "hq"])
def test_only_a_subject_leader_sends_and_submits(make_world, as_, role):
    world = make_world(status="signed_off")
    factories.sign_off_parts(world.submission)
    client = as_(world.people[role])
    assert client.post(world.url + "submit/").status_code == 403
    assert client.post(world.url + "sign-off/send/").status_code == 403
    assert world.fresh().status == "signed_off"


def test_submitting_after_the_close_is_refused_with_the_reason(make_world, as_):
    world = make_world(status="signed_off")
    factories.sign_off_parts(world.submission)
    Milestone.objects.filter(round=world.submission.round, step=Step.SUBMIT).update(
        opens_on=date(2026, 10, 1), due_on=date(2026, 11, 2)
    )
    text = as_(world.people["subject leader"]).post(world.url + "submit/", follow=True).content.decode()
    assert "closed for your school at the end of Monday 2 November 2026" in text
    assert world.fresh().status == "signed_off"


@pytest.mark.parametrize("criteria", [1, 3, 10])
def test_the_sign_off_page_costs_the_same_however_many_parts(make_world, as_, criteria):
    world = make_world(
        cycle=factories.round_(framework=factories.framework(criteria=criteria)), status="with_hub"
    )
    factories.sign_off_parts(world.submission)
    client = as_(world.people["hub leader"])
    with CaptureQueriesContext(connection) as seen:
        assert client.get(world.url + "sign-off/").status_code == 200
    assert len(seen) == 21


def test_a_message_reaches_the_others_and_is_read(world, as_):
    leader, mentor, head = (world.people[name] for name in ("subject leader", "mentor", "headteacher"))
    page = as_(leader).get(world.url + "messages/").content.decode()
    for person in (leader, mentor, head, world.people["hub leader"]):
        assert str(person) in page
    as_(leader).post(world.url + "messages/", {"body": "Can we talk about A2?"})
    told = set(
        Email.objects.filter(template="messaging/mail/new_message").values_list("recipient", flat=True)
    )
    assert told == {mentor.pk, world.people["hub leader"].pk}
    assert "Read 1 new message" in as_(mentor).get(world.url).content.decode()
    assert "Can we talk about A2?" in as_(mentor).get(world.url + "messages/").content.decode()
    assert "Read 1 new message" not in as_(mentor).get(world.url).content.decode()
    assert (
        "Can we talk about A2?" in as_(mentor).get("/messages/").content.decode()
        or world.submission.school.name in as_(mentor).get("/messages/").content.decode()
    )


def test_hq_reads_the_talk_and_doesnt_write(world, as_):
    client = as_(world.people["hq"])
    assert "<textarea" not in client.get(world.url + "messages/").content.decode()
    assert client.post(world.url + "messages/", {"body": "Hello"}).status_code == 403
    assert not world.submission.conversation.messages.exists()


def test_an_empty_message_isnt_sent(world, as_):
    answer = as_(world.people["hub leader"]).post(world.url + "messages/", {"body": "  "})
    assert answer.status_code == 200
    assert "Enter message" in answer.content.decode()


def test_history_says_who_what_and_why(world, as_):
    part = world.part()
    factories.fill_part(part)
    as_(world.people["subject leader"]).post(f"{world.url}parts/{part.pk}/send/")
    text = as_(world.people["headteacher"]).get(world.url + "history/").content.decode()
    assert "A1 Criterion 1 was sent to the hub leader" in text
    assert str(world.people["subject leader"]) in text


def test_history_keeps_the_award_under_embargo(make_world, as_):
    world = make_world(status="decided")
    hq = world.people["hq"]
    submission_machine.perform(world.submission, "undo", by=hq, now=factories.NOW, reason="Gold was too high")
    for role in ("subject leader", "headteacher", "hub leader", "mentor"):
        text = as_(world.people[role]).get(world.url + "history/").content.decode()
        assert "Gold was too high" not in text
        assert "undone" not in text
    assert "Gold was too high" in as_(hq).get(world.url + "history/").content.decode()


def test_hq_withdraws_with_a_reason(world, as_):
    client = as_(world.people["hq"])
    page = client.get(world.url + "do/withdraw/").content.decode()
    assert "free for another school" in page
    assert str(world.people["headteacher"]) in page
    assert "Write the reason" in client.post(world.url + "do/withdraw/", {"reason": ""}).content.decode()
    client.post(world.url + "do/withdraw/", {"reason": "The school closes."})
    assert world.fresh().status == "withdrawn"
    assert "This can&#x27;t be done now" in client.get(world.url + "do/withdraw/").content.decode()


def test_hq_lets_in_late(make_world, as_):
    world = make_world(status="not_submitted")
    data = {"reason": "Illness", "until_0": "1", "until_1": "12", "until_2": "2026"}
    client = as_(world.people["hq"])
    past = client.post(world.url + "do/let_in_late/", data | {"until_2": "2025"})
    assert "Choose a date from today on." in past.content.decode()
    client.post(world.url + "do/let_in_late/", data)
    assert world.fresh().status == "enrolled"
    assert world.submission.extensions.get().until == date(2026, 12, 1)


def test_hq_defers_to_a_later_round(world, as_):
    later = factories.round_(framework=world.submission.round.framework, opens=date(2027, 9, 1))
    factories.hub_round(world.submission.hub, later)
    as_(world.people["hq"]).post(
        world.url + "do/defer/", {"reason": "Staff left", "round": later.pk, "hub": world.submission.hub_id}
    )
    assert world.fresh().status == "deferred"
    assert Submission.objects.get(round=later).continues == world.submission


@pytest.mark.parametrize("role", ["subject leader", "headteacher", "hub leader", "mentor"])
@pytest.mark.parametrize("action", ["withdraw", "defer", "let_in_late", "reopen"])
def test_hqs_moves_are_hqs(world, as_, role, action):
    client = as_(world.people[role])
    assert client.get(f"{world.url}do/{action}/").status_code == 403
    assert client.post(f"{world.url}do/{action}/", {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("action", ["decide", "release", "close", "enrol", "assign_reviewers", "nonsense"])
def test_moves_of_others_arent_here(world, as_, action):
    assert as_(world.people["hq"]).post(f"{world.url}do/{action}/").status_code == 404


@pytest.mark.parametrize("role", ["hub leader", "hq"])
def test_enrolment(world, as_, role):
    registration = factories.registration(factories.school(), world.submission.hub, world.submission.round)
    client = as_(world.people[role])
    page = client.get(f"/registrations/{registration.pk}/accept/").content.decode()
    assert "gets place 2 of 10" in page
    assert "Sam Leader, subject leader" in page
    answer = client.post(f"/registrations/{registration.pk}/accept/", follow=True)
    assert f"{registration.school} is enrolled" in answer.content.decode()
    made = Submission.objects.get(school=registration.school)
    assert (made.status, made.seat.number) == ("enrolled", 2)
    assert Invitation.objects.filter(scope=f"school:{registration.school_id}").count() == 2
    again = client.post(f"/registrations/{registration.pk}/accept/", follow=True)
    assert (
        "This can&#x27;t be done now" in again.content.decode()
        or "answered already" in again.content.decode()
    )
    assert Submission.objects.filter(school=registration.school).count() == 1


def test_no_enrolment_without_the_headteachers_word(world, as_):
    registration = factories.registration(
        factories.school(), world.submission.hub, world.submission.round, agreed=False
    )
    client = as_(world.people["hub leader"])
    assert (
        "The headteacher hasn&#x27;t agreed yet"
        in client.get(f"/registrations/{registration.pk}/accept/").content.decode()
    )
    client.post(f"/registrations/{registration.pk}/accept/")
    assert not Submission.objects.filter(school=registration.school).exists()


@pytest.mark.parametrize("role", ["other hub", "mentor", "subject leader", "finance", "viewer"])
def test_who_doesnt_enrol(world, as_, role):
    registration = factories.registration(factories.school(), world.submission.hub, world.submission.round)
    assert as_(world.people[role]).post(f"/registrations/{registration.pk}/accept/").status_code in {403, 404}
    assert not Submission.objects.filter(school=registration.school).exists()


def test_parts_answered_from_the_task_list_stay_the_hubs(world, as_):
    part = world.part()
    factories.fill_part(part)
    Part.objects.filter(pk=part.pk).update(status="sent")
    assert "Sign off" in as_(world.people["hub leader"]).get(part.get_absolute_url()).content.decode()
    assert "/sign_off/" not in as_(world.people["mentor"]).get(part.get_absolute_url()).content.decode()


def test_accepting_warns_of_a_headteacher_whom_the_school_does_not_have(world, as_):
    place = factories.school()
    head = factories.member(place, Role.HEADTEACHER, factories.user("Hana Known"))
    cycle = world.submission.round
    factories.hub_round(world.submission.hub, cycle)
    registration = factories.registration(place, world.submission.hub, cycle)
    client = as_(world.people["hub leader"])
    page = f"/registrations/{registration.pk}/accept/"
    assert "isn’t the one we know: Hana Known" in client.get(page).content.decode()
    registration.headteacher_email = head.email.upper()
    registration.save()
    assert "isn’t the one we know" not in client.get(page).content.decode()
