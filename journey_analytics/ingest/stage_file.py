"""One input file to one staged Parquet file: run the mapping's SELECT once, then add what needed a first look.

The original text of refused rows is fetched afterwards and only for them, so that good rows never carry it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from journey_analytics.config.model import Identity
from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.errors import ConfigError, JourneyError, Problem
from journey_analytics.ingest.cells import Cells
from journey_analytics.ingest.columns import check_columns
from journey_analytics.ingest.layers import nested
from journey_analytics.ingest.lookups import LookupTable
from journey_analytics.ingest.mapping import MappingSql, mapping_sql
from journey_analytics.ingest.plan import Plan, outside
from journey_analytics.ingest.readers.model import RawFile
from journey_analytics.ingest.routes import reach
from journey_analytics.ingest.rows import EXPANDED_LINE, expanded, is_flat, may_hold_forms
from journey_analytics.ingest.staged import STAGED_COLUMNS
from journey_analytics.ingest.staged_files import filled, in_order, staged_select
from journey_analytics.ingest.times import epoch_unit

#: Rows of one file whose original text is kept; beyond it they keep file, line, reason and detail.
RAW_ROWS = 100_000
_RAW_CHARACTERS = 4000
_SAMPLE = 1000  # rows looked at for the file's first epoch unit
_FEW_ROWS = 10_000  # up to so many rows planning costs more than looking at them
_SORTED_ROWS = 2_000_000  # more rows than this are not put back into the order of the input


@dataclass(frozen=True)
class Outcome:
    """What staging one file gave."""

    rows: int
    flags: list[str]
    dedupe: str


def stage_file(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    raw: RawFile,
    target: Path,
    *,
    name: str,
    identity: Identity,
    lookups: list[LookupTable | None],
    future_after: datetime,
) -> Outcome:
    """Write the staged Parquet file of one input.

    Args:
        con: The connection that holds the raw relation and the lookups' tables.
        plan: How its rows are read.
        raw: The raw rows.
        target: The Parquet file to write; replaced if it exists.
        name: The file as people know it, for messages.
        identity: Kinds of identifiers and what to ignore.
        lookups: The plan's lookup tables.
        future_after: Naive UTC; the original text of later rows is kept too.

    Raises:
        ConfigError: If mapped columns are missing or a time format is wrong.
        JourneyError: If reading or writing fails.
    """
    problems = check_columns(plan, raw, name)
    if problems:
        raise ConfigError(problems)
    inside = raw.is_json and bool(plan.rows)
    levels, lean = reach(plan.rows, outside(plan)) if inside else (None, False)
    flat = not inside or (levels is None and is_flat(con, quote_name(raw.relation), plan.rows))
    forms = not flat and _holds_forms(con, raw)

    def attempt(relation: str, line: str, *, renumbered: bool) -> Outcome | None:
        probe = Cells(raw.columns, raw.is_json, raw.is_text, embeds=raw.embeds, levels=levels)
        mapping = mapping_sql(
            plan,
            relation,
            raw.columns,
            line=line,
            is_json=raw.is_json,
            text=raw.is_text,
            identity=identity,
            lookups=lookups,
            first_unit=_first_unit(con, plan, probe, relation),
            embeds=raw.embeds,
            levels=levels,
        )
        _copy(con, _with_rejects(mapping, raw, renumbered), target)
        around = expanded(quote_name(raw.relation), raw.line_column, plan.rows, renumber=True, levels=1, forms=forms)
        return _finish(con, raw, around, line, target, mapping, renumbered, future_after)

    try:
        outcome = None
        if flat:
            outcome = attempt(quote_name(raw.relation), raw.line_column, renumbered=False)
        else:
            # Mostly every document is one row after all; then rows keep the line that people find them at.
            for renumber in (False, True):
                inner = expanded(
                    quote_name(raw.relation),
                    raw.line_column,
                    plan.rows,
                    renumber=renumber,
                    levels=levels,
                    forms=forms,
                    lean=lean,
                )
                if outcome is None and (renumber or not _several(con, inner)):
                    outcome = attempt(f"({inner})", EXPANDED_LINE, renumbered=renumber)
        if outcome is None:
            raise RuntimeError(f"{name}: {raw.rows} rows read, another number staged")
        return outcome
    except duckdb.Error as error:
        explained = _explained(error, plan, name)
        if explained is None:
            raise
        raise explained from error


def _holds_forms(con: duckdb.DuckDBPyConnection, raw: RawFile) -> bool:
    """Whether texts may hold form-encoded bodies. Large files aren't asked: their SQL is planned once all the same."""
    held = f"SELECT 1 FROM {quote_name(raw.relation)} WHERE {may_hold_forms('doc')} LIMIT 1"
    return raw.rows > _FEW_ROWS or bool(con.execute(held).fetchall())


