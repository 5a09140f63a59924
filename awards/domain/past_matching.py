"""Which school of ours a line is about: by URN, by name and postcode, else which it may be."""

from collections import defaultdict
from collections.abc import Sequence

from rapidfuzz import fuzz

from awards.models import PastRow
from schools.models import School
from schools.search import alike
from schools.words import fold

Sure = PastRow.Sure
# Of 100. At one postcode two names needn't be much alike to be looked at; to be taken they must.
ALIKE, NEARLY_SAME = 50, 90
MOST = 8


class Matcher:
    """For one worker's file: asked twice for the same words, it looks once."""

    def __init__(self) -> None:
        self._by_words: dict[tuple[str, str], list[School]] = {}

    def match(self, rows: Sequence[PastRow]) -> None:
        """Sets school, sure, candidates and note of rows that can be used; some queries for them all."""
        rows = [row for row in rows if not row.problem]
        by_urn = {
            str(school.urn): _stands_for(school)
            for school in School.objects.filter(urn__in={row.urn for row in rows if row.urn}).select_related(
                "merged_into"
            )
        }
        here: dict[str, list[School]] = defaultdict(list)
        postcodes = {row.postcode for row in rows if row.postcode}
        for school in School.objects.filter(postcode__in=postcodes, merged_into=None).order_by("pk"):
            here[school.postcode].append(school)
        for row in rows:
            self._one(row, by_urn.get(row.urn) if row.urn else None, here.get(row.postcode, []))

    def _one(self, row: PastRow, by_urn: School | None, here: list[School]) -> None:
        name = fold(row.school_name)
        if by_urn is not None:
            if by_urn.postcode == row.postcode or _score(name, by_urn) >= ALIKE:
                return _take(row, by_urn, Sure.URN)
            row.note = f"URN {row.urn} is {by_urn.name} in the portal"[:300]
        same = [school for school in here if fold(school.name) == name]
        if len(same) == 1 and by_urn is None:
            return _take(row, same[0], Sure.NAME)
        near = sorted(here, key=lambda school: (-_score(name, school), school.pk))
        near = [school for school in near if _score(name, school) >= ALIKE]
        if len(near) == 1 and by_urn is None and _score(name, near[0]) >= NEARLY_SAME:
            return _take(row, near[0], Sure.LIKELY)
        if not near and by_urn is None:
            near = self._alike(row)
            named = [school for school in near if fold(school.name) == name and _is_there(row, school)]
            if len(named) == 1:
                return _take(row, named[0], Sure.LIKELY)
        row.candidates = [school.pk for school in dict.fromkeys([by_urn, *near]) if school is not None][:MOST]
        return None

    def _alike(self, row: PastRow) -> list[School]:
        words = row.school_name, row.place
        if words not in self._by_words:
            asked = School(name=row.school_name, town=row.place, postcode="", urn=None)
            self._by_words[words] = alike(asked)
        return self._by_words[words]


def _take(row: PastRow, school: School, sure: Sure) -> None:
    row.school, row.sure = school, sure


def _score(name: str, school: School) -> float:
    return fuzz.token_sort_ratio(name, fold(school.name))


def _is_there(row: PastRow, school: School) -> bool:
    """A name alone isn't enough: there are two hundred schools called St Mary's."""
    if row.postcode and school.postcode:
        return row.postcode.split(" ", maxsplit=1)[0] == school.postcode.split(" ", maxsplit=1)[0]
    places = {fold(school.town), fold(school.local_authority)} - {""}
    return bool(row.place) and fold(row.place) in places


def _stands_for(school: School) -> School:
    """Of a record that was merged, the one that stayed."""
    while school.merged_into is not None:
        school = school.merged_into
    return school
