"""The mails of training sessions and of HQ's meetings."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from hubs.domain import gatherings, meetings, training
from hubs.models import LeaderMeeting, TrainingSession
from messaging.domain.wording import Link
from messaging.registers import MailField, MailKind, at, mail_kind

NEWEST = 5
GROUP = "Training and meetings"


def _of(gathering: Any) -> Mapping[str, Any]:
    is_session = isinstance(gathering, TrainingSession)
    face = training.face_of(gathering) if is_session else meetings.face_of(gathering)
    return {"gathering": gathering, "face": face, "url": face.url, "calendar": face.calendar}


def _sessions() -> Sequence[tuple[str, Mapping[str, Any]]]:
    rows = TrainingSession.objects.select_related("hub_round__hub", "hub_round__round").order_by("-pk")
    found = [_of(row) for row in rows[:NEWEST]]
    return [(f"{one['face'].name}, {one['face'].about}", one) for one in found]


def _meetings() -> Sequence[tuple[str, Mapping[str, Any]]]:
    return [(row.title, _of(row)) for row in LeaderMeeting.objects.order_by("-pk")[:NEWEST]]


def _calendar(given: Mapping[str, Any]) -> object:
    return Link(f"{settings.PORTAL_ORIGIN}{given['calendar']}") if given["calendar"] else ""


FIELDS = (
    MailField("what", "What it is called", at("face.name"), sample="Session 1"),
    MailField("about", "The hub and its round, or the kind of meeting", at("face.about"), sample="Chilterns"),
    MailField("when", "Day and time", lambda given: gatherings.when(given["gathering"])),
    MailField("place", "The place", at("gathering.place")),
    MailField("online", "The link to join online", at("gathering.link")),
    MailField("note", "What to bring or prepare", at("gathering.note")),
    MailField("calendar", "The link to the calendar file, on a line of its own", _calendar),
)


def _kind(name: str, title: str, when: str, *fields: MailField, examples: Any = _sessions) -> None:
    mail_kind(
        MailKind(
            f"hubs/mail/{name}",
            GROUP,
            title,
            when,
            fields=(*FIELDS, *fields),
            keep=("what",),
            examples=examples,
        )
    )


_kind(
    "session_invited",
    "A training session has a date",
    "To subject leaders of a hub’s schools (else the headteacher) when a session first has a date.",
)
_kind(
    "meeting_invited",
    "A meeting for hub leaders",
    "To hub leaders when HQ invites them to a meeting.",
    examples=_meetings,
)
_kind(
    "gathering_changed",
    "Training or a meeting is at another time or place",
    "To those who come or wait, and those who haven’t answered, when the date, time, place or link changes.",
    MailField(
        "changes",
        "What is different",
        lambda given: "\n".join(given["changes"]),
        sample="Place: Hall (before: Library)",
    ),
)
_kind(
    "gathering_called_off",
    "Training or a meeting is called off",
    "To those who wanted to come and those who haven’t answered.",
    MailField("reason", "The reason, as it was typed", at("reason"), sample="The hall is flooded."),
)
_kind(
    "gathering_place",
    "A place has come free",
    "To who was first on the waiting list when a place comes free, or to their school.",
    MailField("name", "Who has the place", at("name"), sample="Ana Lee"),
)
