"""`event_graph`: which event directly follows which. semantics.md, "Event graph", defines it."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import polars as pl

from journey_analytics.engine.duck import quote_name
from journey_analytics.errors import Problem
from journey_analytics.measures.errors import MeasureError
from journey_analytics.measures.log import DAY_US, NEEDED, Log, open_log
from journey_analytics.measures.ordering import Ordered, ordered_events

START, END = "(start)", "(end)"
#: What an edge says of the time between its events.
SECONDS = ("median_seconds", "p90_seconds", "mean_seconds")


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
    for left, right, weight, customers, *microseconds in _edges(ordered, begins, ends).iter_rows():
        # divided here: polars multiplies by the reciprocal, which is off in the last digit
        seconds = [None if value is None else value / 1e6 for value in microseconds]
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
    names = [row[0] for row in log.con.sql("SELECT DISTINCT event_name::VARCHAR FROM log ORDER BY 1").fetchall()]
    log.con.execute(
        "CREATE OR REPLACE TEMP TABLE names AS SELECT DISTINCT event_name::VARCHAR AS name FROM log ORDER BY 1"
    )
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


def _edges(ordered: Ordered, begins: np.ndarray, ends: np.ndarray) -> pl.DataFrame:
    """left, right (codes, -1 at the ends), weight, customers, median, p90, mean in us; in the order of the codes."""
    code, customer, at = ordered.values["code"], ordered.customer, ordered.at
    inner = ~ends[:-1] if len(ordered) else ends
    microseconds = pl.Series((at[1:] - at[:-1])[inner])
    if ordered.whole_day is not None:
        vague = (ordered.whole_day[1:] | ordered.whole_day[:-1])[inner]
        microseconds = pl.select(pl.when(~(pl.Series(vague) & (microseconds < DAY_US))).then(microseconds)).to_series()
    follows = pl.DataFrame(
        {
            "left": code[:-1][inner],
            "right": code[1:][inner],
            "customer": customer[:-1][inner],
            "us": microseconds,
        }
    )
    outer = [
        pl.DataFrame({"left": np.full(begins.sum(), -1), "right": code[begins], "customer": customer[begins]}),
        pl.DataFrame({"left": code[ends], "right": np.full(ends.sum(), -1), "customer": customer[ends]}),
    ]
    return (
        pl.concat([follows, *outer], how="diagonal")
        .group_by("left", "right")
        .agg(
            pl.len().alias("weight"),
            pl.col("customer").n_unique().alias("customers"),
            pl.col("us").median().alias("median_us"),
            pl.col("us").quantile(0.9, "linear").alias("p90_us"),
            pl.col("us").mean().alias("mean_us"),
        )
        .sort("left", "right")
    )
