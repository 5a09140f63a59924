"""The best plan of who reviews what, from plain data: a min-cost flow from reviewers to submissions.

Exact, and the same for the same data in whatever order it comes. In this order it wants: as many of the
reviews as can be had; an even load; reviewers whose hub isn't near the school, the reviewers of a submission
from different regions, and different levels for each reviewer. Where not every review can be had it gives
the largest plan, and says what stands in the way; decision 0078.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

Pair = tuple[int, int]

# What a wish costs where it isn't kept. An even load outweighs all of them together (``_even``).
NEAR, SAME_REGION, SAME_LEVEL = 6, 3, 1


@dataclass(frozen=True, slots=True)
class Work:
    """A submission: how many (more) reviews it needs. ``level`` is any mark that tells levels apart."""

    key: int
    needs: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may review. ``most`` counts what they have already (``has``); "" is an unknown region."""

    key: int
    most: int
    has: int = 0
    region: str = ""

    @property
    def free(self) -> int:
        return max(self.most - self.has, 0)

    @property
    def home(self) -> str:
        """Their region; one of their own where it isn't known."""
        return self.region or str(self.key)


@dataclass(frozen=True, slots=True)
class Problem:
    """``barred``: (work, reader) that can't be, whatever the reason, and those who review it already.

    ``near``: pairs that had better not be. ``beside``: (work, region) of each who reviews it already;
    ``read``: (reader, level) of each review that a reader has already.
    """

    works: Collection[Work]
    readers: Collection[Reader]
    barred: Collection[Pair] = frozenset()
    near: Collection[Pair] = frozenset()
    beside: Sequence[tuple[int, str]] = ()
    read: Sequence[Pair] = ()


@dataclass(frozen=True, slots=True)
class Short:
    """A submission without all its reviews. ``free``: who may review it at all, places or not."""

    work: int
    missing: int
    free: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tight:
    """Why reviews are missing of submissions that somebody may review: together ``works`` need ``needed``
    reviews. All who could take one of them more are ``readers``, with ``places`` before this plan, all of
    them taken by ``works``; ``beside`` are with others, who have no other one of ``works`` to take.
    """

    works: tuple[int, ...]
    readers: tuple[int, ...]
    needed: int
    places: int
    beside: int

    @property
    def missing(self) -> int:
        return self.needed - self.places - self.beside


@dataclass(frozen=True, slots=True)
class Plan:
    pairs: tuple[Pair, ...]
    missing: int = 0
    short: tuple[Short, ...] = ()
    tight: Tight | None = None
    load: dict[int, int] = field(default_factory=dict)


def solve(problem: Problem) -> Plan:
    works = sorted((work for work in problem.works if work.needs > 0), key=lambda work: work.key)
    readers = sorted(problem.readers, key=lambda reader: reader.key)
    pairs = _flow(works, readers, problem)
    got = Counter(work for work, _ in pairs)
    load = {reader.key: reader.has for reader in readers}
    for _, reader in pairs:
        load[reader] += 1
    may = _may(works, readers, problem)
    short = tuple(
        Short(work.key, work.needs - got[work.key], tuple(may[work.key]))
        for work in works
        if got[work.key] < work.needs
    )
    return Plan(
        pairs=tuple(sorted(pairs)),
        missing=sum(one.missing for one in short),
        short=short,
        tight=_tight(short, works, readers, pairs, may) if short else None,
        load=load,
    )


def _may(works: list[Work], readers: list[Reader], problem: Problem) -> dict[int, list[int]]:
    barred = set(problem.barred)
    return {
        work.key: [reader.key for reader in readers if (work.key, reader.key) not in barred] for work in works
    }


