"""The journey map on synthetic logs: every cell's query gives its number again, and small groups are never ranked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from journey_analytics.engine.duck import connect
from journey_analytics.sample.write import write_sample
from tests.harness import run_pipeline

LANES = {"description", "goal", "actions", "touchpoints", "content", "emotion", "pain_points", "opportunities", "kpis"}


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("map") / "logs"
    write_sample(folder, customers=600, days=450, seed=3)
    with connect(run_pipeline(folder / "journey.yaml"), read_only=True) as opened:
        yield opened


def test_every_query_gives_its_number_again(con: duckdb.DuckDBPyConnection) -> None:
    cells = con.sql("select stage, lane, item, metric, value, query from journey_map").fetchall()
    assert len(cells) > 100
    for stage, lane, item, metric, value, query in cells:
        found = con.sql(query).fetchall()
        assert len(found) == 1, query
        assert found[0][0] == (None if value is None else pytest.approx(value)), (stage, lane, item, metric, query)


def test_every_lane_is_there_and_every_cell_has_counts(con: duckdb.DuckDBPyConnection) -> None:
    lanes = {lane for (lane,) in con.sql("select distinct lane from journey_map").fetchall()}
    assert lanes == LANES
    assert con.sql("select * from journey_map where customers is null").fetchall() == []


def test_a_stage_without_answers_says_no_evidence(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.sql("select stage, list(item), min(customers) from journey_map where lane = 'emotion' group by stage").fetchall()
    asked = {s for (s,) in con.sql("select distinct stage from events where event_name in ('survey_answered', 'review_posted')").fetchall()}
    for stage, items, customers in rows:
        assert (items == ["no evidence"] and customers == 0) == (stage not in asked)


def test_ranks_are_those_of_large_groups(con: duckdb.DuckDBPyConnection) -> None:
    ranked = con.sql(
        "select stage, value from journey_map where lane = 'pain_points' and rank is not null order by stage, rank"
    ).fetchall()
    assert ranked == sorted(ranked, key=lambda row: (row[0], -row[1]))
    assert con.sql("select count(*) from journey_map where rank is not null and customers < 30 and lane = 'actions'").fetchall() == [(0,)]


def test_kpis_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    orders, revenue = con.sql(
        "select count(*), sum(value) from events where event_name in ('order_completed', 'deal_won') and position is not null"
    ).fetchall()[0]
    months = "period like '____-__'"
    assert con.sql(f"select sum(value) from kpis where kpi = 'orders' and {months}").fetchall() == [(orders,)]
    assert con.sql(f"select sum(value) from kpis where kpi = 'revenue' and {months}").fetchall()[0][0] == pytest.approx(revenue)
    rate = con.sql(
        """select count(*) filter (j.outcome = 'completed') / count(*) from journeys as j, runs as r
           where strftime(timezone('Europe/Amsterdam', timezone('UTC', j.started_at)), '%Y-%m') = '2025-06'
             and j.outcome <> 'open' and j.started_at <= r.as_of - interval 120 days"""
    ).fetchall()[0][0]
    found = con.sql("select value, low, high from kpis where kpi = 'completion_rate' and period = '2025-06'").fetchall()[0]
    assert found[0] == pytest.approx(rate)
    assert found[1] < found[0] < found[2]
