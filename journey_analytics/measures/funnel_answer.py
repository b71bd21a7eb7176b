"""The table of a funnel from its attempts: counts, rates over elapsed windows, times from the step before."""

from __future__ import annotations

import numpy as np
import polars as pl

from journey_analytics.measures.funnel_attempts import Judged
from journey_analytics.measures.funnel_spec import FunnelSpec
from journey_analytics.measures.log import DAY_US
from journey_analytics.measures.ordering import Ints

COLUMNS: dict[str, type[pl.DataType]] = {
    "step": pl.Int64,
    "name": pl.String,
    "customers": pl.Int64,
    "conversion_from_start": pl.Float64,
    "conversion_from_previous": pl.Float64,
    "dropped": pl.Int64,
    "open": pl.Int64,
    "median_seconds": pl.Float64,
    "mean_seconds": pl.Float64,
    "p25_seconds": pl.Float64,
    "p75_seconds": pl.Float64,
    "p90_seconds": pl.Float64,
}


def step_names(spec: FunnelSpec) -> list[str]:
    """The names of the rows; in any order a row is a number of steps, not a step."""
    if spec.order == "any":
        return [f"any {number} of {len(spec.steps)}" for number in range(1, len(spec.steps) + 1)]
    return [step.name for step in spec.steps]


def answer(judged: Judged, spec: FunnelSpec, chosen: Ints | None = None) -> pl.DataFrame:
    """One row per step.

    Args:
        judged: The attempts that count.
        spec: The funnel.
        chosen: Numbers of the attempts that are looked at; None: all.
    """
    pick = slice(None) if chosen is None else chosen
    taken = judged.taken[:, pick]
    furthest, is_open, is_elapsed = judged.furthest[pick], judged.is_open[pick], judged.is_elapsed[pick]
    reached = taken >= 0
    elapsed = (reached & is_elapsed).sum(axis=1)
    rows: list[tuple[object, ...]] = []
    previous: int | None = None
    times = step_seconds(judged, chosen)
    for number, name in enumerate(step_names(spec), 1):
        done = reached[number - 1]
        from_previous = None if previous is None else _ratio(int(elapsed[number - 1]), int(elapsed[previous - 1]))
        at_end = furthest == number
        rows.append(
            (
                number,
                name,
                int(done.sum()),
                _ratio(int(elapsed[number - 1]), int(elapsed[0])),
                from_previous,
                int((at_end & ~is_open).sum()) if number < taken.shape[0] else 0,
                int((at_end & is_open).sum()),
                *_times(times[number - 1]),
            )
        )
        if number not in spec.optional:
            previous = number
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def step_seconds(judged: Judged, chosen: Ints | None = None) -> list[np.ndarray]:
    """Per step, the seconds from the step before of each attempt that took it; none for the first step.

    A moment that stands for a whole day takes no part in durations under a day.
    """
    taken = judged.taken if chosen is None else judged.taken[:, chosen]
    before = np.full(taken.shape[1], -1, dtype=np.int64)
    found = []
    for number, served in enumerate(taken, 1):
        known = served >= 0
        microseconds = judged.events.at[served] - judged.events.at[before]
        if judged.whole_day is not None and len(judged.whole_day):
            vague = judged.whole_day[served] | judged.whole_day[before]
            found_here = known & ~(vague & (microseconds < DAY_US))
        else:
            found_here = known
        found.append(microseconds[found_here] / 1e6 if number > 1 else np.zeros(0))
        before = np.where(known, served, before)
    return found


def _ratio(above: int, below: int) -> float | None:
    return above / below if below else None


def _times(seconds: np.ndarray) -> tuple[float | None, ...]:
    """Median, mean, p25, p75 and p90, interpolated linearly."""
    if len(seconds) == 0:
        return (None,) * 5
    p25, median, p75, p90 = (float(value) for value in np.quantile(seconds, [0.25, 0.5, 0.75, 0.9]))
    return median, float(seconds.mean()), p25, p75, p90
