"""Whole lines of text for DuckDB: the file itself where every line is proper text, else pieces for a cleaned copy.

In a copy the line's number and the line stand side by side, separated by a byte that proper text does not hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.readers.lines import lines, text_chunks
from journey_analytics.ingest.readers.model import LINE_COLUMN, FileOptions
from journey_analytics.ingest.readers.rejects import TOO_LONG, UNREADABLE
from journey_analytics.ingest.readers.scan import Scan

SEPARATOR = b"\x01"
#: Number, data, and the reason and detail of a row that can't be read.
Piece = tuple[int, bytes, str | None, str]


def fast_lines(scan: Scan, text: Path, options: FileOptions) -> str | None:
    """A query over the lines of the file itself, if they are proper text."""
    dirty = scan.has_nul or scan.has_control or scan.broken or not (scan.is_utf8 and scan.plain_ends)
    if dirty or scan.longest_line > options.max_line:
        return None
    source = lines_sql(text, {"doc": "VARCHAR"}, options.max_line)
    return f"SELECT row_number() OVER () AS {LINE_COLUMN}, doc FROM {source}"


def lines_sql(path: Path, columns: dict[str, str], longest: int) -> str:
    """A table function over lines (or numbers and lines), without any quoting."""
    types = ", ".join(f"{quote_text(name)}: {quote_text(kind)}" for name, kind in columns.items())
    return (
        f"read_csv({quote_text(str(path))}, columns = {{{types}}}, delim = e'\\x01', quote = '', escape = '', "
        f"header = false, auto_detect = false, hive_partitioning = false, "
        f"max_line_size = {max(longest + 1000, 2_000_000)})"
    )


def line_pieces(text: Path, options: FileOptions, broken: str | None, *, strip: bool = True) -> Iterator[Piece]:
    """Every line that is not blank, or why it can't be read; with one more for what a broken stream lost."""
    number = 0
    ended = True
    for line in lines(text_chunks(text), options.max_line):
        number = line.number
        if broken and not line.has_end:
            ended = False
            yield number, line.data, UNREADABLE, f"{broken}: the file ends inside this row"
        elif line.size:
            yield number, line.data, TOO_LONG, f"{line.size} bytes, at most {options.max_line}"
        elif body := line.body.strip(b" \t"):
            yield number, body if strip else line.body, None, ""
    if broken and ended:
        yield number + 1, b"", UNREADABLE, f"{broken}: the rows after this line are missing"
