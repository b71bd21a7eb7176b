"""Tables that rows look into: one temporary table per lookup, text keys, one row per key unless it fans out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from journey_analytics.connectors.model import Lookup
from journey_analytics.engine.duck import quote_name
from journey_analytics.ingest.cells import Cells
from journey_analytics.ingest.conditions import condition_sql
from journey_analytics.ingest.layers import nested


@dataclass(frozen=True)
class LookupTable:
    """A temporary table with the columns key, c0, c1, … (in the order of `Lookup.add`) and rank, from 1."""

    name: str


@dataclass(frozen=True)
class RawTable:
    """A raw relation that a lookup reads, as SQL that may stand after FROM."""

    relation: str
    columns: dict[str, str]
    is_json: bool


def build_lookup(
    con: duckdb.DuckDBPyConnection, name: str, lookup: Lookup, tables: Iterable[RawTable]
) -> LookupTable | None:
    """Make the temporary table of one lookup.

    Args:
        con: Connection that holds the raw relations.
        name: Name of the table to make.
        lookup: What is looked up.
        tables: The raw relations of the stream's files.

    Returns:
        The table; None if the source has no usable file of the stream.
    """
    selects = []
    for table in tables:
        cells = Cells(table.columns, table.is_json)
        key = cells.field(lookup.key)
        if key is None:
            continue
        added = [cells.field(spec) for spec in lookup.add.values()]
        order = [cells.path(column.lstrip("-")) for column in lookup.order]
        where = f" WHERE {condition_sql(lookup.where, cells)}" if lookup.where else ""
        picked = [f"{key.text} AS key"]
        picked += [f"{'CAST(NULL AS VARCHAR)' if c is None else c.text} AS c{n}" for n, c in enumerate(added)]
        picked += [f"{'CAST(NULL AS VARCHAR)' if c is None else c.text} AS o{n}" for n, c in enumerate(order)]
        selects.append(f"SELECT {', '.join(picked)} FROM ({nested(cells.select(table.relation, []))}){where}")
    if not selects:
        return None
    ways = ["DESC" if column.startswith("-") else "ASC" for column in lookup.order]
    # Numbers in order of size, then texts; the values themselves end every tie, so the choice never depends on files.
    ranks = [f"try_cast(o{n} AS DECIMAL(38, 9)) {way} NULLS LAST, o{n} {way} NULLS LAST" for n, way in enumerate(ways)]
    ranks += [f"c{n} NULLS LAST" for n in range(len(lookup.add))]
    columns = ", ".join(["key", *(f"c{n}" for n in range(len(lookup.add)))])
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {quote_name(name)} AS SELECT {columns}, "
        f"row_number() OVER (PARTITION BY key ORDER BY {', '.join(ranks)}) AS rank "
        f"FROM (SELECT DISTINCT * FROM ({' UNION ALL '.join(selects)})) WHERE key IS NOT NULL"
        + ("" if lookup.fan_out else " QUALIFY rank = 1")
    )
    return LookupTable(name)
