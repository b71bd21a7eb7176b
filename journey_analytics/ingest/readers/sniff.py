"""What a file is, judged by its first bytes: format, delimiter, header. Never by its name."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from journey_analytics.errors import JourneyError, Problem
from journey_analytics.ingest.readers.csv_rows import Dialect, header_names, well_formed_cells
from journey_analytics.ingest.readers.model import read_errors
from journey_analytics.ingest.readers.scan import PARQUET
from journey_analytics.ingest.readers.source import ByteSource

DELIMITERS = (",", ";", "\t", "|")
_FORM = re.compile(rb"[^=&\s,;|\"<>]+=[^&\s,;|\"<>]*(?:&[^=&\s\"<>]+=[^&\s\"<>]*)*&?$")
_SAMPLE_LINES = 200
_SAMPLE_BYTES = 1 << 18
#: First bytes -> what people call it, what to do.
_BINARY: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG", "a PNG image", "Name log files only."),
    (b"\xff\xd8\xff", "a JPEG image", "Name log files only."),
    (b"GIF8", "a GIF image", "Name log files only."),
    (b"%PDF", "a PDF document", "Export the data as CSV."),
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "Unpack it, or save the sheet as CSV (UTF-8)."),
    (b"PK\x05\x06", "an empty zip archive", "Unpack it first."),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office document", "Save the sheet as CSV (UTF-8)."),
    (b"SQLite format 3", "a SQLite database", "Export the table as CSV."),
    (b"BZh", "a bzip2 file", "Unpack it, or compress it with gzip or zstd."),
    (b"\xfd7zXZ", "an xz file", "Unpack it, or compress it with gzip or zstd."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it first."),
    (b"Rar!", "a RAR archive", "Unpack it first."),
    (b"Obj\x01", "an Avro file", "Export it as Parquet or JSON lines."),
    (b"ORC", "an ORC file", "Export it as Parquet."),
    (b"ARROW1", "an Arrow file", "Export it as Parquet."),
    (b"\x7fELF", "a program", "Name log files only."),
    (b"\x1f\x8b", "gzip inside gzip or zstd", "Unpack it once."),
    (b"\x28\xb5\x2f\xfd", "zstd inside gzip or zstd", "Unpack it once."),
)


@dataclass(frozen=True)
class Sniffed:
    """A first look at a file. `header` is None where the format has none, `delimiter` where it is no CSV."""

    format: str
    compression: str | None
    delimiter: str | None
    encoding: str
    header: list[str] | None


def sniff(path: Path) -> Sniffed:
    """Judge a file by its first megabyte.

    Raises:
        JourneyError: If it cannot be read or is neither text nor Parquet.
    """
    source = ByteSource(path)
    head = bytearray()
    complete = True
    with read_errors(path), contextlib.closing(source.chunks()) as chunks:
        for chunk in chunks:
            head += chunk
            if len(head) >= 1 << 20:
                complete = False
                break
    content = bytes(head)
    refuse_binary(path, content, source.encoding)
    kind = guess_format(content, complete)
    delimiter = guess_delimiter(content) if kind == "csv" else None
    header: list[str] | None = None
    if delimiter is not None and (lines := sample_lines(content)):
        dialect = Dialect(delimiter)
        if has_header(lines, dialect):
            header = header_names(lines[0], dialect)
    return Sniffed(kind, source.compression, delimiter, source.encoding, header)


def refuse_binary(path: Path, head: bytes, encoding: str) -> None:
    """Raise a clear error for what is neither text nor Parquet.

    Raises:
        JourneyError: Naming what the file looks like.
    """
    name = str(path)
    if encoding == "utf-32":
        raise JourneyError(Problem("looks like UTF-32 text", name, remedy="Save it as UTF-8."))
    if head.startswith(PARQUET):
        return
    for magic, what, remedy in _BINARY:
        if head.startswith(magic):
            raise JourneyError(Problem(f"looks like {what}, not like a log", name, remedy=remedy))
    if head[257:262] == b"ustar":
        raise JourneyError(Problem("looks like a tar archive, not like a log", name, remedy="Unpack it first."))
    if head[8:12] == b"DUCK":
        raise JourneyError(
            Problem("looks like a DuckDB database", name, remedy="Give it as `database:` with a `query:` or `table:`.")
        )
    sample = re.sub(rb"\0{16,}", b"", head[: 1 << 16])  # a crash leaves runs of NULs in good logs
    nuls = sample.count(0)
    if nuls > 16 and nuls * 5 > len(sample):
        halves = sample[0::2].count(0), sample[1::2].count(0)
        if min(halves) * 10 < max(halves):
            what, remedy = "UTF-16 text without a byte order mark", "Save it as UTF-8."
            raise JourneyError(Problem(f"looks like {what}", name, remedy=remedy))
    controls = len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", sample))
    if controls > 16 and controls * 20 > len(sample):
        raise JourneyError(
            Problem(
                "looks like a binary file, not like text",
                name,
                remedy="Name log files only: CSV, JSON, JSON lines or Parquet, plain or in gzip or zstd.",
            )
        )


def guess_format(head: bytes, complete: bool) -> str:
    """`parquet`, `csv`, `json` (arrays and documents), `jsonl` (a record per line) or `form` (form-encoded lines).

    Args:
        head: The first bytes of the content.
        complete: Whether they are all of it.
    """
    if head.startswith(PARQUET):
        return "parquet"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\0")
    lines = _first_lines(text, complete)
    verdicts = [_verdict(line) for line in lines]
    whole = verdicts.count("whole")
    if not text.startswith((b"{", b"[")):
        if whole * 2 > len(lines):
            return "jsonl"
        return "form" if sum(map(bool, map(_FORM.match, lines))) * 2 > len(lines) else "csv"
    if text.startswith(b"["):
        if verdicts[:1] == ["whole"]:
            return "jsonl" if len(lines) > 1 else "json"  # lines of batches, or one array
        return "jsonl" if whole * 2 > len(lines) and lines[1].startswith(b"[") else "json"
    if whole * 2 > len(lines):
        return "jsonl"
    return "json" if _spans_lines(text, complete) else "jsonl"


def _first_lines(text: bytes, complete: bool) -> list[bytes]:
    """Up to 20 lines that are not blank; one that the end of the head may have cut only if it is the only one."""
    lines = text.splitlines()
    if not complete and len(lines) > 1:
        lines.pop()
    return [line.strip() for line in lines if line.strip()][:20]


def _verdict(line: bytes) -> str:
    """`whole`: one JSON object or array; `several`: more follow it; `broken`: anything else, also one that goes on."""
    if not line.startswith((b"{", b"[")):
        return "broken"
    text = line.decode("utf-8", "replace")
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return "broken"
    rest = text[end:].lstrip()
    if not rest:
        return "whole"
    return "several" if rest.startswith(("{", "[", ",")) else "broken"


def _spans_lines(text: bytes, complete: bool) -> bool:
    """Whether what begins with an object is a document, or several, rather than a record per line."""
    if text.split(maxsplit=1)[0] == b"{" and b"\n" in text:
        return True  # pretty-printed, as far as one can see
    decoder = json.JSONDecoder(strict=False)
    body = text.decode("utf-8", "replace")
    position = 0
    for _ in range(20):
        try:
            _, end = decoder.raw_decode(body, position)
        except RecursionError:
            return True
        except ValueError:
            # A first value that the head does not hold: a document, unless lines begin before its end.
            return position == 0 and not complete and "\n" not in body
        rest = body[end:].lstrip(" \t")
        if "\n" in body[position:end] or rest.startswith(("{", "[", ",")):
            return True
        position = len(body) - len(body[end:].lstrip(" \t\r\n,"))
        if position >= len(body):
            break
    return False


_EXCEL = re.compile(rb'"?sep=([^\w\s"]|\t)"?[,;\t]*', re.IGNORECASE)


def sample_lines(head: bytes) -> list[bytes]:
    """The first lines that are not blank, without their ends."""
    body = head.removeprefix(b"\xef\xbb\xbf")
    piece = body[:_SAMPLE_BYTES]
    lines = piece.splitlines()
    if len(body) > len(piece) and len(lines) > 1:
        lines.pop()
    return [line for line in lines if line.strip() and not _EXCEL.fullmatch(line)][:_SAMPLE_LINES]


def is_excel_hint(body: bytes) -> bool:
    """Whether a line is `sep=;`, with which Excel is told the delimiter; it is no row."""
    return _EXCEL.fullmatch(body) is not None


def excel_delimiter(head: bytes) -> str | None:
    """The delimiter that a first line `sep=;` names."""
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].rstrip(b"\r")
    found = _EXCEL.fullmatch(first)
    return found[1].decode("latin-1") if found and found[1].isascii() else None


def guess_delimiter(head: bytes) -> str:
    """The delimiter with which most lines have the same number of cells, above one."""
    lines = sample_lines(head)
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        dialect = Dialect(delimiter)
        counts = [well_formed_cells(line, dialect) for line in lines]
        score = _agreement(counts)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _agreement(counts: Sequence[int | None]) -> float:
    """How far lines agree on a number of cells: the share that has the header's number or the most common one."""
    known = [count for count in counts if count is not None]
    if not known or max(known) < 2:
        return 0.0
    usual = max(set(known), key=lambda count: (count > 1, known.count(count), count))
    if usual < 2:
        return 0.0
    share = known.count(usual) / len(counts)
    agrees_with_header = counts[0] == usual
    return share + (0.5 if agrees_with_header else 0.0) + min(usual, 50) / 1000


def has_header(lines: Sequence[bytes], dialect: Dialect) -> bool:
    """Whether the first line names columns: most of its cells are there, and none is a number, time or address."""
    names = [name.strip() for name in dialect.split(lines[0])]
    if sum(map(bool, names)) * 2 <= len(names):
        return False
    return not any(re.fullmatch(r"[-+]?\d[\d.,:TZ+\- ]*|.*@.*\..*", name) for name in names)
