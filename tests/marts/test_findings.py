"""contrasts, pain_weeks and turns of the shipped sample, counted again in Python and with SciPy's distributions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from math import sqrt
from pathlib import Path

import duckdb
import pytest
from scipy.stats import binom, false_discovery_control, norm, poisson

from journey_analytics.engine.duck import connect
from journey_analytics.engine.rates import RATES


@pytest.fixture(scope="module")
def con(sample_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(sample_warehouse, read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def macros() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        for body in RATES:
            opened.execute(f"CREATE MACRO {body}")
        yield opened


@pytest.mark.parametrize("z", [0.0, 0.3, -1.0, 1.959964, 4.0, -7.5, 12.0])
def test_the_tail_of_the_normal_distribution(macros: duckdb.DuckDBPyConnection, z: float) -> None:
    found = macros.execute("select two_sided_p($z)", {"z": z}).fetchall()[0][0]
    assert found == pytest.approx(2 * norm.sf(abs(z)), rel=3e-7)


@pytest.mark.parametrize(("p", "n"), [(0.5, 30.0), (0.02, 411.3), (0.0, 46.0), (1.0, 12.0), (0.731, 9999.0)])
def test_an_interval_tells_the_number_behind_it(macros: duckdb.DuckDBPyConnection, p: float, n: float) -> None:
    sql = "select effective_n($p, wilson_low($p::double, $n::double), wilson_high($p::double, $n::double))"
    assert macros.execute(sql, {"p": p, "n": n}).fetchall()[0][0] == pytest.approx(n, rel=1e-6)


def test_a_group_and_the_others_are_all(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.sql(
        """select c.judged + c.rest_judged - a.mature_dropped - a.mature_advanced,
                  c.rate * c.judged + c.rest_rate * c.rest_judged - a.mature_dropped
           from contrasts as c join drop_off as a on a.segment = 'all' and a.stage = c.stage"""
    ).fetchall()
    assert len(rows) > 100
    assert all(more == 0 and dropped == pytest.approx(0, abs=1e-6) for more, dropped in rows)


def test_contrasts_are_tested_and_adjusted_as_said(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.sql(
        """select c.rate, c.rest_rate, c.judged, c.rest_judged, c.p_value, c.p_adjusted, c.survives, c.low, c.high,
                  g.rate_low, g.rate_high, a.drop_off_rate, a.rate_low, a.rate_high,
                  a.mature_dropped + a.mature_advanced
           from contrasts as c join drop_off as g using (segment, segment_value, stage)
           join drop_off as a on a.segment = 'all' and a.stage = c.stage"""
    ).fetchall()
    for rate, rest, judged, rest_judged, p, _, _, low, high, g_low, g_high, all_rate, a_low, a_high, n_all in rows:
        n, whole = solved(rate, g_low, g_high), solved(all_rate, a_low, a_high)
        assert n <= judged + 0.01
        others = rest_judged * whole / n_all
        z = (rate - rest) / sqrt(all_rate * (1 - all_rate) * (1 / n + 1 / others))
        assert p == pytest.approx(2 * norm.sf(abs(z)), rel=1e-3)
        assert low <= rate - rest <= high
    adjusted = false_discovery_control([row[4] for row in rows])
    assert [row[5] for row in rows] == pytest.approx(list(adjusted), rel=1e-9)
    assert [row[6] for row in rows] == [value <= 0.05 for value in adjusted]


def solved(p: float, low: float, high: float) -> float:
    """The n of a Wilson interval, by bisection on its width."""
    few, many = 0.01, 1e9
    for _ in range(200):
        n = sqrt(few * many)
        width = 2 * 1.959964 * sqrt(p * (1 - p) / n + 1.959964**2 / (4 * n * n)) / (1 + 1.959964**2 / n)
        few, many = (n, many) if width > high - low else (few, n)
    return n


def test_weeks_are_tested_as_said(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.sql(
        """select event_name, segment, segment_value, week, customers, usual_customers, others, p_value, p_adjusted
           from pain_weeks"""
    ).fetchall()
    by_value, by_week, whole = Counter[object](), Counter[object](), Counter[object]()
    for event, segment, value, week, customers, *_ in rows:
        by_value[event, segment, value] += customers
        by_week[event, segment, week] += customers
        whole[event, segment] += customers
    ends = con.sql(
        "select min(first_event_at), (select as_of from runs order by started_at desc limit 1) from files"
    ).fetchall()[0]
    first, last = (end.date() - timedelta(days=end.weekday()) for end in ends)  # their Mondays
    weeks = (last - first).days // 7 + 1
    for event, segment, value, week, customers, usual, others, p, adjusted in rows:
        elsewhere = by_value[event, segment, value] - customers
        assert usual == pytest.approx(elsewhere / (weeks - 1))
        assert others == by_week[event, segment, week] - customers
        rate = (elsewhere + 0.5) / (weeks - 1)
        part = (elsewhere + 0.5) / (whole[event, segment] - by_week[event, segment, week] + 1)
        expected = max(poisson.sf(customers - 1, rate), binom.sf(customers - 1, customers + others, min(part, 1)))
        assert p == pytest.approx(min(1, expected), rel=1e-6, abs=1e-14)
        assert adjusted == pytest.approx(min(1, p * len(rows)))


def test_the_week_and_the_campaign_of_the_stories_stand_out(con: duckdb.DuckDBPyConnection) -> None:
    first = con.sql("select pain, segment_value, week::varchar, survives from pain_weeks limit 1").fetchall()
    assert first == [("Error shown: Payment form did not load", "Firefox", "2025-11-24", True)]
    stays = con.sql(
        "select stage from contrasts where segment_value = 'bike-to-work' and survives and difference < 0"
    ).fetchall()
    assert {("Decision",), ("Retention",)} <= set(stays)


def walks(con: duckdb.DuckDBPyConnection) -> tuple[dict[str, int], dict[str, list[str]]]:
    """The stages' ranks, and the stages of every journey in the order of its visits."""
    visits: dict[str, list[str]] = defaultdict(list)
    for journey, stage in con.sql(
        "select journey_id, stage from stage_visits order by journey_id, visit_number"
    ).fetchall():
        visits[journey].append(stage)
    return dict(con.sql("select stage, stage_rank from drop_off where segment = 'all'").fetchall()), visits


