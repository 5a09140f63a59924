"""Messages between schools and their hubs, and threads of feedback beside the work."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.models import User
from messaging.domain.conversations import mark_read, post
from psqm_portal.core.roles import HUB, Role
from psqm_portal.demo.story.joining import Tale
from psqm_portal.demo.story.times import by_day
from psqm_portal.demo.texts.talk import ANSWERS, COMMENTS, CONVERSATIONS
from submissions.domain.feedback import answer, comment, resolve
from submissions.models import Part, Submission
from submissions.queries import hub_people, school_people


def chat(tale: Tale, number: int) -> None:
    """One of the conversations, in the weeks after the enrolment; everybody has read it."""
    lines = CONVERSATIONS[number % len(CONVERSATIONS)]
    start = tale.submission.enrolled_at + timedelta(days=tale.cast.random.randrange(10, 40))
    say(tale, lines, [by_day(start + timedelta(hours=29 * place)) for place in range(len(lines))])
    conversation = tale.submission.conversation
    conversation.refresh_from_db()
    for person in {tale.leader, tale.hub.leader, tale.hub.mentor}:
        mark_read(conversation, by=person, now=tale.cast.now)


def say(tale: Tale, lines: Sequence[tuple[str, str]], moments: Sequence[datetime]) -> None:
    submission = tale.submission
    people = {"school": tale.leader, "hub": tale.hub.leader, "mentor": tale.hub.mentor}
    tell: list[User] = [*school_people(submission, Role.SUBJECT_LEADER), *hub_people(submission, *HUB)]
    for (who, words), moment in zip(lines, moments, strict=True):
        post(
            submission.conversation,
            by=people[who],
            body=words,
            now=min(moment, tale.cast.now - timedelta(minutes=30)),
            tell=tell,
            about=submission.key,
            url=reverse("conversation", args=[submission.pk]),
            title=str(submission),
        )


def discuss(tale: Tale) -> None:
    """Threads on two parts and on a piece of evidence: answered, resolved, and open."""
    if tale.submission.status not in {Submission.Status.ENROLLED, Submission.Status.WITH_HUB}:
        return
    random, steps = tale.cast.random, tale.steps
    written = [
        part for part in tale.submission.parts.exclude(text="") if part.status != Part.Status.SIGNED_OFF
    ]
    for number, part in enumerate(written[:2]):
        thread = comment(part, random.choice(COMMENTS), by=tale.hub.mentor, now=steps.later(hours=9))
        answer(thread, random.choice(ANSWERS), by=tale.leader, now=steps.later(hours=22))
        if number == 0:
            resolve(thread, by=tale.hub.mentor, now=steps.later(hours=3))
    piece = tale.submission.evidence.first()
    if piece is not None:
        comment(piece, COMMENTS[1], by=tale.hub.leader, now=steps.later(hours=5))
