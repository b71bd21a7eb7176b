"""`read_file`: from a path to rows and rejects, whatever the file is."""

from __future__ import annotations

from pathlib import Path

import duckdb

from journey_analytics.errors import JourneyError, Problem
from journey_analytics.ingest.readers.csv_file import read_csv
from journey_analytics.ingest.readers.json_file import read_json
from journey_analytics.ingest.readers.lines_file import read_lines
from journey_analytics.ingest.readers.model import FileOptions, RawFile, read_errors
from journey_analytics.ingest.readers.parquet_file import read_parquet
from journey_analytics.ingest.readers.scan import PARQUET, Scan, scan
from journey_analytics.ingest.readers.sniff import guess_format, refuse_binary


def read_file(con: duckdb.DuckDBPyConnection, path: Path, options: FileOptions, seen: Scan | None = None) -> RawFile:
    """Open a file as a relation of its good rows, and account for all others.

    The relation reads the file (or a copy in `options.workdir`) again on every query, in the order of the file if the
    connection preserves insertion order. Queries on it belong inside `read_errors(path)`.

    Args:
        con: Where the temporary views are created.
        path: The file.
        options: How to read it.
        seen: What `scan(path, options.workdir)` found, if that has been done.

    Raises:
        JourneyError: If the file cannot be read, or is neither text nor Parquet.
    """
    if seen is None or seen.text is None:
        seen = scan(path, options.workdir)
    assert seen.text is not None  # a work folder was given
    text = seen.text.absolute()
    refuse_binary(path, seen.head, seen.encoding)
    kind = options.format or guess_format(seen.head, len(seen.head) == seen.length)
    if kind == "json" and options.format == "json":  # people call both so, and lines lose less when one is broken
        kind = "jsonl" if guess_format(seen.head, len(seen.head) == seen.length) == "jsonl" else "json"
    is_parquet = seen.head.startswith(PARQUET)
    if is_parquet != (kind == "parquet"):
        what = "a Parquet file" if is_parquet else "text"
        raise JourneyError(
            Problem(
                f"looks like {what}, but format is {kind}",
                str(path),
                key="format",
                remedy="Leave `format` out, or name the right one.",
            )
        )
    with read_errors(path):
        if kind == "parquet":
            if seen.broken:
                raise JourneyError(Problem(seen.broken, str(path), remedy="Copy or export the file again."))
            return read_parquet(con, text, options)
        if kind == "lines":
            return read_lines(con, seen, text, options)
        if kind == "csv":
            return read_csv(con, seen, text, options)
        return read_json(con, seen, text, options, kind)
