"""Do comparisons keep their word? Simulated journeys whose truth is known: coverage, size, false discoveries, power.

Every scenario draws data sets in which customers have one or several journeys that resemble each other, and groups
that were followed for unequal times. What `compare` says of them is held against the truth: docs/statistics.md.

Usage: python benchmarks/simulate_comparisons.py [--sets N] [--seed S]
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from journey_analytics.measures.comparison_rows import DAY_US, Row, common_age, judged, share_row, time_row
from journey_analytics.measures.comparison_subjects import DROPPED, Subjects

TIMEOUT = 90.0
MINIMUM = 30


@dataclass(frozen=True)
class World:
    """How journeys come about.

    Attributes:
        customers: How many there are on each side (on both together, where journeys choose their side).
        dropping: The chance to drop of an average customer, left and right.
        alike: Standard deviation of customers' log odds of dropping: 0: journeys of one customer are independent.
        more: The chance of one more journey after each.
        slow: Mean days to go on, left and right.
        seen: Journeys begin at most so many days before as_of, left and right.
        left_share: None: a customer is of one side; else each journey is, of the left one with this chance.
        only_dropped_return: One more journey follows only on one that was dropped.
    """

    customers: int = 150
    dropping: tuple[float, float] = (0.3, 0.3)
    alike: float = 1.5
    more: float = 0.4
    slow: tuple[float, float] = (25.0, 25.0)
    seen: tuple[float, float] = (360.0, 360.0)
    left_share: float | None = None
    only_dropped_return: bool = False


SCENARIOS = {
    "one journey per customer": World(alike=0.0, more=0.0),
    "several journeys per customer": World(),
    "many journeys per customer": World(more=0.7, alike=2.0),
    "unequal follow-up": World(seen=(360.0, 170.0)),
    "unequal follow-up, small groups": World(customers=40, seen=(360.0, 170.0)),
    "rare drops": World(customers=120, dropping=(0.04, 0.04), alike=1.0),
    "a true difference": World(dropping=(0.15, 0.3), slow=(25.0, 40.0)),
    "a true difference, unequal follow-up": World(dropping=(0.15, 0.3), slow=(25.0, 40.0), seen=(170.0, 360.0)),
}


def draw(world: World, random: np.random.Generator) -> Subjects:
    """One data set."""
    customer = np.arange(world.customers * (1 if world.left_share is not None else 2))
    mood = world.alike * random.standard_normal(len(customer))
    parts = []
    while len(customer):
        chosen = random.random(len(customer)) < (0.5 if world.left_share is None else world.left_share)
        left = customer % 2 == 0 if world.left_share is None else chosen
        odds = np.log(np.where(left, *(p / (1 - p) for p in world.dropping))) + mood[customer]
        drops = random.random(len(customer)) < 1 / (1 + np.exp(-odds))
        days = np.where(
            drops, TIMEOUT + random.exponential(15, len(customer)), random.exponential(np.where(left, *world.slow))
        )
        followed = random.random(len(customer)) * np.where(left, *world.seen)
        parts.append((left, customer, days, drops, followed))
        goes_on = random.random(len(customer)) < world.more
        customer = customer[goes_on & drops if world.only_dropped_return else goes_on]
    left, cluster, days, drops, followed = (np.concatenate(part) for part in zip(*parts, strict=True))
    ended = days <= followed
    micro = (np.minimum(days, followed) * DAY_US).astype(np.int64)
    cause = np.where(ended, np.where(drops, DROPPED, 1), 0)
    return Subjects(left, cluster, micro, cause, (followed * DAY_US).astype(np.int64))


def without_both(subjects: Subjects) -> Subjects:
    """Without the customers who have journeys on both sides."""
    both = np.intersect1d(subjects.cluster[subjects.is_left], subjects.cluster[~subjects.is_left])
    kept = ~np.isin(subjects.cluster, both)
    names = ("is_left", "cluster", "time", "cause", "followed")
    return Subjects(*(getattr(subjects, name)[kept] for name in names))


def rows_of(subjects: Subjects) -> tuple[Row, Row]:
    """What a comparison says of who dropped and of how soon the others went on."""
    age = common_age(subjects, MINIMUM)
    share = share_row(Row("dropped", "S", None, None, 0, 0), subjects, DROPPED, age, MINIMUM)
    time = time_row(Row("time_to_advance", "S", None, None, 0, 0), subjects, [1], age, MINIMUM)
    return share, time


@dataclass(frozen=True)
class Truth:
    """The distribution behind a world, from one very large data set that is followed for good."""

    drops: tuple[np.ndarray, np.ndarray]
    advances: tuple[np.ndarray, np.ndarray]
    sizes: tuple[int, int]

    def share(self, age: float) -> float:
        """The true difference of shares dropped by an age in days."""
        left, right = (np.searchsorted(d, age, side="right") / n for d, n in zip(self.drops, self.sizes, strict=True))
        return float(left - right)

    def median(self) -> float:
        """The true difference of median days to go on."""
        left, right = (a[n // 2] for a, n in zip(self.advances, self.sizes, strict=True))
        return float(left - right)


def returning() -> World:
    """Journeys choose their side, and only who dropped comes back, as after a silence that ended a journey."""
    return World(customers=900, left_share=0.12, more=0.6, only_dropped_return=True)


def truth_of(world: World, random: np.random.Generator, size: int) -> Truth:
    """See `Truth`."""
    whole = replace(world, customers=size, seen=(1e6, 1e6))
    drawn = draw(whole, random)
    days = drawn.time / DAY_US
    sides = (drawn.is_left, ~drawn.is_left)
    drops = tuple(np.sort(days[side & (drawn.cause == DROPPED)]) for side in sides)
    advances = tuple(np.sort(days[side & (drawn.cause == 1)]) for side in sides)
    return Truth(drops, advances, tuple(int(side.sum()) for side in sides))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Kept:
    """How often comparisons were right: shares of the data sets."""

    share_covered: float
    median_covered: float
    median_given: float
    share_rejected: float
    time_rejected: float


def keeps(
    world: World,
    sets: int,
    seed: int,
    prepare: Callable[[Subjects], Subjects] = lambda subjects: subjects,
    truth_size: int = 400_000,
) -> Kept:
    """Hold `sets` data sets against the truth."""
    truth = truth_of(world, np.random.default_rng([seed, 0]), truth_size)
    covered: list[list[bool]] = [[], []]
    rejected: list[list[bool]] = [[], []]
    given: list[bool] = []
    for number in range(1, sets + 1):
        share, time = rows_of(prepare(draw(world, np.random.default_rng([seed, number]))))
        if share.low is not None and share.high is not None and share.age_days is not None:
            covered[0].append(share.low <= truth.share(share.age_days) <= share.high)
        if time.difference is not None and (time.low is not None or time.high is not None):  # no limit, no interval
            low, high = (limit if limit is not None else math.nan for limit in (time.low, time.high))
            covered[1].append(not low > truth.median() and not high < truth.median())  # no limit: it may be anything
        given.append(time.difference is not None)
        for place, row in enumerate((share, time)):
            if row.p_value is not None:
                rejected[place].append(row.p_value < 0.05)
    mean = [float(np.mean(part)) if part else float("nan") for part in (*covered, given, *rejected)]
    return Kept(*mean)


def discoveries(sets: int, seed: int, true: int = 2, null: int = 6) -> tuple[float, float]:
    """False-discovery rate and power of families in which most stages do not differ.

    Returns:
        The mean share of false ones among the announced (0 where nothing is), and the share of true differences found.
    """
    same, other = World(), World(dropping=(0.2, 0.45), slow=(20.0, 40.0))
    false_shares, found = [], []
    for number in range(sets):
        random = np.random.default_rng([seed, 7, number])
        rows = [row for stage in range(true + null) for row in rows_of(draw(other if stage < true else same, random))]
        survive = [row.survives for row in judged(rows)]
        announced = sum(survive)
        false_shares.append(sum(survive[2 * true :]) / announced if announced else 0.0)
        found.append(sum(survive[: 2 * true]) / (2 * true))
    return float(np.mean(false_shares)), float(np.mean(found))


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", type=int, default=1000, metavar="N", help="data sets per scenario")
    parser.add_argument("--seed", type=int, default=20261124, metavar="S")
    options = parser.parse_args()
    columns = ("interval of the share", "of the median", "medians there are", "score test < 5 %", "log-rank < 5 %")
    print(f"| scenario | {' | '.join(columns)} |")
    print("|---|---|---|---|---|---|")
    for name, world in SCENARIOS.items():
        _print(name, keeps(world, options.sets, options.seed))
    _print("who dropped comes back, both=keep", keeps(returning(), options.sets, options.seed))
    _print("who dropped comes back, both=leave_out", keeps(returning(), options.sets, options.seed, without_both))
    rate, power = discoveries(max(1, options.sets // 4), options.seed)
    print(f"\nFamilies of 8 stages, 2 of which differ: false-discovery rate {rate:.1%}, differences found {power:.1%}")
    return 0


def _print(name: str, kept: Kept) -> None:
    figures = (kept.share_covered, kept.median_covered, kept.median_given, kept.share_rejected, kept.time_rejected)
    print(f"| {name} | " + " | ".join(f"{100 * figure:.1f} %" for figure in figures) + " |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
