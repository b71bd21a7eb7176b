"""What is compared, one subject per journey and stage or visit: when it began, what ended it, how long it was followed.

Read from `journeys`, `journey_stages` and `stage_visits` of the published file for the journeys of the two groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np

from journey_analytics.measures.cluster import Clusters, Ints, Shared
from journey_analytics.measures.comparison_groups import TABLE
from journey_analytics.measures.incidence import AtRisk, at_risk

START = "(start)"
COMPLETED, DROPPED = 101, 102
#: Beyond the stages: what ends the last visit, as in the table of transitions.
ENDS = {COMPLETED: "(completed)", DROPPED: "(dropped)"}


@dataclass(frozen=True)
class Subjects:
    """Those who began at one place.

    Attributes:
        is_left: Of the left group, shape (n,).
        cluster: Number of the customer, shape (n,).
        time: Microseconds from the beginning to what ended it or to `as_of`, shape (n,).
        cause: What ended it; 0: nothing yet, shape (n,).
        followed: Microseconds from the beginning to `as_of`, shape (n,).
    """

    is_left: np.ndarray
    cluster: Ints
    time: Ints
    cause: Ints
    followed: Ints

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def none(cls) -> Subjects:
        """Nobody."""
        return cls(np.zeros(0, dtype=np.bool_), *(np.zeros(0, dtype=np.int64) for _ in range(4)))

    def of(self, left: bool) -> Subjects:
        """One of the two groups; asked for again it is the same."""
        return self._sides[0 if left else 1]

    @cached_property
    def _sides(self) -> tuple[Subjects, Subjects]:
        return tuple(  # type: ignore[return-value]
            Subjects(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))
            for chosen in (self.is_left, ~self.is_left)
        )

    @cached_property
    def clusters(self) -> Clusters:
        """Whose they are."""
        return Clusters(self.cluster)

    @cached_property
    def shared(self) -> Shared:
        """The customers of both groups."""
        return Shared.of(self.of(True).clusters, self.of(False).clusters)

    @cached_property
    def at_risk(self) -> AtRisk:
        """What the curves of all causes share."""
        return at_risk(self.time, self.cause)


# a silence becomes known when the timeout has passed, a lost event at once
_ENDED = "j.ended_at + CASE WHEN j.is_lost THEN INTERVAL 0 SECOND ELSE to_microseconds($timeout::BIGINT) END"

_OF_STAGES = f"""
    SELECT
        r.stage_rank AS place, g.is_left, g.cluster, r.reached_at AS began_at,
        CASE r.outcome WHEN 'advanced' THEN 1 WHEN 'dropped' THEN {DROPPED} ELSE 0 END AS cause,
        CASE r.outcome WHEN 'advanced' THEN n.reached_at WHEN 'dropped' THEN {_ENDED} ELSE $as_of END AS ended_at
    FROM journey_stages AS r
    JOIN {TABLE} AS g USING (journey_id)
    JOIN journeys AS j USING (journey_id)
    LEFT JOIN journey_stages AS n ON n.journey_id = r.journey_id AND n.stage_rank = r.stage_rank + 1
    WHERE j.start_observed
"""

_OF_VISITS = f"""
    SELECT
        v.stage_rank AS place, g.is_left, g.cluster, v.entered_at AS began_at,
        CASE
            WHEN v.next_stage IS NOT NULL THEN n.stage_rank
            WHEN {_ENDED} > $as_of THEN 0
            WHEN j.outcome = 'completed' THEN {COMPLETED}
            WHEN j.outcome = 'dropped' THEN {DROPPED}
            ELSE 0
        END AS cause,
        CASE WHEN v.next_stage IS NOT NULL THEN v.left_at WHEN {_ENDED} <= $as_of AND j.outcome <> 'open' THEN {_ENDED}
            ELSE $as_of END AS ended_at
    FROM stage_visits AS v
    JOIN journeys AS j USING (journey_id)
    JOIN {TABLE} AS g USING (journey_id)
    LEFT JOIN stages AS n ON n.stage = v.next_stage
    WHERE j.start_observed
    UNION ALL
    SELECT 0, g.is_left, g.cluster, v.entered_at, v.stage_rank, v.entered_at
    FROM stage_visits AS v
    JOIN journeys AS j USING (journey_id)
    JOIN {TABLE} AS g USING (journey_id)
    WHERE v.visit_number = 1 AND j.start_observed
"""


def stage_subjects(con: duckdb.DuckDBPyConnection, as_of: object, timeout_us: int) -> dict[int, Subjects]:
    """Journeys by the stage they reached; cause 1: went on beyond it, `DROPPED`: dropped there."""
    return _read(con, _OF_STAGES, as_of, timeout_us)


def visit_subjects(con: duckdb.DuckDBPyConnection, as_of: object, timeout_us: int) -> dict[int, Subjects]:
    """Stage visits by stage, and under 0 the starts of journeys; the cause is the rank of the next stage, or an end."""
    return _read(con, _OF_VISITS, as_of, timeout_us)


def _read(con: duckdb.DuckDBPyConnection, query: str, as_of: object, timeout_us: int) -> dict[int, Subjects]:
    # a date without a time stands at the start of its day, so what followed may seem to come before it
    # the order is fixed, so that sums of floats never differ in their last digits
    stages = "SELECT DISTINCT stage, stage_rank FROM drop_off"
    rows = con.sql(
        f"WITH stages AS ({stages}), subjects AS ({query}) SELECT place, is_left, cluster, cause, "
        "greatest(epoch_us(ended_at) - epoch_us(began_at), 0) AS time, "
        "greatest(epoch_us($as_of::TIMESTAMP) - epoch_us(began_at), 0) AS followed FROM subjects "
        "ORDER BY place, is_left, cluster, time, cause, followed",
        params={"as_of": as_of, "timeout": timeout_us},
    ).fetchnumpy()
    return subjects_by_place(rows)


def subjects_by_place(rows: Mapping[str, np.ndarray]) -> dict[int, Subjects]:
    """The subjects of each place, from columns of `Subjects` and `place`, rising; shape (n,) each."""
    bounds = np.flatnonzero(np.diff(rows["place"])) + 1
    answer = {}
    for part in np.split(np.arange(len(rows["place"])), bounds):
        if len(part):
            answer[int(rows["place"][part[0]])] = Subjects(
                rows["is_left"][part].astype(np.bool_),
                *(rows[name][part].astype(np.int64) for name in ("cluster", "time", "cause", "followed")),
            )
    return answer