class _Network:
    """Nodes by name. Parallel arcs of one unit each, dearer from one to the next, make a convex cost."""

    def __init__(self) -> None:
        # Twenty megabytes, which no process needs that never plans.
        from ortools.graph.python.min_cost_flow import SimpleMinCostFlow  # noqa: PLC0415 - see above

        self.flow = SimpleMinCostFlow()
        self.nodes: dict[tuple[str, int, object], int] = {}

    def node(self, kind: str, key: int = 0, more: object = None) -> int:
        return self.nodes.setdefault((kind, key, more), len(self.nodes))

    def arc(self, tail: int, head: int, capacity: int, cost: int) -> int:
        return int(self.flow.add_arc_with_capacity_and_unit_cost(tail, head, capacity, cost))

    def rising(self, tail: int, head: int, costs: Iterable[int]) -> None:
        for cost in costs:
            self.arc(tail, head, 1, cost)


def _flow(works: list[Work], readers: list[Reader], problem: Problem) -> list[Pair]:
    net, barred, near = _Network(), set(problem.barred), set(problem.near)
    regions, read = Counter(problem.beside), Counter(problem.read)
    needed = sum(work.needs for work in works)
    even = _even(needed, most=needed + max([0, *regions.values(), *read.values()]))
    source, sink = net.node("source"), net.node("sink")
    levels = sorted({work.level for work in works})
    asked: dict[int, Pair] = {}
    for reader in readers:
        places = min(reader.free, len(works))
        here = net.node("reader", reader.key)
        net.rising(source, here, (even * (reader.has + nth) for nth in range(places)))
        for level in levels:
            begun = read[reader.key, level]
            of_level = net.node("level", reader.key, level)
            net.rising(here, of_level, (SAME_LEVEL * (begun + nth) for nth in range(places)))
        for work in works:
            pair = (work.key, reader.key)
            if places and pair not in barred:
                region = net.node("region", work.key, reader.home)
                tail = net.node("level", reader.key, work.level)
                asked[net.arc(tail, region, 1, NEAR if pair in near else 0)] = pair
    for work in works:
        here = net.node("work", work.key)
        for home in sorted({reader.home for reader in readers}):
            if ("region", work.key, home) in net.nodes:
                begun = regions[work.key, home]
                steps = (SAME_REGION * (begun + nth) for nth in range(work.needs))
                net.rising(net.node("region", work.key, home), here, steps)
        net.arc(here, sink, work.needs, 0)
    net.flow.set_node_supply(source, needed)
    net.flow.set_node_supply(sink, -needed)
    status = net.flow.solve_max_flow_with_min_cost()
    if status != net.flow.OPTIMAL:
        raise RuntimeError(f"The solver says {status}")
    return [pair for arc, pair in asked.items() if net.flow.flow(arc)]


def _even(needed: int, most: int) -> int:
    """More than all the other wishes of a plan can come to: so an evener plan is always the cheaper one."""
    return needed * (NEAR + (SAME_REGION + SAME_LEVEL) * most) + 1


def _tight(
    short: tuple[Short, ...],
    works: list[Work],
    readers: list[Reader],
    pairs: list[Pair],
    may: dict[int, list[int]],
) -> Tight | None:
    """From the submissions that lack a review over who could read them, all of whom are full, to what these
    read instead, and so on: nothing in that group can be swapped to make a place.
    """
    takes: dict[int, set[int]] = defaultdict(set)
    for work, reader in pairs:
        takes[reader].add(work)
    group, theirs = {one.work for one in short if one.free}, set[int]()
    new = set(group)
    while new:
        fresh = {reader for work in new for reader in may[work] if work not in takes[reader]} - theirs
        theirs |= fresh
        new = set().union(*(takes[reader] for reader in fresh)) - group
        group |= new
    if not theirs:
        return None
    return Tight(
        works=tuple(sorted(group)),
        readers=tuple(sorted(theirs)),
        needed=sum(work.needs for work in works if work.key in group),
        places=sum(reader.free for reader in readers if reader.key in theirs),
        beside=sum(work in group and reader not in theirs for work, reader in pairs),
    )
