"""Does a caption, a title or a file's name look like a child's full name? Then the person is asked once more.

A common given name of the UK with a surname or its first letter behind it: "Emily Watson", "Emily W",
``emily_watson.jpg``. A guess, made so that "Rose garden", "Summer Fair" and "Mary Anning" pass. A given name
alone is fine: that is how schools write about children.
"""

import re
from itertools import pairwise

from submissions.domain import name_lists as lists

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# "EmilyWatson" in a file's name.
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_SEPARATORS = re.compile(r"[_.\-–+()\[\]\d]+")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "professor", "sir", "dame", "lady", "lord"})


def child_name_in(text: str) -> str:
    """The words that look like a child's full name, as written; "" for none."""
    if (found := _search(text, is_file=False)) or not _is_file_name(text):
        return found
    return _search(_SEPARATORS.sub(" ", _CAMEL.sub(" ", _EXTENSION.sub("", text))), is_file=True)


def question_about(found: str) -> str:
    """The sentence beside the box that says it isn't a child's name."""
    return (
        f"“{found}” looks like a child’s full name. Leave the surname out, "
        "or say below that it isn’t a child’s name"
    )


def _is_file_name(text: str) -> bool:
    return bool(_EXTENSION.search(text)) or " " not in text.strip()


def _search(text: str, *, is_file: bool) -> str:
    words = list(_WORD.finditer(text))
    for at, (first, second) in enumerate(pairwise(words)):
        # Only a blank between them: "Emily. Watson" are two sentences.
        if text[first.end() : second.start()].strip():
            continue
        if at and words[at - 1].group().lower() in _TITLES:
            continue
        if _is_full_name(first.group(), second.group(), is_file=is_file):
            return f"{first.group()} {_bare(second.group())}"
    return ""


def _is_full_name(given: str, family: str, *, is_file: bool) -> bool:
    name, surname = given.lower(), _bare(family).lower()
    if name not in lists.GIVEN or f"{name} {surname}" in lists.KNOWN:
        return False
    if surname in lists.SURNAMES:
        return True
    is_word = name in lists.WORDS_TOO
    written_as_names = given[0].isupper() and family[0].isupper()
    if len(surname) == 1:
        return (written_as_names or is_file) and not (is_word and surname in {"a", "i"})
    if is_word or surname in lists.ORDINARY:
        return False
    return written_as_names or is_file


def _bare(word: str) -> str:
    """Without "'s": "Emily Watson's magnet"."""
    return re.sub(r"['’]s$", "", word)
