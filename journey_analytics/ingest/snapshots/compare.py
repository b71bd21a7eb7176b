"""Two snapshots side by side, as SQL: what the later one holds, what the earlier ones held, how much of it is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from journey_analytics.config.snapshot import Snapshot
from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.readers.rejects import fresh_name

_ABSENT = (
    "SELECT ''::VARCHAR AS file, 0::BIGINT AS line, ''::VARCHAR AS stamp, ''::VARCHAR AS key, []::VARCHAR[] AS w, "
    "''::VARCHAR AS created, 1 AS rank WHERE false"
)


@dataclass(frozen=True)
class Part:
    """One file's rows of a snapshot: its name, its narrow table, the moment."""

    file: str
    table: str
    iso: str


@dataclass(frozen=True)
class Comparison:
    """One snapshot against what was there before.

    Attributes:
        current: Table of its rows with a key: file, line, stamp, key, w, created, rank (from 1; more are repeated).
        base: Table of what was there before, one row per key: file, line, key, w. A key that a snapshot with unreadable
            rows lacks stands as the snapshot before that had it.
        before: Rows of `base`.
        vanished: Rows of `base` whose key is not in `current`.
        is_first: There is nothing to compare with.
    """

    current: str
    base: str
    before: int
    vanished: int
    is_first: bool


def compare(
    con: duckdb.DuckDBPyConnection, snapshot: Snapshot, current: Sequence[Part], chain: Sequence[Sequence[Part]]
) -> Comparison:
    """Put a snapshot beside the ones before it.

    Args:
        con: The connection that holds the narrow tables.
        snapshot: How rows are identified and chosen.
        current: The parts of the snapshot.
        chain: The parts of those before, the latest first, back to the first that could be read whole.
    """
    now, base = fresh_name("current"), fresh_name("base")
    con.execute(f"CREATE TEMP TABLE {now} AS {_ranked(snapshot, current)}")
    earlier = " UNION ALL ".join(
        f"SELECT file, line, key, w, {age} AS age FROM ({_ranked(snapshot, parts)}) WHERE rank = 1"
        for age, parts in enumerate(chain)
    )
    earlier = earlier or f"SELECT file, line, key, w, 0 AS age FROM ({_ABSENT})"
    con.execute(
        f"CREATE TEMP TABLE {base} AS SELECT file, line, key, w FROM ({earlier}) "
        "QUALIFY row_number() OVER (PARTITION BY key ORDER BY age) = 1"
    )
    before, vanished = con.sql(
        f"SELECT count(*), count(*) FILTER (NOT EXISTS (SELECT 1 FROM {now} AS c WHERE c.key = b.key)) FROM {base} AS b"
    ).fetchall()[0]
    return Comparison(now, base, int(before), int(vanished), not chain)


def forget(con: duckdb.DuckDBPyConnection, comparison: Comparison) -> None:
    """Drop the tables of a comparison."""
    con.execute(f"DROP TABLE {comparison.current}")
    con.execute(f"DROP TABLE {comparison.base}")


def _ranked(snapshot: Snapshot, parts: Sequence[Part]) -> str:
    """The rows of one snapshot, the one that counts of each key first: by `order`, then by content, never by place."""
    if not parts:
        return _ABSENT
    orders = []
    for number, column in enumerate(snapshot.order):
        way = "DESC" if column.startswith("-") else "ASC"
        orders += [f"place.n{number} {way} NULLS LAST", f"place.t{number} {way} NULLS LAST"]
    rows = " UNION ALL ".join(
        f"SELECT {quote_text(part.file)} AS file, line, stamp, key, w, created, place FROM {part.table} "
        f"WHERE moment = TIMESTAMP {quote_text(part.iso)} AND key IS NOT NULL"
        for part in parts
    )
    return (
        f"SELECT * EXCLUDE (place), row_number() OVER (PARTITION BY key ORDER BY "
        f"{', '.join([*orders, 'place.row', 'file', 'line'])}) AS rank FROM ({rows})"
    )
