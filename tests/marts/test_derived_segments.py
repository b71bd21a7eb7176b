"""Segments told by conditions: the same groups in every table, in the graph, in a comparison; and in plain Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey_analytics import Warehouse, compare
from journey_analytics.engine.duck import connect
from journey_analytics.presentation.comparison import sentences
from tests.harness import run_pipeline

_CONFIG = """\
sources:
  - {name: web, connector: table, channel: web, class: web, files: web.csv, timezone: UTC, identifiers: {user_id: user},
     columns: {occurred_at: at, event_name: event, event_id: id, value: value, country: country, device: device}}
stages:
  - {name: Look}
  - {name: Buy, rules: [{events: [order_completed]}]}
segments:
  - device
  - entry_event
  - {name: big, where: "value > 100"}
  - {name: home, where: "country = 'NL' and session.event_count >= 1"}
  - {name: odd, where: "case when device = 'tablet' then null else try_cast(country as integer) is null end"}
funnels: [{name: buying, steps: [page_viewed, order_completed]}]
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("segments")
    lines = ["id,at,user,event,value,country,device"]
    for number in range(60):
        country, device = ("NL", "BE", "")[number % 3], ("mobile", "desktop", "tablet", "")[number % 4]
        lines.append(f"{number}a,2026-01-{number % 28 + 1:02}T10:00:00Z,u{number},page_viewed,,{country},{device}")
        if number % 2:
            worth = 40 * (number % 7)
            lines.append(f"{number}b,2026-02-01T11:00:00Z,u{number},order_completed,{worth},{country},{device}")
    (folder / "journey.yaml").write_text(_CONFIG, encoding="utf-8")
    (folder / "web.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return run_pipeline(folder / "journey.yaml", "2026-07-01T00:00:00")


def count(published: Path, table: str, measure: str, segment: str, where: str) -> dict[str, int]:
    """value -> the sum of a measure of a segmented table."""
    with connect(published, read_only=True) as con:
        return dict(
            con.execute(
                f"select segment_value, sum({measure})::bigint from {table} where segment = ? and {where} group by 1",
                [segment],
            ).fetchall()
        )


EXPECTED = {
    "big": {
        "true": sum(number % 2 == 1 and 40 * (number % 7) > 100 for number in range(60)),
        "false": sum(not (number % 2 == 1 and 40 * (number % 7) > 100) for number in range(60)),
    },
    "home": {"true": 20, "false": 40},
    "odd": {"true": 45, "(unknown)": 15},
    "entry_event": {"page_viewed": 60},
}


@pytest.mark.parametrize("segment", sorted(EXPECTED))
def test_every_table_has_the_same_groups(published: Path, segment: str) -> None:
    expected = EXPECTED[segment]
    assert count(published, "drop_off", "reached", segment, "stage = 'Look'") == expected
    assert count(published, "transitions", "transitions", segment, "from_stage = '(start)'") == expected
    assert count(published, "derived_segments", "1", segment, "true") == expected
    assert count(published, "funnel_steps", "customers", segment, "step = 1") == expected
    graphs = {
        value: sum(
            edge["transitions"]
            for start, _, edge in Warehouse(published).stage_graph((segment, value)).edges(data=True)
            if start == "(start)"
        )
        for value in expected
    }
    assert graphs == expected


def test_a_comparison_takes_the_segment_by_its_name(published: Path) -> None:
    named = compare(published, "big = 'true'", "big = 'false'")
    written = compare(published, "value > 100", "not (value > 100)")
    assert named.groups.left_journeys == written.groups.left_journeys == EXPECTED["big"]["true"]
    assert named.groups.right_journeys == EXPECTED["big"]["false"]
    assert "big is known only after a journey has run" in " ".join(sentences(named))


def test_overlap_is_named(published: Path) -> None:
    found = compare(published, "big = 'true'", "home = 'true'")
    assert found.groups.both_journeys > 0
    assert any(text.startswith("The groups overlap.") for text in sentences(found))


def test_what_is_told_by_the_outcome_is_not_tested(published: Path) -> None:
    with connect(published, read_only=True) as con:
        for table in ("contrasts", "changes"):
            assert con.sql(f"select count(*) from {table} where segment = 'big'").fetchall() == [(0,)]
        told = con.sql("select segment, definition, known_afterwards from segments order by 1").fetchall()
    assert ("big", "value > 100", True) in told
    assert {row[0] for row in told} == {"all", "journey", "device", "entry_event", "big", "home", "odd"}


def test_the_vocabulary_of_conditions_is_that_of_the_published_tables(published: Path) -> None:
    from journey_analytics.config.segments import CUSTOMER_COLUMNS, JOURNEY_COLUMNS, SESSION_COLUMNS

    with connect(published, read_only=True) as con:
        for table, known in (
            ("journeys", JOURNEY_COLUMNS),
            ("sessions", SESSION_COLUMNS),
            ("customers", CUSTOMER_COLUMNS),
        ):
            found = {row[0]: str(row[1]) for row in con.sql(f"describe {table}").fetchall()}
            ids = {"session_id", "customer_id"} if table != "journeys" else set()
            assert {name: kind for name, kind in found.items() if name not in ids} == known
