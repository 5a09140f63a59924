"""What changed between two texts, word by word, as ``<ins>`` and ``<del>`` that are also said in words."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_WORDS = re.compile(r"\s+|[^\s]+")
# A passage with more words than this is shown whole: comparing its words would take too long.
MOST_WORDS = 2000


def compared(before: str, after: str) -> SafeString:
    """Both texts as one, escaped: what was taken out and put in marked, paragraph by paragraph."""
    pieces: list[tuple[str, str]] = []
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(("same", "".join(old[a:b])))
        else:
            pieces.extend(_words("".join(old[a:b]), "".join(new[c:d])))
    return mark_safe("".join(_html(_joined(pieces))))  # noqa: S308 - each piece is escaped


def _words(old: str, new: str) -> Iterator[tuple[str, str]]:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if len(before) + len(after) > MOST_WORDS:
        yield from (("out", old), ("in", new))
        return
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "same", "".join(before[a:b])
        else:
            yield "out", "".join(before[a:b])
            yield "in", "".join(after[c:d])


def _joined(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Changes with nothing but a space between them read as one."""
    joined: list[tuple[str, str]] = []
    out, in_ = "", ""
    for number, (kind, text) in enumerate(pieces):
        between = kind == "same" and text == " " and (out or in_) and number + 1 < len(pieces)
        if kind == "out" or between:
            out += text
        if kind == "in" or between:
            in_ += text
        if kind == "same" and not between:
            joined += [("out", out), ("in", in_), ("same", text)]
            out, in_ = "", ""
    return [(kind, text) for kind, text in [*joined, ("out", out), ("in", in_)] if text]


_MARKS = {"out": ("del", "Taken out:", "end of taken out"), "in": ("ins", "Put in:", "end of put in")}


def _html(pieces: list[tuple[str, str]]) -> Iterator[str]:
    for kind, text in pieces:
        shown = escape(text).replace("\n", "<br>")
        if kind == "same":
            yield shown
            continue
        tag, begin, end = _MARKS[kind]
        yield (
            f'<{tag}><span class="govuk-visually-hidden"> {begin} </span>{shown}'
            f'<span class="govuk-visually-hidden"> ({end}) </span></{tag}>'
        )
