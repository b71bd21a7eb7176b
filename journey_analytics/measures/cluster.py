"""Variance of estimates whose observations come in clusters: several journeys of one customer are no several customers.

The form is the jackknife over customers (CR3), from the influence of each: for a share of fully followed journeys it is
what leaving out one customer after the other gives. With one journey per customer it is the usual variance; where some
customers have many more journeys than others it does not fall short, as the plain sandwich does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Clusters:
    """Which cluster each observation is in; what every question about them needs is told once.

    Attributes:
        of: Number of the observation's cluster, counted from 0 without many gaps, shape (n,).
    """

    of: Ints

    @cached_property
    def sizes(self) -> Ints:
        """How many observations there are under each number, shape (largest number + 1,)."""
        return np.bincount(self.of)

    @cached_property
    def numbers(self) -> Ints:
        """The numbers that occur, rising, shape (m,)."""
        return np.flatnonzero(self.sizes)

    @cached_property
    def place(self) -> Ints:
        """The place of each observation's cluster among `numbers`, shape (n,)."""
        places = np.zeros(len(self.sizes), dtype=np.int64)
        places[self.numbers] = np.arange(len(self.numbers))
        return places[self.of]

    @cached_property
    def kept(self) -> Floats:
        """The share of observations that stay when a cluster is left out, shape (m,)."""
        return 1 - self.sizes[self.numbers] / max(len(self.of), 1)


def cluster_moves(influence: Floats, clusters: Clusters) -> Floats:
    """How much the estimate moves when one cluster is left out.

    Args:
        influence: How much each observation moves the estimate, shape (n,).
        clusters: Whose they are.

    Returns:
        The moves, by the clusters' numbers, shape (m,).
    """
    sums = np.bincount(clusters.place, weights=influence, minlength=len(clusters.numbers))
    moves: Floats = np.divide(sums, clusters.kept, out=np.full(len(sums), np.nan), where=clusters.kept > 0)
    return moves


def cluster_variance(influence: Floats, clusters: Clusters) -> float:
    """The cluster-robust variance of an estimate.

    Args:
        influence: How much each observation moves the estimate, shape (n,).
        clusters: Whose they are.

    Returns:
        The variance; not a number with fewer than two clusters, which tell nothing of how clusters differ.
    """
    return variance_of(cluster_moves(influence, clusters))


def variance_of(moves: Floats) -> float:
    """The variance of an estimate from what `cluster_moves` told of it."""
    m = len(moves)
    return float((m - 1) / m * np.sum(moves**2)) if m > 1 else float("nan")


@dataclass(frozen=True)
class Shared:
    """The clusters that stand on both sides of a comparison.

    Attributes:
        left: Their places among the left side's, shape (shared,).
        right: Likewise.
        either: How many clusters stand on one side or both.
    """

    left: Ints
    right: Ints
    either: int

    @classmethod
    def of(cls, left: Clusters, right: Clusters) -> Shared:
        """Those of two sides."""
        _, at_left, at_right = np.intersect1d(left.numbers, right.numbers, assume_unique=True, return_indices=True)
        return cls(at_left, at_right, len(left.numbers) + len(right.numbers) - len(at_left))

    def covariance(self, left: Floats, right: Floats) -> float:
        """The covariance of two estimates through these clusters, from their moves; 0 where none does.

        Args:
            left: What `cluster_moves` told of the left side's estimate, shape (clusters of the left side,).
            right: Likewise.
        """
        if len(left) < 2 or len(right) < 2 or not len(self.left):
            return 0.0
        return float((self.either - 1) / self.either * np.sum(left[self.left] * right[self.right]))
