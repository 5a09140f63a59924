"""Messages between schools and their hubs, and threads of feedback beside the work."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.models import User
from hubs.models import HubRound
from hubs.talk import begin, talk_with
from messaging.domain.announcements import addressees, announce, mark_announcement_read, mark_of, tell_readers
from messaging.domain.conversations import mark_read, post
from messaging.models import Announcement
from messaging.slots import audience
from psqm_portal.core.roles import HUB, Role
from psqm_portal.demo.story.cast import Cast
from psqm_portal.demo.story.joining import Tale
from psqm_portal.demo.story.times import by_day
from psqm_portal.demo.texts.talk import ANNOUNCEMENTS, ANSWERS, COMMENTS, CONVERSATIONS, WITH_HQ
from rounds.models import Round
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


def announcements(cast: Cast, round_: Round) -> None:
    """A hub leader's to the hub's schools, HQ's to a round and to all hub leaders; some have read them."""
    hub, head_office = cast.hubs[0], cast.head_office
    hub_round = HubRound.objects.get(hub=hub.hub, round=round_)
    wanted = [
        (hub.leader, f"hub-round:{hub_round.pk}", timedelta(days=3)),
        (head_office, f"round:{round_.pk}:schools", timedelta(days=8)),
        (head_office, "hub-leaders:all", timedelta(days=5)),
    ]
    for (by, key, ago), (title, body) in zip(wanted, ANNOUNCEMENTS, strict=True):
        _announce(cast, by, key, by_day(cast.now - ago), title=title, body=body)


def _announce(cast: Cast, by: User, key: str, moment: datetime, *, title: str, body: str) -> Announcement:
    chosen = audience(by, key)
    if chosen is None:
        raise ValueError(f"{by} can't announce to {key}")
    people = addressees(chosen, by)
    made = announce(chosen, by=by, title=title, body=body, seen=mark_of(people), now=moment)
    tell_readers(made.pk, now=moment)
    for number, one in enumerate(people):
        if number % 3:
            mark_announcement_read(made, by=one.person, now=min(cast.now, moment + timedelta(hours=number)))
    return made


def with_hq(cast: Cast) -> None:
    """A hub leader's conversation with HQ; its last word waits for an answer."""
    leader, head_office = cast.hubs[0].leader, cast.head_office
    begin(leader, now=cast.now - timedelta(days=6))
    for number, (who, words) in enumerate(WITH_HQ):
        by = leader if who == "leader" else head_office
        talk = talk_with(leader, by)
        if talk is not None:
            post(
                talk.conversation,
                by=by,
                body=words,
                now=by_day(cast.now - timedelta(days=6 - 2 * number)),
                tell=talk.tell(),
                about=talk.about,
                url=talk.topic.url,
                title=talk.topic.title,
            )
