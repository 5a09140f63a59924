"""The plan itself: against brute force on small sizes, the same in any order, and what it says when short."""

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awards.domain.planning import NEAR, SAME_LEVEL, SAME_REGION, Plan, Problem, Reader, Work, solve


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    works = [
        Work(key, draw(st.integers(0, 2)), draw(st.integers(0, 1))) for key in range(draw(st.integers(1, 3)))
    ]
    readers = [
        Reader(
            100 + key, draw(st.integers(0, 3)), draw(st.integers(0, 2)), draw(st.sampled_from(["", "a", "b"]))
        )
        for key in range(draw(st.integers(1, 4)))
    ]
    pairs = [(work.key, reader.key) for work in works for reader in readers]
    some = st.lists(st.sampled_from(pairs), max_size=5)
    return Problem(
        works,
        readers,
        barred=frozenset(draw(some)),
        near=frozenset(draw(some)),
        beside=[(work, "a") for work, _ in draw(some)],
        read=[(reader, 1) for _, reader in draw(some)],
    )


def allowed(problem: Problem, pairs: tuple) -> bool:
    got, load = Counter(work for work, _ in pairs), Counter(reader for _, reader in pairs)
    return (
        not set(pairs) & set(problem.barred)
        and all(got[work.key] <= work.needs for work in problem.works)
        and all(load[reader.key] <= reader.free for reader in problem.readers)
    )


def cost(problem: Problem, pairs: tuple) -> tuple[int, int, int]:
    """What is missing, then how uneven, then the wishes; said anew, without a network."""
    works = {work.key: work for work in problem.works}
    readers = {reader.key: reader for reader in problem.readers}
    load = {key: reader.has for key, reader in readers.items()}
    regions, levels, uneven, wishes = Counter(problem.beside), Counter(problem.read), 0, 0
    for work, reader in pairs:
        uneven += load[reader]
        load[reader] += 1
        region = (work, readers[reader].region or str(reader))
        level = (reader, works[work].level)
        wishes += SAME_REGION * regions[region] + SAME_LEVEL * levels[level]
        wishes += NEAR * ((work, reader) in problem.near)
        regions[region] += 1
        levels[level] += 1
    return -len(pairs), uneven, wishes


def best(problem: Problem) -> tuple[int, int, int]:
    pairs = [
        (work.key, reader.key)
        for work in problem.works
        for reader in problem.readers
        if (work.key, reader.key) not in problem.barred
    ]
    most = sum(work.needs for work in problem.works)
    every = (
        some for size in range(min(most, len(pairs)) + 1) for some in itertools.combinations(pairs, size)
    )
    return min(cost(problem, some) for some in every if allowed(problem, some))


@settings(deadline=None, max_examples=200)
@given(problems())
def test_no_other_plan_is_better(problem: Problem) -> None:
    found = solve(problem)
    assert len(set(found.pairs)) == len(found.pairs)
    assert allowed(problem, found.pairs)
    assert cost(problem, found.pairs) == best(problem)
    assert found.missing == sum(work.needs for work in problem.works) - len(found.pairs)
    explained(problem, found)


def explained(problem: Problem, found: Plan) -> None:
    """Whatever is missing is missing for the reason that is given."""
    assert bool(found.short) == bool(found.missing)
    got = Counter(work for work, _ in found.pairs)
    needs = {work.key: work.needs for work in problem.works}
    assert {one.work: one.missing for one in found.short} == {
        key: need - got[key] for key, need in needs.items() if need > got[key]
    }
    taken = set(found.pairs)
    for one in found.short:
        for reader in one.free:
            assert (one.work, reader) not in problem.barred
            full = found.load[reader] >= next(r.most for r in problem.readers if r.key == reader)
            assert full or (one.work, reader) in taken
    if found.tight:
        assert found.tight.missing == sum(
            one.missing for one in found.short if one.work in found.tight.works and one.free
        )
        theirs = set(found.tight.readers)
        for work in found.tight.works:
            free = {r.key for r in problem.readers if (work, r.key) not in problem.barred}
            assert {reader for reader in free if (work, reader) not in taken} <= theirs
        for row in problem.readers:
            if row.key in theirs:
                assert found.load[row.key] >= row.most


