"""`period_comparisons` is what `compare` says of the same periods, from the published file alone."""

from __future__ import annotations

import random
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from journey_analytics import Warehouse, compare

CONFIG = """\
timezone: Europe/Amsterdam
sources:
  - name: log
    connector: table
    channel: web
    actor: customer
    files: log.csv
    timezone: Europe/Amsterdam
    columns: {occurred_at: at, event_name: event}
    identifiers: {user_id: user}
journeys: {timeout: 20d, horizon: 30d, lost: [left]}
stages:
  - {name: Look, rules: [{events: [looked]}]}
  - {name: Try, rules: [{events: [tried], back: true}]}
  - {name: Have, keeps: true, rules: [{events: [bought], back: true}]}
  - {name: Praise, rules: [{events: [praised]}]}
minimum: 5
"""


@pytest.fixture
def dated(tmp_path: Path) -> Path:
    """A log in which of many events only the day is known; some journeys are lost, and later ones may begin further."""
    from tests.harness import run_pipeline

    chance = random.Random(7)
    rows = []
    for user in range(150):
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(200))
        for _ in range(chance.randrange(2, 9)):
            hour = f" {chance.randrange(24):02}:{chance.randrange(60):02}:00" if chance.random() < 0.5 else ""
            event = chance.choices(["looked", "tried", "bought", "praised", "left"], [5, 4, 3, 2, 1])[0]
            rows.append(f"{day}{hour},{event},u{user}")
            day += timedelta(days=chance.choice([0, 0, 1, 3, 10, 25, 40]))
    (tmp_path / "log.csv").write_text("at,event,user\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "journey.yaml").write_text(CONFIG, encoding="utf-8")
    run_pipeline(tmp_path / "journey.yaml", as_of="2026-08-01T00:00:00Z")
    return tmp_path / "warehouse"


def agree(folder: Path) -> int:
    """Compare every pair of periods again; how many rows there are."""
    checked = 0
    with Warehouse(folder) as warehouse:
        pairs = warehouse.sql(
            """select distinct period, right_from_at, left_from_at, left_to_at, left_journeys, right_journeys,
                      left_customers, right_customers, both_customers from period_comparisons"""
        ).fetchall()
        for period, since, middle, until, *groups in pairs:
            found = compare(
                warehouse,
                f"started_at >= timestamp '{middle}' and started_at < timestamp '{until}'",
                f"started_at >= timestamp '{since}' and started_at < timestamp '{middle}'",
            )
            expected = found.groups
            assert groups == [
                expected.left_journeys,
                expected.right_journeys,
                expected.left_customers,
                expected.right_customers,
                expected.both_customers,
            ]
            told = warehouse.sql(
                """select measure, stage, age_days, left_count, right_count, left_events, right_events,
                          left_value, right_value, difference, low, high, p_value, p_adjusted, survives,
                          sooner, is_small, note
                   from period_comparisons where period = ? order by stage_rank, measure""",
                [period],
            ).fetchall()
            again = [[value for key, value in asdict(row).items() if key != "to"] for row in found.rows]
            assert len(told) == len(again)
            for left, right in zip(told, again, strict=True):
                for one, other in zip(left, right, strict=True):
                    assert one == (pytest.approx(other, rel=1e-9, abs=1e-11) if isinstance(other, float) else other), (
                        left
                    )
            checked += len(told)
    return checked


def test_of_the_sample(sample_warehouse: Path) -> None:
    assert agree(sample_warehouse.parent) == 24


def test_of_dates_without_a_time(dated: Path) -> None:
    assert agree(dated) == 18
