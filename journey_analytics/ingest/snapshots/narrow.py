"""A snapshot file as a narrow table: per row its key, moment and watched values, which is all that is compared."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import duckdb

from journey_analytics.config.snapshot import Snapshot
from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.ingest.cells import Cell, Cells
from journey_analytics.ingest.layers import LAYER, Layers
from journey_analytics.ingest.plan import Plan
from journey_analytics.ingest.readers.model import RawFile
from journey_analytics.ingest.readers.rejects import fresh_name
from journey_analytics.ingest.rows import EXPANDED_LINE, expanded, is_empty_sql, is_flat
from journey_analytics.ingest.snapshots.taken import Moment
from journey_analytics.ingest.times import time_sql

_TEXT = "CAST(NULL AS VARCHAR)"


def rows_of(con: duckdb.DuckDBPyConnection, plan: Plan, raw: RawFile) -> RawFile:
    """The raw rows with rows inside documents taken apart, so that every row has a line of its own."""
    if not (raw.is_json and plan.rows) or is_flat(con, quote_name(raw.relation), plan.rows):
        return raw
    name = fresh_name("snapshot_rows")
    inner = expanded(quote_name(raw.relation), raw.line_column, plan.rows, renumber=True)
    con.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM ({inner}) WHERE NOT {is_empty_sql('doc', plan.rows)}")
    count = int(con.sql(f"SELECT count(*) FROM {name}").fetchall()[0][0])
    rejects = fresh_name("snapshot_rejects")
    con.execute(
        f"CREATE TEMP VIEW {rejects} AS SELECT {count} + row_number() OVER () AS line, reason, "
        f"'line ' || line || coalesce(': ' || detail, '') AS detail, raw FROM {raw.rejects_relation}"
    )

    def raw_lines(lines: Collection[int]) -> dict[int, str]:
        found = con.execute(f"SELECT line, doc FROM {name} WHERE list_contains($1::BIGINT[], line)", [list(lines)])
        return {int(line): str(doc) for line, doc in found.fetchall()}

    return replace(
        raw,
        relation=name,
        line_column=EXPANDED_LINE,
        rows=count + raw.reject_count,
        rejects_relation=rejects,
        raw_lines=raw_lines,
    )


def moments_of(con: duckdb.DuckDBPyConnection, plan: Plan, raw: RawFile) -> list[Moment]:
    """The moments that a file's column names, in order."""
    table = narrow_table(con, plan, raw, None)
    found = con.sql(
        f"SELECT moment, min(stamp) FROM {table} WHERE moment IS NOT NULL GROUP BY ALL ORDER BY 1"
    ).fetchall()
    con.execute(f"DROP TABLE {table}")
    return [Moment(moment.isoformat(), str(text)) for moment, text in found]


def narrow_table(con: duckdb.DuckDBPyConnection, plan: Plan, raw: RawFile, moment: Moment | None) -> str:
    """Make the narrow table of a file.

    Args:
        con: The connection that holds the raw relation.
        plan: How the file is read.
        raw: Its rows, as `rows_of` gives them.
        moment: When all of it was taken; None: a column tells.

    Returns:
        The table's name. Columns: line, moment, stamp, key, w (the watched values as text), created, place (what
        decides between rows with one key).
    """
    snapshot = plan.snapshot
    assert snapshot is not None
    cells = Cells(raw.columns, raw.is_json, trim=raw.is_text)
    key, created = cells.field(snapshot.key), snapshot.created_at and cells.field(snapshot.created_at)
    watched = [cells.path(path) for path in snapshot.watch]
    order = _order(snapshot, cells)
    layers = Layers()
    if moment is not None:
        at, time = quote_text(moment.text), None
    else:
        assert snapshot.taken_at.column is not None
        cell = cells.field(snapshot.taken_at.column)
        at = _TEXT if cell is None else cell.text
        time = None if cell is None else time_sql(cell, plan.timezone, plan.time_format, "t_")
    whole = "doc" if raw.is_json else f"CAST(to_json({{{_columns(raw)}}}) AS VARCHAR)"
    for select in cells.select(quote_name(raw.relation), [f"md5({whole}) AS x_row"], raw.line_column):
        layers.raw(select)
    for layer in time.layers if time else []:
        layers.add(layer)
    taken = "CAST(NULL AS TIMESTAMP)" if moment is None else f"TIMESTAMP {quote_text(moment.iso)}"
    values = ", ".join(_text(cell) for cell in watched)
    name = fresh_name("snapshot")
    con.execute(
        f"CREATE TEMP TABLE {name} AS "
        + layers.final(
            f"SELECT line, {time.occurred if time else taken} AS moment, {at} AS stamp, {_text(key)} AS key, "
            f"CAST([{values}] AS VARCHAR[]) AS w, {_text(created or None)} AS created, "
            f"{{{', '.join([*order, chr(39) + 'row' + chr(39) + ': x_row'])}}} AS place FROM {LAYER}"
        )
    )
    return name


def _text(cell: Cell | None) -> str:
    return _TEXT if cell is None else cell.text


def _columns(raw: RawFile) -> str:
    return ", ".join(f"{quote_text(name)}: {quote_name(name)}" for name in raw.columns)


def _order(snapshot: Snapshot, cells: Cells) -> list[str]:
    """The fields of `place` that `order` names, as number and as text."""
    fields = []
    for number, column in enumerate(snapshot.order):
        text = _text(cells.path(column.lstrip("-")))
        fields += [f"'n{number}': try_cast({text} AS DECIMAL(38, 9))", f"'t{number}': {text}"]
    return fields
