"""The school of the accounts on the sign-in page: the middle of its working year, told verb by verb.

Level confirmed, plan approved, two reflections and the principles signed off, one returned, some sent, some
drafts, evidence with photos, and a message that the subject leader hasn't read. It renews an award: some of
its earlier work is kept, some changed, some started fresh, some not decided yet.
"""

from datetime import timedelta

from messaging.domain.conversations import mark_read
from psqm_portal.core.clock import london_day
from psqm_portal.demo.making.files import upload_of
from psqm_portal.demo.story import talk, work
from psqm_portal.demo.story.before import choose
from psqm_portal.demo.story.joining import Tale
from psqm_portal.demo.story.times import by_day
from psqm_portal.demo.texts.evidence import PIECES, Piece
from psqm_portal.demo.texts.talk import REPLIES, RETURNED, STAR
from rounds.models import Step
from submissions.domain import evidence
from submissions.domain.feedback import answer, comment, resolve
from submissions.domain.part_machine import part_machine
from submissions.domain.writing import save_text, text_mark
from submissions.models import Evidence, Part, ReplyTemplate

# Pieces of evidence in the order in which they were gathered.
GATHERED = (0, 1, 3, 5, 11, 7, 2, 10, 8, 6, 12, 15, 19)
WRITTEN = ("a1", "c1", "b2", "a4", "c2", "principles", "cpd")


def shine(tale: Tale) -> None:
    choose(tale)
    work.audit(tale)
    work.propose(tale, "Silver")
    work.confirm(tale)
    tale.steps.at(Step.ACTION_PLAN, 0.3)
    work.write_plan(tale, rows=5)
    plan = work.plan_of(tale)
    _send(tale, plan)
    _return(tale, plan, RETURNED["action_plan"][0])
    _send(tale, plan)
    _sign_off(tale, plan)
    tale.steps.at(Step.IMPLEMENT, 0.15)
    _gather(tale)
    parts = {part.code: part for part in work.parts_of(tale, *WRITTEN)}
    for code in WRITTEN:
        _write(tale, parts[code], work.text_of(parts[code], 0))
    _write(tale, work.parts_of(tale, "d2")[0], work.text_of(work.parts_of(tale, "d2")[0], 1).split("\n\n")[0])
    for code in ("a1", "c1", "principles"):
        _send(tale, parts[code])
        _sign_off(tale, parts[code])
    _send(tale, parts["b2"])
    _return(tale, parts["b2"], RETURNED["reflection"][1])
    _send(tale, parts["a4"])
    _threads(tale, parts)
    _replies(tale)
    _talk(tale)


def _gather(tale: Tale) -> None:
    parts = {work.code_of(part): part for part in work.parts_of(tale)}
    for place, number in enumerate(GATHERED):
        piece = PIECES[number]
        kept = _add(tale, piece, place)
        for code, caption in piece.shows.items():
            if code in parts:
                evidence.tie(
                    kept, parts[code], caption=caption, by=tale.leader, now=tale.steps.later(hours=1)
                )
        tale.steps.later(hours=20)


def _add(tale: Tale, piece: Piece, place: int) -> Evidence:
    now = tale.steps.later(hours=2)
    made = bool(piece.picture or piece.paper)
    return evidence.add(
        tale.submission,
        title=piece.title,
        by=tale.leader,
        now=now,
        upload=upload_of(piece, tale.people.school.name, place) if made else None,
        url=piece.url,
        note=piece.note,
        children=Evidence.Children.CONSENT if piece.children else Evidence.Children.NONE,
        consent_uses="PSQM submission and review" if piece.children else "",
        consent_until=london_day(tale.cast.now) + timedelta(days=700) if piece.children else None,
    )


def _write(tale: Tale, part: Part, text: str) -> None:
    save_text(part, text, seen=text_mark(part.text), by=tale.leader, now=tale.steps.later(hours=4))


def _send(tale: Tale, part: Part) -> None:
    part_machine.perform(part, "send", by=tale.leader, now=tale.steps.later(hours=15))


def _return(tale: Tale, part: Part, words: str) -> None:
    part_machine.perform(part, "return", by=tale.hub.leader, now=tale.steps.later(hours=30), reason=words)


def _sign_off(tale: Tale, part: Part) -> None:
    part_machine.perform(part, "sign_off", by=tale.hub.leader, now=tale.steps.later(hours=26))


def _threads(tale: Tale, parts: dict[str, Part]) -> None:
    steps = tale.steps
    first = comment(
        parts["c1"], "Could you name the year group first? Reviewers don't know your classes.",
        by=tale.hub.mentor, now=steps.later(hours=7),
    )  # fmt: skip
    answer(first, "Of course. Both year groups are named now.", by=tale.leader, now=steps.later(hours=20))
    resolve(first, by=tale.hub.mentor, now=steps.later(hours=4))
    comment(
        parts["b2"], "The puppet theatre is a wonderful example. It could carry half of this reflection.",
        quote="explained shadows with a puppet theatre for four minutes", by=tale.hub.mentor,
        now=steps.later(hours=12),
    )  # fmt: skip
    photo = tale.submission.evidence.order_by("pk")[1]
    comment(
        photo,
        "Say in the caption which lesson this comes from.",
        by=tale.hub.leader,
        now=steps.later(hours=3),
    )


def _replies(tale: Tale) -> None:
    for person in (tale.hub.leader, tale.hub.mentor):
        for title, body in REPLIES:
            ReplyTemplate.objects.get_or_create(person=person, title=title, defaults={"body": body})


def _talk(tale: Tale) -> None:
    """The first messages are old and read by all; the last two are new to the subject leader."""
    enrolled, now = tale.submission.enrolled_at, tale.cast.now
    old = [enrolled + timedelta(days=days, hours=3) for days in (6, 8, 9)]
    new = [by_day(now - timedelta(hours=hours)) for hours in (75, 27)] + [now - timedelta(hours=4)]
    talk.say(tale, STAR, [*old, *new])
    conversation = tale.submission.conversation
    conversation.refresh_from_db()
    for person in (tale.hub.leader, tale.hub.mentor):
        mark_read(conversation, by=person, now=now)
