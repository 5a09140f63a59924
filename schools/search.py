"""Finding schools by what somebody types: name, place, postcode, URN; decision 0071."""

from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import (
    Aggregate,
    BooleanField,
    Case,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from schools import words
from schools.models import School, SchoolWord
from schools.words import Word

LIMIT = 20
# Fewer than these, and we look for what was meant instead of what was typed.
FEW = 3
_MOST_NEAR = 6
_LONG = 7
# Of 100. At one postcode two names needn't be much alike.
_ALIKE_HERE, _ALIKE_NEARBY, _SURE = 50, 85, 101
_MOST_ALIKE = 8


class _Like(Func):
    template = "%(expressions)s"
    arg_joiner = " LIKE "
    output_field = BooleanField()


class _Joined(Aggregate):
    """All in one text: many thousand rows take longer to come than to look through."""

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, ' ')"
    output_field = TextField()

    def as_sqlite(self, *args: Any, **kwargs: Any) -> Any:
        return self.as_sql(*args, function="GROUP_CONCAT", **kwargs)


def find(typed: str, *, limit: int = LIMIT, rows: QuerySet[School] | None = None) -> list[School]:
    """The open schools that fit best, of all or of ``rows``; none where nothing is typed."""
    if not words.asked_for(typed):
        return []
    return list(matching(School.objects.filter(is_open=True) if rows is None else rows, typed)[:limit])


def matching(rows: QuerySet[School], typed: str) -> QuerySet[School]:
    """Those of ``rows`` that have every word, best first; where these are few, also those with words much
    like what was typed. All of them, by name, where nothing is typed.
    """
    asked = words.asked_for(typed)
    if not asked:
        return rows.order_by("name", "id")
    as_typed = _each({word.mark} for word in asked)
    order = (_rank(asked, as_typed), "name", "id")
    unknown = _unknown(asked)
    few = [] if unknown else list(rows.filter(as_typed).order_by().values_list("pk", flat=True)[:FEW])
    if len(few) == FEW:
        return rows.filter(as_typed).order_by(*order)
    if few:
        return rows.filter(pk__in=few).order_by(*order)
    return rows.filter(_each(_meant(asked))).order_by(*order)


def _meant(asked: Sequence[Word]) -> list[set[str]]:
    """The marks of each word and of what is near it. Where some aren't known, the others stay as typed."""
    joined = SchoolWord.objects.aggregate(all=_Joined("word"))["all"] or ""
    vocabulary, last = set(joined.split()), asked[-1]
    known = [vocabulary] * (len(asked) - 1)
    known.append(vocabulary | {one[: len(last.text)] for one in vocabulary})
    strange = [
        word.may_be_mistyped and word.text not in some for word, some in zip(asked, known, strict=True)
    ]
    return [
        {word.mark} | (_near(word, some) if is_strange or not any(strange) else set())
        for word, some, is_strange in zip(asked, known, strange, strict=True)
    ]


def _unknown(asked: Sequence[Word]) -> bool:
    """Is there one that no school has or had? Of the last, which may be unfinished, none that begins so."""
    told = [word.text for word in asked[:-1] if word.may_be_mistyped]
    known = SchoolWord.objects.filter(word__in=told).count() if told else 0
    last = asked[-1]
    return known < len(set(told)) or (
        last.may_be_mistyped and not SchoolWord.objects.filter(word__startswith=last.text).exists()
    )


def alike(school: School) -> list[School]:
    """Open schools that this one may be, the likeliest first: by URN, by postcode, or named so nearby."""
    same = Q(urn=school.urn) if school.urn else Q(pk=None)
    if school.postcode:
        same |= Q(postcode__iexact=school.postcode)
    here = School.objects.filter(same, is_open=True)[:100]
    name = words.fold(school.name)
    found: dict[School, float] = {}
    for rows, least in ((here, _ALIKE_HERE), (find(f"{school.name} {school.town}"), _ALIKE_NEARBY)):
        for row in rows:
            is_sure = school.urn and row.urn == school.urn
            score = _SURE if is_sure else fuzz.token_sort_ratio(name, words.fold(row.name))
            if score >= least:
                found[row] = score
    return sorted(found, key=lambda row: (-found[row], row.name, row.pk))[:_MOST_ALIKE]


def _each(marks: Iterable[Collection[str]]) -> Q:
    """For each word one of its marks."""
    return reduce(
        and_, (reduce(or_, (Q(found_by__contains=mark) for mark in sorted(some))) for some in marks)
    )


def _rank(asked: Collection[Word], as_typed: Q) -> Case:
    name = " ".join(word.text for word in asked)
    # The slash ends the name.
    in_name = reduce(and_, (Q(_Like(F("found_by"), Value(f"%{word.mark}%/%"))) for word in asked))
    return Case(
        When(found_by__startswith=f" {name} /", then=Value(0)),
        When(found_by__startswith=f" {name}", then=Value(1)),
        When(in_name, then=Value(2)),
        When(as_typed, then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )


def _near(word: Word, known: set[str]) -> set[str]:
    """Marks of words that are a slip away, in long ones two; an unfinished one is held against beginnings."""
    if not word.may_be_mistyped:
        return set()
    typed = word.text
    close = process.extract(
        typed, known, scorer=OSA.distance, score_cutoff=1 if len(typed) < _LONG else 2, limit=None
    )
    best = sorted((distance, one[0] != typed[0], one) for one, distance, _ in close)
    return {f" {one}" for *_, one in best[:_MOST_NEAR]}
