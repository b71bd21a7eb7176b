"""The funnel's calculation without the reading: from rows straight to the arrays, to try many more logs."""

from __future__ import annotations

import numpy as np
import polars as pl

from journey_analytics.measures.funnel_answer import answer
from journey_analytics.measures.funnel_attempts import judged_attempts
from journey_analytics.measures.funnel_spec import Exclusion, FunnelSpec, Matcher
from tests.measures.oracle_funnel import Question, Row


def core_answer(rows: list[Row], q: Question) -> pl.DataFrame:
    as_of = q.as_of if q.as_of is not None else max((row["at"] for row in rows), default=0)
    spec = FunnelSpec(
        steps=tuple(Matcher(str(sorted(step)), tuple(sorted(step))) for step in q.steps),
        window=q.window,
        order=q.order,
        exclusions=tuple(Exclusion(Matcher("x", tuple(names)), after, before) for names, after, before in q.exclude),
        exclusion=q.exclusion,
        optional=frozenset(q.optional),
        step_windows=tuple(q.step_windows.get(step) for step in range(1, len(q.steps) + 1)),
        count=q.count,
        entries=q.entries,
        as_of=q.as_of,
        ties=q.ties,
    )
    matchers = [*q.steps, *(names for names, _, _ in q.exclude)]
    listed = []
    for row in rows:
        mask = sum(1 << bit for bit, names in enumerate(matchers) if row["event_name"] in names)
        if row["at"] <= as_of and (mask or q.order == "strict"):
            part = row["session_id"] if q.count == "sessions" else ""
            tie = (row["event_id"], row["event_name"], row["row"])
            listed.append((row["customer_id"], part, row["at"], tie, mask))
    listed.sort()
    customers = sorted({item[0] for item in listed})
    units = sorted({item[:2] for item in listed})
    judged = judged_attempts(
        np.array([customers.index(item[0]) for item in listed], dtype=np.int64),
        np.array([units.index(item[:2]) for item in listed], dtype=np.int64),
        np.array([item[2] for item in listed], dtype=np.int64),
        np.array([item[4] for item in listed], dtype=np.int64),
        spec,
        as_of,
    )
    return answer(judged, spec)
