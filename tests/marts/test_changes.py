"""The table `changes` of the shipped sample beside the tables it must agree with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from scipy.stats import false_discovery_control

from journey_analytics.engine.duck import connect


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
