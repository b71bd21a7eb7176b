"""The table `event_moves`: which event directly follows which, how often, for how many customers, and after how long.

SQL gives the events, some customers at a time; their moves are found, counted and timed as arrays. Grouping twenty
million moves by edge and customer, and their times by edge and value, costs five times as much in SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from journey_analytics.engine.move_counts import Bools, Ints, MoveCounts, Segments, Whole, firsts
from journey_analytics.engine.move_times import MoveTimes, Times

DAY_US = 86_400_000_000
#: Events that are looked at at once, but for a customer who has more: their arrays stay in the processor's cache.
EVENTS_PER_ROUND = 250_000
#: Events before the moves whose times are held at once: 24 bytes each. Of more, names are shared out to several passes.
EVENTS_PER_PASS = 12_000_000
#: What moves lie within; also the name of the column that tells it.
GRAINS = ("session", "journey")

_TABLE = """
CREATE TABLE event_moves (
    value_no INTEGER, grain VARCHAR, from_no BIGINT, to_no BIGINT, transitions BIGINT, customers BIGINT,
    median_us DOUBLE, p90_us DOUBLE, mean_us DOUBLE
)
"""
_EVENTS = """
SELECT
    pos, ck, t, name_of(code)::INTEGER AS name, (code >> 17) & 1 = 1 AS is_date_only,
    coalesce(session_no, -1)::INTEGER AS session, coalesce(journey_no, -1)::INTEGER AS journey
FROM event_places
WHERE ck >= ? AND ck < ?
"""


@dataclass(frozen=True)
class _Known:
    """What moves are counted by.

    Attributes:
        combination: Of each journey, by its number; of none, 0, stands last.
        several: By customer: whether their moves may be of several combinations.
        segments: Which values combinations stand for.
        value_nos: The numbers of values in `summed_names`, rising.
        names: One more than the largest number of a name; 0 is the start, or the end.
        kind: The type that holds any cell.
    """

    combination: Whole
    several: Bools
    segments: Segments
    value_nos: Ints
    names: int
    kind: type[np.integer]


@dataclass(frozen=True)
class _Moves:
    """Moves of one grain within some customers.

    Attributes:
        cell: Edge and combination, shape (moves,).
        customer: Shape (moves,).
        timed: Cells of those with a time, shape (timed,).
        us: Their times, shape (timed,).
    """

    cell: Whole
    customer: Whole
    timed: Whole
    us: Ints


def build_event_moves(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table.

    Args:
        con: The run's connection, with `event_places`, `journey_parties`, `summed_names` and `summed_values` made.
    """
    con.execute(_TABLE)
    known = _known(con)
    for chosen, events in _passes(con, known.names):
        _write(con, known, *_pass(con, known, chosen, events))


def _known(con: duckdb.DuckDBPyConnection) -> _Known:
    pairs = con.execute(
        "SELECT segment, combination, value_no FROM summed_values JOIN summed_names USING (value_no)"
    ).fetchnumpy()
    combinations = np.unique(np.append(pairs["combination"], np.uint64(0)))
    value_nos = np.unique(pairs["value_no"])
    columns: dict[bytes, Ints] = {}
    for segment in sorted(set(pairs["segment"])):
        rows = pairs["segment"] == segment
        column = np.full(len(combinations), -1)
        place = np.searchsorted(combinations, pairs["combination"][rows])
        column[place] = np.searchsorted(value_nos, pairs["value_no"][rows])
        columns[column.tobytes()] = column  # all segments of one value are the whole
    journeys = con.execute(
        "SELECT journey_no, combination, coalesce(party, -1) AS party FROM journey_parties"
    ).fetchnumpy()
    # an event in no journey bears -1, and so finds the last one: the combination of none
    combination = np.zeros(int(journeys["journey_no"].max(initial=0)) + 2, dtype=np.int32)
    combination[journeys["journey_no"]] = np.searchsorted(combinations, journeys["combination"])
    customer, name = con.execute(
        "SELECT coalesce(max(ck), 0), coalesce(max(name_of(code)), 0) FROM event_places"
    ).fetchall()[0]
    several = np.zeros(int(customer) + 1, dtype=np.bool_)
    several[journeys["party"][journeys["party"] >= 0]] = True
    segments = Segments(list(columns.values()), len(value_nos))
    fits = (2 * (int(name) + 1) ** 2) << segments.bits < 1 << 31
    return _Known(combination, several, segments, value_nos, int(name) + 1, np.int32 if fits else np.int64)


def _passes(con: duckdb.DuckDBPyConnection, names: int) -> Iterator[tuple[Bools, int]]:
    """The names that moves begin with in each pass, shape (names,), and how many events bear them."""
    counts = np.zeros(names, dtype=np.int64)
    for name, count in con.execute("SELECT name_of(code), count(*) FROM event_places GROUP BY ALL").fetchall():
        counts[name] = count
    number = np.cumsum(counts) // EVENTS_PER_PASS
    for one in np.unique(number):
        yield number == one, int(counts[number == one].sum())


