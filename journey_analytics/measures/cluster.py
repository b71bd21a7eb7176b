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
    sums = np.bincount(clusters.of, weights=influence)[clusters.numbers]
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
    moves = cluster_moves(influence, clusters)
    m = len(moves)
    return float((m - 1) / m * np.sum(moves**2)) if m > 1 else float("nan")


def cluster_covariance(left: Floats, left_clusters: Clusters, right: Floats, right_clusters: Clusters) -> float:
    """The covariance of two estimates through the clusters that stand on both sides; 0 where none does."""
    a, b = left_clusters.numbers, right_clusters.numbers
    if len(a) < 2 or len(b) < 2:
        return 0.0
    left_moves, right_moves = cluster_moves(left, left_clusters), cluster_moves(right, right_clusters)
    place = np.minimum(np.searchsorted(b, a), len(b) - 1)
    at_left = np.flatnonzero(b[place] == a)
    if len(at_left) == 0:
        return 0.0
    at_right = place[at_left]
    m = len(a) + len(b) - len(at_left)
    return float((m - 1) / m * np.sum(left_moves[at_left] * right_moves[at_right]))
