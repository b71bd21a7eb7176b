"""CSV: DuckDB's own reader where it counts as many rows as the file has lines, else cleaned by the grammar first."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.errors import JourneyError, Problem
from journey_analytics.ingest.readers.csv_records import Record, records
from journey_analytics.ingest.readers.csv_rows import Dialect, header_names, unique_names, well_formed_cells
from journey_analytics.ingest.readers.lines import Line, line_picker, lines, text_chunks
from journey_analytics.ingest.readers.model import LINE_COLUMN, FileOptions, RawFile, printable
from journey_analytics.ingest.readers.rejects import RejectLog, fresh_name
from journey_analytics.ingest.readers.scan import Scan
from journey_analytics.ingest.readers.sniff import (
    excel_delimiter,
    guess_delimiter,
    has_header,
    is_excel_hint,
    sample_lines,
)

_SPACED_QUOTE = re.compile(b'  "')  # as a pattern twice as fast as with `in`
_LF = "new_line = '\\n', "


@dataclass(frozen=True)
class Layout:
    """What the first row says: the names, and after which physical line the data begin."""

    names: list[str]
    header_line: int  # 0: no header; a line that only names the delimiter stands before the data, too


def read_csv(con: duckdb.DuckDBPyConnection, scan: Scan, text: Path, options: FileOptions) -> RawFile:
    """Read a CSV file; see `read_file`."""
    delimiter = options.delimiter or excel_delimiter(scan.head) or guess_delimiter(scan.head)
    if len(delimiter) > 1 or delimiter.isalnum() or delimiter in '"\r\n\0':
        raise JourneyError(
            Problem(
                f"{delimiter!r} cannot be the delimiter",
                str(scan.path),
                key="delimiter",
                remedy="Name one character, as in ',' ';' '|' or a tab.",
            )
        )
    dialect = Dialect(delimiter)
    layout = _layout(scan, dialect, options)
    line_column = LINE_COLUMN
    while line_column.lower() in {name.lower() for name in layout.names}:
        line_column += "_"
    log = RejectLog(options.workdir)
    fast = _fast(con, scan, text, dialect, layout, options, line_column)
    if fast is not None:
        source, rows = fast
        raw_lines = line_picker(text)
    else:
        source, rows = _salvage(con, scan, text, dialect, layout, options, line_column, log)
        raw_lines = _record_picker(text, dialect, layout, options)
    relation = fresh_name("csv")
    con.execute(f"CREATE TEMP VIEW {relation} AS {source}")
    rejects_relation, rejects = log.publish(con)
    return RawFile(
        relation=relation,
        line_column=line_column,
        columns=dict.fromkeys(layout.names, "VARCHAR"),
        is_json=False,
        rows=rows,
        reject_count=log.count,
        rejects=rejects,
        rejects_relation=rejects_relation,
        raw_lines=raw_lines,
        format="csv",
        flags=["truncated"] if scan.broken else [],
        salvaged=fast is None,
    )


def _layout(scan: Scan, dialect: Dialect, options: FileOptions) -> Layout:
    stream = lines([scan.head.removeprefix(b"\xef\xbb\xbf")], len(scan.head))
    first = next((line for line in stream if line.body.strip(b" \t") or dialect.bytes in line.body), None)
    if first is None:
        return Layout(unique_names(options.columns or ["column1"]), 0)
    hint = 0
    if first.number == 1 and is_excel_hint(first.body):
        hint = 1
        first = next((line for line in stream if line.body.strip(b" \t")), None)
        if first is None:
            return Layout(unique_names(options.columns or ["column1"]), hint)
    header = options.header
    if header is None:
        header = options.columns is None and has_header(sample_lines(scan.head) or [first.body], dialect)
    if header:
        if len(first.body) > options.max_line or (not first.has_end and scan.length > len(scan.head)):
            raise JourneyError(
                Problem(
                    f"the first line is longer than {options.max_line} bytes, so it names no columns",
                    str(scan.path),
                    line=first.number,
                    remedy="Check that this is a CSV file with one row per line.",
                )
            )
        row, last = _header_row(first, stream, dialect)
        return Layout(header_names(row, dialect), last)
    if options.columns:
        return Layout(unique_names(options.columns), hint)
    cells = well_formed_cells(first.body, dialect) or len(dialect.split(first.body))
    return Layout([f"column{place}" for place in range(1, cells + 1)], hint)


def _header_row(first: Line, stream: Iterator[Line], dialect: Dialect) -> tuple[bytes, int]:
    """The header and its last physical line: more than one where a quoted name holds a line end."""
    state = dialect.line(first.body)
    row = first.data
    for line in stream if state.is_open else ():
        state = dialect.line(line.body, state)
        row += line.data
        if state.fault:
            break
        if not state.is_open:
            return row.rstrip(b"\r\n"), line.number
    return first.body, first.number


def _scan_sql(path: Path, dialect: Dialect, columns: dict[str, str], header: bool, longest: int, end: str = "") -> str:
    # A file with CRLF gets no new_line: given '\r\n', DuckDB 2.0 reads no rows at all; left alone it judges right.
    # Left alone with LF, it may be misled by a CRLF in a quoted cell.
    types = ", ".join(f"{quote_text(name)}: {quote_text(kind)}" for name, kind in columns.items())
    return (
        f"read_csv({quote_text(str(path))}, columns = {{{types}}}, delim = {quote_text(dialect.delimiter)}, "
        f"quote = '\"', escape = '\"', header = {str(header).lower()}, auto_detect = false, strict_mode = true, "
        f"null_padding = false, {end}hive_partitioning = false, max_line_size = {max(longest + 1000, 2_000_000)})"
    )


def _fast(
    con: duckdb.DuckDBPyConnection,
    scan: Scan,
    text: Path,
    dialect: Dialect,
    layout: Layout,
    options: FileOptions,
    line_column: str,
) -> tuple[str, int] | None:
    """A query over the file itself, if DuckDB finds exactly one good row on every line."""
    trusted = scan.plain_ends and scan.is_utf8 and not scan.has_nul and not scan.broken
    if not trusted or scan.longest_line > options.max_line or layout.header_line > 1 or _has_spaced_quote(text):
        return None
    header = layout.header_line == 1
    columns = dict.fromkeys(layout.names, "VARCHAR")
    source = _scan_sql(text, dialect, columns, header, options.max_line, "" if scan.has_crlf else _LF)
    rows = scan.lines - header
    # With one column, DuckDB makes a blank line a row of NULL.
    counted = f"count({quote_name(layout.names[0])})" if len(layout.names) == 1 else "count(*)"
    try:
        found = con.sql(f"SELECT {counted} FROM {source}").fetchall()[0][0]
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return None
    if found != rows:
        return None
    names = ", ".join(quote_name(name) for name in layout.names)
    return f"SELECT row_number() OVER () + {int(header)} AS {quote_name(line_column)}, {names} FROM {source}", rows


def _has_spaced_quote(text: Path) -> bool:
    """Whether two spaces and a quote follow one another: the one thing that DuckDB reads in a way of its own."""
    tail = b""
    for chunk in text_chunks(text):
        if _SPACED_QUOTE.search(chunk) or b'  "' in tail + chunk[:2]:
            return True
        tail = chunk[-2:]
    return False


def _salvage(
    con: duckdb.DuckDBPyConnection,
    scan: Scan,
    text: Path,
    dialect: Dialect,
    layout: Layout,
    options: FileOptions,
    line_column: str,
    log: RejectLog,
) -> tuple[str, int]:
    """A cleaned copy with the line number as first cell, and a query over it."""
    good = 0
    handle, name = tempfile.mkstemp(suffix=".csv", dir=options.workdir)
    last = 0
    with os.fdopen(handle, "wb", buffering=1 << 20) as out:
        for record in _records(text, dialect, layout, options, scan.broken):
            if record.reason is None:
                out.write(b"%d%s%s\n" % (record.number, dialect.bytes, record.raw))
                good += 1
            else:
                log.add(record.number, record.reason, record.detail, record.raw)
            last = record.number
    columns = {line_column: "BIGINT", **dict.fromkeys(layout.names, "VARCHAR")}
    source = _scan_sql(Path(name), dialect, columns, False, options.max_line, _LF)
    found = con.sql(f"SELECT count(*) FROM {source}").fetchall()[0][0]
    if found != good:
        raise AssertionError(f"{scan.path}: {good} rows cleaned, {found} read back (last line {last})")
    return f"SELECT * FROM {source}", good + log.count


def _records(
    text: Path, dialect: Dialect, layout: Layout, options: FileOptions, broken: str | None
) -> Iterator[Record]:
    return records(text_chunks(text), dialect, len(layout.names), layout.header_line, options.max_line, broken)


def _record_picker(
    text: Path, dialect: Dialect, layout: Layout, options: FileOptions
) -> Callable[[Collection[int]], dict[int, str]]:
    """As `line_picker`, for files in which a row may span lines."""

    def pick(wanted: Collection[int]) -> dict[int, str]:
        left = set(wanted)
        found: dict[int, str] = {}
        for record in _records(text, dialect, layout, options, None) if left else ():
            if record.number in left:
                found[record.number] = printable(record.raw)
                left.discard(record.number)
                if not left:
                    break
        return found

    return pick