def _pass(
    con: duckdb.DuckDBPyConnection, known: _Known, chosen: Bools, events: int
) -> tuple[tuple[Ints, Ints, Ints], list[Times]]:
    """The counts and times of all moves from the chosen names, which so many events bear."""
    counts = MoveCounts(known.segments)
    held = [MoveTimes(known.segments, events, known.kind) for _ in GRAINS]
    for least, columns in _rounds(con):
        found = [_moves(columns, known, grain, chosen) for grain in range(len(GRAINS))]
        for moves, times in zip(found, held, strict=True):
            times.add(moves.timed, moves.us)
        customer = np.concatenate([moves.customer for moves in found])
        several = known.several[least : int(columns["ck"][-1]) + 1]
        counts.add(np.concatenate([moves.cell for moves in found]), customer - np.int32(least), several)
    timed: list[Times] = []
    while held:  # the times of one grain are let go before those of the other are gone through
        timed += held.pop().by_value()
    return counts.totals(), timed


def _rounds(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """All events of some customers, in order, and the first of these customers."""
    found = con.execute(
        "SELECT DISTINCT ck FROM event_places WHERE pos % ? = 0 ORDER BY ck", [EVENTS_PER_ROUND]
    ).fetchall()
    begins = [int(ck) for (ck,) in found]
    for least, end in zip(begins, [*begins[1:], 1 << 31], strict=False):
        columns = dict(con.execute(_EVENTS, [least, end]).fetchnumpy())
        pos = columns.pop("pos")
        if (pos[1:] < pos[:-1]).any():  # background events stand behind the others
            order = np.argsort(pos, kind="stable")
            columns = {name: column[order] for name, column in columns.items()}
        yield least, columns


def _moves(columns: dict[str, np.ndarray], known: _Known, grain: int, chosen: Bools) -> _Moves:
    """The moves within sessions (grain 0) or journeys (1) of some customers."""
    part = columns[GRAINS[grain]]
    rows = _grouped(part)
    part, ck, t, name, journey, is_date_only = (
        columns[column][rows] for column in (GRAINS[grain], "ck", "t", "name", "journey", "is_date_only")
    )
    begins = firsts(part)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(part))[: len(first)] - 1
    combination = known.combination[journey]
    if not grain:  # a session has the combination of the journey that it begins in
        combination = np.repeat(combination[first], np.diff(np.append(first, len(part))))
    # the cell of a move out of each event, but for the name it leads to; the move into it gets it from the one before
    bits, lowest = known.segments.bits, (grain * known.names**2) << known.segments.bits
    out = name.astype(known.kind)
    cell = (out << bits) + combination
    cell += lowest
    out *= known.names << bits
    end = out[last] + combination[last] + known.kind(lowest)
    cell[1:] += out[:-1]
    cell[first[1:]] -= out[first[1:] - 1]
    us = np.diff(t, prepend=t[:1])
    timed = ~begins
    if is_date_only.any():  # date-only values stay out of durations under a day
        timed[1:] &= ~((is_date_only[1:] | is_date_only[:-1]) & (us[1:] < DAY_US))
    if chosen.all():
        return _Moves(np.concatenate([cell, end]), np.concatenate([ck, ck[last]]), cell[timed], us[timed])
    before = np.where(begins, 0, np.roll(name, 1))
    of_pass, ends = chosen[before], last[chosen[name[last]]]
    timed &= of_pass
    return _Moves(
        np.concatenate([cell[of_pass], end[chosen[name[last]]]]),
        np.concatenate([ck[of_pass], ck[ends]]),
        cell[timed],
        us[timed],
    )


def _grouped(part: Whole) -> Ints | slice:
    """The rows that lie in a part at all, part by part, in order."""
    inside = part >= 0
    rows = slice(None) if inside.all() else np.flatnonzero(inside)
    some = part[rows]
    if not (some[1:] < some[:-1]).any():
        return rows
    keys = (some.astype(np.int64) << 32) | np.arange(len(part))[rows]
    keys.sort()
    return keys & 0xFFFFFFFF


def _write(con: duckdb.DuckDBPyConnection, known: _Known, counts: tuple[Ints, Ints, Ints], times: list[Times]) -> None:
    keys, transitions, customers = counts
    seconds = np.full((3, len(keys)), np.nan)
    for some in times:
        seconds[:, np.searchsorted(keys, some.key)] = [*some.quantiles, some.mean]
    edge, value = np.divmod(keys, known.segments.values)
    table = {
        "value_no": known.value_nos[value],
        "grain": np.array(GRAINS)[edge // known.names**2],
        "from_no": edge // known.names % known.names,
        "to_no": edge % known.names,
        "transitions": transitions,
        "customers": customers,
    }
    table |= {
        name: pa.array(row, mask=np.isnan(row))
        for name, row in zip(("median_us", "p90_us", "mean_us"), seconds, strict=True)
    }
    con.register("arrays", pa.table(table))
    con.execute("INSERT INTO event_moves BY NAME FROM arrays")
    con.unregister("arrays")
