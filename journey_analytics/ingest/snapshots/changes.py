"""What changed from one snapshot to the next, as rows that the mapping turns into events like any other row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.ingest.plan import Plan
from journey_analytics.ingest.readers.model import RawFile
from journey_analytics.ingest.readers.rejects import fresh_name
from journey_analytics.ingest.snapshots.columns import (
    ASIDE,
    CHANGED,
    CREATED,
    DELETED,
    FIRST,
    LINE,
    PART,
    REPEATED,
    UNCHANGED,
)
from journey_analytics.ingest.snapshots.compare import Comparison


@dataclass(frozen=True)
class Changes:
    """A file's rows with what each says about change, and the tables that they rest on."""

    raw: RawFile
    scratch: list[str]


@dataclass(frozen=True)
class Judged:
    """One snapshot of a file, compared and judged."""

    text: str  # its moment, as the mapping reads it
    comparison: Comparison
    is_aside: bool  # it lacks too much to be believed
    tells_deleted: bool  # this file is the one that the snapshot's deletions are put down to


def changed_rows(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    file: str,
    raw: RawFile,
    table: str,
    snapshots: Sequence[Judged],
    earlier: Mapping[str, RawFile],
) -> Changes:
    """The rows of a file with what each says about change, and those that it lacks at line 0.

    Args:
        con: The connection that holds all relations.
        plan: How the file is read.
        file: Its name.
        raw: Its rows, as `rows_of` gives them.
        table: Its narrow table.
        snapshots: The snapshots that it holds, or is a part of.
        earlier: The rows of the files that hold rows which are gone, by name.
    """
    assert plan.snapshot is not None
    told, gone = fresh_name("told"), fresh_name("gone")
    selects = [_told(plan.snapshot.watch, file, one) for one in snapshots]
    con.execute(f"CREATE TEMP TABLE {told} AS {' UNION ALL '.join(selects) or _nothing()}")
    lost = [_gone(one) for one in snapshots if one.tells_deleted and not one.is_aside]
    con.execute(f"CREATE TEMP TABLE {gone} AS {' UNION ALL '.join(lost) or _nothing(file=True)}")
    own = ", ".join(f"r.{quote_name(name)}" for name in raw.columns)
    pieces = [
        f"SELECT e.line AS {LINE}, {own}, e.* EXCLUDE (line) FROM {quote_name(raw.relation)} AS r "
        f"JOIN {told} AS e ON e.line = r.{quote_name(raw.line_column)}"
    ]
    for name, other in earlier.items():
        columns = ", ".join(
            f"TRY_CAST({f'r.{quote_name(column)}' if column in other.columns else 'NULL'} AS {kind}) "
            f"AS {quote_name(column)}"
            for column, kind in raw.columns.items()
        )
        pieces.append(
            f"SELECT 0 AS {LINE}, {columns}, e.* EXCLUDE (line, file) FROM {quote_name(other.relation)} AS r "
            f"JOIN {gone} AS e ON e.line = r.{quote_name(other.line_column)} AND e.file = {quote_text(name)}"
        )
    view, rejects = fresh_name("changes"), fresh_name("change_rejects")
    con.execute(f"CREATE TEMP VIEW {view} AS {' UNION ALL '.join(pieces)}")
    key = ", ".join(plan.snapshot.key.paths)
    unusable = (
        f"SELECT line, CASE WHEN key IS NULL THEN 'missing_key' WHEN stamp IS NULL THEN 'missing_time' "
        "ELSE 'unparsable_time' END AS reason, "
        f"CASE WHEN key IS NULL THEN {quote_text(f'empty: {key}')} ELSE stamp END AS detail, "
        f"NULL::VARCHAR AS raw FROM {table} WHERE key IS NULL OR moment IS NULL"
    )
    con.execute(f"CREATE TEMP VIEW {rejects} AS SELECT * FROM {raw.rejects_relation} UNION ALL {unusable}")
    count = int(con.sql(f"SELECT count(*) FROM {rejects}").fetchall()[0][0])
    changed = replace(raw, relation=view, line_column=LINE, reject_count=count, rejects_relation=rejects)
    return Changes(changed, [told, gone])


_COLUMNS = {
    "line": "BIGINT",
    PART: "BIGINT",
    "__change": "VARCHAR",
    "__field": "VARCHAR",
    "__old": "VARCHAR",
    "__new": "VARCHAR",
    "__event": "VARCHAR",
    "__at": "VARCHAR",
    "__id": "VARCHAR",
}


def _nothing(*, file: bool = False) -> str:
    columns = {**_COLUMNS, **({"file": "VARCHAR"} if file else {})}
    return f"SELECT {', '.join(f'CAST(NULL AS {kind}) AS {name}' for name, kind in columns.items())} WHERE false"


def _told(watch: Sequence[str], file: str, one: Judged) -> str:
    """What each row of a file tells: one row per event, or one that says why there is none."""
    found = f"SELECT c.*, b.key AS known, b.w AS before FROM {one.comparison.current} AS c "
    found += f"LEFT JOIN {one.comparison.base} AS b USING (key) WHERE c.file = {quote_text(file)}"
    born = (
        f"CASE WHEN created IS NULL THEN '{FIRST}' ELSE '{CREATED}' END" if one.comparison.is_first else f"'{CREATED}'"
    )
    change = (
        f"CASE WHEN rank > 1 THEN '{REPEATED}' WHEN known IS NULL THEN {born} "
        f"WHEN w IS NOT DISTINCT FROM before THEN '{UNCHANGED}' ELSE '{CHANGED}' END"
    )
    if one.is_aside:
        change = f"'{ASIDE}'"
    names = f"CAST([{', '.join(quote_text(name) for name in watch)}] AS VARCHAR[])"
    differing = f"list_filter(range(1, {len(watch) + 1}), lambda i: w[i] IS DISTINCT FROM before[i])"
    at = quote_text(one.text)
    return (
        f"SELECT line, part AS {PART}, change AS __change, field AS __field, old AS __old, new AS __new, "
        f"CASE change WHEN '{CHANGED}' THEN field || '_changed' WHEN '{CREATED}' THEN change END AS __event, "
        f"CASE change WHEN '{CREATED}' THEN coalesce(created, {at}) ELSE {at} END AS __at, "
        f"key || ':' || coalesce(__event, change) || ':' || __at AS __id FROM ("
        f"SELECT *, list_extract({names}, i) AS field, before[i] AS old, w[i] AS new FROM ("
        f"SELECT *, unnest(CASE WHEN len(places) = 0 THEN [NULL] ELSE places END) AS i, "
        f"unnest(range(greatest(len(places), 1))) AS part FROM ("
        f"SELECT *, CASE WHEN change = '{CHANGED}' THEN {differing} ELSE [] END AS places FROM ("
        f"SELECT *, {change} AS change FROM ({found})))))"
    )


def _gone(one: Judged) -> str:
    """The rows that a snapshot lacks, as they stood last."""
    at = quote_text(one.text)
    return (
        f"SELECT line, 1::BIGINT AS {PART}, '{DELETED}' AS __change, NULL::VARCHAR AS __field, NULL::VARCHAR AS __old, "
        f"NULL::VARCHAR AS __new, '{DELETED}' AS __event, {at} AS __at, key || ':{DELETED}:' || {at} AS __id, file "
        f"FROM {one.comparison.base} AS b "
        f"WHERE NOT EXISTS (SELECT 1 FROM {one.comparison.current} AS c WHERE c.key = b.key)"
    )
