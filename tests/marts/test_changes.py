"""The table `changes` of the shipped sample beside the tables it must agree with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from scipy.stats import false_discovery_control

from benchmarks.simulate_changes import spans
from journey_analytics.engine.duck import connect
from journey_analytics.measures.change import moved_share
from journey_analytics.measures.volume import moved_volume


@pytest.fixture(scope="module")
def con(sample_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(sample_warehouse, read_only=True) as opened:
        yield opened


def test_volumes_are_those_of_the_kpis(con: duckdb.DuckDBPyConnection) -> None:
    for measure in ("orders", "new_customers", "revenue"):
        found = con.execute(
            "select now, before from changes where measure = ? and segment = 'all'", [measure]
        ).fetchall()
        expected = [
            con.execute(
                "select value from kpis where segment = 'all' and kpi = ? and period = ?", [measure, period]
            ).fetchall()[0][0]
            for period in ("last 28 days", "28 days before")
        ]
        assert list(found[0]) == pytest.approx(expected), measure


def test_shares_are_counted_again_from_the_journeys(con: duckdb.DuckDBPyConnection) -> None:
    for stage, now, before, n, n0 in con.sql(
        "select stage, now, before, now_count, before_count from changes where measure = 'dropped' and segment = 'all'"
    ).fetchall():
        counted = con.execute(
            """
            with spans as (
                select
                    date_diff('microsecond', s.reached_at, r.as_of) - (r.horizon_seconds * 1e6)::bigint as age,
                    s.outcome = 'dropped' as dropped
                from journey_stages as s
                cross join (select * from runs order by finished_at desc limit 1) as r
                where s.stage = ? and s.outcome <> 'open'
            )
            select avg(dropped::integer) filter (age < 4 * week), avg(dropped::integer) filter (age >= 4 * week),
                count(*) filter (age < 4 * week), count(*) filter (age >= 4 * week)
            from spans cross join (select 604800000000 as week) where age >= 0 and age < 8 * week
            """,
            [stage],
        ).fetchall()[0]
        assert (now, before) == pytest.approx(counted[:2])
        assert (n, n0) == counted[2:]


def test_orders_are_tested_by_what_customers_did_and_by_their_weeks(con: duckdb.DuckDBPyConnection) -> None:
    orders = """
        from events as e, (select as_of from runs order by finished_at desc limit 1) as r
        where e.position is not null and e.event_name in ('order_completed', 'deal_won')
    """
    age = "date_diff('microsecond', e.occurred_at, r.as_of) // 604800000000"
    known = con.sql(
        "select (date_diff('microsecond', (select max(first) from (select min(first_event_at) as first from files "
        "where events > 0 group by source)), as_of) // 604800000000)::integer "
        "from runs order by finished_at desc limit 1"
    ).fetchall()[0][0]
    found = dict(con.sql(f"select {age} as week, count(*) {orders} group by week").fetchall())
    weeks = [float(found.get(week, 0)) for week in range(min(64, known))]
    spread = con.sql(
        f"select sum((n - n0) ** 2) from (select count(*) filter ({age} < 4) as n, count(*) filter ({age} >= 4) as n0 "
        f"{orders} and {age} < 8 group by customer_id)"
    ).fetchall()[0][0]
    told = con.sql("select now, before, p_value from changes where measure = 'orders' and segment = 'all'").fetchall()[
        0
    ]
    p = moved_volume(weeks, max(spread, sum(weeks[:8]) / 2))
    assert p is not None
    assert told == pytest.approx((sum(weeks[:4]), sum(weeks[4:8]), p))


def test_medians_are_those_of_the_kpis_and_tested_as_shares_above_the_common_one(
    con: duckdb.DuckDBPyConnection,
) -> None:
    waits = con.sql(
        """
        with firsts as (
            select e.customer_id, j.journey_id, min(e.occurred_at) as moment,
                greatest(0, date_diff('microsecond', any_value(j.started_at), min(e.occurred_at))) as waited
            from events as e join journeys as j using (journey_id)
            where e.position is not null and e.event_name in ('order_completed', 'deal_won') and j.start_observed
            group by all
        )
        select customer_id::varchar, date_diff('microsecond', moment, as_of) < 4 * 604800000000, waited
        from firsts cross join (select as_of from runs order by finished_at desc limit 1)
        where date_diff('microsecond', moment, as_of) < 8 * 604800000000
        order by all
        """
    ).fetchall()
    customers = np.unique([row[0] for row in waits], return_inverse=True)[1]
    is_now, waited = np.array([row[1] for row in waits]), np.array([row[2] for row in waits], dtype=float)
    slow = np.where(waited == np.median(waited), 0.5, (waited > np.median(waited)) * 1.0)
    expected = moved_share(*spans(customers, is_now, slow), halves=True).p_value
    told = con.sql(
        "select now, before, now_count, before_count, p_value, low from changes "
        "where measure = 'median_seconds_to_convert' and segment = 'all'"
    ).fetchall()
    medians = np.median(waited[is_now]) / 1e6, np.median(waited[~is_now]) / 1e6
    assert told[0][:4] == pytest.approx((*medians, int(is_now.sum()), int((~is_now).sum())))
    assert told[0][4] == pytest.approx(expected)
    assert told[0][5] is None
    kpis = con.sql(
        "select segment, segment_value, value from kpis where kpi = 'median_seconds_to_convert' "
        "and period = 'last 28 days'"
    ).fetchall()
    by_value = {row[:2]: row[2] for row in kpis}
    rows = con.sql(
        "select segment, segment_value, now from changes where measure = 'median_seconds_to_convert'"
    ).fetchall()
    assert len(rows) > 5
    assert all(by_value[row[:2]] == pytest.approx(row[2]) for row in rows)


def test_segments_add_up_and_the_family_is_adjusted(con: duckdb.DuckDBPyConnection) -> None:
    sums = con.sql("select segment, sum(now) from changes where measure = 'journeys_begun' group by segment").fetchall()
    assert len({total for _, total in sums}) == 1
    rows = con.sql("select p_value, p_adjusted, survives, since from changes where p_value is not null").fetchall()
    assert len(rows) > 30
    assert [row[1] for row in rows] == pytest.approx(list(false_discovery_control([row[0] for row in rows])))
    assert all(row[2] == (row[1] <= 0.05) and (row[3] is not None) == row[2] for row in rows)
    assert con.sql("select count(*) from changes where is_small and p_value is not null").fetchall() == [(0,)]


def test_periods_are_whole_and_follow_each_other(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.sql(
        """select distinct p.period, left_journeys, right_journeys,
                (select count(*) from journeys where started_at >= p.left_from_at and started_at < p.left_to_at),
                (select count(*) from journeys where started_at >= p.right_from_at and started_at < p.left_from_at)
           from period_comparisons as p"""
    ).fetchall()
    assert {row[0] for row in rows} == {"month", "quarter", "settled month"}
    assert all(row[1:3] == row[3:] for row in rows)
