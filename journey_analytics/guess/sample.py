"""A bounded look at a file: its first two megabytes as rows, whatever its format and compression."""

from __future__ import annotations

import contextlib
import json
import zlib
from pathlib import Path
from typing import Any

import duckdb
import zstandard

from journey_analytics.engine.duck import quote_name
from journey_analytics.errors import JourneyError, Problem
from journey_analytics.guess.model import Sample
from journey_analytics.ingest.readers import FileOptions, read_file
from journey_analytics.ingest.readers.model import read_errors
from journey_analytics.ingest.readers.sniff import sniff
from journey_analytics.ingest.readers.source import ByteSource

_BYTES = 2 << 20
_DOCUMENT_BYTES = 32 << 20  # a JSON document has to be read to its end
_ROWS = 2000
_DOCUMENTS = 300
_LINE_BYTES, _LINES = 1 << 18, 200
_DEPTH = 5


def take_sample(con: duckdb.DuckDBPyConnection, path: Path, workdir: Path) -> Sample:
    """Read the first rows of a file.

    Args:
        con: An in-memory connection.
        path: The file.
        workdir: An own folder for the sample's copy; it must outlive the answer.

    Raises:
        JourneyError: If the file can't be read, is empty, or is no log.
    """
    if path.is_dir() or not path.exists() or not path.is_file():
        what = "is a folder" if path.is_dir() else "is no file"
        raise JourneyError(Problem(what, str(path), remedy="Name the files in it."))
    with read_errors(path):
        if path.stat().st_size == 0:
            raise JourneyError(Problem("is empty", str(path)))
        seen = sniff(path)
        limit = _DOCUMENT_BYTES if seen.format == "json" else _BYTES
        part, share = (path, 1.0) if seen.format == "parquet" else _first_part(path, workdir, limit)
        has_header = seen.header is not None
        options = FileOptions(workdir=workdir, format=seen.format, delimiter=seen.delimiter, header=has_header)
        raw = read_file(con, part, options)
        lines = [] if seen.format == "parquet" else _lines(part)
        columns = {n: k for n, k in raw.columns.items()}
        selected = "doc" if raw.is_json else ", ".join(f"CAST({quote_name(name)} AS VARCHAR)" for name in columns)
        found = con.sql(f"SELECT {selected} FROM {quote_name(raw.relation)} LIMIT {_ROWS}").fetchall()
    records: list[Any] = []
    if raw.is_json:
        records = [record for row in found if (record := _parsed(row[0])) is not None]
        row_path, items = _rows_within(records)
        rows = [_flat(item) for item in items[:_ROWS]]
        names = list(dict.fromkeys(name for row in rows for name in row))
        types = {}
    else:
        row_path = None
        rows = [{n: str(v).strip() for n, v in zip(columns, row, strict=True) if v not in (None, "")} for row in found]
        names, types = list(columns), columns if seen.format == "parquet" else {}
    records = records[:_DOCUMENTS]
    return Sample(
        path, part, seen.format, seen.delimiter, has_header, rows, names, types, row_path, share, records, lines
    )


def _lines(part: Path) -> list[str]:
    """The first lines of a text that are not blank."""
    with contextlib.closing(ByteSource(part).chunks()) as chunks:
        head = next(chunks, b"")[:_LINE_BYTES]
    lines = head.decode("utf-8-sig", "replace").split("\n")
    if len(lines) > 1 and len(head) == _LINE_BYTES:
        lines.pop()  # cut
    return [line.rstrip("\r") for line in lines if line.strip()][:_LINES]


def _first_part(path: Path, workdir: Path, limit: int) -> tuple[Path, float]:
    """The file itself if it is small and plain, else a copy of its first bytes up to a line's end; and its share."""
    source = ByteSource(path)
    head = bytearray()
    whole = True
    with contextlib.closing(source.chunks()) as chunks:
        for chunk in chunks:
            head += chunk
            if len(head) >= limit:
                whole = next(chunks, None) is None
                break
    if whole and source.compression is None and len(head) < limit:
        return path, 1.0
    if not whole:
        cut = head.rfind(b"\n")
        if cut > 0:
            del head[cut + 1 :]
        share = _packed(bytes(head), source.compression) / max(path.stat().st_size, 1)
    else:
        share = 1.0
    copy = workdir / "sample"
    copy.write_bytes(bytes(head))
    return copy, share if whole else min(max(share, 1e-9), 0.999)


def _packed(content: bytes, compression: str | None) -> int:
    """How many bytes of the file on disk the content takes, about: packed again where the file is packed."""
    if compression == "gzip":
        return len(zlib.compress(content, 6))
    return len(zstandard.compress(content)) if compression == "zstd" else len(content)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _rows_within(records: list[Any]) -> tuple[str | None, list[Any]]:
    """The path to the rows inside the records, and the rows: the list of objects that holds the most."""
    if records and all(isinstance(record, list) for record in records):
        return "[*]", [item for record in records for item in record]
    found: dict[str, list[Any]] = {}
    for record in records[:200]:
        _lists(record, "", found)
    path = max(found, key=lambda name: len(found[name]), default=None)
    if path is None or len(found[path]) <= len(records) or (len(records) > 1 and _has_scalars(records)):
        return None, records
    return path + "[*]", found[path]


def _has_scalars(records: list[Any]) -> bool:
    """Whether records have as many own values as rows have: then lists in them are details, such as line items."""
    return sum(not isinstance(v, (dict, list)) for r in records[:20] if isinstance(r, dict) for v in r.values()) > 60


def _lists(value: Any, path: str, found: dict[str, list[Any]]) -> None:
    if not isinstance(value, dict) or path.count(".") >= _DEPTH:
        return
    for key, inner in value.items():
        if not _addressable(key):
            continue
        at = f"{path}.{key}" if path else key
        if isinstance(inner, list) and inner and all(isinstance(item, dict) for item in inner):
            found.setdefault(at, []).extend(inner)
        else:
            _lists(inner, at, found)


def _addressable(key: str) -> bool:
    """Whether a dotted path can name this key."""
    return bool(key) and not any(letter in key for letter in '."[]')


def _flat(value: Any, prefix: str = "", depth: int = 0) -> dict[str, str]:
    if not isinstance(value, dict) or depth > _DEPTH:
        return {}
    out: dict[str, str] = {}
    for key, inner in value.items():
        if not _addressable(key):
            continue
        if isinstance(inner, dict):
            out |= _flat(inner, f"{prefix}{key}.", depth + 1)
        elif isinstance(inner, bool):
            out[prefix + key] = str(inner).lower()
        elif isinstance(inner, (str, int, float)) and str(inner).strip():
            out[prefix + key] = str(inner).strip()
    return out
