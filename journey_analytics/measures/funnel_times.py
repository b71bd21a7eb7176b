"""How long the steps of a funnel take, as a histogram whose classes people know: seconds to years."""

from __future__ import annotations

import numpy as np
import polars as pl

from journey_analytics.measures.funnel_answer import step_names, step_seconds
from journey_analytics.measures.funnel_attempts import Judged
from journey_analytics.measures.funnel_spec import FunnelSpec

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
#: Lower ends of the classes, in seconds; each reaches up to the next, exclusive.
CLASSES = (
    0.0, 1.0, 10.0, 30.0, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR,
    _DAY, 2 * _DAY, 4 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY, 60 * _DAY, 90 * _DAY, 180 * _DAY, 365 * _DAY,
)  # fmt: skip


def histogram(judged: Judged, spec: FunnelSpec) -> pl.DataFrame:
    """How many took how long for each step, from the step before.

    Args:
        judged: The attempts that count.
        spec: The funnel.

    Returns:
        step, name, from_seconds (inclusive), to_seconds (exclusive; null: no end) and customers; per step, every class
        from the quickest to the slowest that anybody took.
    """
    edges = np.array([*CLASSES, np.inf])
    rows = []
    for number, (name, seconds) in enumerate(zip(step_names(spec), step_seconds(judged), strict=True), 1):
        counts, _ = np.histogram(seconds, edges)
        filled = np.flatnonzero(counts)
        for place in range(filled[0], filled[-1] + 1) if len(filled) else ():
            upper = float(edges[place + 1])
            rows.append((number, name, CLASSES[place], None if np.isinf(upper) else upper, int(counts[place])))
    schema = {
        "step": pl.Int64, "name": pl.String, "from_seconds": pl.Float64, "to_seconds": pl.Float64,
        "customers": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
