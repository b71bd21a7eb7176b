"""Events and graphs with every value that a log may hold: out and back in unchanged, or one clear error."""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import networkx as nx
import polars as pl
import pytest

from journey_analytics.engine.duck import connect
from journey_analytics.errors import ConfigError
from journey_analytics.exchange.events import EVENT_FORMATS, read_events, write_events
from journey_analytics.exchange.graphs import GRAPH_FORMATS

TEXTS = [
    *["<script>alert(1)</script>", "=1+1", "'\"", "a\nb\r\n\tc", "\x00\x1b[2J", "\u202eexe", "", "_x000D_"],
    *["]]>", "\u00e9" * 1000, "\ufffe\uffff", "  ", "\U0001f600", "NaN", "null", "-0", "1e5", "true"],
    *["2026-01-01T00:00:00", "[1]", "{}"],
]
TIMES = [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), datetime(2026, 1, 1, 0, 0, 0, 1)]
NUMBERS = [None, math.nan, math.inf, -math.inf, 1e308, -0.0, 0.1, 5e-324, 2.0**63]


def events() -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for k in range(2 * len(TEXTS)):
        texts = [TEXTS[(k + shift) % len(TEXTS)] for shift in range(4)]
        flags = texts[2:] if k % 3 else [] if k % 2 else None
        rows.append(
            (f"c{k // 4}", texts[0], TIMES[k % 3], NUMBERS[k % len(NUMBERS)], flags, texts[1] if k % 5 else None)
        )
    return pl.DataFrame(
        rows,
        schema={
            "customer_id": pl.String,
            "event_name": pl.String,
            "occurred_at": pl.Datetime("us"),
            "value": pl.Float64,
            "flags": pl.List(pl.String),
            "campaign": pl.String,
        },
        orient="row",
    )


@pytest.mark.parametrize("form", EVENT_FORMATS)
def test_events_come_back_unchanged(form: str, tmp_path: Path) -> None:
    frame, path = events(), tmp_path / f"events.{form}"
    with connect() as con, path.open("wb") as file:
        con.register("given", frame.to_arrow())
        counts = write_events(file, con.sql("FROM given"), form, "customer_id")
    assert counts["events"] == frame.height
    back = read_events(path)
    assert back.select(frame.columns).equals(frame)
    assert back.select(frame.columns).schema == frame.schema


def test_json_is_json_also_where_numbers_are_none(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    with connect() as con, path.open("wb") as file:
        con.register("given", events().to_arrow())
        write_events(file, con.sql("FROM given"), "json", "customer_id")
    for line in path.read_text(encoding="utf-8").splitlines():
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize("form", sorted(GRAPH_FORMATS))
def test_a_graph_of_hostile_names_comes_back_unchanged(form: str) -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    for k, (left, right) in enumerate(zip(TEXTS, TEXTS[1:] + TEXTS[:1], strict=True)):
        graph.add_edge(left, right, weight=2**63 - 1 - k, median_seconds=None if k % 2 else 1e300)
    write, read = GRAPH_FORMATS[form]
    back = read(write(graph))
    assert list(back.nodes(data=True)) == list(graph.nodes(data=True))
    assert list(back.edges(data=True)) == list(graph.edges(data=True))


@pytest.mark.parametrize("edge", [("a", "b", 2**70), ("a\ud800", "b", 1)])
def test_what_parquet_has_no_form_for_is_one_error(edge: tuple[str, str, int]) -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edge(edge[0], edge[1], weight=edge[2])
    with pytest.raises(ConfigError, match="no form for a value"):
        GRAPH_FORMATS["parquet"][0](graph)
