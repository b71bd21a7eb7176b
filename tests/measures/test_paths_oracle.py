"""Sessions and the event graph against a few lines of plain Python, on small hostile logs.

Several logs are asked in one call, as a call costs more than a log: each has its own customers and event names, so that
no answer of one can depend on another.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from statistics import fmean, median
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_analytics import event_graph, sessionize
from journey_analytics.measures.paths import eventually_follows, rework, variants
from tests.harness import NIGHTLY

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = 60_000_000
LOGS = 20  # in one call
some = settings(max_examples=500 if NIGHTLY else 5, deadline=None, suppress_health_check=list(HealthCheck))

_MINUTES = [0, 0, 10, 30, 60, 61, 89, 120, 150]
_NAMES, _KEYS = ["a", "b", "b'); --"], ["10", "9", "e"]


def _row(log: int, number: int) -> tuple[Any, ...]:
    """A row from its number, whose digits say who did what, with which id and when: mostly at a moment of the list."""
    number, who = divmod(number, 2)
    number, name = divmod(number, len(_NAMES))
    number, key = divmod(number, len(_KEYS))
    listed = number < len(_MINUTES) * 100_000
    at = _MINUTES[number % len(_MINUTES)] * MINUTE if listed else (number * 7_919) % (100 * MINUTE)
    return (f"{log} {('ann', 'ben')[who]}", f"{log} {_NAMES[name]}", at, _KEYS[key])


_ROWS = st.integers(0, 2 * len(_NAMES) * len(_KEYS) * len(_MINUTES) * 200_000 - 1)


@st.composite
def rows_of(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """The rows of several logs, mixed; one draw for a row."""
    logs = [[_row(log, number) for number in draw(st.lists(_ROWS, max_size=14))] for log in range(LOGS)]
    return [row for place in itertools.zip_longest(*logs) for row in place if row is not None]


def frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    schema = {
        "customer_id": pl.String,
        "event_name": pl.String,
        "occurred_at": pl.Datetime("us", "UTC"),
        "event_id": pl.String,
    }
    data = [(who, name, EPOCH + timedelta(microseconds=at), key) for who, name, at, key in rows]
    return pl.DataFrame(data, schema=schema, orient="row")


@some
@given(rows_of(), st.sampled_from([10, 30]), st.sampled_from([45, 60, 1440]))
def test_sessions(rows: list[tuple[Any, ...]], timeout: int, longest: int) -> None:
    expected: dict[int, int] = {}
    for who in {row[0] for row in rows}:
        mine = sorted(((k, row[2]) for k, row in enumerate(rows) if row[0] == who), key=lambda x: x[1])
        runs: list[list[tuple[int, int]]] = []
        for place, at in mine:
            if not runs or at - runs[-1][-1][1] > timeout * MINUTE:
                runs.append([])
            runs[-1].append((place, at))
        number = 0
        for run in runs:
            begin, length = run[0][1], run[-1][1] - run[0][1]
            # a run of exactly the maximum length is not longer than it
            pieces = [(at - begin) // (longest * MINUTE) if length > longest * MINUTE else 0 for _, at in run]
            for k, (place, _) in enumerate(run):
                number += k == 0 or pieces[k] != pieces[k - 1]
                expected[place] = number
    found = sessionize(frame(rows), f"{timeout}m", f"{longest}m")
    assert found["session_number"].to_list() == [expected[place] for place in range(len(rows))]
    assert found.drop("session_id", "session_number").equals(frame(rows))
    assert found["session_id"].n_unique() == found.select("customer_id", "session_number").n_unique()


@some
@given(rows_of())
def test_edges(rows: list[tuple[Any, ...]]) -> None:
    gaps: dict[tuple[str, str], list[Any]] = defaultdict(list)
    people: dict[tuple[str, str], set[str]] = defaultdict(set)
    for who in {row[0] for row in rows}:
        mine = sorted((row for row in rows if row[0] == who), key=lambda row: (row[2], row[3], row[1]))
        path = [("(start)", None), *((row[1], row[2]) for row in mine), ("(end)", None)]
        for (left, before), (right, after) in itertools.pairwise(path):
            gaps[left, right].append(None if before is None or after is None else after - before)
            people[left, right].add(who)
    graph = event_graph(frame(rows))
    assert set(graph.edges) == set(gaps)
    for edge, seconds in gaps.items():
        found = graph.edges[edge]
        assert (found["weight"], found["customers"]) == (len(seconds), len(people[edge]))
        if None in seconds:
            assert (found["median_seconds"], found["p90_seconds"], found["mean_seconds"]) == (None, None, None)
            continue
        assert found["median_seconds"] == median(seconds) / 1e6
        assert found["mean_seconds"] == pytest.approx(fmean(seconds) / 1e6)
        ranked, place = sorted(seconds), 0.9 * (len(seconds) - 1)
        low = ranked[int(place)]
        high = ranked[min(int(place) + 1, len(ranked) - 1)]
        assert found["p90_seconds"] == pytest.approx((low + (high - low) * (place - int(place))) / 1e6)


@some
@given(rows_of())
def test_variants_follows_and_rework(rows: list[tuple[Any, ...]]) -> None:
    paths = []
    for who in {row[0] for row in rows}:
        mine = sorted((row for row in rows if row[0] == who), key=lambda row: (row[2], row[3], row[1]))
        paths.append([row[1] for row in mine])
    found = {tuple(variant): count for variant, count, _ in variants(frame(rows)).iter_rows()}
    assert found == Counter(tuple(path) for path in paths)
    pairs = Counter(
        pair for path in paths for pair in {(a, b) for place, a in enumerate(path) for b in path[place + 1 :]}
    )
    assert {(a, b): count for a, b, count in eventually_follows(frame(rows)).iter_rows()} == pairs
    for event, *counted in rework(frame(rows)).iter_rows():
        having = [path for path in paths if event in path]
        triples = [three for path in paths for three in zip(path, path[1:], path[2:], strict=False)]
        assert counted == [
            len(having),
            sum(path.count(event) > 1 for path in having),
            sum(path.count(event) - 1 for path in having),
            sum(pair == (event, event) for path in paths for pair in itertools.pairwise(path)),
            sum(a == c == event != b for a, b, c in triples),
        ]
