"""`funnel`: how many get from step to step of any log. semantics.md, "Funnel", defines every figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.errors import Problem
from journey_analytics.measures.errors import MeasureError
from journey_analytics.measures.funnel_answer import COLUMNS, answer
from journey_analytics.measures.funnel_attempts import Judged, judged_attempts
from journey_analytics.measures.funnel_spec import FunnelSpec, Matcher, funnel_spec
from journey_analytics.measures.log import Log, open_log
from journey_analytics.measures.ordering import Ordered, ordered_events
from journey_analytics.measures.sessionize import sessionize

#: What is counted -> the column that tells one from another; customers and attempts have none of their own.
PARTS = {"sessions": "session_id", "journeys": "journey_id"}


def funnel(
    events: Any,
    steps: Sequence[Any],
    window: str | timedelta | None = None,
    order: str = "ordered",
    exclude: Any = (),
    exclusion: str = "attempt",
    optional: Any = (),
    step_windows: Any = None,
    count: str = "customers",
    by: str | None = None,
    by_at: str = "entry",
    entries: tuple[Any, Any] = (None, None),
    as_of: Any = None,
    ties: str = "order",
) -> pl.DataFrame:
    """How many customers get from step to step, and how long they take.

    Every event that can serve as the first step begins an attempt; each further step takes the earliest event after
    the step before that can serve. A customer counts once, at the furthest step of the best attempt.

    Args:
        events: A polars or pandas frame, an Arrow table, a DuckDB relation, or the path of Parquet or CSV, with
            customer_id, event_name and occurred_at (a moment, a date or ISO text; UTC without an offset). Events at
            one moment stand in the order of source, sequence and event_id where the log has them, then of
            event_name, then of rows. A null in one of the three is an error.
        steps: Each an event name, a list of names (any of them), or a condition over the event's columns:
            `{"where": "value > 100"}`, with `events` (both must hold) and `name` where wanted.
        window: How long an attempt may take from its first step, inclusive: `"14d"` or a timedelta.
        order: `ordered` (others between allowed), `strict` (nothing between) or `any`; then row k counts who did k
            different steps, and every step can begin an attempt.
        exclude: Events that must not happen between the first and the last step, or `(event, after_step,
            before_step)`, steps counted from 1; an event is given as a step is.
        exclusion: What an excluded event ends: the `attempt`, or the `customer`, who is then not counted at all.
        optional: Steps that may be skipped, by number or name.
        step_windows: Windows that run from the step before: one per step from the second on, `{step: window}`, or
            one for all.
        count: What is counted: `customers`, `sessions` (by session_id; made as `sessionize` does where the log has
            none), `journeys` (by journey_id) or `attempts` (every one by itself).
        by: A column whose values break the answer down; unknown is a value of its own.
        by_at: Whose value: that of the event of the `entry`, or the `first` or `last` known among the best attempt's
            steps.
        entries: From (inclusive) and to (exclusive) of attempts' first steps; what follows may fall later.
        as_of: The moment of the answer: later events don't exist yet. The newest event's by default.
        ties: `order`: events at one moment stand in the total order; `any`: either order counts.

    Returns:
        One row per step (per value of `by`, which then is the first column, and step): step, name, customers,
        conversion_from_start, conversion_from_previous (both over those whose window has elapsed; null where there
        are none), dropped and open (whose furthest step this is), and median_seconds, mean_seconds, p25_seconds,
        p75_seconds, p90_seconds from the step before. Seconds keep the microseconds.

    Raises:
        MeasureError: A `JourneyError` and `ValueError`, for what makes no sense.

    Examples:
        >>> import polars as pl
        >>> events = pl.DataFrame({
        ...     "customer_id": ["ann", "ann", "ben"],
        ...     "event_name": ["product_viewed", "order_completed", "product_viewed"],
        ...     "occurred_at": ["2026-03-01T10:00:00Z", "2026-03-01T10:30:00Z", "2026-03-02T09:00:00Z"],
        ... })
        >>> funnel(events, ["product_viewed", "order_completed"]).select("step", "customers", "median_seconds").rows()
        [(1, 2, None), (2, 1, 1800.0)]
        >>> funnel(events, ["product_viewed", "refund_asked"])["customers"].to_list()
        [2, 0]
    """
    spec = checked_spec(
        steps, window, order, exclude, exclusion, optional, step_windows, count, by, by_at, entries, as_of, ties
    )
    if spec.count == "sessions":
        events = _with_sessions(events)
    needed = [column for column in (PARTS.get(spec.count), spec.by) if column is not None]
    with open_log(events, needed) as log:
        return funnel_of_log(log, spec)


def checked_spec(*arguments: Any, **options: Any) -> FunnelSpec:
    """The arguments of `funnel`, after the events, checked.

    Raises:
        MeasureError: For what makes no sense.
    """
    spec = funnel_spec(*arguments, **options)
    if spec.by in COLUMNS:
        wrong = f"the answer has a column {spec.by!r} of its own"
        raise MeasureError(Problem(wrong, key="by", remedy="Rename the log's."))
    return spec


def funnel_of_log(log: Log, spec: FunnelSpec) -> pl.DataFrame:
    """The answer for an open log."""
    judged, ordered = judged_of_log(log, spec, [spec.by] if spec.by else [])
    return answer(judged, spec) if spec.by is None else broken_down(judged, ordered, spec, spec.by)


def judged_of_log(log: Log, spec: FunnelSpec, keep: Sequence[str] = ()) -> tuple[Judged, Ordered]:
    """The attempts that count, and the events they are made of.

    Args:
        log: The open log.
        spec: The funnel.
        keep: Columns that the answer may be broken down by.
    """
    mask = mask_sql([*spec.steps, *(exclusion.matcher for exclusion in spec.exclusions)], log)
    as_of = spec.as_of if spec.as_of is not None else log.as_of
    if as_of is None:
        newest = log.row(f"SELECT max({log.time_sql}) FROM log")
        as_of = newest[0] if newest and newest[0] is not None else 0
    where = "true" if spec.order == "strict" else f"{mask} <> 0"
    if spec.as_of is not None:
        where += f" AND {log.known_sql or log.time_sql} <= {spec.as_of}"
    part = PARTS.get(spec.count)
    if part is not None:
        where += f" AND {quote_name(part)} IS NOT NULL"
    ordered = ordered_events(
        log,
        {"mask": mask},
        where=where,
        unit=[part] if part else [],
        keep=keep,
        # free order needs none, but where a breakdown asks for the first of several
        ties=True,
    )
    judged = judged_attempts(ordered.customer, ordered.unit, ordered.at, ordered.values["mask"], spec, as_of)
    return replace(judged, whole_day=ordered.whole_day), ordered


def _with_sessions(events: Any) -> Any:
    with open_log(events) as log:
        known = "session_id" in log.columns
    return events if known else sessionize(events)


def mask_sql(matchers: Sequence[Matcher], log: Log) -> str:
    """SQL of the integer whose bit k says that an event matches matcher k. Each name is compared once."""
    bits: dict[str, int] = {}
    parts = []
    for number, matcher in enumerate(matchers):
        for name in matcher.events:
            bits[name] = bits.get(name, 0) | 1 << number
        tests = [log.where(condition) for condition in matcher.where]
        for names, condition in matcher.pairs:
            listed = ", ".join(quote_text(name) for name in names)
            tests.append(f"(event_name::VARCHAR IN ({listed}) AND {log.where(condition)})")
        if tests:
            parts.append(f"CASE WHEN {' OR '.join(tests)} THEN {1 << number}::BIGINT ELSE 0 END")
    if bits:
        cases = " ".join(f"WHEN {quote_text(name)} THEN {value}::BIGINT" for name, value in bits.items())
        parts.insert(0, f"CASE event_name::VARCHAR {cases} ELSE 0 END")
    return "(" + " | ".join(parts) + ")"


def broken_down(judged: Judged, ordered: Ordered, spec: FunnelSpec, by: str) -> pl.DataFrame:
    """The answer for each value of a column that `judged_of_log` kept; the column comes first, unknown last."""
    column = ordered.table.column(f"k_{by}")
    place = judged.taken[0]
    if spec.by_at != "entry":
        known = np.append(np.asarray(column.is_valid().to_numpy(zero_copy_only=False))[ordered.row], False)
        rows = judged.taken if spec.by_at == "last" else judged.taken[::-1]
        for served in rows:  # the one that is looked at last stays
            place = np.where((served >= 0) & known[served], served, place)
    values = pl.Series(by, pl.from_arrow(column.take(ordered.row[place])) if len(place) else [])
    if values.dtype.is_nested():  # lists and structs don't group; their text does
        texts = [None if value is None else str(value) for value in values.to_list()]
        values = pl.Series(by, texts, dtype=pl.String)
    frame = pl.DataFrame({by: values}).with_row_index("attempt")
    parts = []
    for (value,), members in sorted(
        frame.partition_by(by, as_dict=True).items(), key=lambda item: (item[0][0] is None, _sortable(item[0][0]))
    ):
        table = answer(judged, spec, members["attempt"].to_numpy().astype(np.int64))
        parts.append(table.select(pl.lit(value, dtype=values.dtype).alias(by), pl.all()))
    return pl.concat(parts) if parts else pl.DataFrame(schema={by: values.dtype, **COLUMNS})


def _sortable(value: Any) -> Any:
    return value if isinstance(value, int | float) else str(value)
