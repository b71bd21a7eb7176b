"""`sessionize`: runs of a customer's events without a long silence. semantics.md, "Session", defines them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl

from journey_analytics.errors import Problem
from journey_analytics.measures.errors import MeasureError
from journey_analytics.measures.log import open_log
from journey_analytics.measures.moments import duration_us
from journey_analytics.measures.ordering import Bools, Ints, ordered_events


def sessionize(
    events: Any,
    timeout: str | timedelta = "30m",
    max_length: str | timedelta = "24h",
    midnight: str | None = None,
) -> pl.DataFrame:
    """Number each customer's sessions.

    A gap *strictly greater* than the timeout starts a new session. A run longer than `max_length` is cut every
    `max_length` from its first event: piece k holds `first + k * max_length <= t < first + (k + 1) * max_length`. One
    of exactly `max_length` stays whole.

    Args:
        events: As for `funnel`. Every event counts; leave those out that shouldn't, such as mail opens.
        timeout: The longest gap inside a session.
        max_length: Where a long run is cut.
        midnight: A time zone such as `"Europe/Amsterdam"`, at whose midnights sessions end too; None: they don't.

    Returns:
        All rows and columns in their order, and session_id (text: customer and number, unique in the log) and
        session_number (from 1 within the customer).

    Raises:
        MeasureError: If the log has one of the two columns already, or an argument makes no sense.

    Examples:
        >>> import polars as pl
        >>> events = pl.DataFrame({
        ...     "customer_id": ["ann"] * 3,
        ...     "event_name": ["page_viewed"] * 3,
        ...     "occurred_at": ["2026-03-01T10:00:00Z", "2026-03-01T10:30:00Z", "2026-03-01T11:00:01Z"],
        ... })
        >>> sessionize(events)["session_number"].to_list()
        [1, 1, 2]
    """
    timeout_us, longest = duration_us(timeout, "timeout"), duration_us(max_length, "max_length")
    if midnight is not None:
        _check_zone(midnight)
    with open_log(events) as log:
        for column in ("session_id", "session_number"):
            if column in log.columns:
                raise MeasureError(Problem(f"the log has a column {column!r} already", remedy="Drop or rename it."))
        ordered = ordered_events(log, {}, ties=False)
        frame = events if isinstance(events, pl.DataFrame) else log.con.sql("FROM log").pl()
    new = _session_starts(ordered.unit, ordered.at, timeout_us, longest, midnight)
    # the k-th session of a customer: sessions up to here less those of the customers before
    total = np.cumsum(new)
    first = np.append(True, ordered.unit[1:] != ordered.unit[:-1]) if len(ordered) else np.zeros(0, dtype=np.bool_)
    base = (total[first] - 1)[np.cumsum(first) - 1] if len(ordered) else total
    number = np.empty(len(ordered), dtype=np.int64)
    number[ordered.row] = total - base
    numbered = frame.with_columns(pl.Series("session_number", number))
    session_id = pl.format("{}:{}", pl.col("customer_id").cast(pl.String), pl.col("session_number"))
    return numbered.select(*frame.columns, session_id.alias("session_id"), "session_number")


def _session_starts(unit: Ints, at: Ints, timeout: int, longest: int, midnight: str | None) -> Bools:
    """Which events start a session, shape (events,); events by customer and in time."""
    size = len(at)
    run_starts = np.ones(size, dtype=np.bool_)
    run_starts[1:] = (unit[1:] != unit[:-1]) | (at[1:] - at[:-1] > timeout)
    run = np.cumsum(run_starts) - 1
    begin, end = at[run_starts], at[np.append(run_starts[1:], True)] if size else at
    # a run of exactly the maximum length is not longer than it, and stays whole
    piece = np.where((end - begin > longest)[run], (at - begin[run]) // longest, 0)
    starts = run_starts.copy()
    starts[1:] |= piece[1:] != piece[:-1]
    if midnight is not None:
        local = pl.Series(at).cast(pl.Datetime("us")).dt.replace_time_zone("UTC").dt.convert_time_zone(midnight)
        day = local.dt.date().cast(pl.Int32).to_numpy()
        starts[1:] |= day[1:] != day[:-1]
    return starts


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        remedy = "Name one such as 'Europe/Amsterdam', or None."
        raise MeasureError(Problem(f"{zone!r} is no time zone", key="midnight", remedy=remedy)) from None
