"""The published events with the segments of journey.yaml beside their columns, for whichever a question names.

An event has the value of the journey it belongs to, as in the table `funnel_steps`; one in no journey is `(unknown)`.
Of cohorts the value is the period of the event itself, so that of an attempt is the period of its entry.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from journey_analytics.config.cohorts import defined_period, period_name
from journey_analytics.config.segments import words
from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.measures.journey_columns import DERIVED, UNKNOWN


def published_segments(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The segments that events don't have a column for, by name; a warehouse of an older version may have none."""
    events = {row[0] for row in con.sql("DESCRIBE FROM events").fetchall()}
    try:
        rows = con.sql("SELECT segment FROM segments WHERE segment <> 'all' ORDER BY segment").fetchall()
        con.sql(f"FROM {DERIVED} LIMIT 0")
    except duckdb.CatalogException:
        return []
    return [row[0] for row in rows if row[0] not in events]


def with_segments(con: duckdb.DuckDBPyConnection, asked: str) -> str:
    """SQL of the events, with the segments that some text names as columns.

    Args:
        con: Where the published tables are.
        asked: All that the user wrote; a word too many costs a join and changes nothing.
    """
    named = words(asked)
    segments = [name for name in published_segments(con) if name in named]
    own: dict[str, str] = {}
    if "cohort" in segments:
        own["cohort"] = _cohort(con)
    told = [name for name in segments if name not in ("cohort", "journey")]
    joins = []
    if "journey" in segments:
        joins.append(
            "(SELECT journey_id, CASE WHEN journey_number = 1 THEN 'first' ELSE 'later' END AS journey FROM journeys)"
        )
        own["journey"] = f"coalesce(journey, {quote_text(UNKNOWN)})"
    if told:
        joins.append(f"({by_journey(DERIVED, {name: name for name in told})})")
        own |= {name: f"coalesce({quote_name(name)}, {quote_text(UNKNOWN)})" for name in told}
    if not own:
        return "events"
    columns = ", ".join(f"{sql} AS {quote_name(name)}" for name, sql in own.items())
    joined = "".join(f" LEFT JOIN {join} USING (journey_id)" for join in joins)
    return f"(SELECT events.*, {columns} FROM events{joined})"


def by_journey(table: str, names: Mapping[str, str]) -> str:
    """SQL of one row per journey with its derived segments, each a column.

    Args:
        table: The derived segments, as SQL names them.
        names: Segment -> the name of its column.
    """
    listed = ", ".join(
        f"max(segment_value) FILTER (segment = {quote_text(name)}) AS {quote_name(column)}"
        for name, column in names.items()
    )
    chosen = ", ".join(quote_text(name) for name in names)
    return f"SELECT journey_id, {listed} FROM {table} WHERE segment IN ({chosen}) GROUP BY journey_id"


def _cohort(con: duckdb.DuckDBPyConnection) -> str:
    """SQL of the period an event lies in, in the reporting time zone."""
    definition = con.sql("SELECT definition FROM segments WHERE segment = 'cohort'").fetchall()[0][0]
    zone = con.sql("SELECT timezone FROM runs ORDER BY started_at DESC NULLS LAST, run_id DESC LIMIT 1").fetchall()
    period = defined_period(definition) or "month"
    day = f"timezone({quote_text(zone[0][0])}, timezone('UTC', occurred_at))::DATE"
    return period_name(period, day)
