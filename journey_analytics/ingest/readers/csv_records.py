"""The tolerant way through CSV: line by line, each row judged, a stray quote costing no more than its own line."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from journey_analytics.ingest.readers.csv_rows import Dialect, LineState, well_formed_cells
from journey_analytics.ingest.readers.lines import Line, lines
from journey_analytics.ingest.readers.rejects import TOO_LONG, UNREADABLE, fault_of


class Record(NamedTuple):
    """One row of the file, over one physical line or several. `reason` is None for a good one."""

    number: int
    raw: bytes
    reason: str | None = None
    detail: str = ""


def records(
    chunks: Iterable[bytes], dialect: Dialect, expected: int, header_line: int, limit: int, broken: str | None
) -> Iterator[Record]:
    """Every row of a file in order, good or not; blank lines and the header are none.

    Args:
        chunks: The content without byte order mark.
        dialect: The delimiter's grammar.
        expected: Cells of a good row.
        header_line: The header's last physical line; 0: none.
        limit: Bytes of the longest line.
        broken: Why the compressed stream ends early; then what is missing is one more rejected row.
    """
    regular = dialect.regular(expected)
    stream = lines(chunks, limit)
    pending: deque[Line] = deque()
    number = 0
    ended = True
    while True:
        line = pending.popleft() if pending else next(stream, None)
        if line is None:
            break
        number = line.number
        if number <= header_line:
            continue
        if broken and not line.has_end:
            ended = False
            yield Record(number, line.data, UNREADABLE, f"{broken}: the file ends inside this row")
            continue
        body = line.body
        if line.size:
            yield Record(number, body, TOO_LONG, f"{line.size} bytes, at most {limit}")
            continue
        if not body:
            continue
        fault = fault_of(body)
        if fault:
            yield Record(number, body, *fault)
            continue
        if body.count(dialect.bytes) == expected - 1 if b'"' not in body else regular(body):
            yield Record(number, body)
            continue
        if expected > 1 and dialect.bytes not in body and not body.strip(b" \t"):
            continue  # blank, but for spaces
        state = dialect.line(body)
        if state.is_open:
            following = (pending.popleft() if pending else next(stream, None) for _ in itertools.repeat(None))
            record, unread, number = _multi_line(line, state, dialect, expected, following, limit, broken)
            pending.extendleft(reversed(unread))
            yield record
        elif state.fault:
            yield Record(number, body, UNREADABLE, state.fault)
        else:
            yield _judged(number, body, state.cells, state.filled, expected, dialect)
    if broken and ended:
        yield Record(number + 1, b"", UNREADABLE, f"{broken}: the rows after this line are missing")


def _judged(number: int, raw: bytes, cells: int, filled: int, expected: int, dialect: Dialect) -> Record:
    if cells == expected or (cells > expected >= filled):
        return Record(number, dialect.tidy(raw) if b' "' in raw else raw)
    return Record(number, raw, UNREADABLE, f"expected {expected} cells, found {cells}")


def _multi_line(
    line: Line,
    state: LineState,
    dialect: Dialect,
    expected: int,
    following: Iterator[Line | None],
    limit: int,
    broken: str | None,
) -> tuple[Record, list[Line], int]:
    """Go on behind an open quote. If it does not close properly, only its own line is lost.

    Returns:
        The record, the lines after it that have been looked at but belong to other rows, and the record's last line.
    """
    taken = [line]
    size = len(line.data)
    while state.is_open and state.fault is None:
        more = next(following)
        if more is None:
            break
        taken.append(more)
        size += len(more.data)
        if more.size or size > limit or (broken and not more.has_end):
            break
        state = dialect.line(more.body, state)
    closed = not state.is_open and state.fault is None
    fits = state.cells == expected or (state.cells > expected >= state.filled)
    # A record that does not fit, but has whole rows inside its quotes: the quote was a stray one.
    if not closed or (
        not fits and expected > 1 and any(well_formed_cells(part.body, dialect) == expected for part in taken[1:])
    ):
        detail = "a quote is opened and not closed"
        return Record(line.number, line.body, UNREADABLE, detail), taken[1:], line.number
    raw = b"".join(part.data for part in taken).rstrip(b"\r\n")
    fault = fault_of(raw)
    record = (
        Record(line.number, raw, *fault)
        if fault
        else _judged(line.number, raw, state.cells, state.filled, expected, dialect)
    )
    return record, [], taken[-1].number
