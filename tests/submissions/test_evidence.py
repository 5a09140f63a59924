"""Evidence and feedback: whose turn, whose school, and what is hidden when consent ends."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from messaging.models import Email
from psqm_portal.core.files.rights import may_read
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from submissions.domain import evidence, feedback
from submissions.models import Evidence, EvidenceLink, Feedback, Part, Submission
from submissions.queries import readable_evidence
from tests import factories as make

pytestmark = pytest.mark.django_db


def _photo(colour: str = "green") -> SimpleUploadedFile:
    from io import BytesIO

    content = BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, "JPEG")
    return SimpleUploadedFile("seeds.jpg", content.getvalue(), "image/jpeg")


def test_a_photo_is_kept_tied_and_readable_by_who_sees_the_work() -> None:
    submission = make.submission()
    leader = make.member(submission.school)
    part = submission.parts.get(code="a1")
    piece = evidence.add(
        submission,
        title="Seeds",
        upload=_photo(),
        parts=[part],
        caption="How we sort seeds.",
        by=leader,
        now=make.NOW,
    )
    assert piece.file is not None
    assert (piece.kind, piece.file.kind, piece.file.owner) == (
        "file",
        "image",
        f"school-{submission.school_id}",
    )
    assert EvidenceLink.objects.get(part=part).caption == "How we sort seeds."
    assert part.versions.get().content["evidence"][0]["caption"] == "How we sort seeds."
    readers = {
        "subject leader": leader,
        "headteacher": make.member(submission.school, Role.HEADTEACHER),
        "mentor": make.hub_member(submission.hub, Role.MENTOR),
        "hub leader": make.hub_member(submission.hub),
        "HQ admin": make.hq(),
        "finance contact": make.member(submission.school, Role.SCHOOL_FINANCE),
        "HQ viewer": make.hq(Role.HQ_VIEWER),
        "HQ finance": make.hq(Role.HQ_FINANCE),
        "other school": make.member(make.school()),
        "other hub": make.hub_member(make.hub()),
    }
    assert {name for name, person in readers.items() if may_read(person, piece.file)} == {
        "subject leader", "headteacher", "mentor", "hub leader", "HQ admin",
    }  # fmt: skip
    with pytest.raises(Refused, match="already among your evidence"):
        evidence.add(submission, title="Again", upload=_photo(), by=leader, now=make.NOW)


def test_withdrawn_or_ended_consent_hides_the_photo_from_everybody() -> None:
    submission = make.submission(status="submitted")
    head = make.member(submission.school, Role.HEADTEACHER)
    piece = make.evidence(submission, children="consent", consent_until=date(2026, 11, 3))
    assert piece in readable_evidence(date(2026, 11, 3))
    assert piece not in readable_evidence(date(2026, 11, 4))
    with pytest.raises(PermissionDenied):
        evidence.withdraw_consent(piece, by=make.hub_member(submission.hub), now=make.NOW)
    evidence.withdraw_consent(piece, by=head, now=make.NOW)
    assert piece not in readable_evidence(date(2026, 11, 3))


def test_s35_consent_withdrawn_closes_the_photo_in_messages_and_in_the_copy_of_another_round() -> None:
    submission = make.submission()
    leader, reader = make.member(submission.school), make.hub_member(submission.hub)
    day: dict[str, Any] = {"children": "consent", "consent_until": date(2099, 1, 1)}
    piece = evidence.add(submission, title="Seeds", upload=_photo(), by=leader, now=make.NOW, **day)
    stored = piece.file
    assert stored is not None
    message = submission.conversation.messages.create(author=leader, body="Look.", sent_at=make.NOW)
    message.attachments.add(stored)
    Submission.objects.filter(pk=submission.pk).update(status="deferred")
    later = make.submission(place=submission.school)
    copy = Evidence.objects.create(
        submission=later, kind="file", title="Seeds", file=stored, added_by=leader, added_at=make.NOW, **day
    )
    assert may_read(leader, stored)
    assert may_read(reader, stored)
    evidence.withdraw_consent(copy, by=leader, now=make.NOW)
    piece.refresh_from_db()
    assert piece.consent_withdrawn_at == make.NOW
    assert not may_read(leader, stored)
    assert not may_read(reader, stored)
    evidence.remove(copy, by=leader, now=make.NOW)
    assert not may_read(reader, stored)


def test_what_a_sent_part_shows_stays_as_it_is() -> None:
    submission = make.submission()
    leader = make.member(submission.school)
    part, other = submission.parts.get(code="a1"), submission.parts.get(code="a2")
    piece = make.evidence(submission)
    make.tie(piece, part)
    Part.objects.filter(pk=part.pk).update(status="sent", sent_at=make.NOW)
    for attempt in (
        lambda: evidence.remove(piece, by=leader, now=make.NOW),
        lambda: evidence.change(piece, title="New", by=leader, now=make.NOW),
        lambda: evidence.tie(piece, part, caption="New", by=leader, now=make.NOW),
        lambda: evidence.untie(piece, part, by=leader, now=make.NOW),
    ):
        with pytest.raises(Refused, match="A1 Criterion 1: You sent this"):
            attempt()
    evidence.tie(piece, other, caption="Here too.", by=leader, now=make.NOW)
    assert set(piece.links.values_list("part__code", flat=True)) == {"a1", "a2"}


def test_s02_evidence_is_not_tied_to_another_schools_part() -> None:
    mine, theirs = make.submission(), make.submission()
    leader = make.member(mine.school)
    with pytest.raises(Refused, match="your own submission"):
        evidence.tie(make.evidence(mine), theirs.parts.get(code="a1"), caption="x", by=leader, now=make.NOW)
    with pytest.raises(PermissionDenied):
        evidence.remove(make.evidence(theirs), by=leader, now=make.NOW)
    assert not EvidenceLink.objects.exists()
    assert not Evidence.objects.exclude(removed_at=None).exists()


def test_the_hub_comments_the_school_answers_either_resolves() -> None:
    submission = make.submission()
    part = submission.parts.get(code="a1")
    leader, mentor = make.member(submission.school), make.hub_member(submission.hub, Role.MENTOR)
    head = make.member(submission.school, Role.HEADTEACHER)
    for person in (leader, head, make.hq(), make.hub_member(make.hub())):
        with pytest.raises(PermissionDenied):
            feedback.comment(part, "No", by=person, now=make.NOW)
    thread = feedback.comment(part, " Say how you know. ", by=mentor, now=make.NOW, quote="it works")
    assert (thread.body, thread.quote) == ("Say how you know.", "it works")
    reply = feedback.answer(thread, "From the pupils' books.", by=leader, now=make.NOW)
    assert (reply.answers, reply.part) == (thread, part)
    with pytest.raises(PermissionDenied):
        feedback.resolve(thread, by=head, now=make.NOW)
    feedback.resolve(thread, by=leader, now=make.NOW)
    feedback.resolve(thread, by=mentor, now=make.NOW)
    thread.refresh_from_db()
    assert thread.resolved_by == leader
    Submission.objects.filter(pk=submission.pk).update(status="not_submitted")
    with pytest.raises(Refused, match="Feedback is closed"):
        feedback.answer(Feedback.objects.get(pk=thread.pk), "Late", by=leader, now=make.NOW)


def test_s04_an_answer_is_mailed_to_nobody_who_has_left_the_hub() -> None:
    submission = make.submission()
    leader, former = make.member(submission.school), make.hub_member(submission.hub)
    thread = feedback.comment(submission.parts.get(code="a1"), "Say more.", by=former, now=make.NOW)
    feedback.answer(thread, "We measured it.", by=leader, now=make.NOW)
    former.hub_memberships.update(ended_at=make.NOW)
    successor = make.hub_member(submission.hub)
    feedback.answer(thread, "And again.", by=leader, now=make.NOW)
    told = Email.objects.filter(template="submissions/mail/feedback").order_by("pk")
    assert [(mail.recipient, "And again." in mail.text) for mail in told] == [
        (leader, False), (former, False), (successor, True),
    ]  # fmt: skip
