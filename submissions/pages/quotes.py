"""Quoted words in a text as it is shown: found whatever markup stands between them, and marked there.

Works on finished HTML (of the ``paragraphs`` filter or an escaped line), so that it doesn't care which
markup a text may hold. Words are compared as a reader sees them: tags don't count, runs of white space
are one space, the edge of a paragraph or list item too.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise

TAG = re.compile(r"(<[^>]*>)")
NAME = re.compile(r"</?([a-zA-Z0-9]+)")
SIGN = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|\w+);|.", re.DOTALL)
# Tags that words run through; every other one ends a word.
INLINE = frozenset(
    {"a", "abbr", "b", "code", "em", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u"}
)


@dataclass(frozen=True, slots=True)
class Quote:
    """``key`` makes the ids (``quote-12`` here, ``feedback-12`` at the thread), ``number`` is shown."""

    key: int
    number: int
    words: str


def plain(words: str) -> str:
    return " ".join(words.split())


def shown_words(html: str) -> str:
    """What a reader sees of some HTML, in one line."""
    return plain(unescape(TAG.sub(lambda tag: "" if _is_inline(tag[0]) else " ", html)))


def _is_inline(tag: str) -> bool:
    name = NAME.match(tag)
    return name is not None and name[1].lower() in INLINE


@dataclass(slots=True)
class _Sight:
    """The visible signs of some HTML, each with the token it stands in and its place there."""

    tokens: list[str]
    words: str = ""
    places: list[tuple[int, int, int]] = field(default_factory=list)
    # Tokens inside a link, where no other link may stand.
    linked: set[int] = field(default_factory=set)


def _look_at(html: str) -> _Sight:
    sight, signs = _Sight(TAG.split(html)), [" "]
    sight.places.append((-1, 0, 0))
    in_link = False
    for number, token in enumerate(sight.tokens):
        if number % 2:
            name = NAME.match(token)
            if name is not None and name[1].lower() == "a":
                in_link = not token.startswith("</")
            if not _is_inline(token) and signs[-1] != " ":
                signs.append(" ")
                sight.places.append((-1, 0, 0))
            continue
        if in_link:
            sight.linked.add(number)
        for raw in SIGN.finditer(token):
            sign = unescape(raw[0])
            if sign.isspace():
                if signs[-1] == " ":
                    continue
                sign = " "
            for one in sign:  # a reference may stand for two
                signs.append(one)
                sight.places.append((number, raw.start(), raw.end()))
    sight.words = "".join(signs)
    return sight


def mark(html: str, quotes: Iterable[Quote]) -> tuple[str, set[int]]:
    """The HTML with each quote's first occurrence marked, and the keys of the quotes that it holds."""
    sight = _look_at(html)
    ranges: dict[int, list[tuple[int, int]]] = {}
    before: dict[tuple[int, int], str] = {}
    after: dict[tuple[int, int], str] = {}
    found: set[int] = set()
    for quote in quotes:
        words = plain(quote.words)
        at = sight.words.find(words) if words else -1
        if at < 0:
            continue
        found.add(quote.key)
        places = [place for place in sight.places[at : at + len(words)] if place[0] >= 0]
        for number, start, end in places:
            spans = ranges.setdefault(number, [])
            if spans and spans[-1][1] <= start and not sight.tokens[number][spans[-1][1] : start].strip():
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        first, last = places[0], places[-1]
        before[first[0], first[1]] = (
            before.get((first[0], first[1]), "") + f'<span id="quote-{quote.key}"></span>'
        )
        if last[0] not in sight.linked:
            after[last[0], last[2]] = after.get((last[0], last[2]), "") + _link(quote)
    tokens = [
        _marked(token, ranges.get(number, []), number, before, after) if number in ranges else token
        for number, token in enumerate(sight.tokens)
    ]
    return "".join(tokens), found


def _link(quote: Quote) -> str:
    return (
        f'<a class="app-quote__link" href="#feedback-{quote.key}">'
        f'<span class="govuk-visually-hidden">Feedback </span>{quote.number}'
        '<span class="govuk-visually-hidden"> on these words</span></a>'
    )


def _marked(
    token: str,
    spans: list[tuple[int, int]],
    number: int,
    before: dict[tuple[int, int], str],
    after: dict[tuple[int, int], str],
) -> str:
    """A run of text with its spans in ``<mark>``; nothing but what was there and our own tags."""
    if not token.strip():  # between blocks only blocks may stand
        return token
    cuts = sorted({0, len(token), *(at for span in spans for at in span)})
    out: list[str] = []
    for start, end in pairwise(cuts):
        piece = token[start:end]
        is_marked = any(low <= start and end <= high for low, high in spans)
        out += [
            before.get((number, start), ""),
            f'<mark class="app-quote">{piece}</mark>' if is_marked else piece,
            after.get((number, end), ""),
        ]
    return "".join(out)
