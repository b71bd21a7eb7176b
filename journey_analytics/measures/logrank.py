"""The cause-specific log-rank test of two groups, with a variance that is robust to several journeys per customer.

Other causes end the time at risk, as semantics.md has it. The statistic is the usual one; its variance comes from the
score residuals summed per customer (Wei, Lin and Weissfeld 1989; Lee, Wei and Amato 1992), not from the hypergeometric
law, which holds for independent journeys only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from journey_analytics.measures.cluster import Clusters, Ints, cluster_variance
from journey_analytics.measures.incidence import two_sided


@dataclass(frozen=True)
class LogRank:
    """What the test says.

    Attributes:
        excess: Events of the left group beyond what equal hazards would give; above 0: the left group is sooner.
        p_value: Two-sided; None where nothing can be tested.
    """

    excess: float
    p_value: float | None


def log_rank(time: Ints, is_own: np.ndarray, is_left: np.ndarray, clusters: Clusters, until: int) -> LogRank:
    """Test that the cause comes equally soon in both groups.

    Args:
        time: Microseconds from entry to whatever ended it, shape (n,).
        is_own: Whether this cause ended it, shape (n,).
        is_left: Whether it is of the left group, shape (n,).
        clusters: Whose they are.
        until: The age up to which both groups are judged, inclusive.
    """
    counted = is_own & (time <= until)
    rising = np.sort(time[counted])
    at = rising[np.diff(rising, prepend=-1) != 0]
    if len(at) == 0:
        return LogRank(0.0, None)
    place = np.searchsorted(at, time[counted])
    events = np.bincount(place, minlength=len(at))
    at_risk = len(time) - np.searchsorted(np.sort(time), at, side="left")
    left_at_risk = int(is_left.sum()) - np.searchsorted(np.sort(time[is_left]), at, side="left")
    share, hazard = left_at_risk / at_risk, events / at_risk
    cumulated = np.append(0.0, np.cumsum(hazard))
    expected = np.append(0.0, np.cumsum(share * hazard))
    seen = np.searchsorted(at, np.minimum(time, until), side="right")
    residual = expected[seen] - is_left * cumulated[seen]
    residual[counted] += is_left[counted] - share[place]
    excess = float(residual.sum())
    variance = cluster_variance(residual, clusters)
    if not variance > 1e-12:
        return LogRank(excess, None)
    return LogRank(excess, two_sided(excess / variance**0.5))