def _several(con: duckdb.DuckDBPyConnection, inner: str) -> bool:
    """Whether one of the first documents gives several rows."""
    sql = f"SELECT count(*), count(DISTINCT line) FROM (SELECT line FROM ({inner}) LIMIT {_SAMPLE})"
    rows, lines = con.execute(sql).fetchall()[0]  # `con.sql` would plan it twice
    return bool(rows != lines)


def _first_unit(con: duckdb.DuckDBPyConnection, plan: Plan, cells: Cells, relation: str) -> str | None:
    """The epoch unit of the first times that are numbers; None where times can't be numbers, or are none."""
    if plan.time_format is not None or plan.snapshot is not None:
        return None
    spec = plan.columns.get("occurred_at")
    found = [cells.field(wide.at) for wide in plan.wide] if plan.wide else [cells.field(spec) if spec else None]
    numeric = [cell for cell in found if cell is not None and not cell.type.upper().startswith(("TIMESTAMP", "DATE"))]
    for cell in numeric:
        sql = nested(cells.select(relation, []))
        values = con.execute(f"SELECT {cell.text} FROM ({sql}) WHERE {cell.sql} IS NOT NULL LIMIT {_SAMPLE}").fetchall()
        unit = next((unit for (value,) in values if (unit := epoch_unit(str(value)))), None)
        if unit is not None:
            return unit
    return None


def _copy(con: duckdb.DuckDBPyConnection, sql: str, target: Path) -> None:
    # Measured on 0.8 million rows, one thread: snappy 1.05 s, with the small dictionary limit 0.73 s at the same size
    # (ids never fit a dictionary, so the attempt is given up sooner); zstd 1.24 s and two thirds of the size.
    options = "FORMAT parquet, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 1000"
    con.execute(f"COPY ({sql}) TO {quote_text(str(target))} ({options})")


def _with_rejects(mapping: MappingSql, raw: RawFile, is_expanded: bool) -> str:
    """The mapping's rows and the rows that the reader refused, in the order of the input unless that is dear."""
    sql = mapping.sql
    if raw.reject_count:
        # Rows found inside documents are numbered anew; refused documents come after them, with their own line told.
        line = f"(SELECT coalesce(max(line), 0) FROM ({sql})) + row_number() OVER ()" if is_expanded else "line"
        detail = "'line ' || line || coalesce(': ' || detail, '')" if is_expanded else "detail"
        known = {
            "line": line,
            "part": "0",
            "reason": "reason",
            "detail": detail,
            "raw": f"left(raw, {_RAW_CHARACTERS})",
        }
        listed = in_order(mapping.columns | set(known))
        ours = ", ".join(c if c in mapping.columns else f"NULL::{STAGED_COLUMNS[c]} AS {c}" for c in listed)
        cast = ", ".join(f"CAST({known.get(c, 'NULL')} AS {STAGED_COLUMNS[c]}) AS {c}" for c in listed)
        sql = f"SELECT {ours} FROM ({sql}) UNION ALL SELECT {cast} FROM {quote_name(raw.rejects_relation)}"
    if (mapping.reordered or raw.reject_count) and raw.rows <= _SORTED_ROWS:
        sql = f"SELECT * FROM ({sql}) ORDER BY line, part, event_id"
    return sql


