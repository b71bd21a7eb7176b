"""The table `period_comparisons`: the last complete month and quarter beside the ones before, as `compare` has them.

A journey belongs to the period in which it starts, so no period cuts one in two. Who reached what is known from
`reach_facts`; told from visits, as of any two groups, it would cost three times as much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

import duckdb
import numpy as np

from journey_analytics.engine.duck import sharing_memory
from journey_analytics.engine.rounding import twelve_digits
from journey_analytics.measures.compare import compare_drop_off
from journey_analytics.measures.comparison_subjects import DROPPED, Subjects, subjects_by_place

_TABLE = """
CREATE TABLE pub.main.period_comparisons (
    period VARCHAR, left_period VARCHAR, right_period VARCHAR, right_from_at TIMESTAMP, left_from_at TIMESTAMP,
    left_to_at TIMESTAMP, left_journeys BIGINT, right_journeys BIGINT, left_customers BIGINT, right_customers BIGINT,
    both_customers BIGINT, measure VARCHAR, stage VARCHAR, stage_rank INTEGER, age_days DOUBLE,
    left_count BIGINT, right_count BIGINT,
    left_events BIGINT, right_events BIGINT, left_value DOUBLE, right_value DOUBLE, difference DOUBLE, low DOUBLE,
    high DOUBLE, p_value DOUBLE, p_adjusted DOUBLE, survives BOOLEAN, sooner VARCHAR, is_small BOOLEAN, note VARCHAR
)
"""
# Held of a subject while it is compared: columns as fetched, as whole numbers, by side, and what is sorted of them.
_BYTES_PER_SUBJECT = 150
# The ends of the last complete month and quarter, and of the last month all of whose journeys had time to be decided.
_PERIODS = """
WITH ends AS (
    SELECT 'month' AS period, INTERVAL 1 MONTH AS step, date_trunc('month', local_date(as_of)) AS day FROM run_clock
    UNION ALL
    SELECT 'quarter', INTERVAL 3 MONTH, date_trunc('quarter', local_date(as_of)) FROM run_clock
    UNION ALL
    SELECT 'settled month', INTERVAL 1 MONTH,
        date_trunc('month', local_date(as_of - to_microseconds(getvariable('horizon')))) FROM run_clock
),
days AS (SELECT period, day::DATE AS until, (day - step)::DATE AS middle, (day - step - step)::DATE AS since FROM ends)
SELECT
    period,
    CASE period WHEN 'quarter' THEN concat(year(middle), '-Q', quarter(middle)) ELSE strftime(middle, '%Y-%m') END,
    CASE period WHEN 'quarter' THEN concat(year(since), '-Q', quarter(since)) ELSE strftime(since, '%Y-%m') END,
    make_timestamp(local_midnight(since)), make_timestamp(local_midnight(middle)), make_timestamp(local_midnight(until))
FROM days
WHERE until IS NOT NULL
ORDER BY period
"""


# Of each journey of the two periods, every stage that it reached: the same as `stage_subjects` reads from visits.
_SUBJECTS = f"""
CREATE OR REPLACE TEMP TABLE compared_subjects AS
WITH compared AS (
    SELECT
        j.journey_no, j.ck, coalesce(epoch_us(s.occurred_at), j.started_t) AS shown_t, j.start_observed,
        -- a silence becomes known when the timeout has passed, a lost event at once
        coalesce(epoch_us(e.occurred_at), j.ended_t)
            + CASE WHEN j.is_lost THEN 0 ELSE getvariable('journey_timeout') END AS known_t
    FROM journey_ends AS j
    LEFT JOIN date_only_times AS s ON s.ck = j.ck AND s.t = j.started_t
    LEFT JOIN date_only_times AS e ON e.ck = j.ck AND e.t = j.ended_t
    WHERE shown_t >= epoch_us($since) AND shown_t < epoch_us($until)
)
SELECT
    f.stage_rank AS place, j.shown_t >= epoch_us($middle) AS is_left, j.ck AS cluster,
    CASE WHEN f.is_advanced THEN 1 WHEN f.is_dropped THEN {DROPPED} ELSE 0 END AS cause,
    greatest(
        CASE WHEN f.is_advanced THEN f.beyond_shown_t WHEN f.is_dropped THEN j.known_t ELSE c.as_of_us END - f.shown_t,
        0
    ) AS time,
    greatest(c.as_of_us - f.shown_t, 0) AS followed
