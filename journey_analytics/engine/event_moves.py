"""Which event directly follows which, within sessions and within journeys: how often, for how many, after how long.

Grouping twenty million moves by edge and customer, and their times by edge and value, costs five times as much in SQL.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from journey_analytics.engine.event_rounds import Columns, Known, Round, append, grouped
from journey_analytics.engine.move_counts import Bools, Ints, MoveCounts, Whole, firsts
from journey_analytics.engine.move_times import MoveTimes, Times

DAY_US = 86_400_000_000
#: What moves lie within; also the name of the column that tells it.
GRAINS = ("session", "journey")
TABLE = """
CREATE TABLE event_moves (
    value_no INTEGER, grain VARCHAR, from_no BIGINT, to_no BIGINT, transitions BIGINT, customers BIGINT,
    median_us DOUBLE, p90_us DOUBLE, mean_us DOUBLE
)
"""


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


class EventMoves:
    """Moves from some names."""

    def __init__(self, known: Known, chosen: Bools, events: int) -> None:
        """Nothing yet.

        Args:
            known: What events are counted by.
            chosen: The names, by number; shape (names,).
            events: How many events bear them.
        """
        self._known, self._chosen = known, chosen
        fits = (len(GRAINS) * known.names**2) << known.segments.bits < 1 << 31
        self._kind: type[np.integer] = np.int32 if fits else np.int64
        self._counts = MoveCounts(known.segments)
        self._times = [MoveTimes(known.segments, events, self._kind) for _ in GRAINS]

    def add(self, some: Round) -> None:
        """Count the moves of some customers."""
        found = [self._moves(some.events, grain) for grain in range(len(GRAINS))]
        for moves, times in zip(found, self._times, strict=True):
            times.add(moves.timed, moves.us)
        customer = np.concatenate([moves.customer for moves in found]) - np.int32(some.least)
        several = self._known.several[some.least : some.end]
        self._counts.add(np.concatenate([moves.cell for moves in found]), customer, several)

    def _moves(self, columns: Columns, grain: int) -> _Moves:
        """The moves within sessions (grain 0) or journeys (1) of some customers."""
        known = self._known
        rows = grouped(columns[GRAINS[grain]])
        part, ck, t, kind, journey, is_date_only = (
            columns[column][rows] for column in (GRAINS[grain], "ck", "t", "kind", "journey", "is_date_only")
        )
        begins = firsts(part)
        first = np.flatnonzero(begins)
        last = np.append(first[1:], len(part))[: len(first)] - 1
        combination = known.combination[journey]
        if not grain:  # a session has the combination of the journey that it begins in
            combination = np.repeat(combination[first], np.diff(np.append(first, len(part))))
        # the cell of the move into each event is half its own, half that of the one before
        bits, lowest = known.segments.bits, (grain * known.names**2) << known.segments.bits
        name = known.name[kind]
        out = name.astype(self._kind)
        cell = (out << bits) + combination
        cell += lowest
        out *= known.names << bits
        end = out[last] + combination[last] + self._kind(lowest)
        cell[1:] += out[:-1]
        cell[first[1:]] -= out[first[1:] - 1]
        us = np.diff(t, prepend=t[:1])
        timed = ~begins
        if is_date_only.any():  # date-only values stay out of durations under a day
            timed[1:] &= ~((is_date_only[1:] | is_date_only[:-1]) & (us[1:] < DAY_US))
        if self._chosen.all():
            return _Moves(np.concatenate([cell, end]), np.concatenate([ck, ck[last]]), cell[timed], us[timed])
        inner, ends = self._chosen[np.where(begins, 0, np.roll(name, 1))], self._chosen[name[last]]
        timed &= inner
        return _Moves(
            np.concatenate([cell[inner], end[ends]]),
            np.concatenate([ck[inner], ck[last[ends]]]),
            cell[timed],
            us[timed],
        )

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        """Add them to `event_moves`; they are gone then."""
        keys, transitions, customers = self._counts.totals()
        times: list[Times] = []
        while self._times:  # the times of one grain are let go before those of the other are gone through
            times += self._times.pop().by_value()
        us = np.full((3, len(keys)), np.nan)
        for some in times:
            us[:, np.searchsorted(keys, some.key)] = [*some.quantiles, some.mean]
        edge, value = np.divmod(keys, self._known.segments.values)
        names = self._known.names
        table = {
            "value_no": self._known.value_nos[value],
            "grain": np.array(GRAINS)[edge // names**2],
            "from_no": edge // names % names,
            "to_no": edge % names,
            "transitions": transitions,
            "customers": customers,
        }
        for column, row in zip(("median_us", "p90_us", "mean_us"), us, strict=True):
            table[column] = pa.array(row, mask=np.isnan(row))
        append(con, "event_moves", table)
