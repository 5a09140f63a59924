"""What training sessions and HQ's meetings share: places, waiting list, notices, materials."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypeVar

from django.core.files.base import File
from django.db import transaction

from accounts.models import User
from hubs.models import SESSION_ORDER, LeaderMeeting, TrainingSession
from hubs.models.training import Material, Reply
from messaging.domain import mail
from psqm_portal.core.clock import london_day, long_day
from psqm_portal.core.files.storing import forget, store
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.templatetags.portal import clock_time

AnyGathering = TrainingSession | LeaderMeeting
G = TypeVar("G", TrainingSession, LeaderMeeting)
Answer = Reply.Answer
OVER = "It is over, so answers stay as they are."


@dataclass(frozen=True, slots=True)
class Face:
    """What mails and pages call a gathering ("Session 1", "Chilterns, Autumn 2026") and where it is."""

    machine: str
    name: str
    about: str
    url: str
    calendar: str
    files_owner: str


@dataclass(frozen=True, slots=True)
class Plan:
    """When and where; what people who come are told of when it changes."""

    held_on: date
    starts_at: time | None = None
    ends_at: time | None = None
    place: str = ""
    link: str = ""
    places: int | None = None
    note: str = ""


def when(gathering: AnyGathering) -> str:
    """ "Friday 20 November 2026, 9.30am to 3pm"."""
    words = long_day(gathering.held_on)
    if gathering.starts_at:
        words += f", {clock_time(gathering.starts_at)}"
        words += f" to {clock_time(gathering.ends_at)}" if gathering.ends_at else ""
    return words


def is_over(gathering: AnyGathering, now: datetime) -> bool:
    """From the day after on."""
    return gathering.held_on < london_day(now)


def write_down(
    gathering: AnyGathering,
    face: Face,
    action: str,
    target: str,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
) -> None:
    HistoryEntry.objects.create(
        machine=face.machine,
        subject_id=gathering.pk,
        action=action,
        target=target[:30],
        reason=reason,
        by=by,
        at=now,
    )


def locked(gathering: G) -> G:
    """Its row as it stands, until the end of the transaction: places are given in turn."""
    return type(gathering)._default_manager.select_for_update().get(pk=gathering.pk)


def apply(gathering: AnyGathering, plan: Plan) -> list[str]:
    """Takes the plan over, unsaved; what is another when and where, in words. Raises Refused."""
    if plan.ends_at is not None and (plan.starts_at is None or plan.ends_at <= plan.starts_at):
        raise Refused(SESSION_ORDER)
    before = (when(gathering), gathering.place, gathering.link) if gathering.pk else ("", "", "")
    gathering.held_on, gathering.starts_at, gathering.ends_at = plan.held_on, plan.starts_at, plan.ends_at
    gathering.place, gathering.link = plan.place.strip(), plan.link.strip()
    gathering.places, gathering.note = plan.places, plan.note.strip()
    after = (when(gathering), gathering.place, gathering.link)
    return [
        f"{label}: {new or 'none any more'}{f' (before: {old})' if old else ''}"
        for label, old, new in zip(("When", "Place", "Online link"), before, after, strict=True)
        if old != new
    ]


# Places


def answer_now(gathering: AnyGathering) -> str:
    """What somebody gets who would like to come at this moment; the gathering is locked."""
    if gathering.places is None or gathering.replies.filter(answer=Answer.COMING).count() < gathering.places:
        return Answer.COMING
    return Answer.WAITING


def move_up(gathering: AnyGathering, *, now: datetime) -> list[Any]:
    """Gives free places to those who have waited longest; the gathering is locked. Who moved up."""
    waiting: list[Any] = list(gathering.replies.filter(answer=Answer.WAITING).order_by("replied_at", "id"))
    if not waiting or gathering.called_off_at or is_over(gathering, now):
        return []
    if gathering.places is not None:
        coming = gathering.replies.filter(answer=Answer.COMING).count()
        waiting = waiting[: max(gathering.places - coming, 0)]
    for reply in waiting:
        reply.answer = Answer.COMING
        reply.save(update_fields=["answer"])
    return waiting


def require_open(gathering: AnyGathering, now: datetime) -> None:
    if gathering.called_off_at:
        raise Refused("It was called off, so nobody has to answer any more.")
    if is_over(gathering, now):
        raise Refused(OVER)


# Notices


def once_of(face: Face, gathering: AnyGathering, once: str, to: User | str) -> str:
    return f"{face.machine}:{gathering.pk}:{once}:{to.pk if isinstance(to, User) else to}"


def tell(
    template: str, people: Iterable[User | str], gathering: AnyGathering, face: Face, *, now: datetime,
    once: str = "", **context: Any,
) -> list[User | str]:  # fmt: skip
    """One mail to each; ``once`` is what nobody is told a second time. Whom it was written to."""
    found = list({(one.email if isinstance(one, User) else one).lower(): one for one in people}.values())
    letters = [
        mail.Letter(
            f"hubs/mail/{template}",
            one,
            # Who has no account can't open the page.
            {
                "gathering": gathering,
                "face": face,
                "url": face.url if isinstance(one, User) else "",
                "calendar": face.calendar if isinstance(one, User) else "",
                **context,
            },
            about=f"{face.machine}:{gathering.pk}",
            once=once_of(face, gathering, once, one) if once else None,
        )
        for one in found
    ]
    written = mail.write_many(letters, now=now)
    return [one for one, email in zip(found, written, strict=True) if email is not None]


def call_off(gathering: AnyGathering, face: Face, reason: str, *, by: User | None, now: datetime) -> bool:
    """False where it was called off before; the caller has locked it and tells people. Raises Refused."""
    if gathering.called_off_at:
        return False
    if not reason.strip():
        raise Refused("Say why: those who wanted to come read it.")
    if gathering.replies.filter(came=True).exists():
        raise Refused("You have recorded who came, so it took place.")
    if is_over(gathering, now):
        raise Refused("It is over. Leave the register empty if it didn’t take place.")
    gathering.called_off_at, gathering.called_off_reason = now, reason.strip()
    gathering.save(update_fields=["called_off_at", "called_off_reason"])
    write_down(gathering, face, "call_off", "called off", by=by, now=now)
    return True


# Materials


@transaction.atomic
def add_material(
    gathering: AnyGathering,
    face: Face,
    *,
    title: str,
    upload: File | None = None,
    url: str = "",
    by: User,
    now: datetime,
) -> Material:
    """A file or a link. The caller has asked the right. Raises Refused and BadFile."""
    if (upload is None) == (not url):
        raise Refused("Choose a file or enter a link, one of the two.")
    stored = store(upload, owner=face.files_owner, by=by, now=now) if upload is not None else None
    made: Material = gathering.materials.create(
        title=title.strip() or (stored.name if stored else url)[:150],
        file=stored, url=url, added_by=by, added_at=now,
    )  # fmt: skip
    return made


@transaction.atomic
def remove_material(material: Any) -> None:
    stored = material.file
    material.delete()
    if stored is not None:
        forget(stored)


def coming_first(replies: Iterable[Any]) -> Sequence[Any]:
    """Those who come, who wait (in their order), who can't."""
    order = [Answer.COMING, Answer.WAITING, Answer.NOT_COMING]
    return sorted(replies, key=lambda one: (order.index(one.answer), one.replied_at, one.pk))
