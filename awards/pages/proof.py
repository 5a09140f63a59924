"""Finding an award by its number as people type it."""

import re

from awards.models import Award

_OURS = re.compile(r"(\d\d[A-Z]R?|P)(\d{1,6})")
# In place of a digit.
_DIGITS = str.maketrans("OIL", "011")


def find(typed: str) -> Award | None:
    rows = Award.objects.filter(number__in=meant(typed)).select_related("level", "school")
    return rows.order_by("pk").first()


def meant(typed: str) -> set[str]:
    """As typed, and as numbers are written: "psqm 26a 42" and "PSQM-26A-OO42" are PSQM-26A-0042."""
    bare = re.sub(r"[/\\–—]", "-", "".join(typed.split()).upper())
    whole = re.sub(r"[^A-Z0-9]", "", bare).removeprefix("PSQM")
    code = re.match(r"P|..[A-Z]R?", whole)
    found = {bare}
    if code is not None:
        year, number = code[0][:2].translate(_DIGITS), whole[code.end() :].translate(_DIGITS)
        if match := _OURS.fullmatch(f"{year}{code[0][2:]}{number}"):
            found.add(f"PSQM-{match[1]}-{int(match[2]):0{5 if match[1] == 'P' else 4}d}")
    return found
