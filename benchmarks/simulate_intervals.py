"""Do the intervals of rates, changes, contrasts and curves hold the truth in 95 %? Customers whose truth is known.

Rates are those of `drop_off`: Wilson's interval with the design effect of several journeys per customer, by the macros
that the models use. Changes are those of shares and means from one span to the next, where something did change.
Contrasts and curves are made by the models `contrasts` and `stage_progress` themselves. Usage:
python benchmarks/simulate_intervals.py [--sets N] [--seed S]
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.random import Generator

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.simulate_changes import spans
from journey_analytics.engine.duck import connect
from journey_analytics.engine.rates import RATES
from journey_analytics.engine.sql_files import sql_text
from journey_analytics.measures.change import moved_mean, moved_share


@dataclass(frozen=True)
class Shop:
    """Customers with journeys.

    Attributes:
        customers: How many.
        more: The chance of one more journey after each.
        alike: Standard deviation of customers' log odds (logs of amounts).
        level: Log odds of an average customer (log amount), of a change in the last span.
        before: Likewise in the span before.
        money: Whether the outcome is an amount, log-normal with 0.8.
    """

    customers: int = 150
    more: float = 0.0
    alike: float = 0.0
    level: float = -0.8
    before: float = -0.8
    money: bool = False


RATES_OF = {
    "one journey per customer": Shop(),
    "several journeys": Shop(more=0.5, alike=1.5),
    "many journeys, much alike": Shop(more=0.7, alike=2.0),
    "few customers (40)": Shop(customers=40, more=0.4, alike=1.0),
    "rare (5 %)": Shop(more=0.3, alike=1.0, level=-3.2),
}
CHANGES = {
    "a share, one journey per customer": Shop(level=0.0),
    "a share, several journeys in both spans": Shop(more=0.5, alike=1.5, level=-0.1),
    "a share, many journeys in both spans": Shop(more=0.7, alike=2.0, level=0.2),
    "a share, few customers (70)": Shop(customers=70, more=0.4, alike=1.5, level=0.2),
    "a rare share": Shop(customers=200, more=0.3, alike=1.0, level=-2.5, before=-3.2),
    "order values": Shop(customers=200, more=0.5, alike=0.6, level=0.3, before=0.0, money=True),
}


def drawn(shop: Shop, random: Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """customer, whether in the last span, outcome."""
    customer = np.repeat(np.arange(shop.customers), random.geometric(1 - shop.more, shop.customers))
    is_now = random.random(len(customer)) < 0.5
    mood = shop.alike * random.standard_normal(shop.customers)[customer] + np.where(is_now, shop.level, shop.before)
    if shop.money:
        return customer, is_now, np.exp(4 + mood + 0.8 * random.standard_normal(len(customer)))
    return customer, is_now, (random.random(len(customer)) < 1 / (1 + np.exp(-mood))).astype(float)


def mean_of(shop: Shop, level: float) -> float:
    """The true share or mean, over how customers differ."""
    if shop.money:
        return float(np.exp(4 + level + shop.alike**2 / 2 + 0.8**2 / 2))
    place, weight = np.polynomial.hermite_e.hermegauss(80)
    return float(weight @ (1 / (1 + np.exp(-level - shop.alike * place))) / weight.sum())


def rate_coverage(shop: Shop, sets: int, seed: int) -> float:
    """How often Wilson's interval with the design effect holds the share; both spans have the level of the last."""
    level = Shop(shop.customers, shop.more, shop.alike, shop.level, shop.level)
    rows = []
    for number in range(sets):
        customer, _, outcome = drawn(level, np.random.default_rng([seed, number]))
        n, y = np.bincount(customer).astype(float), np.bincount(customer, outcome)
        rows.append([len(n), n.sum(), y.sum(), y @ y, y @ n, n @ n])
    with connect() as con:
        _macros(con)
        sums = np.array(rows)
        con.execute("CREATE TABLE sums (m DOUBLE, n DOUBLE, y DOUBLE, yy DOUBLE, yn DOUBLE, nn DOUBLE)")
        con.executemany("INSERT INTO sums VALUES (?, ?, ?, ?, ?, ?)", sums.tolist())
        found = con.execute(
            "SELECT avg((wilson_low(p, size) <= $1 AND $1 <= wilson_high(p, size))::INTEGER) FROM "
            "(SELECT y / n AS p, n / design_effect(m, n, y, yy, yn, nn) AS size FROM sums)",
            [mean_of(level, level.level)],
        ).fetchall()
    return float(found[0][0])