FROM reach_facts AS f
JOIN compared AS j USING (journey_no)
CROSS JOIN run_clock AS c
WHERE j.start_observed
ORDER BY f.stage_rank, f.journey_no
"""
_GROUPS = """
WITH compared AS (
    SELECT customer_id, started_at >= $middle AS is_left
    FROM journeys
    WHERE started_at >= $since AND started_at < $until
),
customers AS (
    SELECT count(*) FILTER (is_left) AS left_n, count(*) FILTER (NOT is_left) AS right_n
    FROM compared
    GROUP BY customer_id
)
SELECT
    coalesce(sum(left_n), 0)::BIGINT, coalesce(sum(right_n), 0)::BIGINT, count(*) FILTER (left_n > 0),
    count(*) FILTER (right_n > 0), count(*) FILTER (left_n > 0 AND right_n > 0)
FROM customers
"""


class _Places(Mapping[int, Subjects]):
    """The subjects of each stage, fetched when asked for: those of one stage at a time are in memory as arrays."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        rows = con.execute("SELECT place, count(*) FROM compared_subjects GROUP BY place ORDER BY place").fetchall()
        self._sizes: dict[int, int] = dict(rows)

    @property
    def largest(self) -> int:
        """How many subjects the place with the most has."""
        return max(self._sizes.values(), default=0)

    def __getitem__(self, place: int) -> Subjects:
        if place not in self._sizes:
            raise KeyError(place)
        columns = self._con.execute("FROM compared_subjects WHERE place = ?", [place]).fetchnumpy()
        # numbers without gaps: sums by customer are made again and again
        columns["cluster"] = np.unique(columns["cluster"], return_inverse=True)[1]
        return subjects_by_place(columns)[place]

    def __iter__(self) -> Iterator[int]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)


def build_period_comparisons(con: duckdb.DuckDBPyConnection, memory: str | None = None) -> None:
    """Make the table; a pair of periods of which one has no journey has no rows.

    Args:
        con: The run's connection, with journeys, `journey_ends` and `reach_facts` made.
        memory: The limit it was given.
    """
    con.execute(_TABLE)
    stages = dict(con.execute("SELECT stage_rank, stage FROM config_stages ORDER BY stage_rank").fetchall())
    ranks = {stage: rank for rank, stage in stages.items()}
    timeout, minimum = con.execute(
        "SELECT getvariable('journey_timeout')::BIGINT, getvariable('minimum')::BIGINT"
    ).fetchall()[0]
    for name, left, right, since, middle, until in con.execute(_PERIODS).fetchall():
        bounds = {"since": since, "middle": middle, "until": until}
        groups = con.execute(_GROUPS, bounds).fetchall()[0]
        if not groups[0] or not groups[1]:
            continue
        con.execute(_SUBJECTS, bounds)
        places = _Places(con)
        rows = []
        with sharing_memory(con, places.largest * _BYTES_PER_SUBJECT, memory):
            compared = compare_drop_off(places, stages, timeout, minimum)
        for row in map(asdict, compared):
            measure, place, _, *figures = row.values()
            kept = (twelve_digits(value) if isinstance(value, float) else value for value in figures)
            rows.append([name, left, right, since, middle, until, *groups, measure, place, ranks[place], *kept])
        con.executemany(f"INSERT INTO pub.main.period_comparisons VALUES ({', '.join('?' * 30)})", rows)
    con.execute("DROP TABLE IF EXISTS temp.compared_subjects")
