"""Variance of a sum whose terms come in clusters: several journeys of one customer are not so many customers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def cluster_sums(influence: Floats, cluster: Ints, size: int) -> Floats:
    """What each cluster adds up to, shape (size,).

    Args:
        influence: How much each observation moves the estimate, shape (n,).
        cluster: Number of the cluster, from 0, shape (n,).
        size: How many clusters are numbered.
    """
    return np.bincount(cluster, weights=influence, minlength=size).astype(np.float64)


def cluster_variance(influence: Floats, cluster: Ints) -> float:
    """The cluster-robust variance of an estimate, with the small-sample factor m / (m - 1).

    Args:
        influence: How much each observation moves the estimate, shape (n,).
        cluster: Number of its cluster, from 0, shape (n,).

    Returns:
        The variance; not a number with fewer than two clusters, which tell nothing of how clusters differ.
    """
    numbers, dense = np.unique(cluster, return_inverse=True)
    m = len(numbers)
    if m < 2:
        return float("nan")
    sums = cluster_sums(influence, dense, m)
    return float(m / (m - 1) * np.sum(sums**2))


def cluster_covariance(left: Floats, left_cluster: Ints, right: Floats, right_cluster: Ints) -> float:
    """The covariance of two estimates through the clusters that stand on both sides; 0 where none does."""
    shared = np.intersect1d(left_cluster, right_cluster)
    if len(shared) == 0:
        return 0.0
    total = 0.0
    sums = []
    for influence, cluster in ((left, left_cluster), (right, right_cluster)):
        place = np.searchsorted(shared, cluster)
        place[place == len(shared)] = 0
        inside = shared[place] == cluster
        sums.append(cluster_sums(influence[inside], place[inside], len(shared)))
    total = float(np.sum(sums[0] * sums[1]))
    m = len(np.union1d(left_cluster, right_cluster))
    return m / (m - 1) * total
