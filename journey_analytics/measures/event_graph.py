"""`event_graph`: which event directly follows which. semantics.md, "Event graph", defines it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np

from journey_analytics.engine.duck import quote_name
from journey_analytics.errors import Problem
from journey_analytics.measures.errors import MeasureError
from journey_analytics.measures.log import DAY_US, NEEDED, Log, open_log
from journey_analytics.measures.ordering import Ordered, ordered_events

START, END = "(start)", "(end)"
#: What an edge says of the time between its events.
SECONDS = ("median_seconds", "p90_seconds", "mean_seconds")
Seconds = tuple[float, float, float] | tuple[None, None, None]


def event_graph(events: Any, by: str = "customer_id") -> nx.DiGraph[str]:
    """The directly-follows graph of a log's events.

    Args:
        events: As for `funnel`.
        by: What a path is: a customer's whole history, or a column that parts it, such as session_id; events without
            a value there stand in no path.

    Returns:
        Nodes `(start)`, the event names and `(end)`, with `events`, how often each occurs. Edges, self-loops
        included, with weight (how often the second directly follows the first), customers (how many have the edge)
        and median_seconds, p90_seconds and mean_seconds between the two (None at `(start)` and `(end)`).

    Raises:
        MeasureError: If this is no log of events, or lacks the column.

    Examples:
        >>> import polars as pl
        >>> events = pl.DataFrame({
        ...     "customer_id": ["ann", "ann", "ben"],
        ...     "event_name": ["page_viewed", "page_viewed", "page_viewed"],
        ...     "occurred_at": ["2026-03-01T10:00:00Z", "2026-03-01T10:00:30Z", "2026-03-02T09:00:00Z"],
        ... })
        >>> event_graph(events).edges["page_viewed", "page_viewed"]
        {'weight': 1, 'customers': 1, 'median_seconds': 30.0, 'p90_seconds': 30.0, 'mean_seconds': 30.0}
        >>> event_graph(events).edges["(start)", "page_viewed"]["median_seconds"] is None
        True
    """
    with open_log(events, [by]) as log:
        return graph_of_log(log, by)


def graph_of_log(log: Log, by: str) -> nx.DiGraph[str]:
    """The graph of an open log, as `event_graph` says."""
    names, ordered = paths_of_log(log, by)
    if START in names or END in names:
        wrong = f"an event is named {START!r} or {END!r}, as the ends of every path are"
        raise MeasureError(Problem(wrong, key="event_name", remedy="Rename the event."))
    graph: nx.DiGraph[str] = nx.DiGraph()
    counts = np.bincount(ordered.values["code"], minlength=len(names))
    begins, ends = path_bounds(ordered)
    graph.add_node(START, events=int(begins.sum()))
    graph.add_nodes_from((name, {"events": int(count)}) for name, count in zip(names, counts, strict=True))
    graph.add_node(END, events=int(ends.sum()))
    for left, right, weight, customers, seconds in _edges(ordered, begins, ends):
        graph.add_edge(
            START if left < 0 else names[left],
            END if right < 0 else names[right],
            weight=weight,
            customers=customers,
            **dict(zip(SECONDS, seconds, strict=True)),
        )
    return graph


def coded_paths(events: Any, by: str) -> tuple[list[str], Ordered]:
    """The event names in order, and all events of paths with `code`, the number of their name."""
    with open_log(events, [by]) as log:
        return paths_of_log(log, by)


def paths_of_log(log: Log, by: str) -> tuple[list[str], Ordered]:
    """What `coded_paths` gives, of an open log."""
    log.con.execute("CREATE OR REPLACE TEMP TABLE names AS SELECT DISTINCT event_name::VARCHAR AS name FROM log")
    names = [row[0] for row in log.con.sql("FROM names ORDER BY name").fetchall()]
    # a map, not a join: events must keep their order
    log.con.execute(
        "SET VARIABLE codes = (SELECT map(list(name), list(code)) "
        "FROM (SELECT name, row_number() OVER (ORDER BY name) - 1 AS code FROM names))"
    )
    where = "true" if by in NEEDED else f"{quote_name(by)} IS NOT NULL"
    code = "getvariable('codes')[event_name::VARCHAR]"
    return names, ordered_events(log, {"code": code}, where=where, unit=[] if by == "customer_id" else [by])


def path_bounds(ordered: Ordered) -> tuple[np.ndarray, np.ndarray]:
    """Which events are the first and which the last of their path, shape (events,) each."""
    size = len(ordered)
    if size == 0:
        return np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_)
    changes = ordered.unit[1:] != ordered.unit[:-1]
    return np.append(True, changes), np.append(changes, True)


def _edges(ordered: Ordered, begins: np.ndarray, ends: np.ndarray) -> Iterator[tuple[int, int, int, int, Seconds]]:
    """left, right (codes, -1 at the ends), weight, customers and seconds; in the order of the codes.

    One stable sort of small numbers groups the edges, one of plain integers puts the times of each in order: half of
    what grouping frames with medians costs.
    """
    code, customer, at = ordered.values["code"] + 1, ordered.customer, ordered.at
    width = int(code.max()) + 1 if len(code) else 1
    if width * width < 1 << 31 and len(code) < 1 << 31:  # half the memory to go through
        code, customer = code.astype(np.int32), customer.astype(np.int32)
    inner = ~ends[:-1] if len(code) else ends
    pairs = np.concatenate([(code[:-1] * width + code[1:])[inner], code[begins], code[ends] * width])
    who = np.concatenate([customer[:-1][inner], customer[begins], customer[ends]])
    # sixteen bits are sorted by counting
    order = np.argsort(pairs.astype(np.uint16) if width * width <= 1 << 16 else pairs, kind="stable")
    pairs, who = pairs[order], who[order]
    first = np.append(True, pairs[1:] != pairs[:-1]) if len(pairs) else np.zeros(0, dtype=np.bool_)
    begin = np.flatnonzero(first)
    edge = np.empty(len(pairs), dtype=pairs.dtype)
    edge[order] = np.cumsum(first) - 1
    # customers rise within an edge but for those of its two ends, which stand apart
    people = np.add.reduceat(first | np.append(True, who[1:] != who[:-1]), begin) if len(pairs) else begin
    weight = np.diff(np.append(begin, len(pairs)))
    timed, gaps = edge[: int(inner.sum())], (at[1:] - at[:-1])[inner] if len(code) else at
    if ordered.whole_day is not None and len(code):
        vague = (ordered.whole_day[1:] | ordered.whole_day[:-1])[inner] & (gaps < DAY_US)
        timed, gaps = timed[~vague], gaps[~vague]
    seconds = _seconds(timed, gaps, len(begin))
    for place, pair in enumerate(pairs[begin].tolist()):
        left, right = divmod(pair, width)
        yield left - 1, right - 1, int(weight[place]), int(people[place]), seconds[place]


def _seconds(edge: np.ndarray, gaps: np.ndarray, edges: int) -> list[Seconds]:
    """Median, p90 and mean seconds of each edge, exact to the microsecond; None where it has no times."""
    low = int(gaps.min(initial=0))
    bits = int(gaps.max(initial=0) - low).bit_length()
    if bits + edges.bit_length() < 63:  # both in one integer: plain sorts are several times faster than by two keys
        both = np.sort((edge.astype(np.int64) << bits) | (gaps - low))
        ranked = (both & ((1 << bits) - 1)) + low
    else:
        ranked = gaps[np.lexsort([gaps, edge])]
    count = np.bincount(edge, minlength=edges)
    begin = np.cumsum(count) - count
    some = np.flatnonzero(count)
    # in two halves, since a sum of microseconds can exceed 64 bits, and floats would depend on the order of rows
    high, rest = (np.zeros(edges, dtype=np.int64) for _ in range(2))
    if len(some):
        high[some], rest[some] = (
            np.add.reduceat(ranked >> 20, begin[some]),
            np.add.reduceat(ranked & ((1 << 20) - 1), begin[some]),
        )
    found: list[Seconds] = [(None, None, None)] * edges
    for place in some.tolist():
        size, at = int(count[place]), int(begin[place])
        mean = ((int(high[place]) << 20) + int(rest[place])) / size
        found[place] = (_quantile(ranked, at, size, 5) / 1e6, _quantile(ranked, at, size, 9) / 1e6, mean / 1e6)
    return found


def _quantile(ranked: np.ndarray, begin: int, size: int, tenths: int) -> float:
    """The quantile of `ranked[begin : begin + size]`, linear between neighbours."""
    place, part = divmod((size - 1) * tenths, 10)
    below = int(ranked[begin + place])
    return below + (int(ranked[begin + place + 1]) - below) * part / 10 if part else float(below)
