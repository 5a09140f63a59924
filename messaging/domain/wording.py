"""The language of mail texts, shipped or HQ's own: plain words with ``{field}`` names, and nothing else.

A field is put in as text, once; what it holds is never read again, so a name like ``{event.__init__}`` or
``[a](b)`` stays what it is (S24). A paragraph whose fields are all empty is left out. Links are made by
fields that are links, never by what somebody typed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string

from psqm_portal.core.templatetags.portal import long_date, long_datetime, money

FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_BRACES = re.compile(r"\{[^{}\n]*\}")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_SUBJECT = "Subject:"
LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class Wording:
    """A mail's text before its fields are filled in."""

    subject: str
    body: str

    @property
    def fields(self) -> list[str]:
        return list(dict.fromkeys(FIELD.findall(f"{self.subject}\n{self.body}")))


class Link(str):
    """A field's value that becomes a link: always an address of the portal's own, made by it."""

    __slots__ = ()


Pieces = Sequence[str]  # lines' text and links, in order; line breaks are in the text


@dataclass(frozen=True, slots=True)
class Mixed:
    """A field's value that holds text and links, such as a list with a link below each entry."""

    pieces: tuple[str, ...]

    def __bool__(self) -> bool:
        return any(self.pieces)


def parse(source: str) -> Wording:
    """A shipped text: the first line is its subject."""
    head, _, body = source.strip().partition("\n")
    if not head.startswith(_SUBJECT):
        raise ValueError("A mail's text has to start with a Subject line")
    return Wording(head.removeprefix(_SUBJECT).strip(), body.strip())


def strange_fields(text: str, known: Iterable[str]) -> list[str]:
    """What stands in braces and is no field, as it was typed."""
    fields = {f"{{{name}}}" for name in known}
    return list(dict.fromkeys(found for found in _BRACES.findall(text) if found not in fields))


def as_words(value: object) -> str | Mixed:
    """A field's value as it stands in a mail: dates in full, money in pounds, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, Link | Mixed):
        return value
    if isinstance(value, datetime):
        return long_datetime(value)
    if isinstance(value, date):
        return long_date(value)
    if isinstance(value, Decimal):
        return money(value)
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip()


def one_line(value: object) -> str:
    """For a subject, which is one line whatever a name in it holds (S24)."""
    words = as_words(value)
    text = "".join(words.pieces) if isinstance(words, Mixed) else words
    return " ".join(text.split())


def subject_of(wording: Wording, values: Mapping[str, Any]) -> str:
    def fill(match: re.Match[str]) -> str:
        return one_line(values[match[1]]) if match[1] in values else match[0]

    return " ".join(FIELD.sub(fill, wording.subject).split())[:LONGEST_SUBJECT]


def pieces_of(wording: Wording, values: Mapping[str, Any]) -> list[str]:
    """The body as text and links, in order."""
    pieces: list[str] = []
    for paragraph in _BLANK_LINES.split(wording.body.strip()):
        filled = _paragraph(paragraph, values)
        if filled is not None:
            pieces += ["\n\n", *filled] if pieces else filled
    return pieces


def _paragraph(paragraph: str, values: Mapping[str, Any]) -> list[str] | None:
    """None where it has fields and all of them are empty."""
    words = {name: as_words(values[name]) for name in FIELD.findall(paragraph) if name in values}
    if words and not any(words.values()):
        return None
    pieces: list[str] = []
    at = 0
    for match in FIELD.finditer(paragraph):
        if match[1] not in words:
            continue
        value = words[match[1]]
        pieces.append(paragraph[at : match.start()])
        pieces += value.pieces if isinstance(value, Mixed) else [value]
        at = match.end()
    return [*pieces, paragraph[at:]]


def as_text(pieces: Pieces) -> str:
    whole = "".join(pieces)
    return "\n".join(line.rstrip() for line in whole.split("\n")).strip() + "\n"


@dataclass(frozen=True, slots=True)
class Segment:
    text: str
    is_link: bool


def blocks_of(pieces: Pieces) -> list[list[list[Segment]]]:
    """Paragraphs of lines of segments."""
    lines: list[list[Segment]] = [[]]
    for piece in pieces:
        first, *others = piece.split("\n")
        for number, text in enumerate([first, *others]):
            if number:
                lines.append([])
            if text.strip():
                lines[-1].append(Segment(text, isinstance(piece, Link)))
    blocks: list[list[list[Segment]]] = [[]]
    for line in lines:
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def as_html(subject: str, pieces: Pieces) -> str:
    return render_to_string("messaging/mail/wrapper.html", {"subject": subject, "blocks": blocks_of(pieces)})
