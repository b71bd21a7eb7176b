"""What part of a conversion each channel of its path is credited with, by the SELECT that a run credits paths by."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import duckdb
import pyarrow as pa

from journey_analytics.engine.sql_files import sql_text

#: Models whose credit is a sum over the touchpoints of a path.
ADDITIVE = ("first", "last", "last_non_direct", "linear", "position", "time_decay", "shapley")


def path_shares(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[Sequence[str]],
    days_before: Sequence[Sequence[float]] | None,
    model: str,
) -> list[tuple[int, str, float]]:
    """The shares of every path.

    Args:
        con: Any connection; nothing stays on it.
        paths: Channels of each, oldest first; none is empty.
        days_before: Days before the conversion, one per channel, for `time_decay`.
        model: One of `ADDITIVE`.

    Returns:
        (number of the path, channel, share), by both; the shares of a path sum to 1.
    """
    if not paths:
        return []
    sizes = [len(path) for path in paths]
    days = None if days_before is None else [float(day) for path in days_before for day in path]
    touches = pa.table(
        {
            "is_converted": pa.repeat(True, sum(sizes)),
            "path_no": pa.array([number for number, size in enumerate(sizes) for _ in range(size)], pa.int64()),
            "place": pa.array([place for size in sizes for place in range(size)], pa.int64()),
            "channel_group": pa.array([channel for path in paths for channel in path], pa.string()),
            "days_before": pa.nulls(sum(sizes), pa.float64()) if days is None else pa.array(days, pa.float64()),
        }
    )
    con.register("path_touches", touches)
    try:
        return con.execute(
            f"SELECT path_no, channel_group, sum(w_{model})::DOUBLE FROM ({_weights()}) GROUP BY ALL "
            "ORDER BY path_no, channel_group"
        ).fetchall()
    finally:
        con.unregister("path_touches")


@lru_cache(maxsize=1)
def _weights() -> str:
    return sql_text("core/path_weights.sql")
