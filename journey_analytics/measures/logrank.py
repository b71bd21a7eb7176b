"""The cause-specific log-rank test of two groups, with a variance that is robust to several journeys per customer.

Other causes end the time at risk, as semantics.md has it. The statistic is the usual one; its variance comes from the
score residuals summed per customer (Wei, Lin and Weissfeld 1989; Lee, Wei and Amato 1992), not from the hypergeometric
law, which holds for independent journeys only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from journey_analytics.measures.cluster import Clusters, cluster_variance
from journey_analytics.measures.incidence import AtRisk, two_sided


@dataclass(frozen=True)
class LogRank:
    """What the test says.

    Attributes:
        excess: Events of the left group beyond what equal hazards would give; above 0: the left group is sooner.
        p_value: Two-sided; None where nothing can be tested.
    """

    excess: float
    p_value: float | None


def log_rank(followed: AtRisk, own: int, is_left: np.ndarray, clusters: Clusters, until: int) -> LogRank:
    """Test that the cause comes equally soon in both groups.

    Args:
        followed: Both groups together, n observations.
        own: The cause.
        is_left: Whether it is of the left group, shape (n,).
        clusters: Whose they are.
        until: The age up to which both groups are judged, inclusive.
    """
    size = int(np.searchsorted(followed.at, until, side="right"))
    counted = np.flatnonzero((followed.cause == own) & (followed.last < size))
    if len(counted) == 0:
        return LogRank(0.0, None)
    place = followed.last[counted]
    over = np.cumsum(np.bincount(followed.last[is_left] + 1, minlength=size + 1))  # of the left group, before each time
    share = (int(is_left.sum()) - over[:size]) / followed.at_risk[:size]
    hazard = np.bincount(place, minlength=size) / followed.at_risk[:size]
    cumulated = np.append(0.0, np.cumsum(hazard))
    expected = np.append(0.0, np.cumsum(share * hazard))
    seen = np.minimum(followed.last + 1, size)
    residual = expected[seen] - is_left * cumulated[seen]
    residual[counted] += is_left[counted] - share[place]
    excess = float(residual.sum())
    variance = cluster_variance(residual, clusters)
    if not variance > 1e-12:
        return LogRank(excess, None)
    return LogRank(excess, two_sided(excess / variance**0.5))
