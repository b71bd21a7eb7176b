"""How long moves take: median, 90th percentile and mean by edge and value of a segment, exact to the microsecond.

Times are sorted once, by edge. A value's quantile is then looked for by buckets of neighbouring times: how many times
of which combination each holds tells in which one it lies, and only that bucket is looked through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from journey_analytics.engine.move_counts import Ints, Segments, Whole, firsts
from journey_analytics.engine.spool import Spool

Floats = NDArray[np.float64]
QUANTILES = (0.5, 0.9)
#: Times in a bucket, but for edges with very many of them.
BUCKET = 64
#: Sums that are held at once: buckets times combinations.
SUMS = 1 << 19
#: Times that are looked at at once.
SLICE = 1 << 20
#: Sums of microseconds may exceed 64 bits, so they are held in two halves; bits of the lower one.
HALF = 26


@dataclass(frozen=True)
class Times:
    """Times of edges by value, in microseconds.

    Attributes:
        key: Edge * values + value, shape (n,).
        quantiles: A row per quantile, shape (quantiles, n).
        mean: Shape (n,).
    """

    key: Ints
    quantiles: Floats
    mean: Floats


@dataclass(frozen=True)
class _Round:
    """Some edges with all their times.

    Attributes:
        edge: Shape (edges,).
        combination: Of each time, by edge and time, shape (times,).
        us: The times, shape (times,).
        bounds: Where buckets begin, and where the last ends, shape (buckets + 1,).
        first: The first bucket of each edge, shape (edges,).
    """

    edge: Ints
    combination: Ints
    us: Ints
    bounds: Ints
    first: Ints


class MoveTimes:
    """Times of moves, kept as they come; what of the room is not filled takes no memory."""

    def __init__(self, segments: Segments, room: int, kind: type[np.integer]) -> None:
        """Make room.

        Args:
            segments: Which values combinations stand for.
            room: The most moves there can be.
            kind: A type that holds every cell.
        """
        self._segments = segments
        self._cell: Whole = np.empty(room, dtype=kind)
        self._us: Ints = np.empty(room, dtype=np.int64)
        self._size = 0

    def add(self, cell: Whole, us: Ints) -> None:
        """Keep moves: edge and combination of each, and its microseconds, not negative; shape (moves,) both."""
        end = self._size + len(us)
        self._cell[self._size : end], self._us[self._size : end] = cell, us
        self._size = end

    def by_value(self) -> Iterator[Times]:
        """The times of some edges after those of others, every edge once; for one call, it sorts them in place."""
        return _by_value(self._cell[: self._size], self._us[: self._size], self._segments)


class SpooledTimes:
    """Times of moves that wait on disk, and take memory only when they are gone through."""

    def __init__(self, segments: Segments, folder: Path | None, kind: type[np.integer]) -> None:
        """Nothing yet.

        Args:
            segments: Which values combinations stand for.
            folder: Where they wait; the system's folder of temporary files otherwise.
            kind: A type that holds every cell.
        """
        self._segments = segments
        self._cell, self._us = Spool(folder, kind), Spool(folder, np.int64)

    def add(self, cell: Whole, us: Ints) -> None:
        """As `MoveTimes.add`."""
        self._cell.add(cell)
        self._us.add(us)

    def by_value(self) -> Iterator[Times]:
        """As `MoveTimes.by_value`."""
        return _by_value(self._cell.taken(), self._us.taken(), self._segments)


def _by_value(cell: Whole, us: Ints, segments: Segments) -> Iterator[Times]:
    ordered = _in_order(cell, us, segments.bits)
    for part in _rounds(ordered, segments.combinations):
        yield from _of_edges(part, segments)


@dataclass(frozen=True)
class _Ordered:
    """Times by edge, in order.

    Attributes:
        edge: The edges, rising, shape (edges,).
        begin: Where each begins, and where the last ends, shape (edges + 1,).
        rows: Combination and time of some rows.
    """

    edge: Ints
    begin: Ints
    rows: Callable[[slice], tuple[Ints, Ints]]


def _in_order(cell: Whole, us: Ints, bits: int) -> _Ordered:
    mask, room = (1 << bits) - 1, int(us.max(initial=0)).bit_length()
    most = int(cell.max(initial=0)).bit_length()
    if most + room < 64:  # all in one integer: the fastest sort there is
        us <<= bits
        for part in _slices(len(us)):
            us[part] |= (cell[part].astype(np.int64) >> bits) << (room + bits)
            us[part] |= cell[part] & mask
        us.sort()
        shift, limit = room + bits, (1 << room) - 1
        begin = [firsts(us[:1])]
        begin += [np.diff(us[max(part.start, 1) - 1 : part.stop] >> shift) != 0 for part in _slices(len(us))]
        begins = np.flatnonzero(np.concatenate(begin))
        edge = us[begins] >> shift
        return _Ordered(edge, np.append(begins, len(us)), lambda rows: (us[rows] & mask, (us[rows] >> bits) & limit))
    edge = (cell >> bits).astype(np.int64)
    order = np.argsort((edge << room) | us) if most - bits + room < 64 else np.lexsort([us, edge])
    edge, combination, us = edge[order], (cell & mask)[order].astype(np.int64), us[order]
    begins = np.flatnonzero(firsts(edge))
    return _Ordered(edge[begins], np.append(begins, len(us)), lambda rows: (combination[rows], us[rows]))


def _slices(size: int) -> Iterator[slice]:
    for begin in range(0, size, SLICE):
        yield slice(begin, min(begin + SLICE, size))


def _rounds(times: _Ordered, combinations: int) -> Iterator[_Round]:
    """Whole edges, as many at a time as memory is to hold sums of."""
    size, room = np.diff(times.begin), max(1, SUMS // combinations)
    upto = np.cumsum(-(-size // BUCKET))
    done = 0
    while done < len(size):
        before = int(upto[done - 1]) if done else 0
        after = max(done + 1, int(np.searchsorted(upto, before + room, side="right")))
        sizes = size[done:after]
        width = max(BUCKET, -(-int(sizes[0]) // room)) if after == done + 1 else BUCKET
        counts = -(-sizes // width)
        first = np.cumsum(counts) - counts
        start, stop = int(times.begin[done]), int(times.begin[after])
        place = np.arange(int(counts.sum())) - np.repeat(first, counts)
        bounds = np.append(np.repeat(times.begin[done:after] - start, counts) + place * width, stop - start)
        yield _Round(times.edge[done:after], *times.rows(slice(start, stop)), bounds, first)
        done = after


def _of_edges(part: _Round, segments: Segments) -> Iterator[Times]:
    buckets, combinations = len(part.bounds) - 1, segments.combinations
    sizes = np.diff(part.bounds)
    place = np.repeat(np.arange(0, buckets * combinations, combinations), sizes)
    place += part.combination
    held = np.bincount(place, minlength=buckets * combinations).reshape(buckets, combinations)
    halves = _sums(part, place, int(sizes.max()), held.shape)
    for column in segments.columns:
        order = np.argsort(column, kind="stable")
        order = order[column[order] >= 0]
        change = firsts(column[order])
        begin = np.flatnonzero(change)
        local = np.full(combinations, len(begin))  # the number of a combination's value within the column
        local[order] = np.cumsum(change) - 1
        counts = np.add.reduceat(held[:, order], begin, axis=1)
        edge, value = np.nonzero(n := np.add.reduceat(counts, part.first, axis=0))
        of_edge = n[edge, value]
        high, low = (np.add.reduceat(half[:, order], begin, axis=1)[edge, value].astype(np.float64) for half in halves)
        found = np.empty((len(QUANTILES), len(edge)))
        for row, quantile in enumerate(QUANTILES):
            exact = quantile * (of_edge - 1)
            below = np.floor(exact)
            ends = np.array([below, np.ceil(exact)]).astype(np.int64)
            lower, upper = _picked(part, counts, local, edge, value, ends)
            found[row] = lower + (upper - lower) * (exact - below)
        yield Times(
            part.edge[edge] * segments.values + column[order][begin][value], found, (high * (1 << HALF) + low) / of_edge
        )


def _sums(part: _Round, place: Ints, largest: int, shape: tuple[int, ...]) -> list[Ints]:
    """Sums of times by edge and combination, in halves: the upper bits, and the lower."""
    mask = (1 << HALF) - 1

    def summed(us: Ints) -> Ints:
        return np.bincount(place, weights=us, minlength=shape[0] * shape[1]).astype(np.int64).reshape(shape)

    # floats are exact up to 53 bits
    if int(part.us.max(initial=0)).bit_length() + largest.bit_length() <= 53:
        whole = summed(part.us)
        halves = [whole >> HALF, whole & mask]
    else:
        halves = [summed(part.us >> HALF), summed(part.us & mask)]
    return [np.add.reduceat(half, part.first, axis=0) for half in halves]


def _picked(part: _Round, counts: Ints, local: Ints, edge: Ints, value: Ints, ends: Ints) -> Floats:
    """The times at some places, from 0, among those of (edge, value); `ends` and the result have the shape (2, n)."""
    buckets, width = counts.shape
    upto = np.cumsum(counts, axis=0)
    wanted = (upto[part.first] - counts[part.first])[edge, value] + ends
    # one search in all values: each stands behind the one before
    stride = len(part.us) + 1
    line = (upto + np.arange(width) * stride).T.ravel()
    bucket = np.searchsorted(line, wanted + value * stride, side="right") - value * buckets
    rank = wanted - (upto - counts)[bucket, value]
    some, number = np.unique(bucket, return_inverse=True)
    begin, size = part.bounds[some], np.diff(part.bounds)[some]
    row = np.arange(int(size.sum())) + np.repeat(begin - (np.cumsum(size) - size), size)
    # by bucket and value, and there in the order of times
    keys = np.repeat(np.arange(0, len(some) * (width + 1), width + 1), size)
    keys += local[part.combination[row]]
    keys <<= 32
    keys |= row
    keys.sort()
    at = np.searchsorted(keys, (number.reshape(bucket.shape) * (width + 1) + value) << 32) + rank
    found: Floats = part.us[keys[at] & 0xFFFFFFFF].astype(np.float64)
    return found