def _finish(
    con: duckdb.DuckDBPyConnection,
    raw: RawFile,
    around: str,
    line: str,
    target: Path,
    mapping: MappingSql,
    is_expanded: bool,
    future_after: datetime,
) -> Outcome | None:
    """Count the rows, add the original text of refused and future ones, and collect the file's flags.

    `around` gives rows that were numbered anew with their surroundings, as `expanded` does.

    Returns:
        None if the staged rows are not one for each row read, where rows were not numbered anew.
    """
    held = filled(con, [target])
    staged = f"({staged_select([target], held)})"
    wanted = "raw IS NULL AND (reason IS NOT NULL OR occurred_at > $1)"
    counted = con.execute(
        f"SELECT count(*) FILTER (part = 0), coalesce(bool_or(list_contains(flags, 'epoch_unit_differs')), false), "
        f"coalesce(bool_or(list_contains(flags, 'unreadable_value')), false), count(*) FILTER ({wanted}) FROM {staged}",
        [future_after],
    ).fetchall()[0]
    rows, mixed, unread, bare = int(counted[0]), bool(counted[1]), bool(counted[2]), int(counted[3])
    if not is_expanded and (rows != raw.rows or (line == EXPANDED_LINE and not _lines_differ(con, staged))):
        return None
    if bare:
        found = con.execute(
            f"SELECT DISTINCT line FROM {staged} WHERE {wanted} ORDER BY line LIMIT {RAW_ROWS}", [future_after]
        ).fetchall()
        lines = [int(row[0]) for row in found]
        con.execute("CREATE OR REPLACE TEMP TABLE original_rows (line BIGINT, original VARCHAR)")
        if is_expanded:
            con.execute("CREATE OR REPLACE TEMP TABLE wanted_lines AS SELECT unnest($1::BIGINT[]) AS line", [lines])
            # The row alone may not tell whom it concerns: its document follows in the next line.
            text = (
                f"CASE WHEN up_top IS NULL THEN doc ELSE left(doc, {_RAW_CHARACTERS // 2}) || chr(10) || "
                f"left(CAST(up_top AS VARCHAR), {_RAW_CHARACTERS}) END"
            )
            con.execute(  # cut before the join, which copies what it keeps
                f"INSERT INTO original_rows SELECT * FROM (SELECT {line}, left({text}, {_RAW_CHARACTERS}) "
                f"FROM ({around})) SEMI JOIN wanted_lines USING (line)"
            )
        else:
            texts = raw.raw_lines(lines)
            con.execute(
                f"INSERT INTO original_rows SELECT n, left(text, {_RAW_CHARACTERS}) "
                "FROM (SELECT unnest($1::BIGINT[]) AS n, unnest($2::VARCHAR[]) AS text)",
                [list(texts), list(texts.values())],
            )
        again = target.with_name(target.name + ".tmp")
        listed = ", ".join(
            f"CASE WHEN s.raw IS NULL AND (s.reason IS NOT NULL OR s.occurred_at > {_literal(future_after)}) "
            "THEN o.original ELSE s.raw END AS raw"
            if column == "raw"
            else f"s.{column}"
            for column in in_order(held.columns | {"raw"})
        )
        # The small table is the one built into memory, so the staged rows keep their order.
        _copy(con, f"SELECT {listed} FROM {staged} AS s LEFT JOIN original_rows AS o ON o.line = s.line", again)
        again.replace(target)
    told = {"mixed_epoch_units": mixed, "unreadable_values": unread}
    flags = [*raw.flags, *(name for name, holds in told.items() if holds)]
    return Outcome(rows, flags, mapping.dedupe)


def _lines_differ(con: duckdb.DuckDBPyConnection, staged: str) -> bool:
    """Whether no two rows share a line."""
    sql = f"SELECT count(*), count(DISTINCT line) FROM {staged} WHERE part = 0"
    rows, lines = con.execute(sql).fetchall()[0]
    return bool(rows == lines)


def _literal(moment: datetime) -> str:
    return f"TIMESTAMP {quote_text(moment.isoformat(sep=' '))}"


def _explained(error: duckdb.Error, plan: Plan, name: str) -> JourneyError | None:
    """What people can do about an error; None where only we can."""
    first = str(error).strip().splitlines()[0][:300]
    if plan.time_format is not None and "strp" in str(error).lower():
        remedy = "Write a strptime format, such as %d/%m/%Y %H:%M."
        return ConfigError(Problem(first, name, key=f"sources.{plan.source}.time_format", remedy=remedy))
    if isinstance(
        error, (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException, duckdb.InternalException)
    ):
        return None
    if isinstance(error, duckdb.OutOfMemoryException):
        return JourneyError(Problem(first, name, remedy="Raise resources.memory, or free memory or temporary space."))
    if "space" in first.lower():
        return JourneyError(Problem(first, name, remedy="Free space on the disk of the warehouse, then run again."))
    return JourneyError(Problem(f"can't be read: {first}", name, remedy="Check that the file is whole."))
