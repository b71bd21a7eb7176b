"""Cumulative incidence with competing causes (Aalen-Johansen), and how much each observation moves it.

Times are whole microseconds since entry, so that ties are exact. The influence of an observation is the derivative of
the estimate: its sums per customer give the cluster-robust variance, which without clusters and censoring is the
binomial one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from journey_analytics.measures.cluster import Floats, Ints, cluster_variance

Z = 1.959964


@dataclass(frozen=True)
class Incidence:
    """The curve of one cause.

    Attributes:
        time: Microseconds from entry to the first cause or to the end of observation, shape (n,).
        is_event: Whether some cause ended it, shape (n,).
        is_own: Whether this cause did, shape (n,).
        last: Place of the last time of an event by then, or -1, shape (n,).
        at: Distinct times of events, rising, shape (k,).
        at_risk: Observations that are at risk just before, shape (k,).
        hazard: Share of those at risk whom some cause takes, shape (k,).
        own_hazard: Share of those at risk whom this cause takes, shape (k,).
        survival_before: Kaplan-Meier of no cause yet, just before, shape (k,).
        incidence: The estimate at and after each time, shape (k,).
    """

    time: Ints
    is_event: np.ndarray
    is_own: np.ndarray
    last: Ints
    at: Ints
    at_risk: Floats
    hazard: Floats
    own_hazard: Floats
    survival_before: Floats
    incidence: Floats

    def value(self, age: int) -> float:
        """The estimate at an age: who had this cause by then."""
        place = int(np.searchsorted(self.at, age, side="right")) - 1
        return float(self.incidence[place]) if place >= 0 else 0.0

    def influence(self, age: int) -> Floats:
        """How much each observation moves `value(age)`, shape (n,); the sum is 0."""
        k = int(np.searchsorted(self.at, age, side="right"))
        if k == 0:
            return np.zeros(len(self.time))
        hazard, own, at_risk = self.hazard[:k], self.own_hazard[:k], self.at_risk[:k]
        direct = self.survival_before[:k] / at_risk
        ahead = self.incidence[k - 1] - self.incidence[:k]
        # whoever is taken now can't be taken later; where everybody is taken, nothing lies ahead
        later = np.divide(ahead, (1 - hazard) * at_risk, out=np.zeros(k), where=hazard < 1)
        expected = np.cumsum(direct * own - later * hazard)
        last = np.minimum(self.last, k - 1)
        moved = np.where(last >= 0, -expected[last], 0.0)
        happened = self.is_event & (self.time <= age)
        moved[happened] += self.is_own[happened] * direct[last[happened]] - later[last[happened]]
        return moved

    def median(self, until: int) -> int | None:
        """The earliest age at which half have had this cause; None where that is not reached by `until`."""
        place = int(np.searchsorted(self.incidence, 0.5 - 1e-12))
        if place == len(self.at) or self.at[place] > until:
            return None
        return int(self.at[place])

    def median_interval(self, cluster: Ints, until: int) -> tuple[int | None, int | None]:
        """The 95 % interval of the median: ages whose own interval (log-log, cluster-robust) holds a half.

        Returns:
            The limits; None for one that is not reached by `until`.
        """
        own = self.at[(self.own_hazard > 0) & (self.at <= until)]
        return tuple(self._first(own, cluster, sign) for sign in (1.0, -1.0))  # type: ignore[return-value]

    def _first(self, ages: Ints, cluster: Ints, sign: float) -> int | None:
        """The first age at which the upper (sign 1) or lower (-1) limit of the curve has come to a half."""
        low, high = 0, len(ages)
        while low < high:
            middle = (low + high) // 2
            if self._limit(int(ages[middle]), cluster, sign) >= 0.5:
                high = middle
            else:
                low = middle + 1
        return int(ages[low]) if low < len(ages) else None

    def _limit(self, age: int, cluster: Ints, sign: float) -> float:
        share = self.value(age)
        if share <= 0 or share >= 1:
            return share
        width = Z * float(np.sqrt(cluster_variance(self.influence(age), cluster)))
        free = 1 - share
        return 1 - float(free ** np.exp(sign * width / (free * -np.log(free))))


def incidence(time: Ints, cause: Ints, own: int) -> Incidence:
    """The curve of one cause.

    Args:
        time: Microseconds from entry, shape (n,), 0 or more.
        cause: What happened then; 0: observed so far and nothing yet, shape (n,).
        own: The cause asked for.
    """
    is_event, is_own = cause != 0, cause == own
    at, place = np.unique(time[is_event], return_inverse=True)
    size = len(at)
    events = np.bincount(place, minlength=size).astype(np.float64)
    own_events = np.bincount(place, weights=is_own[is_event].astype(np.float64), minlength=size)
    at_risk = (len(time) - np.searchsorted(np.sort(time), at, side="left")).astype(np.float64)
    hazard, own_hazard = events / at_risk, own_events / at_risk
    survival = np.cumprod(1 - hazard).astype(np.float64)
    before: Floats = np.append(1.0, survival[:-1])[:size].astype(np.float64)
    curve = np.cumsum(before * own_hazard)
    last = np.searchsorted(at, time, side="right") - 1
    return Incidence(time, is_event, is_own, last, at, at_risk, hazard, own_hazard, before, curve)


def two_sided(z: float) -> float:
    """The p-value of a standard normal statistic."""
    return float(2 * ndtr(-abs(z)))
