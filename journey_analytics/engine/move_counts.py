"""How many moves an edge has, and how many customers make them: integers, sorted and counted.

An edge is a pair of events of which the second directly follows the first, as one number. A cell is an edge and a
combination of segment values: the edge in its upper bits, the number of the combination in the lower ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
#: Integers of any width: half as wide is twice as fast.
Whole = NDArray[np.integer]
Bools = NDArray[np.bool_]
#: Counts that are kept apart before they are added up.
PARTS = 200_000


@dataclass(frozen=True)
class Segments:
    """Which values combinations stand for.

    Attributes:
        columns: Per segment, the value of each combination, -1 where it has none; shape (combinations,) each. Values
            are numbered from 0 over all segments, and two segments share none.
        values: How many values there are.
    """

    columns: Sequence[Ints]
    values: int

    @property
    def combinations(self) -> int:
        """How many combinations there are."""
        return len(self.columns[0])

    @property
    def bits(self) -> int:
        """Bits that the number of a combination takes."""
        return (self.combinations - 1).bit_length()

    def spread(self, cell: Ints, count: Ints) -> tuple[Ints, Ints]:
        """From counts by cell to counts by edge * values + value, each once, rising."""
        edge, combination = (cell >> self.bits) * self.values, cell & ((1 << self.bits) - 1)
        found = [column[combination] for column in self.columns]
        keys = [edge[value >= 0] + value[value >= 0] for value in found]
        return added(np.concatenate(keys), np.concatenate([count[value >= 0] for value in found]))


@dataclass
class MoveCounts:
    """Moves and customers, counted some customers at a time.

    A customer counts once for an edge and combination, and these are added up to values; only customers with moves of
    one edge in several combinations are told apart value by value.

    Attributes:
        segments: Which values combinations stand for.
    """

    segments: Segments
    _moves: list[tuple[Ints, Ints]] = field(default_factory=list)
    _customers: list[tuple[Ints, Ints]] = field(default_factory=list)
    _by_value: list[tuple[Ints, Ints]] = field(default_factory=list)

    def add(self, cell: Whole, customer: Whole, several: Bools) -> None:
        """Count moves.

        Args:
            cell: Of each move, shape (moves,).
            customer: Whose it is, a number from 0, shape (moves,). All moves of a customer come at once.
            several: By customer: whether their moves may be of several combinations.
        """
        bits = len(several).bit_length()
        keys = cell.astype(np.int64)
        keys <<= bits
        keys |= customer
        keys.sort()
        _add(self._moves, _run_lengths(keys >> bits))
        keys = keys[firsts(keys)]
        apart = several[keys & ((1 << bits) - 1)]
        _add(self._customers, _run_lengths(keys[~apart] >> bits))
        self._add_apart(keys[apart], bits)

    def _add_apart(self, keys: Ints, bits: int) -> None:
        width, values = self.segments.bits, self.segments.values
        cell = keys >> bits
        pair = ((cell >> width) << bits) | (keys & ((1 << bits) - 1))
        order = np.argsort(pair, kind="stable")
        pair, cell = pair[order], cell[order]
        first = firsts(pair)
        only = first & np.append(first[1:], True)[: len(first)]
        _add(self._customers, _run_lengths(np.sort(cell[only])))
        number, cell = np.cumsum(first)[~only], cell[~only]
        for column in self.segments.columns:
            value = column[cell & ((1 << width) - 1)]
            once = np.unique(number * (values + 1) + value, return_index=True)[1]
            once = once[value[once] >= 0]
            _add(self._by_value, _run_lengths(np.sort((cell[once] >> width) * values + value[once])))

    def totals(self) -> tuple[Ints, Ints, Ints]:
        """Edge * values + value, each once, rising; its moves; its customers."""
        keys, moves = self.segments.spread(*_joined(self._moves))
        alone = self.segments.spread(*_joined(self._customers))
        return keys, moves, _joined([alone, *self._by_value])[1]  # whatever has a move has a customer


def firsts(ordered: Whole) -> Bools:
    """Whether a value is another than the one before."""
    first = np.empty(len(ordered), dtype=np.bool_)
    first[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def added(keys: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Each key once, rising, and the sum of its counts."""
    order = np.argsort(keys, kind="stable")
    keys, counts = keys[order], counts[order]
    begin = np.flatnonzero(firsts(keys))
    return keys[begin], np.add.reduceat(counts, begin) if len(begin) else counts


def _add(parts: list[tuple[Ints, Ints]], part: tuple[Ints, Ints]) -> None:
    """Keep a part; many of them are added up to one."""
    parts.append(part)
    if sum(len(keys) for keys, _ in parts[1:]) > max(PARTS, len(parts[0][0])):
        parts[:] = [_joined(parts)]


def _joined(parts: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return added(np.concatenate([keys for keys, _ in parts]), np.concatenate([counts for _, counts in parts]))


def _run_lengths(ordered: Ints) -> tuple[Ints, Ints]:
    begin = np.flatnonzero(firsts(ordered))
    return ordered[begin], np.diff(np.append(begin, len(ordered)))
