"""Attempts at a funnel as subjects of a comparison: one per journey, followed from its first step."""

from __future__ import annotations

import duckdb
import numpy as np

from journey_analytics.engine.duck import quote_text
from journey_analytics.measures.comparison_groups import TABLE
from journey_analytics.measures.comparison_subjects import Subjects
from journey_analytics.measures.funnel import mask_sql
from journey_analytics.measures.funnel_attempts import judged_attempts
from journey_analytics.measures.funnel_spec import FunnelSpec
from journey_analytics.measures.log import open_log
from journey_analytics.measures.ordering import ordered_events


def step_subjects(con: duckdb.DuckDBPyConnection, spec: FunnelSpec, as_of_us: int) -> dict[int, Subjects]:
    """The best attempt of every journey, by step from the second on; cause 1: it reached that step.

    An attempt that can't go on, because its window is over or an exclusion ended it, has not converted and never will:
    it stays at risk, so that the curve is the share of all attempts.

    Args:
        con: The published warehouse, with the groups made.
        spec: The funnel; a journey is its unit.
        as_of_us: The run's as_of, in microseconds.
    """
    matchers = [*spec.steps, *(exclusion.matcher for exclusion in spec.exclusions)]
    columns, chosen = "e.customer_id, e.event_name, e.occurred_at", ""
    if any(matcher.where or matcher.pairs for matcher in matchers):
        columns = "e.* EXCLUDE (source, event_id)"  # their order is the position's
    elif spec.order != "strict":
        names = ", ".join(quote_text(name) for matcher in matchers for name in matcher.events)
        chosen = f"AND e.event_name IN ({names})"
    if not columns.startswith("e.*"):
        columns += ", e.journey_id"
    events = con.sql(
        f"SELECT {columns}, e.position AS sequence, g.is_left, g.cluster FROM events AS e "
        f"JOIN {TABLE} AS g ON g.journey_id = e.journey_id WHERE e.position IS NOT NULL {chosen}"
    )
    with open_log(events, ["journey_id"]) as log:
        ordered = ordered_events(
            log,
            {"mask": mask_sql(matchers, log), "is_left": "is_left::INTEGER", "cluster": "cluster"},
            where="true" if spec.order == "strict" else f"{mask_sql(matchers, log)} <> 0",
            unit=["journey_id"],
        )
    tried = judged_attempts(ordered.customer, ordered.unit, ordered.at, ordered.values["mask"], spec, as_of_us)
    # in any order the k-th step done need not stand in row k's place of time: a row holds who did k steps, and when
    entry = (
        tried.taken[0]
        if spec.order != "any"
        else tried.taken.min(axis=0, initial=np.iinfo(np.int64).max, where=tried.taken >= 0)
    )
    at = ordered.at
    followed = np.maximum(as_of_us - at[entry], 0) if len(entry) else np.zeros(0, dtype=np.int64)
    answer = {}
    for step in range(2, len(spec.steps) + 1):
        reached = tried.taken[step - 1] >= 0
        time = np.where(reached, at[tried.taken[step - 1]] - at[entry], followed) if len(entry) else followed
        answer[step] = Subjects(
            ordered.values["is_left"][entry] == 1,
            ordered.values["cluster"][entry],
            time,
            reached.astype(np.int64),
            followed,
        )
    return answer
