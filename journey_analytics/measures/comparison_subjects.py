"""What is compared, one subject per journey and stage or visit: when it began, what ended it, how long it was followed.

Read from `journeys`, `journey_stages` and `stage_visits` of the published file for the journeys of the two groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

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


# Who is compared, with what became of the journey. A silence becomes known when the timeout has passed, a lost event
# at once.
_COMPARED = f"""
    SELECT
        t.journey_id, t.is_left, t.cluster, j.outcome,
        j.ended_at + CASE WHEN j.is_lost THEN INTERVAL 0 SECOND ELSE to_microseconds($timeout::BIGINT) END AS known_at
    FROM {TABLE} AS t
    JOIN journeys AS j USING (journey_id)
    WHERE j.start_observed
"""

_OF_STAGES = f"""
    SELECT
        r.stage_rank AS place, g.is_left, g.cluster, r.reached_at AS began_at,
        CASE r.outcome WHEN 'advanced' THEN 1 WHEN 'dropped' THEN {DROPPED} ELSE 0 END AS cause,
        CASE r.outcome WHEN 'advanced' THEN n.reached_at WHEN 'dropped' THEN g.known_at ELSE $as_of END AS ended_at
    FROM journey_stages AS r
    JOIN compared AS g USING (journey_id)
    LEFT JOIN journey_stages AS n ON n.journey_id = r.journey_id AND n.stage_rank = r.stage_rank + 1
"""

_OF_VISITS = f"""
    SELECT
        v.stage_rank AS place, g.is_left, g.cluster, v.entered_at AS began_at,
        CASE
            WHEN v.next_stage IS NOT NULL THEN n.stage_rank
            WHEN g.known_at > $as_of THEN 0
            WHEN g.outcome = 'completed' THEN {COMPLETED}
            WHEN g.outcome = 'dropped' THEN {DROPPED}
            ELSE 0
        END AS cause,
        CASE
            WHEN v.next_stage IS NOT NULL THEN v.left_at
            WHEN g.known_at <= $as_of AND g.outcome <> 'open' THEN g.known_at
            ELSE $as_of
        END AS ended_at
    FROM stage_visits AS v
    JOIN compared AS g USING (journey_id)
    LEFT JOIN stages AS n ON n.stage = v.next_stage
"""

_OF_STARTS = """
    SELECT 0, g.is_left, g.cluster, v.entered_at, v.stage_rank, v.entered_at
    FROM stage_visits AS v
    JOIN compared AS g USING (journey_id)
    WHERE v.visit_number = 1
"""


def stage_subjects(con: duckdb.DuckDBPyConnection, as_of: object, timeout_us: int) -> dict[int, Subjects]:
    """Journeys by the stage they reached; cause 1: went on beyond it, `DROPPED`: dropped there."""
    return _read(con, _OF_STAGES, as_of, timeout_us)


def visit_subjects(
    con: duckdb.DuckDBPyConnection, as_of: object, timeout_us: int, *, starts: bool
) -> dict[int, Subjects]:
    """Stage visits by stage, with `starts` under 0 those of journeys; the cause: the next stage's rank, or an end."""
    return _read(con, f"{_OF_VISITS} UNION ALL {_OF_STARTS}" if starts else _OF_VISITS, as_of, timeout_us)


def _read(con: duckdb.DuckDBPyConnection, query: str, as_of: object, timeout_us: int) -> dict[int, Subjects]:
    # a date without a time stands at the start of its day, so what followed may seem to come before it
    # the order is fixed, so that sums of floats never differ in their last digits
    stages = "SELECT DISTINCT stage, stage_rank FROM drop_off"
    rows = con.sql(
        f"WITH stages AS ({stages}), compared AS MATERIALIZED ({_COMPARED}), subjects AS ({query}) "
        "SELECT place, is_left, cluster, cause, "
        "greatest(epoch_us(ended_at) - epoch_us(began_at), 0) AS time, "
        "greatest(epoch_us($as_of::TIMESTAMP) - epoch_us(began_at), 0) AS followed FROM subjects "
        "ORDER BY place, is_left, cluster, time, cause, followed",
        params={"as_of": as_of, "timeout": timeout_us},
    ).fetchnumpy()
    return subjects_by_place(rows)


def subjects_by_place(rows: Mapping[str, np.ndarray]) -> dict[int, Subjects]:
    """The subjects of each place, from columns of `Subjects` and `place`, rising; shape (n,) each."""
    size = len(rows["place"])
    bounds = [0, *(np.flatnonzero(np.diff(rows["place"])) + 1), size] if size else []
    answer = {}
    for first, end in pairwise(bounds):
        answer[int(rows["place"][first])] = Subjects(
            rows["is_left"][first:end].astype(np.bool_),
            *(rows[name][first:end].astype(np.int64) for name in ("cluster", "time", "cause", "followed")),
        )
    return answer
