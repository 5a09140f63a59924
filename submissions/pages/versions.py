"""Two versions of a part beside each other: what changed in its text, rows and evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from psqm_portal.core.clock import long_day
from psqm_portal.core.differences import compared
from psqm_portal.core.text import readable
from submissions.domain.pairing import Pair, pair_rows

ROW_LABELS = {
    "criterion": "Criterion",
    "objective": "Objective",
    "actions": "Actions",
    "who": "Who",
    "by_when": "By when",
    "resources": "Resources",
    "cost": "Cost in pounds",
    "success_measure": "How you will know it worked",
}
PIECE_LABELS = {
    "title": "Name",
    "caption": "Caption",
    "url": "Web address",
    "note": "Note",
    "file_name": "File",
}
EMPTY: dict[str, Any] = {"text": "", "rows": [], "evidence": []}


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one thing: ``html`` is what changed, escaped and marked."""

    label: str
    html: str


@dataclass(frozen=True, slots=True)
class Thing:
    """A row or a piece of evidence that isn't the same in both; ``kind``: added, removed or changed."""

    title: str
    kind: str
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Differences:
    text: str
    rows: list[Thing]
    evidence: list[Thing]

    def __bool__(self) -> bool:
        return bool(self.text or self.rows or self.evidence)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Differences:
    return Differences(
        text=_compared_text(before["text"], after["text"]),
        rows=_things(pair_rows(before["rows"], after["rows"]), ROW_LABELS, "objective"),
        evidence=_things(_pair_pieces(before["evidence"], after["evidence"]), PIECE_LABELS, "title"),
    )


def _compared_text(before: str, after: str) -> str:
    """Without the marks of bold and italics, unless nothing else changed."""
    if before == after:
        return ""
    as_read = readable(before), readable(after)
    return compared(*as_read) if as_read[0] != as_read[1] else compared(before, after)


def _pair_pieces(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> list[Pair]:
    old, new = {one["id"]: one for one in before}, {one["id"]: one for one in after}
    return [(old.get(key), new.get(key)) for key in [*old, *(key for key in new if key not in old)]]


def _things(pairs: Iterable[Pair], labels: Mapping[str, str], title: str) -> list[Thing]:
    things = []
    for old, new in pairs:
        changes = [
            Change(label, compared(_words((old or {}).get(name)), _words((new or {}).get(name))))
            for name, label in labels.items()
            if _words((old or {}).get(name)) != _words((new or {}).get(name))
        ]
        if changes:
            kind = "added" if old is None else "removed" if new is None else "changed"
            things.append(Thing(str((new or old or {}).get(title, "")), kind, changes))
    return things


def _words(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    if len(text) == 10 and text[4] == text[7] == "-":
        try:
            return long_day(date.fromisoformat(text))
        except ValueError:
            return text
    return text
