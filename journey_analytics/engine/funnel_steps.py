"""The table `funnel_steps`: every configured funnel, in the whole and by segment, by the library's own `funnel`.

A segment's value is that of the event with which the best attempt began, so the segments partition the customers.
"""

from __future__ import annotations

import duckdb
import polars as pl

from journey_analytics.config.model import CohortSegment, Config
from journey_analytics.config.segments import derived
from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.measures.event_segments import by_journey
from journey_analytics.measures.funnel import broken_down, judged_of_log
from journey_analytics.measures.funnel_answer import answer
from journey_analytics.measures.funnel_spec import FunnelSpec, funnel_spec
from journey_analytics.measures.journey_columns import UNKNOWN
from journey_analytics.measures.log import Log
from journey_analytics.measures.published import published_log

_TABLE = """
CREATE OR REPLACE TABLE pub.main.funnel_steps (
    funnel VARCHAR, segment VARCHAR, segment_value VARCHAR, step INTEGER, name VARCHAR, customers BIGINT,
    conversion_from_start DOUBLE, conversion_from_previous DOUBLE, dropped BIGINT, open BIGINT, median_seconds DOUBLE
)
"""


def build_funnel_steps(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Make the table; it is empty, and no event is read, where no funnel is configured.

    Args:
        con: The run's connection, with `events` made.
        config: Whose funnels and segments.
    """
    con.execute(_TABLE)
    if not config.funnels:
        return
    told = derived(config)
    segments = {}
    for segment in config.segments:
        if isinstance(segment, CohortSegment):
            segments["cohort"] = "cohort_of(occurred_at)"
        elif isinstance(segment, str) and segment not in told:
            segments[segment] = quote_name(segment)
    segments |= {name: f"coalesce({quote_name(f'of {name}')}, {quote_text(UNKNOWN)})" for name in told}
    as_of = int(con.execute("SELECT as_of_us FROM run_clock").fetchall()[0][0])
    own = con.cursor()  # the view of the log is its own, and goes with it
    own.execute("SET TimeZone = 'UTC'; SET search_path = 'work.main,pub.main'")
    columns = ", ".join(f"{sql}::VARCHAR AS {quote_name(f'segment_{name}')}" for name, sql in segments.items())
    # validated conditions of journey.yaml only: nothing that came from outside is SQL here
    with published_log(own, _events(list(told)), as_of, columns) as log:
        for funnel in config.funnels:
            spec = funnel_spec(**funnel.arguments())
            for segment, frame in _tables(log, spec, list(segments)):
                con.register("funnel_answer", frame.to_arrow())
                con.execute(
                    "INSERT INTO pub.main.funnel_steps BY NAME SELECT ?::VARCHAR AS funnel, ?::VARCHAR AS segment, * "
                    "FROM funnel_answer",
                    [funnel.name, segment],
                )
                con.unregister("funnel_answer")


def _events(told: list[str]) -> str:
    """The events, each with the derived segments of the journey it belongs to."""
    if not told:
        return "pub.main.events"
    values = by_journey("pub.main.derived_segments", {name: f"of {name}" for name in told})
    return f"(SELECT * FROM pub.main.events LEFT JOIN ({values}) USING (journey_id))"


def _tables(log: Log, spec: FunnelSpec, segments: list[str]) -> list[tuple[str, pl.DataFrame]]:
    """(segment, its rows) of one funnel; the attempts are followed once, whatever the number of segments."""
    columns = [
        "step", "name", "customers", "conversion_from_start", "conversion_from_previous", "dropped", "open",
        "median_seconds",
    ]  # fmt: skip
    judged, ordered = judged_of_log(log, spec, [f"segment_{name}" for name in segments])
    found = [("all", answer(judged, spec).select(pl.lit("all").alias("segment_value"), *columns))]
    for name in segments:
        frame = broken_down(judged, ordered, spec, f"segment_{name}")
        value = pl.col(f"segment_{name}").cast(pl.String).fill_null(UNKNOWN).alias("segment_value")
        found.append((name, frame.select(value, *columns)))
    return found
