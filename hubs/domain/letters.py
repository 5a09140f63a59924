"""The words of an invitation: HQ's paragraphs with fields, filled for one school, as a mail or a letter."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import segno
from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.models import User
from hubs.domain.hubs import require_hq
from hubs.models import Enclosure, HubRound, LetterParagraph, MailOut, Prospect
from hubs.queries import leader_of
from messaging.domain import wording
from messaging.domain.wording import Link, Wording, strange_fields
from psqm_portal.core import log, seen
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import StoredFile
from psqm_portal.core.templatetags.portal import and_list, long_date
from rounds.models import Audience, Milestone, Round, Step

# What the words may name; HQ's page lists them.
FIELDS: dict[str, str] = {
    "headteacher": "The headteacher’s name, or “Headteacher” where we don’t know it",
    "school": "The school",
    "town": "The school’s town",
    "fee": "What this school pays in the round, before VAT",
    "link": "The school’s personal link; it stands below the letter as well",
    "hub": "The hub",
    "leader": "The hub leader’s name",
    "leader_email": "The hub leader’s email address",
    "round": "The round",
    "places": "How many schools the hub has places for",
    "levels": "The levels of the award",
    "first_training": "The first training, as the hub leader wrote it",
    "enclosure": "What is enclosed; empty without an enclosure",
    "ase": "That membership of the ASE is needed; empty where the round needs none",
    "reply_by": "The last day for registering",
    "website": "The portal’s public address",
    "email": "HQ’s email address",
}
ASE = (
    "Membership of the Association for Science Education, of the school or of one person, is needed as well;"
    " you may have it already."
)
NO_NAME = "Headteacher"
# The address in the window: lines of this length fit; longer ones are broken, and all of them set smaller.
_LINE, _SMALL_LINE = 44, 56
LONGEST = 3000


@dataclass(frozen=True, slots=True)
class Letter:
    """One school's letter as the template lays it out."""

    address: list[str]
    is_small: bool
    dear: str
    school: str
    blocks: list[list[list[wording.Segment]]]
    link: str
    qr: SafeString


# HQ's words ------------------------------------------------------------------------------------------


def save_paragraph(
    paragraph: LetterParagraph | None,
    *,
    name: str,
    text: str,
    may_be_left_out: bool,
    is_in_by_default: bool = True,
    by: User,
    now: datetime,
    seen_mark: str = "",
) -> LetterParagraph:
    """A new one comes last. Raises Refused for a field that there isn't, OutOfDate over newer words."""
    require_hq(by)
    if strange := strange_fields(text, FIELDS):
        raise Refused(f"{strange[0]} isn’t a field of the letter. Use one of those on the list.")
    words = {"name": " ".join(name.split()), "text": text.strip()}
    kept = {**words, "may_be_left_out": may_be_left_out, "is_in_by_default": is_in_by_default}
    with transaction.atomic():
        numbers = _locked()
        row: LetterParagraph | None
        if paragraph is None:
            row = LetterParagraph(number=(numbers[-1].number if numbers else 0) + 1)
        else:
            row = next((one for one in numbers if one.pk == paragraph.pk), None)
            if row is None:
                raise Refused("This paragraph was taken away.")
            seen.check({"name": row.name, "text": row.text}, words, seen=seen_mark)
        for field, value in kept.items():
            setattr(row, field, value)
        row.save()
        log.write("letter.change", by=by, now=now, about=f"letter_paragraph:{row.pk}")
    return row


@transaction.atomic
def move(paragraph: LetterParagraph, *, up: bool, by: User, now: datetime) -> None:
    """Changes places with its neighbour; the first one can't go up."""
    require_hq(by)
    rows = _locked()
    place = next((n for n, row in enumerate(rows) if row.pk == paragraph.pk), None)
    other = None if place is None else place + (-1 if up else 1)
    if place is None or other is None or not 0 <= other < len(rows):
        return
    mine, theirs = rows[place], rows[other]
    free = rows[-1].number + 1
    for row, number in ((mine, free), (theirs, mine.number), (mine, theirs.number)):
        LetterParagraph.objects.filter(pk=row.pk).update(number=number)
    log.write("letter.change", by=by, now=now, about=f"letter_paragraph:{mine.pk}")


@transaction.atomic
def remove(paragraph: LetterParagraph, *, by: User, now: datetime) -> None:
    require_hq(by)
    LetterParagraph.objects.filter(pk=paragraph.pk).delete()
    log.write("letter.change", by=by, now=now, about=f"letter_paragraph:{paragraph.pk}")


def _locked() -> list[LetterParagraph]:
    return list(LetterParagraph.objects.select_for_update().order_by("number"))


@transaction.atomic
def set_enclosure(file: StoredFile | None, title: str, *, by: User, now: datetime) -> None:
    """HQ's standard enclosure from now on; None: there is none."""
    require_hq(by)
    Enclosure.objects.filter(ended_at=None).update(ended_at=now)
    if file is not None:
        if file.kind != StoredFile.Kind.PDF:
            raise Refused("The enclosure has to be a PDF.")
        Enclosure.objects.create(file=file, title=" ".join(title.split()), added_by=by, added_at=now)
    log.write("letter.enclosure", by=by, now=now)


