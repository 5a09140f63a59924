"""Feedback: resolved and reopened, a part returned with a comment, one mail for a burst."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from messaging.models import Email
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from submissions.domain.feedback import answer, comment, reopen, resolve
from submissions.domain.part_machine import part_machine
from submissions.models import Feedback, Part, Submission
from tests import factories as make

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def part():
    return make.submission().parts.get(code="a1")


@pytest.fixture
def leader(part):
    return make.hub_member(part.submission.hub)


@pytest.fixture
def school(part):
    return make.member(part.submission.school)


def sent(part, by):
    make.fill_part(part)
    return part_machine.perform(part, "send", by=by, now=make.NOW)


def test_either_side_opens_a_thread_again_and_nobody_else(part, leader, school):
    thread = comment(part, "How?", by=leader, now=make.NOW)
    head, mentor = (
        make.member(part.submission.school, Role.HEADTEACHER),
        make.hub_member(part.submission.hub, Role.MENTOR),
    )
    for person in (school, leader, mentor):
        resolve(thread, by=school, now=make.NOW)
        reopen(thread, by=person)
        reopen(thread, by=person)
        thread.refresh_from_db()
        assert (thread.resolved_at, thread.resolved_by) == (None, None)
    resolve(thread, by=school, now=make.NOW)
    for person in (head, make.hq(), make.hub_member(make.hub())):
        with pytest.raises(PermissionDenied):
            reopen(thread, by=person)
    Submission.objects.filter(pk=part.submission_id).update(status="withdrawn")
    with pytest.raises(Refused, match="Feedback is closed"):
        reopen(thread, by=school)
    thread.refresh_from_db()
    assert thread.resolved_by == school


def test_returning_without_any_comment_is_refused(part, leader, school):
    part = sent(part, school)
    with pytest.raises(Refused, match="Write what the school should change"):
        part_machine.perform(part, "return", by=leader, now=make.NOW, reason="  ")
    part.refresh_from_db()
    assert part.status == "sent"


def test_an_open_comment_since_it_was_sent_is_enough(part, leader, school):
    comment(part, "Before it was sent.", by=leader, now=make.NOW - HOUR)
    part = sent(part, school)
    with pytest.raises(Refused):
        part_machine.perform(part, "return", by=leader, now=make.NOW + HOUR)
    thread = comment(
        part, "How many?", by=make.hub_member(part.submission.hub, Role.MENTOR), now=make.NOW + HOUR
    )
    resolve(thread, by=leader, now=make.NOW + HOUR)
    with pytest.raises(Refused):
        part_machine.perform(part, "return", by=leader, now=make.NOW + HOUR)
    reopen(thread, by=leader)
    assert part_machine.perform(part, "return", by=leader, now=make.NOW + HOUR).status == "returned"
    assert Feedback.objects.count() == 2


def test_a_comment_on_the_parts_evidence_counts_and_one_on_another_doesnt(part, leader, school):
    part = sent(part, school)
    comment(make.evidence(part.submission), "Whose?", by=leader, now=make.NOW)
    comment(part.submission.parts.get(code="a2"), "When?", by=leader, now=make.NOW)
    with pytest.raises(Refused):
        part_machine.perform(part, "return", by=leader, now=make.NOW)
    comment(part.evidence_links.get().evidence, "Who took it?", by=leader, now=make.NOW)
    assert part_machine.perform(part, "return", by=leader, now=make.NOW).status == "returned"


def test_what_is_typed_when_returning_becomes_a_comment_with_its_quote(part, leader, school):
    part = sent(part, school)
    part_machine.perform(part, "return", by=leader, now=make.NOW, reason="How?", quote="What changed")
    assert Feedback.objects.values_list("part", "body", "quote").get() == (part.pk, "How?", "What changed")
    mail = Email.objects.get(template="submissions/mail/part_returned")
    assert "How?" in mail.text


def test_a_return_by_comments_alone_is_mailed_with_the_way_to_them(part, leader, school):
    part = sent(part, school)
    comment(part, "How?", by=leader, now=make.NOW)
    part_machine.perform(part, "return", by=leader, now=make.NOW)
    mail = Email.objects.get(template="submissions/mail/part_returned")
    assert "The comments stand beside it." in mail.text
    assert part.get_absolute_url() in mail.text


def test_five_comments_in_an_hour_are_one_mail_to_each_leader(part, leader, school):
    second = make.member(part.submission.school)
    for number in range(5):
        comment(part, f"Number {number}", by=leader, now=make.NOW + number * timedelta(minutes=11))
    told = Email.objects.filter(template="submissions/mail/feedback")
    assert sorted(mail.recipient_id for mail in told) == sorted([school.pk, second.pk])
    assert all(f"/submissions/{part.submission_id}/feedback/" in mail.text for mail in told)
    comment(part, "Later", by=leader, now=make.NOW + HOUR)
    comment(part, "Somebody else", by=make.hub_member(part.submission.hub, Role.MENTOR), now=make.NOW + HOUR)
    assert told.all().count() == 6


def test_the_hubs_answer_goes_to_the_school_and_the_schools_to_the_hub(part, leader, school):
    thread = comment(part, "How?", by=leader, now=make.NOW)
    answer(thread, "By counting.", by=school, now=make.NOW)
    answer(thread, "And then?", by=leader, now=make.NOW + HOUR)
    told = Email.objects.filter(template="submissions/mail/feedback").order_by("pk")
    assert [mail.recipient for mail in told] == [school, leader, school]
    assert Part.objects.get(pk=part.pk).feedback.count() == 3
