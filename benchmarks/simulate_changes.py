"""Do `changes` and the intervals of `attribution` keep their word? Simulated customers and weeks whose truth is known.

Shares, means and medians: customers with journeys in both spans whose outcomes resemble each other. Volumes: weeks with
growth, seasons, noise and customers who do many things. Attribution: paths of customers who have several. Usage:
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
from journey_analytics.measures.change import Sums, moved_mean, moved_share
from journey_analytics.measures.volume import moved_volume

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
        kind: The outcome is a `share`, an amount of `money` (log-normal) or a `time` in whole days (log-normal).
    """

    customers: int = 200
    more: float = 0.3
    alike: float = 1.5
    now: float = -0.8
    before: float = -0.8
    kind: str = "share"


SHOPS = {
    "one journey per customer": Shop(more=0.0, alike=0.0),
    "several, in both spans": Shop(more=0.5),
    "many, in both spans": Shop(more=0.7, alike=2.0),
    "few customers (70)": Shop(customers=70, more=0.4),
    "rare": Shop(now=-3.2, before=-3.2, alike=1.0),
    "order values": Shop(kind="money", more=0.5, alike=0.6),
    "median times": Shop(kind="time", now=2.0, before=2.0, more=0.0, alike=0.0),
    "median times, several in both spans": Shop(kind="time", now=2.0, before=2.0, more=0.5, alike=1.0),
    "median times, few customers, many days alike": Shop(kind="time", customers=70, now=0.0, before=0.0, more=0.4),
}
MOVED_SHOPS = {
    "a share from 31 to 48 %": Shop(now=-0.1, more=0.3),
    "a median time half as long again": Shop(kind="time", now=2.4, before=2.0, alike=0.6),
}


