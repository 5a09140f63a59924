"""The agreement of a round's reviewers, for HQ alone."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import F

from accounts.models import User
from awards.domain.agreement import ENOUGH, Pair, both_ways, in_words, share_same, weighted_kappa
from awards.models import Judgement, Review
from rounds.models import Criterion, Round

STEPS = {verdict: step for step, verdict in enumerate(Judgement.Verdict.values)}
CSV_HEADER = ["About", "Name", "Pairs of judgements", "Of them the same", "Per cent", "Weighted kappa"]


@dataclass(slots=True)
class Figures:
    """``pairs``: two judgements of one criterion in one submission, by two reviewers."""

    name: str
    pairs: list[Pair] = field(default_factory=list)
    is_ordered: bool = False

    @property
    def count(self) -> int:
        return len(self.pairs)

    @property
    def same(self) -> int:
        return sum(one == other for one, other in self.pairs)

    @property
    def is_enough(self) -> bool:
        return self.count >= ENOUGH

    @property
    def per_cent(self) -> int | None:
        return round(100 * share_same(self.pairs)) if self.is_enough else None

    @property
    def kappa(self) -> float | None:
        if not self.is_enough:
            return None
        return weighted_kappa(self.pairs if self.is_ordered else both_ways(self.pairs))

    @property
    def words(self) -> str:
        if not self.is_enough:
            return "Too few to say"
        return in_words(self.kappa) if self.kappa is not None else "All judged the same"

    @property
    def cells(self) -> list[object]:
        kappa = self.kappa
        return [
            self.name, self.count, self.same,
            "" if self.per_cent is None else self.per_cent, "" if kappa is None else round(kappa, 2),
        ]  # fmt: skip


@dataclass(slots=True)
class Agreement:
    whole: Figures
    criteria: list[Figures]
    reviewers: list[Figures]

    def csv_rows(self) -> Iterator[list[object]]:
        yield ["Round", *self.whole.cells]
        for about, rows in (("Criterion", self.criteria), ("Reviewer", self.reviewers)):
            for row in rows:
                yield [about, *row.cells]


def agreement_of(round_: Round) -> Agreement:
    """From the sent reviews of each submission's present cycle; three queries."""
    judged: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    rows = Judgement.objects.filter(
        review__status=Review.Status.COMPLETED,
        review__standing__submission__round=round_,
        review__cycle=F("review__standing__submission__cycle"),
        verdict__in=STEPS,
    ).order_by("review_id")
    for submission, criterion, reviewer, verdict in rows.values_list(
        "review__standing__submission", "criterion", "review__standing__user", "verdict"
    ):
        judged[submission, criterion].append((reviewer, STEPS[verdict]))
    of_criterion: dict[int, list[Pair]] = defaultdict(list)
    of_reviewer: dict[int, list[Pair]] = defaultdict(list)
    for (_, criterion), said in judged.items():
        for at, (reviewer, step) in enumerate(said):
            for reviewer_after, step_after in said[at + 1 :]:
                of_criterion[criterion].append((step, step_after))
                of_reviewer[reviewer].append((step, step_after))
                of_reviewer[reviewer_after].append((step_after, step))
    criteria = [
        Figures(str(one), of_criterion[one.pk])
        for one in Criterion.objects.filter(strand__framework=round_.framework_id).order_by("code")
    ]
    reviewers = [
        Figures(person.name, of_reviewer[person.pk], is_ordered=True)
        for person in User.objects.filter(pk__in=list(of_reviewer)).order_by("name", "pk")
    ]
    everything = [pair for one in criteria for pair in one.pairs]
    return Agreement(Figures("All criteria", everything), criteria, reviewers)
