"""Where rejected rows go while a file is read: a spool in the work folder, so that memory stays bounded."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path

import duckdb

from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.readers.model import LISTED_REJECTS, RAW_CHARACTERS, Reject, printable

UNREADABLE = "unreadable_row"
NOT_UTF8 = "not_utf8"
TOO_LONG = "too_long"
_LISTED_CHARACTERS = 64_000_000
_numbers = itertools.count(1)


def fresh_name(kind: str) -> str:
    """A name that no other relation of this process has."""
    return f"__{kind}_{next(_numbers)}"


def fault_of(body: bytes) -> tuple[str, str] | None:
    """Reason and detail for a line that is no proper text; None where it is."""
    if b"\0" in body:
        return UNREADABLE, f"{body.count(0)} NUL bytes"
    if not body.isascii():
        try:
            body.decode("utf-8")
        except UnicodeDecodeError as error:
            return NOT_UTF8, f"byte 0x{body[error.start]:02x} at position {error.start + 1} is not UTF-8"
    return None


class RejectLog:
    """Collects rejects of one file; `publish` makes them a relation."""

    def __init__(self, workdir: Path) -> None:
        self.workdir = workdir
        self.count = 0
        self._spool = workdir / f"{fresh_name('rejects')}-{os.getpid()}.jsonl"
        self._waiting: list[str] = []
        self._queries: list[str] = []

    def add(self, line: int, reason: str, detail: str, raw: bytes) -> None:
        """Write one reject down."""
        self._waiting.append(json.dumps([line, reason, detail, printable(raw)]) + "\n")
        self.count += 1
        if len(self._waiting) >= 1000:
            self._flush()

    def _flush(self) -> None:
        with self._spool.open("a", encoding="ascii") as spool:
            spool.writelines(self._waiting)
        self._waiting.clear()

    def add_query(self, con: duckdb.DuckDBPyConnection, query: str, count: int) -> None:
        """Keep the rows of a query with the columns line, reason, detail, raw."""
        path = quote_text(str(self.workdir / f"{fresh_name('rejects')}-{os.getpid()}.parquet"))
        con.execute(f"COPY ({query}) TO {path} (FORMAT parquet)")
        self._queries.append(f"SELECT * FROM read_parquet({path}, hive_partitioning = false)")
        self.count += count

    def publish(self, con: duckdb.DuckDBPyConnection) -> tuple[str, list[Reject]]:
        """Create the view of all rejects and list the first of them."""
        queries = list(self._queries)
        if self._waiting:
            self._flush()
        if self._spool.exists():
            queries.append(
                "SELECT (doc->>0)::BIGINT AS line, doc->>1 AS reason, doc->>2 AS detail, doc->>3 AS raw FROM "
                f"(SELECT json AS doc FROM read_json_objects({quote_text(str(self._spool))}, "
                "format = 'newline_delimited', hive_partitioning = false))"
            )
        if not queries:
            queries.append("SELECT NULL::BIGINT AS line, '' AS reason, '' AS detail, '' AS raw WHERE false")
        name = fresh_name("rejects")
        con.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM ({' UNION ALL '.join(queries)}) ORDER BY line")
        listed: list[Reject] = []
        characters = 0
        if self.count:
            cursor = con.execute(f"SELECT line, reason, detail, raw FROM {name} LIMIT {LISTED_REJECTS}")
            while characters < _LISTED_CHARACTERS and (rows := cursor.fetchmany(1000)):
                listed.extend(Reject(*row) for row in rows)
                characters += sum(len(row[3]) for row in rows)
            cursor.fetchall()  # a half-read result keeps the connection busy
        return name, listed


def sql_raw(column: str) -> str:
    """SQL for a text column cut to what is kept of a rejected row."""
    return f"left({column}, {RAW_CHARACTERS})"
