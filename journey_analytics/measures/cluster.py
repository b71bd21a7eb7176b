"""Variance of estimates whose observations come in clusters: several journeys of one customer are no several customers.

The form is the jackknife over customers (CR3), from the influence of each: for a share of fully followed journeys it is
what leaving out one customer after the other gives. With one journey per customer it is the usual variance; where some
customers have many more journeys than others it does not fall short, as the plain sandwich does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def cluster_moves(influence: Floats, cluster: Ints) -> tuple[Ints, Floats]:
    """How much the estimate moves when one cluster is left out.

    Args:
        influence: How much each observation moves the estimate, shape (n,).
        cluster: Number of its cluster, counted from 0 without many gaps, shape (n,).

    Returns:
        The numbers of the clusters, rising, shape (m,), and the moves, shape (m,).
    """
    sizes = np.bincount(cluster)  # no sort: it is asked for again and again
    numbers = np.flatnonzero(sizes)
    sums = np.bincount(cluster, weights=influence)[numbers]
    kept = 1 - sizes[numbers] / max(len(cluster), 1)
    return numbers, np.divide(sums, kept, out=np.full(len(numbers), np.nan), where=kept > 0)


def cluster_variance(influence: Floats, cluster: Ints) -> float:
    """The cluster-robust variance of an estimate.

    Args:
        influence: How much each observation moves the estimate, shape (n,).
        cluster: Number of its cluster, shape (n,).

    Returns:
        The variance; not a number with fewer than two clusters, which tell nothing of how clusters differ.
    """
    numbers, moves = cluster_moves(influence, cluster)
    m = len(numbers)
    return float((m - 1) / m * np.sum(moves**2)) if m > 1 else float("nan")


def cluster_covariance(left: Floats, left_cluster: Ints, right: Floats, right_cluster: Ints) -> float:
    """The covariance of two estimates through the clusters that stand on both sides; 0 where none does."""
    (a, left_moves), (b, right_moves) = cluster_moves(left, left_cluster), cluster_moves(right, right_cluster)
    if len(a) < 2 or len(b) < 2:
        return 0.0
    place = np.minimum(np.searchsorted(b, a), len(b) - 1)
    at_left = np.flatnonzero(b[place] == a)
    if len(at_left) == 0:
        return 0.0
    at_right = place[at_left]
    m = len(a) + len(b) - len(at_left)
    return float((m - 1) / m * np.sum(left_moves[at_left] * right_moves[at_right]))
