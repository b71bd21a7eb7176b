"""Which event directly follows which, within sessions and within journeys: how often, for how many, after how long.

Grouping twenty million moves by edge and customer, and their times by edge and value, costs five times as much in SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from journey_analytics.engine.event_rounds import Columns, Known, Round, append, grouped
from journey_analytics.engine.move_counts import Ints, MoveCounts, Whole, firsts
from journey_analytics.engine.move_times import MoveTimes, SpooledTimes, Times

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
        leaves: The number of the name that they leave, shape (timed,).
    """

    cell: Whole
    customer: Whole
    timed: Whole
    us: Ints
    leaves: Whole


@dataclass(frozen=True)
class Shares:
    """Which times are gone through together: those of moves that leave names of one share.

    Attributes:
        of_name: The share of each name, from 0 by its number; shape (names,).
        events: How many events bear names of the first share.
    """

    of_name: Ints
    events: int


class EventMoves:
    """Moves from every name; the times of the first share are in memory, those of others wait on disk."""

    def __init__(self, known: Known, shares: Shares, folder: Path | None) -> None:
        """Nothing yet.

        Args:
            known: What events are counted by.
            shares: Which times are gone through together.
            folder: Where the others wait; the system's folder of temporary files otherwise.
        """
        self._known, self._share = known, shares.of_name
        fits = (len(GRAINS) * known.names**2) << known.segments.bits < 1 << 31
        self._kind: type[np.integer] = np.int32 if fits else np.int64
        self._counts = MoveCounts(known.segments)
        # by share, and there by grain
        self._times: list[list[MoveTimes] | list[SpooledTimes]] = [
            [MoveTimes(known.segments, shares.events, self._kind) for _ in GRAINS]
        ]
        for _ in range(int(shares.of_name.max(initial=0))):
            self._times.append([SpooledTimes(known.segments, folder, self._kind) for _ in GRAINS])

    def add(self, some: Round) -> None:
        """Count the moves of some customers."""
        found = [self._moves(some.events, grain) for grain in range(len(GRAINS))]
        for grain, moves in enumerate(found):
            if len(self._times) == 1:
                self._times[0][grain].add(moves.timed, moves.us)
                continue
            share = self._share[moves.leaves]
            for number, times in enumerate(self._times):
                mine = share == number
                times[grain].add(moves.timed[mine], moves.us[mine])
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
        return _Moves(
            np.concatenate([cell, end]),
            np.concatenate([ck, ck[last]]),
            cell[timed],
            us[timed],
            name[:-1][timed[1:]],  # the first event never has a time
        )

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        """Add them to `event_moves`; they are gone then."""
        keys, transitions, customers = self._counts.totals()
        times: list[Times] = []
        for share in self._times:
            while share:  # the times of one grain are let go before those of the other are gone through
                times += share.pop().by_value()
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