def interval_of(told: dict[str, str], customer: dict[str, str]) -> tuple[float, float, int]:
    """Wilson's interval of the share that advanced, with the design effect by customer, and how many customers."""
    by_customer: dict[str, list[int]] = defaultdict(list)
    for journey, outcome in told.items():
        by_customer[customer[journey]].append(outcome == "advanced")
    n, y, m = len(told), sum(outcome == "advanced" for outcome in told.values()), len(by_customer)
    share, effect = y / n, 1.0
    if m > 1 and 0 < y < n:
        spread = sum((sum(each) - share * len(each)) ** 2 for each in by_customer.values())
        effect = max(1.0, m / (m - 1) * spread / n**2 / (share * (1 - share) / n))
    size, z = n / effect, 1.959964
    middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z * sqrt(share * (1 - share) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
    return min(share, max(0, middle - half)), max(share, min(1, middle + half)), m


def test_intervals_of_turns_know_customers_with_several_journeys(con: duckdb.DuckDBPyConnection) -> None:
    ((minimum,),) = con.sql("select minimum from runs").fetchall()
    customer = dict(con.sql("select journey_id, customer_id from journeys").fetchall())
    ranks, visits = walks(con)
    several = 0
    for start, to, judged, *found, is_small in con.sql(
        """select from_stage, to_stage, judged_stage, with_low, with_high, without_low, without_high, is_small
           from turns where turn = 'step back' and judged_with > 0 and judged_without > 0"""
    ).fetchall():
        assert ranks[start] > ranks[to]
        mine = {j for j, stages in visits.items() if (start, to) in set(pairwise(stages))}
        told = dict(
            con.execute(
                """select journey_id, outcome from journey_stages
                   where is_mature and outcome in ('advanced', 'dropped') and stage = ?""",
                [judged],
            ).fetchall()
        )
        with_ = interval_of({j: o for j, o in told.items() if j in mine}, customer)
        without = interval_of({j: o for j, o in told.items() if j not in mine}, customer)
        assert found == pytest.approx([*with_[:2], *without[:2]], abs=1e-9)
        assert is_small == (min(with_[2], without[2]) < minimum)
        several += len({customer[j] for j in told}) < len(told)
    assert several > 1


def test_turns_are_those_of_the_visits(con: duckdb.DuckDBPyConnection) -> None:
    ranks, visits = walks(con)
    outcomes = {
        (journey, stage): outcome
        for journey, stage, outcome in con.sql(
            """select journey_id, stage, outcome from journey_stages
               where is_mature and outcome in ('advanced', 'dropped')"""
        ).fetchall()
    }
    times: Counter[tuple[str, str, str]] = Counter()
    made: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for journey, stages in visits.items():
        turns = [("step back", a, b) for a, b in pairwise(stages) if ranks[b] < ranks[a]]
        turns += [("ping-pong", a, b) for a, b, c in zip(stages, stages[1:], stages[2:], strict=False) if a == c]
        times.update(turns)
        for turn in turns:
            made[turn].add(journey)
    found = con.sql(
        """select turn, from_stage, to_stage, judged_stage, times, journeys, judged_with, advanced_with, judged_without,
                  advanced_without, advance_with between with_low and with_high from turns"""
    ).fetchall()
    assert {row[:3]: row[4] for row in found} == times
    for turn, start, to, judged, _, journeys, with_, on_with, without, on_without, inside in found:
        mine = made[turn, start, to]
        assert journeys == len(mine)
        assert judged == max(start, to, key=lambda stage: ranks[stage])
        told = {journey: outcome for (journey, stage), outcome in outcomes.items() if stage == judged}
        assert (with_, without) == (len(told.keys() & mine), len(told.keys() - mine))
        assert on_with == sum(told.get(journey) == "advanced" for journey in mine)
        assert on_with + on_without == sum(outcome == "advanced" for outcome in told.values())
        assert inside or with_ == 0
