"""Do `changes` and the intervals of `attribution` keep their word? Simulated customers and weeks whose truth is known.

Shares: customers with journeys in both spans whose outcomes resemble each other. Volumes: weeks with growth, a season
and customers who do many things at once. Attribution: paths of customers who have several. Usage:
python benchmarks/simulate_changes.py [--sets N] [--seed S]
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from journey_analytics.measures.attribution_bootstrap import Floats, Shares, additive_shares, draws, markov_shares
from journey_analytics.measures.bh import adjusted
from journey_analytics.measures.change import Sums, moved_mean, moved_share, moved_volume

Spans = tuple[Sums, Sums, dict[str, float]]


def spans(customer: NDArray[np.int64], is_now: NDArray[np.bool_], outcome: Floats) -> Spans:
    """The sums that `change_sums` makes, in plain numpy."""
    size = int(customer.max()) + 1
    n, n0 = (np.bincount(customer[part], minlength=size).astype(float) for part in (is_now, ~is_now))
    y, y0 = (np.bincount(customer[part], outcome[part], minlength=size) for part in (is_now, ~is_now))
    one, other = (
        Sums(int((a > 0).sum()), float(a.sum()), float(b.sum()), float(b @ b), float(b @ a), float(a @ a))
        for a, b in ((n, y), (n0, y0))
    )
    return one, other, {"yy": float(y @ y0), "yn": float(y @ n0), "ny": float(n @ y0), "nn": float(n @ n0)}


@dataclass(frozen=True)
class Shop:
    """Customers with journeys in two spans.

    Attributes:
        customers: How many.
        more: The chance of one more journey after each; each falls into either span.
        alike: Standard deviation of customers' log odds.
        now: Log odds of an average customer in the last span.
        before: Likewise before.
        money: The outcome is an amount (log-normal), no share.
    """

    customers: int = 200
    more: float = 0.3
    alike: float = 1.5
    now: float = -0.8
    before: float = -0.8
    money: bool = False


SHOPS = {
    "one journey per customer": Shop(more=0.0, alike=0.0),
    "several, in both spans": Shop(more=0.5),
    "many, in both spans": Shop(more=0.7, alike=2.0),
    "few customers": Shop(customers=70, more=0.4),
    "rare": Shop(now=-3.2, before=-3.2, alike=1.0),
    "order values": Shop(money=True, more=0.5, alike=0.6),
    "a true change": Shop(now=-0.1, more=0.3),
}


def shop_p(shop: Shop, random: Generator) -> float | None:
    """One data set: the p-value of a change."""
    journeys = 1 + random.geometric(1 - shop.more, shop.customers) - 1
    customer = np.repeat(np.arange(shop.customers), journeys)
    is_now = random.random(len(customer)) < 0.5
    mood = shop.alike * random.standard_normal(shop.customers)[customer] + np.where(is_now, shop.now, shop.before)
    if shop.money:
        found = moved_mean(*spans(customer, is_now, np.exp(4 + mood + 0.8 * random.standard_normal(len(customer)))))
        return None if found is None else found.p_value
    outcome = (random.random(len(customer)) < 1 / (1 + np.exp(-mood))).astype(float)
    return moved_share(*spans(customer, is_now, outcome)).p_value


@dataclass(frozen=True)
class Trade:
    """A volume by week.

    Attributes:
        weeks: How many are known.
        level: Mean of a week.
        growth: Of the log level by week.
        season: Amplitude of a yearly wave in the log level.
        noise: Standard deviation of the weeks' log levels.
        burst: Mean things that one customer does at once.
        step: What the last four weeks are multiplied with.
    """

    weeks: int = 52
    level: float = 60.0
    growth: float = 0.0
    season: float = 0.0
    noise: float = 0.0
    burst: float = 1.0
    step: float = 1.0


TRADES = {
    "steady": Trade(),
    "growth of 2 % a week": Trade(growth=0.02),
    "a season of a quarter": Trade(season=0.25),
    "noisy weeks": Trade(noise=0.15),
    "customers in bursts": Trade(burst=5.0),
    "half a year, noisy": Trade(weeks=26, noise=0.1),
    "growth, season, noise and bursts": Trade(growth=0.01, season=0.2, noise=0.1, burst=3.0),
    "halved": Trade(noise=0.05, step=0.5),
}


def trade_p(trade: Trade, random: Generator) -> float | None:
    """One series: the p-value of its last step."""
    back = np.arange(trade.weeks)
    phase = random.uniform(0, 2 * np.pi)
    log_level = np.log(trade.level) - trade.growth * back + trade.season * np.sin(2 * np.pi * back / 52 + phase)
    level = np.exp(log_level + trade.noise * random.standard_normal(trade.weeks)) * np.where(back < 4, trade.step, 1.0)
    bursts = random.poisson(level / trade.burst)
    counts = [float(random.geometric(1 / trade.burst, b).sum()) if trade.burst > 1 else float(b) for b in bursts]
    return moved_volume(counts)


_CHAIN = np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.4, 0.3, 0.3]])


def drawn_paths(customers: int, random: Generator) -> tuple[Floats, Floats]:
    """Paths of customers over three channels: credit of the linear model, and moves, by customer."""
    credit, moves = np.zeros((customers, 3)), np.zeros((customers, 4, 6))
    for person in range(customers):
        taste = random.dirichlet([1.0, 0.7, 0.4])
        for _ in range(random.geometric(0.5)):
            path = [int(random.choice(3, p=taste))]
            while random.random() < 0.5:
                path.append(int(random.choice(3, p=(_CHAIN[path[-1]] + taste) / 2)))
            won = random.random() < (0.15, 0.3, 0.5)[path[-1]]
            at = 0
            for channel in path:
                moves[person, at, channel + 1] += 1
                at = channel + 1
                credit[person, channel] += won / len(path)
            moves[person, at, 4 if won else 5] += 1
    return credit, moves


def bucketed(table: Floats, groups: int, random: Generator) -> Floats:
    """Customers summed by chance into groups, as the pipeline does."""
    summed = np.zeros((groups, *table.shape[1:]))
    np.add.at(summed, random.integers(0, groups, len(table)), table)
    return summed


def attribution_coverage(sets: int, seed: int, customers: int = 400, groups: int = 400) -> tuple[float, float]:
    """How often the intervals of the linear and of the Markov shares hold the truth."""
    credit, moves = drawn_paths(60_000, np.random.default_rng([seed, 0]))
    none = np.zeros((0, len(credit)))
    true = additive_shares(credit, none).share, markov_shares(moves, none)[0].share
    held: list[list[float]] = [[], []]
    for number in range(1, sets + 1):
        random = np.random.default_rng([seed, number])
        credit, moves = drawn_paths(customers, random)
        chance = random.bit_generator.state
        by_group = bucketed(credit, groups, random)
        random.bit_generator.state = chance
        chain = bucketed(moves, groups, random)
        known = chain.sum(axis=(1, 2)) > 0
        drawn = draws(int(known.sum()))
        found: tuple[Shares, Shares] = (
            additive_shares(by_group[known], drawn),
            markov_shares(chain[known], drawn)[0],
        )
        for place, (shares, truth) in enumerate(zip(found, true, strict=True)):
            held[place].append(float(((shares.low <= truth) & (truth <= shares.high)).mean()))
    return float(np.mean(held[0])), float(np.mean(held[1]))


def rejected(kind: Shop | Trade, sets: int, seed: int) -> float:
    """The share of data sets with p under 5 %; not a number where nothing could be tested."""
    p_values = []
    for number in range(sets):
        random = np.random.default_rng([seed, number])
        p_values.append(shop_p(kind, random) if isinstance(kind, Shop) else trade_p(kind, random))
    tested = [p for p in p_values if p is not None]
    return float(np.mean([p < 0.05 for p in tested])) if tested else float("nan")


def discoveries(families: int, seed: int, true: int = 4, null: int = 36) -> tuple[float, float]:
    """False-discovery rate and power of families of shares and volumes in which most stay as they were."""
    false, found = [], []
    for number in range(families):
        random = np.random.default_rng([seed, 9, number])
        p_values: list[float | None] = [shop_p(Shop(now=0.4), random) for _ in range(true // 2)]
        p_values += [trade_p(Trade(noise=0.05, step=0.4), random) for _ in range(true - true // 2)]
        p_values += [shop_p(Shop(more=0.5), random) for _ in range(null // 2)]
        p_values += [trade_p(Trade(noise=0.1, growth=0.01), random) for _ in range(null - null // 2)]
        survive = [p is not None and p <= 0.05 for p in adjusted(p_values)]
        false.append(sum(survive[true:]) / max(1, sum(survive)))
        found.append(sum(survive[:true]) / true)
    return float(np.mean(false)), float(np.mean(found))


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", type=int, default=1000, metavar="N", help="data sets per scenario")
    parser.add_argument("--seed", type=int, default=20261124, metavar="S")
    options = parser.parse_args()
    print("| scenario | p < 5 % |\n|---|---|")
    for name, kind in {**SHOPS, **TRADES}.items():
        print(f"| {name} | {100 * rejected(kind, options.sets, options.seed):.1f} % |", flush=True)
    linear, markov = attribution_coverage(options.sets, options.seed)
    print(f"\nIntervals of shares of credit cover: linear {linear:.1%}, Markov {markov:.1%}")
    false, found = discoveries(max(1, options.sets // 4), options.seed)
    print(f"Families of 40 figures, 4 of which moved: false-discovery rate {false:.1%}, found {found:.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
