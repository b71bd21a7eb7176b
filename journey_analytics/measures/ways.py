"""Ways between two events of any log: from one, to one, or between both. semantics.md, "Ways", defines them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from journey_analytics.errors import Problem
from journey_analytics.measures.errors import MeasureError
from journey_analytics.measures.event_graph import END, START, path_bounds, paths_of_log
from journey_analytics.measures.log import DAY_US, Log, open_log
from journey_analytics.measures.ordering import Ints, Ordered

#: Stands where a way goes on and is not followed further.
MORE = "…"
#: How many events are followed where a way has one end only.
STEPS = 5


@dataclass(frozen=True)
class Ways:
    """The ways, and what they are a part of.

    Attributes:
        table: way (list of event names), times, customers, share (of all ways), median_seconds (first to last event of
            the way); the most frequent first.
        parts: Paths (sessions, journeys, customers) in all.
        begun: Of them, those in which a way could begin (that hold `from`, or `to` where only that is given).
        reached: Of these, those with at least one way.
    """

    table: pl.DataFrame
    parts: int
    begun: int
    reached: int


def ways(
    events: Any,
    start: str | None = None,
    to: str | None = None,
    by: str = "customer_id",
    steps: int = STEPS,
    merge_repeats: bool = False,
) -> pl.DataFrame:
    """The ways from one event to another, most frequent first.

    Args:
        events: As for `funnel`.
        start: Where ways begin; None: wherever the path does.
        to: Where they end; None: `steps` events later, or with the path.
        by: What a path is, as for `event_graph`.
        steps: How many events are followed where one end is open.
        merge_repeats: Whether an event that directly repeats itself counts as one.

    Returns:
        way (list of event names), times, customers, share and median_seconds, from its first to its last event.

    Raises:
        MeasureError: If this is no log of events, or the question makes no sense.

    Examples:
        >>> events = pl.DataFrame({
        ...     "customer_id": ["ann"] * 3 + ["ben"] * 2,
        ...     "event_name": ["viewed", "asked", "bought", "viewed", "bought"],
        ...     "occurred_at": ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-01", "2026-03-02"],
        ... })
        >>> ways(events, "viewed", "bought").select("way", "times").rows()
        [(['viewed', 'asked', 'bought'], 1), (['viewed', 'bought'], 1)]
    """
    with open_log(events, [by]) as log:
        return ways_of_log(log, start, to, by, steps, merge_repeats).table


def ways_of_log(
    log: Log, start: str | None, to: str | None, by: str, steps: int = STEPS, merge_repeats: bool = False
) -> Ways:
    """The ways of an open log, as `ways` says."""
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise MeasureError(Problem(f"{steps!r} is no number of steps", key="steps", remedy="Give 1 or more."))
    names, ordered = paths_of_log(log, by)
    begins, ends = path_bounds(ordered)
    code, unit = ordered.values["code"], ordered.unit
    firsts, lasts = np.flatnonzero(begins), np.flatnonzero(ends)
    is_from = _places(code, names, start)
    is_to = _places(code, names, to)
    if start is not None and to is not None:
        first, last, begun = _between(is_from, is_to, unit)
    elif start is not None:
        first = _first_of_each(is_from, unit)
        last = np.minimum(first + steps, lasts[unit[first]]) if len(first) else first
        begun = len(first)
    elif to is not None:
        last = _first_of_each(is_to, unit)
        first = np.maximum(last - steps, firsts[unit[last]]) if len(last) else last
        begun = len(last)
    else:
        first, begun = firsts, len(firsts)
        last = np.minimum(first + steps - 1, lasts)
    before = START if start is None else None
    table = _counted(names, ordered, first, last, begins, ends, before, to is None, merge_repeats)
    return Ways(table, len(firsts), begun, len(np.unique(unit[first])))


def _places(code: Ints, names: list[str], name: str | None) -> Ints:
    if name is None or name not in names:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(code == names.index(name)).astype(np.int64)


def _first_of_each(places: Ints, unit: Ints) -> Ints:
    """The first of the places in every path."""
    return places[np.append(True, unit[places][1:] != unit[places][:-1])] if len(places) else places


def _between(is_from: Ints, is_to: Ints, unit: Ints) -> tuple[Ints, Ints, int]:
    """Each way begins at the first `from` since the way before and ends at the next `to`."""
    begun = len(np.unique(unit[is_from]))
    if not len(is_from) or not len(is_to):
        return is_from[:0], is_from[:0], begun
    following = np.searchsorted(is_to, is_from, side="right")
    has = following < len(is_to)
    is_from, end = is_from[has], is_to[following[has]]
    same = unit[is_from] == unit[end]
    is_from, end = is_from[same], end[same]
    new = np.append(True, end[1:] != end[:-1])[: len(end)]
    return is_from[new], end[new], begun


def _counted(
    names: list[str],
    ordered: Ordered,
    first: Ints,
    last: Ints,
    begins: np.ndarray,
    ends: np.ndarray,
    before: str | None,
    is_open: bool,
    merge_repeats: bool,
) -> pl.DataFrame:
    code, at = ordered.values["code"], ordered.at
    sizes = last - first + 1
    way = np.repeat(np.arange(len(first)), sizes)
    place = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(first, sizes)
    if merge_repeats and len(place):
        kept = np.append(True, (code[place][1:] != code[place][:-1]) | (way[1:] != way[:-1]))
        way, place = way[kept], place[kept]
    listed = (
        pl.DataFrame({"way_no": way, "code": code[place]})
        .group_by("way_no", maintain_order=True)
        .agg(pl.col("code"))
        .with_columns(
            begins=pl.Series(begins[first], dtype=pl.Boolean),
            ends=pl.Series(ends[last], dtype=pl.Boolean),
            customer=pl.Series(ordered.customer[first], dtype=pl.Int64),
            us=_durations(ordered, at, first, last),
        )
    )
    counted = (
        listed.group_by(
            "code",
            "begins" if before else pl.lit(True).alias("begins"),
            "ends" if is_open else pl.lit(True).alias("ends"),
        )
        .agg(
            pl.len().cast(pl.Int64).alias("times"),
            pl.col("customer").n_unique().cast(pl.Int64).alias("customers"),
            pl.col("us").median().alias("us"),
        )
        .with_columns((pl.col("times") / max(len(first), 1)).alias("share"))
    )
    rows = []
    for codes, at_begin, at_end, times, customers, us, share in counted.iter_rows():
        walked = [names[number] for number in codes]
        if before is not None:
            walked.insert(0, before if at_begin else MORE)
        if is_open:
            walked.append(END if at_end else MORE)
        rows.append((walked, times, customers, share, None if us is None else us / 1e6))
    rows.sort(key=lambda row: (-row[1], row[0]))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "way": pl.List(pl.String), "times": pl.Int64, "customers": pl.Int64, "share": pl.Float64,
        "median_seconds": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _durations(ordered: Ordered, at: Ints, first: Ints, last: Ints) -> pl.Series:
    """Microseconds from first to last event; null where a date-only value leaves it open, or for one event."""
    microseconds = at[last] - at[first]
    known = last > first
    if ordered.whole_day is not None:
        known &= ~((ordered.whole_day[first] | ordered.whole_day[last]) & (microseconds < DAY_US))
    frame = pl.DataFrame({"us": pl.Series(microseconds, dtype=pl.Int64), "known": pl.Series(known, dtype=pl.Boolean)})
    return frame.select(pl.when("known").then("us")).to_series()