def shop_p(shop: Shop, random: Generator) -> float | None:
    """One data set: the p-value of a change."""
    journeys = 1 + random.geometric(1 - shop.more, shop.customers) - 1
    customer = np.repeat(np.arange(shop.customers), journeys)
    is_now = random.random(len(customer)) < 0.5
    mood = shop.alike * random.standard_normal(shop.customers)[customer] + np.where(is_now, shop.now, shop.before)
    if shop.kind == "money":
        found = moved_mean(*spans(customer, is_now, np.exp(4 + mood + 0.8 * random.standard_normal(len(customer)))))
        return None if found is None else found.p_value
    if shop.kind == "time":
        days = np.floor(np.exp(mood + 0.8 * random.standard_normal(len(customer))))
        middle = np.median(days)
        slow = np.where(days == middle, 0.5, (days > middle) * 1.0)
        return moved_share(*spans(customer, is_now, slow), halves=True).p_value
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
        lasting: Correlation of that of one week with that of the next.
        days: Standard deviation of log levels of days, whose week has its own pattern.
        burst: Mean things that one customer does at once.
        money: Standard deviation of the logs of amounts; 0: things are counted.
        regulars: So many customers come again and again, each at a rate of its own; 0: every one comes once.
        step: What the last four weeks are multiplied with.
    """

    weeks: int = 60
    level: float = 60.0
    growth: float = 0.0
    season: float = 0.0
    noise: float = 0.0
    lasting: float = 0.0
    days: float = 0.0
    burst: float = 1.0
    money: float = 0.0
    regulars: int = 0
    step: float = 1.0


TRADES = {
    "steady, 5 a week": Trade(level=5.0),
    "steady, 60 a week": Trade(),
    "steady, 3,000 a week": Trade(level=3000.0),
    "steady, half a year": Trade(weeks=26),
    "steady, half a year, 5 a week": Trade(weeks=26, level=5.0),
    "growth of 2 % a week": Trade(growth=0.02),
    "growth of 2 % a week, 600 a week": Trade(growth=0.02, level=600.0),
    "decline of 1 % a week, noisy weeks": Trade(growth=-0.01, noise=0.1),
    "growth of 1 % a week, half a year": Trade(growth=0.01, weeks=26),
    "noisy weeks": Trade(noise=0.15),
    "noisy weeks, 3,000 a week": Trade(noise=0.15, level=3000.0),
    "noise that lasts, 600 a week": Trade(noise=0.15, lasting=0.5, level=600.0),
    "weekdays and noisy days": Trade(days=0.4),
    "half a year, noisy": Trade(weeks=26, noise=0.1),
    "customers in bursts": Trade(burst=5.0),
    "customers in bursts, 20 a week": Trade(burst=3.0, level=20.0),
    "the same customers again and again": Trade(regulars=100),
    "revenue": Trade(money=1.0),
    "a season of a quarter": Trade(season=0.25),
    "growth, season, noise and bursts": Trade(growth=0.01, season=0.2, noise=0.1, burst=3.0),
}
#: Where nothing is known of the year yet, a season is a step, and steep growth may be one.
CAUTIOUS_TRADES = {
    "growth of 3 % a week, half a year": Trade(growth=0.03, weeks=26),
    "a season of a quarter, half a year": Trade(season=0.25, weeks=26),
    "a season of a quarter, 3,000 a week": Trade(season=0.25, level=3000.0),
}
MOVED_TRADES = {
    "halved": Trade(noise=0.05, step=0.5),
    "30 % fewer": Trade(step=0.7),
    "30 % fewer, half a year": Trade(step=0.7, weeks=26),
    "20 % fewer, noisy, 600 a week": Trade(noise=0.05, level=600.0, step=0.8),
    "30 % fewer, growth of 2 % a week": Trade(growth=0.02, step=0.7),
    "half, customers in bursts": Trade(burst=5.0, step=0.5),
}


def series(trade: Trade, random: Generator) -> tuple[Floats, float]:
    """Amounts by week, the newest first, and the spread over customers that `moved_volume` takes."""
    back = np.arange(trade.weeks)
    noise = random.standard_normal(trade.weeks)
    for week in range(1, trade.weeks if trade.lasting else 0):
        noise[week] = trade.lasting * noise[week - 1] + np.sqrt(1 - trade.lasting**2) * noise[week]
    wave = trade.season * np.sin(2 * np.pi * back / 52 + random.uniform(0, 2 * np.pi))
    level = trade.level * np.exp(wave - trade.growth * back + trade.noise * noise) * np.where(back < 4, trade.step, 1.0)
    if trade.days:
        pattern = np.roll([0.4, 1.0, 1.1, 1.2, 1.3, 1.2, 0.8], random.integers(7)) / 7
        level = level * (pattern * np.exp(trade.days * random.standard_normal((trade.weeks, 7)))).sum(axis=1)
    if trade.regulars:
        rate = np.exp(random.standard_normal(trade.regulars))
        did = random.poisson(level[:, None] * rate / rate.sum()).astype(float)
        now, before = did[:4].sum(axis=0), did[4:8].sum(axis=0)
        return did.sum(axis=1), max(float(((now - before) ** 2).sum()), did[:8].sum() / 2)
    customers = random.poisson(level / trade.burst)
    week = np.repeat(back, customers)
    amount = np.ones(len(week))
    if trade.burst > 1:
        amount = random.geometric(1 / trade.burst, len(week)).astype(float)
    if trade.money:
        amount = np.exp(4 + trade.money * random.standard_normal(len(week)))
    return np.bincount(week, amount, trade.weeks), float((amount[week < 8] ** 2).sum())


def trade_p(trade: Trade, random: Generator) -> float | None:
    """One series: the p-value of its last step."""
    return moved_volume(*series(trade, random))


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


def rejected(kind: Shop | Trade, sets: int, seed: int) -> tuple[float, float]:
    """The share of tested data sets with p under 5 % (not a number where none could be), and the share tested."""
    p_values = []
    for number in range(sets):
        random = np.random.default_rng([seed, number])
        p_values.append(shop_p(kind, random) if isinstance(kind, Shop) else trade_p(kind, random))
    tested = [p for p in p_values if p is not None]
    return float(np.mean([p < 0.05 for p in tested])) if tested else float("nan"), len(tested) / sets


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
    for title, kinds in (
        ("nothing changed", {**SHOPS, **TRADES}),
        ("in doubt", CAUTIOUS_TRADES),
        ("a change", {**MOVED_SHOPS, **MOVED_TRADES}),
    ):
        print(f"\n| {title} | p < 5 % | tested |\n|---|---|---|")
        for name, kind in kinds.items():
            share, tested = rejected(kind, options.sets, options.seed)
            print(f"| {name} | {100 * share:.1f} % | {100 * tested:.0f} % |", flush=True)
    linear, markov = attribution_coverage(options.sets, options.seed)
    print(f"\nIntervals of shares of credit cover: linear {linear:.1%}, Markov {markov:.1%}")
    false, found = discoveries(max(1, options.sets // 4), options.seed)
    print(f"Families of 40 figures, 4 of which moved: false-discovery rate {false:.1%}, found {found:.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
