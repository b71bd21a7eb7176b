"""JSON and form-encoded lines: the text of each record, judged by DuckDB's own JSON parser, with its line or number.

DuckDB reads the file itself where every line (or the whole array) is proper text; else a cleaned copy in which the
number and the record stand side by side, separated by a byte that valid JSON cannot hold.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.readers.form_body import form_json, is_form
from journey_analytics.ingest.readers.json_documents import document_picker, documents
from journey_analytics.ingest.readers.lines import line_picker, text_chunks
from journey_analytics.ingest.readers.model import LINE_COLUMN, FileOptions, RawFile
from journey_analytics.ingest.readers.rejects import TOO_LONG, UNREADABLE, RejectLog, fault_of, fresh_name, sql_raw
from journey_analytics.ingest.readers.scan import Scan
from journey_analytics.ingest.readers.text_lines import SEPARATOR, Piece, fast_lines, line_pieces, lines_sql

_SPACE = "e' \\t\\r\\n'"
# What a row is, cheapest test first, because trim costs ten times the rest: DuckDB evaluates CASE lazily.
_KIND = f"""CASE WHEN doc IS NULL THEN 'blank'
    WHEN starts_with(doc, '{{') AND json_valid(doc) THEN 'good'
    WHEN trim(doc, {_SPACE}) = '' THEN 'blank'
    WHEN left(ltrim(doc, {_SPACE}), 1) IN ('{{', '[') AND json_valid(doc) THEN 'good'
    ELSE 'bad' END"""
_NOT_BLANK = f"doc IS NOT NULL AND (starts_with(doc, '{{') OR trim(doc, {_SPACE}) <> '')"


def read_json(con: duckdb.DuckDBPyConnection, scan: Scan, text: Path, options: FileOptions, kind: str) -> RawFile:
    """Read JSON lines (`kind` jsonl), form-encoded lines (form), arrays and documents (json); see `read_file`."""
    log = RejectLog(options.workdir)
    by_line = kind != "json"
    fast = fast_lines(scan, text, options) if by_line else _fast_documents(scan, text, options)
    if fast is not None and kind == "form":
        fast = _forms(fast)
    counts = None
    if fast is not None:
        counts = _counts(con, fast, scan.lines if by_line else None, options)
    source = fast
    if source is None or counts is None:
        source = _salvage(con, scan, text, options, kind, log)
        source = _forms(source) if kind == "form" else source
        counts = _totals(con, source)
    salvaged = source is not fast
    rows, bad, blank = counts
    view = f"SELECT {LINE_COLUMN}, doc FROM ({source})"
    if bad:
        other = "no form-encoded body" if kind == "form" else "no valid JSON"
        what = f"CASE WHEN json_valid(doc) THEN 'a JSON value, but no object' ELSE '{other}' END"
        log.add_query(
            con,
            f"SELECT {LINE_COLUMN} AS line, '{UNREADABLE}' AS reason, {what} AS detail, {sql_raw('doc')} AS raw "
            f"FROM ({source}) WHERE {_KIND} = 'bad'",
            bad,
        )
        # Judged again on every read: an anti-join with the rejects would be no faster and loses the file's order.
        view += f" WHERE {_KIND} = 'good'"
    elif blank:
        view += f" WHERE {_NOT_BLANK}"
    relation = fresh_name("json")
    con.execute(f"CREATE TEMP VIEW {relation} AS {view}")
    spooled = log.count - bad
    rejects_relation, rejects = log.publish(con)
    return RawFile(
        relation=relation,
        line_column=LINE_COLUMN,
        columns={"doc": "VARCHAR"},
        is_json=True,
        rows=rows + spooled,
        reject_count=log.count,
        rejects=rejects,
        rejects_relation=rejects_relation,
        raw_lines=line_picker(text) if by_line else document_picker(text, options.max_document),
        format=kind,
        flags=["truncated"] if scan.broken else [],
        salvaged=salvaged,
        embeds=kind == "form" or scan.has_escaped_quotes,
    )


def _forms(source: str) -> str:
    """The lines of a query as JSON objects; one that is no form-encoded body stays as it is."""
    form = f"CAST({form_json('t')} AS VARCHAR)"
    body = f"CASE WHEN starts_with(t, '{{') AND json_valid(t) THEN t WHEN {is_form('t')} THEN {form} ELSE doc END"
    return f"SELECT {LINE_COLUMN}, {body} AS doc FROM (SELECT *, trim(doc, {_SPACE}) AS t FROM ({source}))"


def _fast_documents(scan: Scan, text: Path, options: FileOptions) -> str | None:
    """A query over the array or the documents in the file itself."""
    if scan.has_nul or scan.broken or not scan.is_utf8:
        return None
    start = scan.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    layout = "array" if start.startswith(b"[") else "unstructured"
    if layout == "array" and not _ends_with_bracket(text):
        return None  # DuckDB 2.0 takes an array that breaks off behind a comma for a whole one
    size = max(min(options.max_document, scan.length) + 1000, 1 << 20)
    return (
        f"SELECT row_number() OVER () AS {LINE_COLUMN}, json::VARCHAR AS doc FROM read_json_objects("
        f"{quote_text(str(text))}, format = '{layout}', maximum_object_size = {size}, hive_partitioning = false)"
    )


def _ends_with_bracket(text: Path) -> bool:
    with text.open("rb") as file:
        file.seek(-min(text.stat().st_size, 1000), 2)
        return file.read().rstrip().endswith(b"]")


def _counts(
    con: duckdb.DuckDBPyConnection, source: str, physical: int | None, options: FileOptions
) -> tuple[int, int, int] | None:
    """`_totals`, or None where DuckDB stumbles or its rows are not the file's lines."""
    try:
        if physical is None:
            longest = con.sql(f"SELECT max(strlen(doc)) FROM ({source})").fetchall()[0][0]
            if longest is not None and longest > options.max_document:
                return None
        totals = _totals(con, source)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return None
    if physical is not None and totals[0] + totals[2] != physical:
        return None
    return totals