@settings(deadline=None, max_examples=50)
@given(problems(), st.integers())
def test_the_order_of_the_data_changes_nothing(problem: Problem, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time
    works, readers = list(problem.works), list(problem.readers)
    chance.shuffle(works)
    chance.shuffle(readers)
    again = Problem(works, readers, problem.barred, problem.near, problem.beside, problem.read)
    assert solve(again) == solve(problem)


def test_an_even_load_comes_before_every_other_wish() -> None:
    """One reader is far away, the other near: they share all the same."""
    works = [Work(key, 1) for key in range(10)]
    near = {(key, 2) for key in range(10)}
    found = solve(Problem(works, [Reader(1, 10), Reader(2, 10)], near=near))
    assert found.load == {1: 5, 2: 5}


def test_reviewers_of_one_submission_come_from_different_regions_and_levels_are_mixed() -> None:
    works = [Work(1, 2, 1), Work(2, 2, 2)]
    readers = [
        Reader(11, 2, region="a"),
        Reader(12, 2, region="a"),
        Reader(13, 2, region="b"),
        Reader(14, 2, region="b"),
    ]
    found = solve(Problem(works, readers))
    regions = {reader.key: reader.region for reader in readers}
    for work in (1, 2):
        assert {regions[reader] for one, reader in found.pairs if one == work} == {"a", "b"}
    mixed = solve(
        Problem([Work(1, 1, 1), Work(2, 1, 1), Work(3, 1, 2), Work(4, 1, 2)], [Reader(11, 2), Reader(12, 2)])
    )
    levels = {1: 1, 2: 1, 3: 2, 4: 2}
    for reader in (11, 12):
        assert sorted(levels[work] for work, one in mixed.pairs if one == reader) == [1, 2]


def test_what_somebody_has_already_counts() -> None:
    found = solve(Problem([Work(1, 1), Work(2, 1)], [Reader(11, 5, has=4), Reader(12, 5)]))
    assert found.load == {11: 4, 12: 2}


def test_too_few_places_in_all() -> None:
    found = solve(Problem([Work(key, 2) for key in range(5)], [Reader(11, 3), Reader(12, 3)]))
    assert found.missing == 4
    assert found.tight is not None
    assert (found.tight.readers, found.tight.places, found.tight.needed) == ((11, 12), 6, 10)
    assert found.tight.missing == 4
    assert found.tight.missing == 4


def test_a_tight_corner_is_named_and_what_has_nothing_to_do_with_it_isn_t() -> None:
    """Works 1 and 2 can only be read by 11; 3 has two more readers."""
    barred = {(1, 12), (1, 13), (2, 12), (2, 13)}
    works, readers = [Work(1, 1), Work(2, 1), Work(3, 2)], [Reader(11, 1), Reader(12, 2), Reader(13, 2)]
    found = solve(Problem(works, readers, barred=barred))
    assert found.missing == 1
    assert found.tight is not None
    assert (found.tight.works, found.tight.readers) == ((1, 2), (11,))


def test_a_submission_that_nobody_may_read() -> None:
    found = solve(Problem([Work(1, 2), Work(2, 1)], [Reader(11, 2)], barred={(1, 11)}))
    assert [(one.work, one.missing, one.free) for one in found.short] == [(1, 2, ())]
    assert found.tight is None


def test_nothing_at_all() -> None:
    assert solve(Problem([], [])) == Plan(())
    assert solve(Problem([Work(1, 0)], [Reader(11, 2)])).load == {11: 0}
    assert solve(Problem([Work(1, 2)], [])).missing == 2


@pytest.mark.parametrize("seed", range(3))
def test_a_whole_round(seed: int) -> None:
    """600 x 80 x 2: everybody served, all loads alike, nobody barred; the same for every order."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    works = [Work(key, 2, chance.randrange(3)) for key in range(600)]
    readers = [Reader(1000 + key, 16, region=f"r{key % 9}") for key in range(80)]
    barred = {(key, 1000 + key * 80 // 600) for key in range(600)}
    found = solve(Problem(works, readers, barred=barred))
    assert (len(found.pairs), found.missing) == (1200, 0)
    assert set(found.load.values()) == {15}
    assert not set(found.pairs) & barred
    chance.shuffle(works)
    chance.shuffle(readers)
    assert solve(Problem(works, readers, barred=barred)) == found
