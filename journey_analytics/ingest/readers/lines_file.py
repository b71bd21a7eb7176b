"""Logs of plain text, a row per line: taken apart by a pattern with named groups, or at a delimiter without quoting.

Every line is judged once, into a Parquet file of the work folder, because a regular expression is the dearest part.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import duckdb

from journey_analytics.connectors.patterns import group_names
from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.errors import JourneyError, Problem
from journey_analytics.ingest.readers.csv_rows import unique_names
from journey_analytics.ingest.readers.lines import line_picker
from journey_analytics.ingest.readers.model import LINE_COLUMN, FileOptions, RawFile
from journey_analytics.ingest.readers.rejects import UNREADABLE, RejectLog, fault_of, fresh_name, sql_raw
from journey_analytics.ingest.readers.scan import Scan
from journey_analytics.ingest.readers.text_lines import SEPARATOR, fast_lines, line_pieces, lines_sql


def read_lines(con: duckdb.DuckDBPyConnection, scan: Scan, text: Path, options: FileOptions) -> RawFile:
    """Read a text log; see `read_file`.

    Raises:
        JourneyError: If neither a pattern nor a delimiter with names is given.
    """
    names, cells, good, detail = _taken_apart(scan.path, options)
    handle, name = tempfile.mkstemp(suffix=".parquet", dir=options.workdir)
    os.close(handle)
    parsed = f"read_parquet({quote_text(name)}, hive_partitioning = false)"
    # A blank line is null (or spaces) and no row; `fault` says why a line is none that can be read.
    blank = "doc IS NULL OR trim(doc, e' \\t\\r\\n') = ''"
    select = (
        f"SELECT n, {', '.join(f'{sql} AS c{place}' for place, sql in enumerate(cells))}, "
        f"CASE WHEN {good} THEN NULL ELSE {detail} END AS fault, CASE WHEN {good} THEN NULL ELSE {sql_raw('doc')} END "
        f"AS doc FROM (SELECT {LINE_COLUMN} AS n, doc, %s AS r FROM (%s) WHERE NOT ({blank}))"
    )
    log = RejectLog(options.workdir)
    apart = _APART_PATTERN if options.pattern else _APART_CELLS
    apart = apart.format(
        pattern=quote_text(_whole(options.pattern or "")),
        groups=_groups(options),
        delimiter=quote_text(options.delimiter or ""),
    )
    source = fast_lines(scan, text, options)
    if source is not None and not _reads_all(con, source, scan.lines):
        source = None
    salvaged = source is None
    if source is None:
        source = _salvage(scan, text, options, log)
    con.execute(f"COPY ({select % (apart, source)}) TO {quote_text(name)} (FORMAT parquet)")
    rows, bad = con.sql(f"SELECT count(*), count(fault) FROM {parsed}").fetchall()[0]
    spooled = log.count
    if bad:
        log.add_query(
            con,
            f"SELECT n AS line, '{UNREADABLE}' AS reason, fault AS detail, doc AS raw FROM {parsed} "
            "WHERE fault IS NOT NULL",
            bad,
        )
    line_column = LINE_COLUMN
    while line_column.lower() in {column.lower() for column in names}:
        line_column += "_"
    relation = fresh_name("lines")
    picked = ", ".join(f"c{place} AS {quote_name(column)}" for place, column in enumerate(names))
    con.execute(
        f"CREATE TEMP VIEW {relation} AS SELECT n AS {quote_name(line_column)}, {picked} FROM {parsed} "
        "WHERE fault IS NULL"
    )
    rejects_relation, rejects = log.publish(con)
    return RawFile(
        relation=relation,
        line_column=line_column,
        columns=dict.fromkeys(names, "VARCHAR"),
        is_json=False,
        rows=rows + spooled,
        reject_count=log.count,
        rejects=rejects,
        rejects_relation=rejects_relation,
        raw_lines=line_picker(text),
        format="lines",
        flags=["truncated"] if scan.broken else [],
        salvaged=salvaged,
    )


_APART_PATTERN = "regexp_extract(doc, {pattern}, {groups})"
_APART_CELLS = "string_split(doc, {delimiter})"
_WHOLE = "__whole"


def _whole(pattern: str) -> str:
    """The pattern for a whole line, in a group of its own: empty where the line does not match."""
    return f"^({pattern})$"


def _groups(options: FileOptions) -> str:
    if not options.pattern:
        return ""
    names = group_names(options.pattern)
    return "[" + ", ".join(quote_text(name) for name in (_WHOLE, *(n or f"__{i}" for i, n in enumerate(names)))) + "]"


def _taken_apart(path: Path, options: FileOptions) -> tuple[list[str], list[str], str, str]:
    """The columns' names, their SQL over the taken-apart line `r`, whether it is good, and what else is wrong."""
    if options.pattern:
        names = [name for name in group_names(options.pattern) if name]
        cells = [f"r[{quote_text(name)}]" for name in names]
        return names, cells, f"r[{quote_text(_WHOLE)}] <> ''", "'does not match the pattern'"
    if options.columns and options.delimiter:
        names = unique_names(options.columns)
        cells = [f"r[{place}]" for place in range(1, len(names) + 1)]
        good = f"len(r) = {len(names)}"
        return names, cells, good, f"'expected {len(names)} cells, found ' || len(r)"
    raise JourneyError(
        Problem(
            "the format `lines` needs to know how a line is taken apart",
            str(path),
            key="pattern",
            remedy="Give a `pattern` with named groups, or `header` and `delimiter`.",
        )
    )


def _reads_all(con: duckdb.DuckDBPyConnection, source: str, physical: int) -> bool:
    """Whether DuckDB finds a row on every physical line."""
    try:
        return bool(con.sql(f"SELECT count(*) FROM ({source})").fetchall()[0][0] == physical)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return False


def _salvage(scan: Scan, text: Path, options: FileOptions, log: RejectLog) -> str:
    """A cleaned copy of the lines that are proper text, and a query over it; the others are in `log`."""
    handle, name = tempfile.mkstemp(suffix=".txt", dir=options.workdir)
    longest = 0
    with os.fdopen(handle, "wb", buffering=1 << 20) as out:
        for number, data, reason, detail in line_pieces(text, options, scan.broken, strip=False):
            fault = (reason, detail) if reason else fault_of(data)
            if not fault and SEPARATOR in data:
                fault = UNREADABLE, "a control character (0x01)"
            if fault:
                log.add(number, fault[0], fault[1], data)
            else:
                out.write(b"%d\x01%s\n" % (number, data))
                longest = max(longest, len(data))
    return f"SELECT * FROM {lines_sql(Path(name), {LINE_COLUMN: 'BIGINT', 'doc': 'VARCHAR'}, longest)}"