def _totals(con: duckdb.DuckDBPyConnection, source: str) -> tuple[int, int, int]:
    """Rows that are not blank, those among them that are no records, and blank lines."""
    query = f"SELECT kind, count(*) FROM (SELECT {_KIND} AS kind FROM ({source})) GROUP BY kind"
    found = dict(con.sql(query).fetchall())
    return found.get("good", 0) + found.get("bad", 0), found.get("bad", 0), found.get("blank", 0)


def _salvage(
    con: duckdb.DuckDBPyConnection, scan: Scan, text: Path, options: FileOptions, kind: str, log: RejectLog
) -> str:
    """A cleaned copy of what is proper text, and a query over it; everything else is in `log`."""
    handle, name = tempfile.mkstemp(suffix=".jsonl", dir=options.workdir)
    longest = 0
    pieces = _document_pieces(text, options, scan.broken) if kind == "json" else line_pieces(text, options, scan.broken)
    with os.fdopen(handle, "wb", buffering=1 << 20) as out:
        for number, data, reason, detail in pieces:
            fault = (reason, detail) if reason else fault_of(data)
            if not fault and SEPARATOR in data:
                fault = UNREADABLE, "a control character (0x01)"
            if fault:
                log.add(number, fault[0], fault[1], data)
            else:
                out.write(b"%d\x01%s\n" % (number, data.replace(b"\r", b" ").replace(b"\n", b" ")))
                longest = max(longest, len(data))
    return f"SELECT * FROM {lines_sql(Path(name), {LINE_COLUMN: 'BIGINT', 'doc': 'VARCHAR'}, longest)}"


def _document_pieces(text: Path, options: FileOptions, broken: str | None) -> Iterator[Piece]:
    number = 0
    for document in documents(text_chunks(text), options.max_document):
        number = document.number
        if document.fault:
            detail = f"{broken}: {document.fault}" if broken else document.fault
            yield number, document.data, UNREADABLE, detail
            broken = None
        elif document.size:
            yield number, document.data, TOO_LONG, f"{document.size} bytes, at most {options.max_document}"
        else:
            yield number, document.data, None, ""
    if broken:
        yield number + 1, b"", UNREADABLE, f"{broken}: what follows is missing"
