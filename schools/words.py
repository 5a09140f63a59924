"""Under which words a school is found, and what typed words ask for: the same folding for both."""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

UK_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}")
MOST_WORDS = 8

_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"})
_APOSTROPHES = re.compile("['\u2019\u2018\u02bc`\u00b4]")
_WORD = re.compile(r"[^\W_]+")
# After folding: one name for each thing that schools' names say in several ways.
_SAME = [
    (re.compile(r"\bchurch of england\b|\bc (?:of )?e\b|\bcofe\b"), "ce"),
    (re.compile(r"\broman catholic\b|\bcatholic\b|\br c\b"), "rc"),
    (re.compile(r"\b(?:saints?|sts|ss)\b"), "st"),
]
# The other ways, so that they are found while they are still being typed.
_ALSO = {"ce": "church england cofe", "rc": "roman catholic", "st": "saint saints ss"}
_SILENT = {"and", "of", "the", "at", "in", "on", "for", "with"}
_TYPED_POSTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?) (\d[a-z]{0,2})\b")
# These stand for themselves; of longer ones the beginning will do ("mary" for "St Mary's"), and who mistypes
# them is told nothing else.
SHORT, LONGEST = 3, 40


class Word(NamedTuple):
    text: str
    is_whole: bool

    @property
    def mark(self) -> str:
        """As it stands in what ``found_by`` gives."""
        return f" {self.text} " if self.is_whole else f" {self.text}"

    @property
    def may_be_mistyped(self) -> bool:
        return _is_spoken(self.text)


def _plain(text: str) -> str:
    """Lower case, no accents, apostrophes or signs, one space between words."""
    bare = _APOSTROPHES.sub("", text.casefold().translate(_LETTERS).replace("&", " and "))
    parted = unicodedata.normalize("NFKD", bare)
    return " ".join(_WORD.findall("".join(one for one in parted if not unicodedata.combining(one))))


def fold(text: str) -> str:
    """Plain, and what is said in several ways as one."""
    folded = _plain(text)
    for pattern, name in _SAME:
        folded = pattern.sub(name, folded)
    return folded


def _telling(folded: str) -> list[str]:
    """Without the words that tell nothing, unless there are no others."""
    words = folded.split()
    return [word for word in words if word not in _SILENT] or words


def found_by(name: str, places: Iterable[str], postcode: str, urn: str | None) -> str:
    """`` name's words / further words ``: what a search looks through. The slash ends the name."""
    named = _telling(fold(name))
    further = [word for place in places for word in _telling(fold(place))]
    further += [also for word in [*named, *further] for also in _ALSO.get(word, "").split()]
    squeezed = re.sub(r"[\W_]", "", postcode).upper()
    further += [squeezed.lower(), *([] if UK_POSTCODE.fullmatch(squeezed) else fold(postcode).split())]
    further += [urn] if urn else []
    more = dict.fromkeys(word for word in further if word not in named)
    return f" {' '.join([*named, '/', *more])} "


def spoken(found: str) -> set[str]:
    """Of what ``found_by`` gives: the words that somebody may mistype."""
    return {word for word in found.split() if _is_spoken(word)}


def _is_spoken(word: str) -> bool:
    return word.isalpha() and SHORT < len(word) <= LONGEST


def asked_for(typed: str) -> list[Word]:
    """What typed words mean. The last one may be unfinished; postcodes count with and without their space."""
    folded = _TYPED_POSTCODE.sub(r"\1\2", fold(typed[:200]))
    words = _telling(folded)[:MOST_WORDS]
    # "saint" became "st": it is finished. "st" itself may become "stoke".
    last_is_whole = bool(words) and words[-1] in _ALSO and _plain(typed[:200]).split()[-1] != words[-1]
    return [
        *(Word(word, is_whole=len(word) <= SHORT and word.isalpha()) for word in words[:-1]),
        *(Word(word, is_whole=last_is_whole) for word in words[-1:]),
    ]
