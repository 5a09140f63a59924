"""What certificates of every kind share: one frame (templates/certificates/base.html), a page for each person
or school. A sheet is any object with a ``name`` and what its template asks for.
"""

from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string

from psqm_portal.core.pdf import Limits, print_bytes

LIMITS = Limits(seconds=60, megabytes=1024)
# The widest name, in small letters, for each size of type: the first two on one line, then on two.
_SIZES = ((32, ""), (41, "wide"), (80, "long"), (104, "longer"))
_ONE_LINE = 41


def size_of(name: str) -> str:
    """The class of a name's size: the longer the name, the smaller its letters."""
    return next((size for most, size in _SIZES if _width(name) <= most), "longest")


def lines_of(name: str) -> list[str]:
    """A name that doesn't fit on one line, as two of about one length; no line ends with a lonely word."""
    words = name.split()
    if _width(name) <= _ONE_LINE or size_of(name) == "longest" or len(words) < 2:
        return [name]
    splits = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    return list(min(splits, key=lambda two: max(map(_width, two))))


def _width(text: str) -> float:
    return sum(1.3 if letter.isupper() else 1 for letter in text)


def html_of(template: str, sheets: Sequence[Any]) -> str:
    return render_to_string(template, {"sheets": sheets})


def certificates_pdf(template: str, sheets: Sequence[Any]) -> bytes:
    """One PDF with a page for each, for who asks for it now. Raises PdfTooMuch."""
    return print_bytes(html_of(template, sheets), limits=LIMITS)
