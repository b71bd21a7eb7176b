"""Paths of any log: variants, eventually-follows, rework and ping-pong. Counts over whole paths, no drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from journey_analytics.measures.event_graph import coded_paths, path_bounds
from journey_analytics.measures.ordering import Ordered


def _path_frame(names: list[str], ordered: Ordered) -> pl.DataFrame:
    """path, event and at, in order."""
    events = pl.Series(names, dtype=pl.String).gather(ordered.values["code"])
    return pl.DataFrame({"path": ordered.unit, "event": events, "at": ordered.at})


def variants(events: Any, by: str = "customer_id") -> pl.DataFrame:
    """The distinct paths, most frequent first.

    Args:
        events: As for `funnel`.
        by: What a path is, as for `event_graph`.

    Returns:
        variant (list of event names), paths (how many take it) and share of all.

    Examples:
        >>> events = pl.DataFrame({
        ...     "customer_id": ["ann", "ann", "ben"],
        ...     "event_name": ["viewed", "bought", "viewed"],
        ...     "occurred_at": ["2026-03-01T10:00:00Z", "2026-03-01T10:00:30Z", "2026-03-02T09:00:00Z"],
        ... })
        >>> variants(events).rows()
        [(['viewed'], 1, 0.5), (['viewed', 'bought'], 1, 0.5)]
    """
    names, ordered = coded_paths(events, by)
    walked = _path_frame(names, ordered).group_by("path", maintain_order=True).agg(pl.col("event").alias("variant"))
    counted = walked.group_by("variant").agg(pl.len().cast(pl.Int64).alias("paths"))
    total = max(walked.height, 1)
    # ties by the names, so that the order never changes
    return (
        counted.with_columns((pl.col("paths") / total).alias("share"), pl.col("variant").list.join("\x1f").alias("key"))
        .sort(["paths", "key"], descending=[True, False])
        .drop("key")
    )


def eventually_follows(events: Any, by: str = "customer_id") -> pl.DataFrame:
    """In how many paths one event happens somewhere before another.

    Returns:
        from_event, to_event and paths, one row per pair that occurs (an event twice follows itself), by name.

    Examples:
        >>> events = pl.DataFrame({
        ...     "customer_id": ["ann"] * 3, "event_name": ["viewed", "left", "bought"],
        ...     "occurred_at": ["2026-03-01", "2026-03-02", "2026-03-03"],
        ... })
        >>> eventually_follows(events).rows()
        [('left', 'bought', 1), ('viewed', 'bought', 1), ('viewed', 'left', 1)]
    """
    names, ordered = coded_paths(events, by)
    walked = _path_frame(names, ordered).with_row_index("place")
    # a before b somewhere: b's last place lies after a's first
    spans = walked.group_by("path", "event").agg(
        pl.col("place").min().alias("first"), pl.col("place").max().alias("last")
    )
    pairs = spans.join(spans, on="path", suffix="_to").filter(pl.col("first") < pl.col("last_to"))
    return (
        pairs.group_by(pl.col("event").alias("from_event"), pl.col("event_to").alias("to_event"))
        .agg(pl.len().cast(pl.Int64).alias("paths"))
        .sort("from_event", "to_event")
    )


def rework(events: Any, by: str = "customer_id") -> pl.DataFrame:
    """Where paths come back: repeats of an event, and ping-pong (a, b, a with b another event than a).

    Returns:
        event, paths (that have it), repeated_paths (that have it more than once), repeats (occurrences beyond the
        first), self_loops (directly after itself) and ping_pongs (times an `event, other, event` ends here), by name.

    Examples:
        >>> events = pl.DataFrame({
        ...     "customer_id": ["ann"] * 4, "event_name": ["a", "b", "a", "a"],
        ...     "occurred_at": ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"],
        ... })
        >>> rework(events).row(0, named=True)
        {'event': 'a', 'paths': 1, 'repeated_paths': 1, 'repeats': 2, 'self_loops': 1, 'ping_pongs': 1}
    """
    names, ordered = coded_paths(events, by)
    code, unit = ordered.values["code"], ordered.unit
    begins, _ = path_bounds(ordered)
    loops, back = np.zeros(len(code), dtype=np.bool_), np.zeros(len(code), dtype=np.bool_)
    loops[1:] = (code[1:] == code[:-1]) & ~begins[1:]
    back[2:] = (code[2:] == code[:-2]) & (code[2:] != code[1:-1]) & (unit[2:] == unit[:-2])
    walked = _path_frame(names, ordered).with_columns(loop=pl.Series(loops), back=pl.Series(back))
    per_path = walked.group_by("path", "event").agg(pl.len().alias("n"), pl.col("loop").sum(), pl.col("back").sum())
    return (
        per_path.group_by("event")
        .agg(
            pl.len().cast(pl.Int64).alias("paths"),
            (pl.col("n") > 1).sum().cast(pl.Int64).alias("repeated_paths"),
            (pl.col("n").cast(pl.Int64) - 1).sum().alias("repeats"),
            pl.col("loop").sum().cast(pl.Int64).alias("self_loops"),
            pl.col("back").sum().cast(pl.Int64).alias("ping_pongs"),
        )
        .sort("event")
    )
