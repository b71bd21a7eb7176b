"""The journey map and KPIs of the shipped sample: every cell's query gives its number again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from journey_analytics.engine.duck import connect

LANES = {"description", "goal", "actions", "touchpoints", "content", "emotion", "pain_points", "opportunities", "kpis"}


@pytest.fixture(scope="module")
def con(sample_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(sample_warehouse, read_only=True) as opened:
        yield opened


def test_every_query_gives_its_number_again(con: duckdb.DuckDBPyConnection) -> None:
    cells = con.sql(
        """select stage, lane, item, metric, value, query from (
               select *, row_number() over (order by segment, segment_value, stage, lane, item, metric) as no
               from journey_map
           ) where segment = 'all' or no % 23 = 0"""  # of the groups one cell in 23: every lane, every segment
    ).fetchall()
    assert len(cells) > 500
    for stage, lane, item, metric, value, query in cells:
        found = con.sql(query).fetchall()
        assert len(found) == 1, query
        assert found[0][0] == (None if value is None else pytest.approx(value)), (stage, lane, item, metric, query)


def test_every_lane_is_there_and_every_cell_has_counts(con: duckdb.DuckDBPyConnection) -> None:
    lanes = {lane for (lane,) in con.sql("select distinct lane from journey_map").fetchall()}
    assert lanes == LANES
    assert con.sql("select * from journey_map where customers is null").fetchall() == []


def test_a_stage_without_answers_says_no_evidence(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.sql(
        """select stage, list(item), min(customers) from journey_map
           where segment = 'all' and lane = 'emotion' group by stage"""
    ).fetchall()
    asked = {
        s
        for (s,) in con.sql(
            "select distinct stage from events where event_name in ('survey_answered', 'review_posted')"
        ).fetchall()
    }
    for stage, items, customers in rows:
        assert (items == ["no evidence"] and customers == 0) == (stage not in asked)


def test_ranks_are_those_of_large_groups(con: duckdb.DuckDBPyConnection) -> None:
    ranked = con.sql(
        """select concat(segment, segment_value, stage), value from journey_map
           where lane = 'pain_points' and rank is not null order by 1, rank"""
    ).fetchall()
    assert ranked == sorted(ranked, key=lambda row: (row[0], -row[1]))
    assert con.sql(
        "select count(*) from journey_map where rank is not null and customers < 30 and lane = 'actions'"
    ).fetchall() == [(0,)]


def test_kpis_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    orders, revenue = con.sql(
        """select count(*), sum(value) from events
           where event_name in ('order_completed', 'deal_won') and position is not null"""
    ).fetchall()[0]
    months = "period like '____-__'"
    assert con.sql(f"select sum(value) from kpis where segment = 'all' and kpi = 'orders' and {months}").fetchall() == [
        (orders,)
    ]
    found = con.sql(f"select sum(value) from kpis where segment = 'all' and kpi = 'revenue' and {months}").fetchall()
    assert found[0][0] == pytest.approx(revenue)


def test_a_rate_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    period, value, denominator, low, high = con.sql(
        """select period, value, denominator, low, high from kpis
           where segment = 'all' and kpi = 'completion_rate' and period like '____-__'
           order by denominator desc, period limit 1"""
    ).fetchall()[0]
    rate, judged = con.sql(
        """select count(*) filter (j.outcome = 'completed') / count(*), count(*)
           from journeys as j, (select as_of, timezone as zone from runs order by started_at desc limit 1) as r
           where strftime(timezone(r.zone, timezone('UTC', j.started_at)), '%Y-%m') = $period
             and j.outcome <> 'open' and j.started_at <= r.as_of - interval 120 days""",
        params={"period": period},
    ).fetchall()[0]
    assert (value, denominator) == (pytest.approx(rate), judged)
    assert judged > 10
    assert low < value < high
