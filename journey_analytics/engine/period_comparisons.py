"""The table `period_comparisons`: the last complete month and quarter beside the ones before, by the own `compare`.

A journey belongs to the period in which it starts, so no period cuts one in two.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import duckdb

from journey_analytics.engine.rounding import twelve_digits
from journey_analytics.measures.compare import compare_groups

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


def build_period_comparisons(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table; a pair of periods of which one has no journey has no rows.

    Args:
        con: The run's connection, with journeys, stage_visits, drop_off and runs made.
    """
    con.execute(_TABLE)
    periods = con.execute(_PERIODS).fetchall()
    ranks = dict(con.execute("SELECT stage, stage_rank FROM config_stages").fetchall())
    own = con.cursor()  # its temporary tables go with it
    own.execute("SET TimeZone = 'UTC'; SET search_path = 'work.main,pub.main'")
    for name, left, right, since, middle, until in periods:
        found = compare_groups(own, _between(middle, until), _between(since, middle))
        groups = found.groups
        if not groups.left_journeys or not groups.right_journeys:
            continue
        head = [
            name, left, right, since, middle, until, groups.left_journeys, groups.right_journeys, groups.left_customers,
            groups.right_customers, groups.both_customers,
        ]  # fmt: skip
        rows = []
        for row in map(asdict, found.rows):
            measure, place, _, *figures = row.values()
            kept = (twelve_digits(value) if isinstance(value, float) else value for value in figures)
            rows.append([*head, measure, place, ranks[place], *kept])
        con.executemany(f"INSERT INTO pub.main.period_comparisons VALUES ({', '.join('?' * 30)})", rows)
    own.close()


def _between(since: datetime, until: datetime) -> str:
    return f"started_at >= TIMESTAMP '{since}' AND started_at < TIMESTAMP '{until}'"