def change_coverage(shop: Shop, sets: int, seed: int) -> float:
    """How often the interval of a change holds it."""
    truth = mean_of(shop, shop.level) - mean_of(shop, shop.before)
    held = []
    for number in range(sets):
        told = spans(*drawn(shop, np.random.default_rng([seed, number])))
        found = moved_mean(*told) if shop.money else moved_share(*told)
        if found is not None:
            held.append(found.low <= truth <= found.high)
    return float(np.mean(held))


def contrast_kept(shop: Shop, sets: int, seed: int) -> tuple[float, float]:
    """The model `contrasts` itself, one stage per data set: how often p < 5 % where nothing differs, and its coverage.

    Of the customers a third are of the group; those that have a journey on the other side as well are in both.
    """
    level = Shop(shop.customers, shop.more, shop.alike, shop.level, shop.level)
    rows = []
    for number in range(sets):
        customer, is_now, outcome = drawn(level, np.random.default_rng([seed, 3, number]))
        inside = (customer % 3 == 0) ^ (is_now & (customer % 5 == 0))
        for name, part in (("all", np.ones(len(customer), dtype=bool)), ("group", inside)):
            n = np.bincount(customer[part], minlength=shop.customers).astype(float)
            y = np.bincount(customer[part], outcome[part], minlength=shop.customers)
            rows.append([name, number, int((n > 0).sum()), n.sum(), y.sum(), y @ y, y @ n, n @ n])
    with connect() as con:
        _macros(con)
        con.execute("SET VARIABLE minimum = 30")
        con.execute("CREATE TABLE config_segments AS SELECT 'group' AS segment, false AS known_afterwards")
        con.execute(
            "CREATE TABLE sums (segment VARCHAR, stage_rank INTEGER, m DOUBLE, n DOUBLE, y DOUBLE, yy DOUBLE, "
            "yn DOUBLE, nn DOUBLE)"
        )
        con.executemany("INSERT INTO sums VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [list(map(_plain, row)) for row in rows])
        con.execute(
            "CREATE TABLE drop_off AS SELECT segment, segment AS segment_value, stage_rank::VARCHAR AS stage, "
            "stage_rank, y AS mature_dropped, n - y AS mature_advanced, y / n AS drop_off_rate, "
            "wilson_low(y / n, n / d) AS rate_low, wilson_high(y / n, n / d) AS rate_high, n < 30 AS is_small "
            "FROM (SELECT *, design_effect(m, n, y, yy, yn, nn) AS d FROM sums)"
        )
        found = con.execute(
            f"SELECT avg((p_value < 0.05)::INTEGER), avg((low <= 0 AND high >= 0)::INTEGER) "
            f"FROM ({sql_text('marts/contrasts.sql')})"
        ).fetchall()
    return float(found[0][0]), float(found[0][1])


def curve_coverage(shop: Shop, sets: int, seed: int, days: int = 120) -> tuple[float, float]:
    """The model `stage_progress` itself, one segment value per data set: coverage of going on and dropping by a day."""
    data = [_lives(shop, np.random.default_rng([seed, 4, number]), 300.0) for number in range(sets)]
    long = _lives(Shop(shop.customers * 4000, shop.more, shop.alike, shop.level), np.random.default_rng(seed), 1e9)
    truth = [float(((long["day"] <= days) & long[name]).mean()) for name in ("is_advanced", "is_dropped")]
    journeys = {name: np.concatenate([one[name] for one in data]) for name in data[0]}
    journeys["set"] = np.repeat(np.arange(sets), [len(one["day"]) for one in data])
    with connect() as con:
        con.register("journeys", pa.table(journeys))
        con.execute(
            "CREATE TABLE reach_facts AS SELECT row_number() OVER () AS journey_no, set AS combination, "
            "NULL AS cohort, 1 AS stage_rank, day AS progress_day, is_advanced, is_dropped, "
            "NOT is_advanced AND NOT is_dropped AS is_open, false AS is_left_from, followed >= 120 AS is_mature, "
            "set * 100000 + customer AS ck FROM journeys"
        )
        con.execute(
            "CREATE TABLE journey_spans AS SELECT ck, row_number() OVER (PARTITION BY ck) AS journey_number "
            "FROM reach_facts"
        )
        con.execute("CREATE TABLE journey_traits AS SELECT journey_no, combination FROM reach_facts")
        con.execute(
            "CREATE TABLE combination_values AS SELECT DISTINCT combination, combination AS value_no, "
            "false AS is_cohort FROM reach_facts"
        )
        con.execute(
            "CREATE TABLE segment_values AS SELECT 'set' AS segment, value_no::VARCHAR AS segment_value, value_no, "
            "value_no AS same_as FROM combination_values"
        )
        con.execute("CREATE TABLE config_stages AS SELECT 1 AS stage_rank, 'S' AS stage, false AS is_goal")
        _macros(con)
        con.execute(_MATURE)
        con.execute(f"CREATE TABLE stage_sums AS {sql_text('core/stage_sums.sql')}")
        found = con.execute(
            f"WITH last AS (SELECT segment_value, arg_max((advanced_low <= $1 AND $1 <= advanced_high)::INTEGER, day) "
            f"AS advanced, arg_max((dropped_low <= $2 AND $2 <= dropped_high)::INTEGER, day) AS dropped "
            f"FROM ({sql_text('marts/stage_progress.sql')}) WHERE day <= {days} GROUP BY segment_value) "
            "SELECT avg(advanced), avg(dropped) FROM last",
            truth,
        ).fetchall()
    return float(found[0][0]), float(found[0][1])


#: Of mature journeys, as in the model of that name.
_MATURE = """
CREATE TABLE drop_off AS
WITH per AS (
    SELECT set, customer, count(*) AS n, count(*) FILTER (is_dropped) AS y
    FROM journeys WHERE followed >= 120 AND (is_dropped OR is_advanced) GROUP BY ALL
), sums AS (
    SELECT set, count(*) AS m, sum(n) AS n, sum(y) AS y, sum(y * y) AS yy, sum(y * n) AS yn, sum(n * n) AS nn
    FROM per GROUP BY set
), told AS (SELECT *, y / n AS p, n / design_effect(m, n, y, yy, yn, nn) AS size FROM sums)
SELECT
    'set' AS segment, set::VARCHAR AS segment_value, 1 AS stage_rank, y AS mature_dropped, n - y AS mature_advanced,
    p AS drop_off_rate, wilson_low(p, size) AS rate_low, wilson_high(p, size) AS rate_high, n < 30 AS is_small
FROM told
"""


def _lives(shop: Shop, random: Generator, seen: float) -> dict[str, np.ndarray]:
    """Day on which each journey went on, was dropped (after 90 days of silence) or was last seen, and which it was."""
    customer, _, drops = drawn(Shop(shop.customers, shop.more, shop.alike, shop.level, shop.level), random)
    size = len(customer)
    day = np.floor(np.where(drops > 0, 90 + random.exponential(15, size), random.exponential(25, size)))
    followed = np.floor(seen * random.random(size))
    return {
        "customer": customer,
        "followed": followed,
        "day": np.minimum(day, followed),
        "is_advanced": (day <= followed) & (drops == 0),
        "is_dropped": (day <= followed) & (drops > 0),
    }


def _macros(con: duckdb.DuckDBPyConnection) -> None:
    for macro in RATES:
        con.execute(f"CREATE MACRO {macro}")


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", type=int, default=1000, metavar="N", help="data sets per scenario")
    parser.add_argument("--seed", type=int, default=20261124, metavar="S")
    options = parser.parse_args()
    print("| interval | covers |\n|---|---|")
    for name, shop in RATES_OF.items():
        print(f"| rate, {name} | {100 * rate_coverage(shop, options.sets, options.seed):.1f} % |", flush=True)
    for name, shop in CHANGES.items():
        print(f"| change of {name} | {100 * change_coverage(shop, options.sets, options.seed):.1f} % |", flush=True)
    for name, shop in RATES_OF.items():
        size, covers = contrast_kept(
            Shop(3 * shop.customers, shop.more, shop.alike, shop.level), options.sets, options.seed
        )
        print(f"| contrast, {name} | {100 * covers:.1f} % (p < 5 %: {100 * size:.1f} %) |", flush=True)
    for name, shop in RATES_OF.items():
        advanced, dropped = curve_coverage(shop, options.sets, options.seed)
        print(f"| curve, {name}: going on, dropping | {100 * advanced:.1f} %, {100 * dropped:.1f} % |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
