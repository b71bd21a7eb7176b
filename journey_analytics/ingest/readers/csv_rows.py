"""CSV's grammar, line by line: how many cells a line completes, and whether a quote is left open.

RFC 4180 with what DuckDB and the world allow: spaces around a quoted cell, quotes inside an unquoted one, empty cells
beyond the last. Nothing is read or written here.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class LineState:
    """Where a line left off. `fault` says what is wrong with it, or is None.

    `cells` and `filled` (up to the last cell that is not empty) count from the record's first line.
    """

    cells: int
    filled: int
    is_open: bool  # inside a quoted cell
    fault: str | None = None


START = LineState(0, 0, False)


class Dialect:
    """The patterns for one delimiter; the quote is always `"`, doubled inside a quoted cell."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self.bytes = delimiter.encode()
        mark = re.escape(self.bytes)
        space = b"" if delimiter == " " else b" *"
        self._opens = re.compile(space + b'"')
        self._rest = re.compile(b'[^"]*+(?:""[^"]*+)*+')
        self._after = re.compile(space + b"(?:(" + mark + b")|\\Z)")
        self._plain = re.compile(b"((?:(?!" + mark + b").)*+)(" + mark + b")?", re.DOTALL)
        if len(self.bytes) == 1:
            self._plain = re.compile(b"([^" + mark + b"]*+)(" + mark + b")?")

    def regular(self, cells: int) -> Callable[[bytes], object]:
        """A quick test for lines that are good beyond doubt; what fails it is for `line` to judge."""
        mark = re.escape(self.bytes)
        cell = b'(?:"[^"]*+(?:""[^"]*+)*+"|(?![ "])[^' + mark + b'"]*+)'
        return re.compile(b"(?:" + cell + mark + b"){%d}" % (cells - 1) + cell).fullmatch

    def line(self, text: bytes, state: LineState = START) -> LineState:
        """Go on with a record over one more line, given without its line end."""
        cells, filled, is_open = state.cells, state.filled, state.is_open
        position = 0
        while True:
            opened = None if is_open else self._opens.match(text, position)
            if is_open or opened:
                if opened:
                    position = opened.end()
                start = position
                match = self._rest.match(text, position)
                position = match.end() if match else position
                if position >= len(text):
                    return LineState(cells, filled, True)
                after = self._after.match(text, position + 1)
                if after is None:
                    return LineState(cells, filled, False, "text after a closing quote")
                cells += 1
                if is_open or position > start:
                    filled = cells
                is_open = False
                more, position = after[1] is not None, after.end()
            else:
                plain = self._plain.match(text, position)
                assert plain is not None  # it matches the empty text
                cells += 1
                if plain[1]:
                    filled = cells
                more, position = plain[2] is not None, plain.end()
            if not more:
                return LineState(cells, filled, False)

    def tidy(self, record: bytes) -> bytes:
        """A good record without spaces before opening quotes (DuckDB takes one, but not two)."""
        pieces = []
        position = 0
        while True:
            opened = self._opens.match(record, position)
            if opened:
                rest = self._rest.match(record, opened.end())
                end = rest.end() + 1 if rest else opened.end()
                pieces.append(b'"' + record[opened.end() : end])
                after = self._after.match(record, end)
                more, position = (after[1] is not None, after.end()) if after else (False, end)
            else:
                plain = self._plain.match(record, position)
                assert plain is not None  # it matches the empty text
                pieces.append(plain[1])
                more, position = plain[2] is not None, plain.end()
            if not more:
                return self.bytes.join(pieces)

    def split(self, row: bytes) -> list[str]:
        """The cells of one row as text; a malformed one is split at every delimiter."""
        text = row.decode("utf-8", "backslashreplace").replace("\0", "")
        for skip in (True, False):  # spaces before a quote, unless the space is the delimiter
            with contextlib.suppress(csv.Error):
                reader = csv.reader(
                    io.StringIO(text, newline=""), delimiter=self.delimiter, skipinitialspace=skip, strict=True
                )
                return next(reader, [])
        return text.split(self.delimiter)


def well_formed_cells(line: bytes, dialect: Dialect) -> int | None:
    """The number of cells of a line that stands by itself; None where it does not."""
    state = dialect.line(line)
    return None if state.fault or state.is_open else state.cells


def header_names(line: bytes, dialect: Dialect) -> list[str]:
    """The columns' names: an empty one is named by its place, a repeated one gets `_2`, `_3` …, case aside."""
    return unique_names([name.strip() for name in dialect.split(line)])


def unique_names(names: list[str]) -> list[str]:
    """Names made different from one another, compared without case, the first of equals unchanged."""
    given = {name.lower() for name in names}
    taken: set[str] = set()
    result = []
    for place, name in enumerate(names, 1):
        base = candidate = name or f"column{place}"
        number = 1
        while candidate.lower() in taken or (candidate != name and candidate.lower() in given):
            number += 1
            candidate = f"{base}_{number}"
        taken.add(candidate.lower())
        result.append(candidate)
    return result