def standard_enclosure() -> Enclosure | None:
    return Enclosure.objects.filter(ended_at=None).select_related("file").first()


# Filling them in -------------------------------------------------------------------------------------


def last_day_of(round_: Round) -> Any:
    """The day until which schools can register, or None where the round doesn't say."""
    rows = Milestone.objects.filter(round=round_, step=Step.RECRUIT, audience=Audience.HUB_LEADER)
    return rows.aggregate(last=Max("due_on"))["last"]


def shared_values(hub_round: HubRound, *, first_training: str, enclosure: str) -> dict[str, str]:
    """What is the same for all schools of a mailing, as words: kept with it."""
    hub, round_ = hub_round.hub, hub_round.round
    leader, until = leader_of(hub), last_day_of(round_)
    levels = [str(level) for level in round_.framework.levels.order_by("rank")]
    return {
        "hub": hub.name,
        "leader": str(leader) if leader else "",
        "leader_email": leader.email if leader else "",
        "round": round_.name,
        "places": str(hub_round.seats.count()),
        "levels": and_list(levels).replace(" and ", " or "),
        "first_training": " ".join(first_training.split()).rstrip("."),
        "enclosure": " ".join(enclosure.split()).rstrip("."),
        "ase": ASE if round_.needs_ase_membership else "",
        "reply_by": long_date(until) if until else "",
    }


def values_for(mail_out: MailOut, prospect: Prospect, link: str) -> dict[str, object]:
    return {
        **mail_out.values,
        "headteacher": dear(prospect),
        "school": prospect.school.name,
        "town": prospect.school.town,
        "fee": fee_in_words(prospect.fee),
        "link": Link(link),
        "website": Link(settings.PORTAL_ORIGIN),
        "email": settings.SUPPORT_EMAIL,
    }


def fee_in_words(fee: Decimal | None) -> str:
    if fee is None:
        return ""
    return f"£{fee:,.0f}" if fee == fee.to_integral_value() else f"£{fee:,.2f}"


def dear(prospect: Prospect) -> str:
    return prospect.head_name or prospect.school.headteacher_name or NO_NAME


def pieces_of(paragraphs: Sequence[Mapping[str, Any]], values: Mapping[str, object]) -> list[str]:
    """The chosen paragraphs as text and links. What a field holds is never read again (S24)."""
    return wording.pieces_of(Wording("", "\n\n".join(str(one["text"]) for one in paragraphs)), values)


def blocks_for(mail_out: MailOut, prospect: Prospect, link: str) -> list[list[list[wording.Segment]]]:
    pieces = pieces_of(mail_out.paragraphs, values_for(mail_out, prospect, link))
    return wording.blocks_of(pieces)


def url_of(token: str) -> str:
    return f"{settings.PORTAL_ORIGIN}{reverse('invited', args=[token])}"


def address_lines(prospect: Prospect) -> tuple[list[str], bool]:
    """At most six lines for the window, and whether they have to be set small."""
    school = prospect.school
    named = prospect.head_name or school.headteacher_name or "The Headteacher"
    town = ", ".join(line for line in (school.town, school.county) if line)
    lines = [line for line in (named, school.name, school.street, town, school.postcode) if line]
    if all(len(line) <= _LINE for line in lines):
        return lines, False
    broken = [part for line in lines for part in textwrap.wrap(line, _SMALL_LINE)]
    return (broken if len(broken) <= 6 else [*broken[:5], broken[-1]]), True


def letter_for(mail_out: MailOut, prospect: Prospect, token: str) -> Letter:
    link = url_of(token)
    address, is_small = address_lines(prospect)
    return Letter(
        address=address,
        is_small=is_small,
        dear=dear(prospect),
        school=prospect.school.name,
        blocks=blocks_for(mail_out, prospect, link),
        link=link,
        qr=_qr_code(link, prospect.school.name),
    )


def sheet_context(mail_out: MailOut, letters: Sequence[Letter], *, now: datetime) -> dict[str, Any]:
    """For ``hubs/recruitment/letters_pdf.html``."""
    return {
        "letters": letters,
        "sender": [line.strip() for line in mail_out.sender.split("\n") if line.strip()],
        "leader": mail_out.values.get("leader", ""),
        "hub": mail_out.values.get("hub", ""),
        "round": mail_out.values.get("round", ""),
        "both_sides": mail_out.both_sides,
        "day": london_day(now),
    }


def _qr_code(link: str, school: str) -> SafeString:
    """Its words stand in its own <title>, where the PDF takes the figure's text from."""
    drawing = segno.make(link, error="m", micro=False).svg_inline(
        border=2, dark="#1d1a22", light="#ffffff", omitsize=True, svgclass="qr", lineclass=None,
        title=f"QR code that leads to the personal page of {school}",
    )  # fmt: skip
    return SafeString(drawing)
