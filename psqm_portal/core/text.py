"""A text with light marks: paragraphs, lists, bold, italics. ``static/src/text.js`` reads the same language.

A blank line ends a paragraph, a single line break stays one. Lines that begin with ``- `` or ``1. `` are
lists, two spaces deeper a list inside. ``**bold**`` and ``*italic*`` hug their words; a backslash takes a
mark's meaning away. There are no links and there is no HTML: whatever else is typed stands as typed (S22).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# White space as scripts in a browser and Python can agree on it.
_SPACE = r"\s\ufeff\x1c-\x1f\x85"
_WORD = re.compile(f"[^{_SPACE}]+")
_MARKER = re.compile(r"^([ \t]*)([-*•]|\d{1,3}[.)])[ \t]+(?=\S)(.*)$")
_TOKEN = re.compile(r"\\([\\*\-.)•])|\*\*|\*|[^\\*]+|\\", re.DOTALL)
DEEPEST = 3


def count_words(text: str) -> int:
    """What stands between white space; the marks of a list are no words. ``text.js`` counts the same."""
    return sum(1 for line in text.split("\n") for _ in _WORD.finditer(_without_marker(line)))


def _without_marker(line: str) -> str:
    found = _MARKER.match(line)
    return found[3] if found else line


@dataclass(slots=True)
class Item:
    text: str
    lists: list["Listing"] = field(default_factory=list)


@dataclass(slots=True)
class Listing:
    """``start``: the number of the first item; None for bullets."""

    start: int | None
    items: list[Item] = field(default_factory=list)


def blocks_of(text: str) -> list[str | Listing]:
    """Paragraphs (with their line breaks) and lists, in their order."""
    blocks: list[str | Listing] = []
    open_lists: list[Listing] = []
    paragraph: list[str] = []

    def end_paragraph() -> None:
        if paragraph:
            blocks.append("\n".join(paragraph))
            paragraph.clear()

    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line.strip():
            end_paragraph()
        elif found := _MARKER.match(line):
            end_paragraph()
            _add_item(blocks, open_lists, *found.groups())
        elif open_lists and line.startswith("  ") and not paragraph:
            open_lists[-1].items[-1].text += f"\n{line.strip()}"
        else:
            open_lists.clear()
            paragraph.append(line.strip())
    end_paragraph()
    return blocks


def _add_item(
    blocks: list[str | Listing], open_lists: list[Listing], indent: str, sign: str, text: str
) -> None:
    depth = min(len(indent.replace("\t", "  ")) // 2, len(open_lists), DEEPEST)
    del open_lists[depth + 1 :]
    numbered = sign[0].isdigit()
    here = open_lists[depth] if depth < len(open_lists) else None
    if here is None or (here.start is not None) != numbered:
        del open_lists[depth:]
        here = Listing(int(sign[:-1]) if numbered else None)
        (open_lists[-1].items[-1].lists if open_lists else blocks).append(here)
        open_lists.append(here)
    here.items.append(Item(text.strip()))


@dataclass(slots=True)
class Run:
    text: str
    strong: bool
    em: bool


def runs_of(text: str) -> list[Run]:
    """Words of one block with their marks. A mark without its partner is a sign like any other."""
    tokens = list(_TOKEN.finditer(text))
    # A mark opens only where one that closes it comes later.
    last = {token[0]: number for number, token in enumerate(tokens) if _hugs_before(token)}
    runs: list[Run] = []
    on = {"**": False, "*": False}
    for number, token in enumerate(tokens):
        sign = token[0]
        if sign in on and (
            _hugs_before(token) if on[sign] else _hugs_after(token) and last.get(sign, 0) > number + 1
        ):
            on[sign] = not on[sign]
            continue
        said = token[1] or sign
        if runs and (runs[-1].strong, runs[-1].em) == (on["**"], on["*"]):
            runs[-1].text += said
        else:
            runs.append(Run(said, on["**"], on["*"]))
    return runs


def _hugs_before(token: re.Match[str]) -> bool:
    return token.start() > 0 and not token.string[token.start() - 1].isspace()


def _hugs_after(token: re.Match[str]) -> bool:
    return token.end() < len(token.string) and not token.string[token.end()].isspace()


def formatted(text: str | None) -> SafeString:
    """The text as HTML: its paragraphs, lists, bold and italics, and nothing else (S22)."""
    return mark_safe("".join(_html(blocks_of(str(text or "")))))  # noqa: S308 - each run is escaped


def _html(blocks: "list[str | Listing] | list[Listing]") -> Iterator[str]:
    for block in blocks:
        if isinstance(block, str):
            yield f'<p class="govuk-body">{_inline(block)}</p>'
            continue
        tag, kind = ("ul", "bullet") if block.start is None else ("ol", "number")
        start = f' start="{block.start}"' if block.start not in {None, 1} else ""
        yield f'<{tag} class="govuk-list govuk-list--{kind}"{start}>'
        for item in block.items:
            yield f"<li>{_inline(item.text)}{''.join(_html(item.lists))}</li>"
        yield f"</{tag}>"


def _inline(text: str) -> str:
    parts = []
    for run in runs_of(text):
        html = escape(run.text).replace("\n", "<br>")
        html = f"<em>{html}</em>" if run.em else html
        parts.append(f"<strong>{html}</strong>" if run.strong else html)
    return "".join(parts)


def readable(text: str) -> str:
    """As typed, lists as lines, without the marks of bold and italics: for comparing two texts."""
    blocks = text.replace("\r\n", "\n").split("\n\n")
    return "\n\n".join("".join(run.text for run in runs_of(block)) for block in blocks)


def plain(text: str | None) -> str:
    """The text without its marks, for where there is only a line of it."""
    return " ".join("".join(run.text for run in runs_of(line)) for line in _lines(blocks_of(str(text or ""))))


def _lines(blocks: "list[str | Listing] | list[Listing]") -> Iterator[str]:
    for block in blocks:
        if isinstance(block, str):
            yield block.replace("\n", " ")
            continue
        for item in block.items:
            yield item.text.replace("\n", " ")
            yield from _lines(item.lists)
