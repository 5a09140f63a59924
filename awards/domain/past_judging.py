"""What stands in the way of each line, over the whole file: which are doubles, which are ready."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from awards.models import Award, PastImport, PastRow, PastWord
from rounds.models import Level
from schools.words import fold

Finding = PastRow.Finding
READY = [Finding.READY, Finding.LIKELY]


@dataclass(slots=True)
class Known:
    """Awards by what makes two of them the same."""

    numbers: dict[str, str] = field(default_factory=dict)
    days: dict[tuple[int, int, date], str] = field(default_factory=dict)
    rounds: dict[tuple[int, int, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, schools: Collection[int], numbers: Collection[str]) -> "Known":
        """Those that the portal has of these schools or with these numbers."""
        known = cls()
        columns = ("number", "school", "level", "awarded_on", "round_name", "school_name")
        own = Award.objects.filter(school__in=schools).exclude(status=Award.Status.SUPERSEDED)
        for rows in (own, Award.objects.filter(number__in=numbers)):
            for number, school, level, day, round_name, name in rows.order_by("pk").values_list(*columns):
                known.add(f"{number} of {name} in the portal", number, (school, level), day, round_name)
        return known

    def add(self, where: str, number: str, whose: tuple[int, int], awarded_on: date, round_name: str) -> None:
        if number:
            self.numbers.setdefault(number, where)
        self.days.setdefault((*whose, awarded_on), where)
        if round_name:
            self.rounds.setdefault((*whose, fold(round_name)), where)

    def add_row(self, row: PastRow) -> None:
        whose = (row.school_id or 0, row.level_id or 0)
        self.add(f"line {row.line:,}", row.number, whose, row.awarded_on or date.min, row.round_name)

    def says(self, row: PastRow) -> str:
        """The sentence for a line whose award is there already; nothing for a new one."""
        whose = (row.school_id or 0, row.level_id or 0)
        if row.number and (where := self.numbers.get(row.number)):
            return f"Its number is that of {where}"[:300]
        same = self.days.get((*whose, row.awarded_on or date.min)) or (
            self.rounds.get((*whose, fold(row.round_name))) if row.round_name else None
        )
        return (
            f"School, level and {'date' if not row.round_name else 'round or date'} are those of {same}"[:300]
            if same
            else ""
        )


def judge(past: PastImport) -> dict[str, int]:
    """Sets what is found of each line that isn't written, and the import's counts. Call in a transaction."""
    rows = list(past.rows.exclude(finding=Finding.WRITTEN).order_by("line"))
    whole = [
        row for row in rows if not row.problem and not row.is_left_out and row.level_id and row.school_id
    ]
    known = Known.of({row.school_id for row in whole if row.school_id}, {row.number for row in whole})
    doubles = {}
    for row in whole:
        doubles[row.pk] = known.says(row)
        if not doubles[row.pk]:
            known.add_row(row)
    changed = []
    for row in rows:
        before = row.finding, row.double
        row.double = doubles.get(row.pk, "")
        row.finding = finding_of(row)
        if (row.finding, row.double) != before:
            changed.append(row)
    PastRow.objects.bulk_update(changed, ["finding", "double"], batch_size=500)
    return count(past)


def count(past: PastImport) -> dict[str, int]:
    found = Counter(past.rows.order_by().values_list("finding", flat=True))
    PastImport.objects.filter(pk=past.pk).update(counts=dict(found))
    past.counts = dict(found)
    return past.counts


def finding_of(row: PastRow) -> str:
    """The first thing that stands in its way."""
    if row.problem:
        return Finding.BROKEN
    if row.is_left_out:
        return Finding.LEFT_OUT
    if row.level_id is None:
        return Finding.LEVEL
    if row.school_id is None:
        return Finding.CHOOSE if row.candidates else Finding.MISSING
    if row.double:
        return Finding.DOUBLE
    return Finding.LIKELY if row.sure == PastRow.Sure.LIKELY else Finding.READY


def level_words() -> dict[str, int | None]:
    """Words in small letters → the level they mean: those that HQ said, and levels' own names."""
    known: dict[str, int | None] = {}
    # Of two frameworks with a Gold, the active one's, then the newer one's.
    for level in Level.objects.order_by("-framework__is_active", "-framework", "rank"):
        known.setdefault(word_key(level.name), level.pk)
    return known | dict(PastWord.objects.values_list("word", "level"))


def word_key(word: str) -> str:
    """``PSQM Gold Award`` and ``gold`` are one word."""
    text = fold(word)
    bare = " ".join(one for one in text.split() if one not in {"psqm", "award", "level", "mark"})
    return (bare or text)[:100]
