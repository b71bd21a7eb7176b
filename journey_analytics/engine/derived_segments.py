"""Segments told from finished tables: conditions of journey.yaml, and columns of journeys, sessions and customers.

They are asked of the same columns as `compare` asks, so that a group of a table is the group of a comparison.
"""

from __future__ import annotations

import duckdb

from journey_analytics.config.model import Config
from journey_analytics.config.segments import derived
from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.measures.journey_columns import DERIVED, UNKNOWN, journey_columns

_PUBLISHED = (
    f"CREATE TABLE pub.main.{DERIVED} (journey_id UUID, customer_id UUID, segment VARCHAR, segment_value VARCHAR)"
)
#: What `journey_traits` joins: the values in the order of the configuration.
_VALUES = "CREATE TABLE work.main.derived_values (journey_no INTEGER, derived VARCHAR[])"
_ENDS = """
    SELECT k.journey_id, make_timestamp(j.ended_t) AS until
    FROM journey_ends AS j
    JOIN journey_keys AS k USING (journey_no)
"""
_OF_EVENTS = "SELECT k.journey_id, v.* FROM journey_values AS v JOIN journey_keys AS k USING (journey_no)"


def build_derived_segments(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Make both tables; they are empty, and nothing is read, where no segment is derived.

    Args:
        con: The run's connection, with journeys, sessions and customers made.
        config: Whose segments.
    """
    con.execute(_PUBLISHED)
    con.execute(_VALUES)
    expressions = derived(config)
    if not expressions:
        return
    # validated conditions of journey.yaml only: nothing that came from outside is SQL here
    columns, _ = journey_columns(con, "\n".join(expressions.values()), _OF_EVENTS, derived=False, ends=_ENDS)
    told = ", ".join(
        f"coalesce(({sql})::VARCHAR, {quote_text(UNKNOWN)}) AS {quote_name(f'segment {no}')}"
        for no, sql in enumerate(expressions.values())
    )
    con.execute(
        f"CREATE TEMP TABLE told_segments AS SELECT journey_id, customer_id, {told} FROM ({columns}) AS journey"
    )
    listed = ", ".join(f"t.{quote_name(f'segment {no}')}" for no in range(len(expressions)))
    con.execute(
        f"INSERT INTO work.main.derived_values SELECT k.journey_no, [{listed}] FROM temp.told_segments AS t "
        "JOIN journey_keys AS k USING (journey_id) ORDER BY k.journey_no"
    )
    for no, name in enumerate(expressions):
        con.execute(
            f"INSERT INTO pub.main.{DERIVED} SELECT t.journey_id, t.customer_id, {quote_text(name)}, "
            f"t.{quote_name(f'segment {no}')} FROM temp.told_segments AS t "
            "JOIN journey_keys AS k USING (journey_id) ORDER BY k.journey_no"
        )
    con.execute("DROP TABLE temp.told_segments")
