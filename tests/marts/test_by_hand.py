"""Tables of measures from logs of a few rows, where every number can be told by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.measures.journey_columns import journey_columns
from tests.harness import run_tables

_CONFIG = """\
sources:
  - {name: web, connector: table, channel: web, files: web.csv, timezone: UTC, identifiers: {user_id: user},
     columns: {occurred_at: at, event_name: event, event_id: id, value: value, device: device,
               utm_source: us, utm_campaign: camp}}
  - {name: mail, connector: table, channel: email, files: mail.csv, timezone: UTC, identifiers: {user_id: user},
     columns: {occurred_at: at, event_name: event, event_id: id, value: value, utm_source: us, utm_campaign: camp}}
identity: {unique: [user_id], shared: [user_id]}
"""
_HEAD = "id,at,event,user,value,device,us,camp,nps,csat,score\n"


def asked(
    folder: Path, table: str, sql: str, web: list[str], mail: Sequence[str] = (), more: str = "", minimum: int = 1
) -> list[Any]:
    """What a query gives on the tables of a run; rows lack their id and may end early."""
    for name, rows in (("web", web), ("mail", mail)):
        lines = [f"{name}{number},{row}" for number, row in enumerate(rows)]
        text = "".join(line + "," * (10 - line.count(",")) + "\n" for line in lines)
        (folder / f"{name}.csv").write_text(_HEAD + text)
    (folder / "journey.yaml").write_text(f"minimum: {minimum}\n{_CONFIG}{more}")
    with run_tables(folder / "journey.yaml", [table]) as con:
        return con.sql(sql).fetchall()


@pytest.mark.parametrize(("second", "usual"), [("2025-01-13", 1.0), ("2025-01-20", 0.5)])
def test_weeks_are_those_of_the_calendar(tmp_path: Path, second: str, usual: float) -> None:
    rows = ["2025-01-12T10:00:00Z,error_shown,a,,mobile", f"{second}T10:00:00Z,error_shown,b,,mobile"]
    sql = "select week, customers, usual_customers from pain_weeks order by week"
    found = asked(tmp_path, "pain_weeks", sql, rows, more="segments: [device]\n")
    assert found == [(date(2025, 1, 6), 1, usual), (date.fromisoformat(second), 1, usual)]


def test_a_week_with_fewer_than_usual_does_not_stand_out(tmp_path: Path) -> None:
    rows = [
        f"{day}T10:00:00Z,error_shown,{device}{day}{number},,{device}"
        for day, counts in (
            ("2025-01-06", {"mobile": 200, "desktop": 460}),
            ("2025-01-13", {"mobile": 200, "desktop": 460}),
            ("2025-01-20", {"mobile": 10}),
        )
        for device, count in counts.items()
        for number in range(count)
    ]
    sql = "select customers, usual_customers, p_value, survives from pain_weeks where week = '2025-01-20'"
    assert asked(tmp_path, "pain_weeks", sql, rows, more="segments: [device]\n") == [(10, 200.0, 1.0, False)]


@pytest.mark.parametrize(("minimum", "is_small"), [(1, False), (2, True)])
def test_revenue_is_small_where_few_orders_stand_behind_it(tmp_path: Path, minimum: int, is_small: bool) -> None:
    rows = ["2025-01-01T10:00:00Z,page_viewed,a", "2025-01-02T10:00:00Z,order_completed,a,100"]
    sql = "select distinct kpi, value, is_small from kpis where period = '2025-01' and kpi in ('orders', 'revenue')"
    found = asked(tmp_path, "kpis", sql + " order by kpi", rows, minimum=minimum)
    assert found == [("orders", 1.0, is_small), ("revenue", 100.0, is_small)]


@pytest.mark.parametrize("segments", ["[campaign]", "[campaign, country]"])
def test_a_campaign_is_the_events_where_the_session_has_none(tmp_path: Path, segments: str) -> None:
    web = ["2025-01-01T10:00:00Z,page_viewed,a"]
    mail = [f"2025-01-02T10:00:00Z,email_clicked,{user},,,news,spring" for user in "ab"]
    sql = "select campaign from journey_values order by journey_no"
    assert asked(tmp_path, "journey_values", sql, web, mail, f"segments: {segments}\n") == [("spring",)] * 2


def test_long_stays_are_measured_against_stays_whose_beginning_was_observed(tmp_path: Path) -> None:
    start, rows = date(2025, 1, 1), []
    for users, first, length in (("lmo", 0, 40), ("pr", 100, 2), ("q", 100, 10)):
        for user in users:
            rows.append(f"{start + timedelta(first)}T10:00:00Z,page_viewed,{user}")
            rows.append(f"{start + timedelta(first + length)}T10:00:00Z,product_viewed,{user}")
    found = asked(tmp_path, "pain_points", "select stage, pain, times from pain_points", rows)
    assert found == [("Awareness", "Long stay: over three times the usual", 1)]


def test_days_are_no_times_to_convert_under_a_day(tmp_path: Path) -> None:
    web = [
        "2024-10-01T10:00:00Z,page_viewed,zz",
        *(f"2025-02-{day}T10:00:00Z,page_viewed,{user}" for user, day in (("a", "10"), ("b", "10"))),
    ]
    mail = ["2025-02-10,order_completed,a,10", "2025-02-20,order_completed,b,20"]
    sql = "select waited / 1e6 from conversion_times"
    found = asked(tmp_path, "conversion_times", sql, web, mail, "journeys: {timeout: 20d, horizon: 30d}\n")
    assert found == [(10 * 86400 + 14 * 3600 - 1e-6,)]


def test_an_answer_with_two_scores_is_read_by_its_own(tmp_path: Path) -> None:
    rows = ["2025-01-01T10:00:00Z,page_viewed,a", "2025-01-02T10:00:00Z,survey_answered,a,,,,,3,5"]
    sql = "select distinct item, metric, value from journey_map where lane = 'emotion' and item <> 'no evidence'"
    assert asked(tmp_path, "journey_map", sql, rows) == [("Satisfaction", "satisfied", 1.0)]
    with run_tables(tmp_path / "journey.yaml", ["journey_map", "events"]) as con:
        (query,) = con.sql("select query from journey_map where metric = 'satisfied' limit 1").fetchall()[0]
        assert con.sql(query).fetchall() == [(1.0,)]


def test_a_journey_that_ends_with_a_date_has_the_sessions_of_that_day(tmp_path: Path) -> None:
    web = ["2025-01-31T10:00:00Z,page_viewed,a,,mobile", "2025-01-31T10:05:00Z,cart_added,a,,mobile"]
    more = 'segments: [entry_event, {name: longs, where: "session.event_count > 1"}]\n'
    sql = "select segment, segment_value from derived_segments order by segment"
    found = asked(tmp_path, "derived_segments", sql, web, ["2025-01-31,order_completed,a,10"], more)
    assert found == [("entry_event", "page_viewed"), ("longs", "true")]
    with run_tables(tmp_path / "journey.yaml", ["journeys", "sessions", "customers", "events"]) as con:
        traits, _ = journey_columns(con, "entry_event", derived=False)
        assert con.sql(f"select entry_event from ({traits})").fetchall() == [("page_viewed",)]
