"""How far reviewers agree: the share of same judgements, and Cohen's kappa with linear weights."""

from collections import Counter
from collections.abc import Sequence

Pair = tuple[int, int]

# Below this many pairs a figure says more about chance than about anybody.
ENOUGH = 20


def share_same(pairs: Sequence[Pair]) -> float:
    return sum(one == other for one, other in pairs) / len(pairs)


def weighted_kappa(pairs: Sequence[Pair]) -> float | None:
    """1 for the same judgement each time, 0 for as much agreement as chance would bring; two steps apart
    counts twice as much as one. None where everybody always judged the same, so that chance agrees too.
    """
    firsts, seconds = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(
        abs(one - other) * times * firsts_times
        for one, firsts_times in firsts.items()
        for other, times in seconds.items()
    )
    if not by_chance:
        return None
    return 1 - len(pairs) * sum(abs(one - other) for one, other in pairs) / by_chance


def both_ways(pairs: Sequence[Pair]) -> list[Pair]:
    """Where neither reviewer is the first, kappa takes each pair in both orders."""
    return [*pairs, *((other, one) for one, other in pairs)]


def in_words(kappa: float) -> str:
    for limit, words in (
        (0.0, "Less than by chance"),
        (0.2, "Hardly more than by chance"),
        (0.4, "Some"),
        (0.6, "Fair"),
        (0.8, "Good"),
    ):
        if kappa < limit:
            return words
    return "Very good"
