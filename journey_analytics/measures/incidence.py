"""Cumulative incidence with competing causes (Aalen-Johansen), and how much each observation moves it.

Times are whole microseconds since entry, so that ties are exact. The influence of an observation is the derivative of
the estimate: its sums per customer give the cluster-robust variance, which without clusters and censoring is the
binomial one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from journey_analytics.measures.cluster import Clusters, Floats, Ints, cluster_variance

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
        moved: Floats = np.append(-expected, 0.0)[np.minimum(self.last, k - 1)]  # who was never at risk: place -1
        happened = np.flatnonzero(self.is_event & (self.time <= age))
        place = self.last[happened]
        moved[happened] += self.is_own[happened] * direct[place] - later[place]
        return moved

    def median(self, until: int) -> int | None:
        """The earliest age at which half have had this cause; None where that is not reached by `until`."""
        place = int(np.searchsorted(self.incidence, 0.5 - 1e-12))
        if place == len(self.at) or self.at[place] > until:
            return None
        return int(self.at[place])

    def median_interval(self, clusters: Clusters, until: int) -> tuple[int | None, int | None]:
        """The 95 % interval of the median: ages whose own interval (log-log, cluster-robust) holds a half.

        Returns:
            The limits; None for one that is not reached by `until`.
        """
        taken = (self.own_hazard > 0) & (self.at <= until)
        ages, curve = self.at[taken], self.incidence[taken]
        if not len(ages):
            return None, None
        middle = min(int(np.searchsorted(curve, 0.5)), len(ages) - 1)
        width = Z * float(np.sqrt(cluster_variance(self.influence(int(ages[middle])), clusters)))
        guesses = [int(np.searchsorted(curve, 0.5 - sign * width)) if width > 0 else middle for sign in (1, -1)]
        upper, lower = (self._first(ages, clusters, sign, at) for sign, at in zip((1.0, -1.0), guesses, strict=True))
        return upper, lower

    def _first(self, ages: Ints, clusters: Clusters, sign: float, guess: int) -> int | None:
        """The first age at which the upper (sign 1) or lower (-1) limit of the curve has come to a half.

        Each look costs a pass over all observations, so the search begins where the answer should be.
        """

        def reached(place: int) -> bool:
            return self._limit(int(ages[place]), clusters, sign) >= 0.5

        low, high, step = 0, len(ages), max(1, len(ages) // 1000)
        at = min(guess, len(ages) - 1)
        while low < high:
            if reached(at):
                high, at = at, max(low, at - step)
            else:
                low, at = at + 1, min(high - 1, at + step)
            step *= 2
            if low > 0 and high < len(ages):
                break
        while low < high:
            middle = (low + high) // 2
            if reached(middle):
                high = middle
            else:
                low = middle + 1
        return int(ages[low]) if low < len(ages) else None

    def _limit(self, age: int, clusters: Clusters, sign: float) -> float:
        share = self.value(age)
        if share <= 0 or share >= 1:
            return share
        width = Z * float(np.sqrt(cluster_variance(self.influence(age), clusters)))
        free = 1 - share
        return 1 - float(free ** np.exp(sign * width / (free * -np.log(free))))


@dataclass(frozen=True)
class AtRisk:
    """Who is still there when something happens, whatever it is: found once for the curves of all causes.

    Attributes:
        time: As in `Incidence`, shape (n,).
        cause: What ended it; 0: nothing yet, shape (n,).
        last: As in `Incidence`, shape (n,).
        at: Distinct times of events, rising, shape (k,).
        at_risk: Observations that are at risk just before, shape (k,).
        hazard: Share of those at risk whom some cause takes, shape (k,).
        survival_before: As in `Incidence`, shape (k,).
    """

    time: Ints
    cause: Ints
    last: Ints
    at: Ints
    at_risk: Floats
    hazard: Floats
    survival_before: Floats

    def incidence(self, own: int) -> Incidence:
        """The curve of one cause."""
        is_own = self.cause == own
        own_hazard = np.bincount(self.last[is_own], minlength=len(self.at)) / self.at_risk
        curve = np.cumsum(self.survival_before * own_hazard)
        return Incidence(
            self.time, self.cause != 0, is_own, self.last,
            self.at, self.at_risk, self.hazard, own_hazard, self.survival_before, curve,
        )  # fmt: skip


def at_risk(time: Ints, cause: Ints) -> AtRisk:
    """What the curves of all causes share: one sort.

    Args:
        time: Microseconds from entry, shape (n,), 0 or more.
        cause: What happened then; 0: observed so far and nothing yet, shape (n,).
    """
    order = np.argsort(time, kind="stable")
    rising, is_event = time[order], cause[order] != 0
    of_events = np.flatnonzero(is_event)
    firsts = of_events[np.diff(rising[of_events], prepend=-1) != 0]
    at = rising[firsts]
    size = len(at)
    # of those that share its time, an event may not come first, so the place is looked for
    start = np.searchsorted(rising, at, side="left")
    here = (len(time) - start).astype(np.float64)
    begins = np.zeros(len(time) + 1, dtype=np.int64)
    begins[start] = 1
    last = np.empty(len(time), dtype=np.int64)
    last[order] = np.cumsum(begins[:-1]) - 1
    hazard = np.bincount(last[cause != 0], minlength=size) / here
    before: Floats = np.append(1.0, np.cumprod(1 - hazard)[:-1])[:size].astype(np.float64)
    return AtRisk(time, cause, last, at, here, hazard, before)


def incidence(time: Ints, cause: Ints, own: int) -> Incidence:
    """The curve of one cause.

    Args:
        time: Microseconds from entry, shape (n,), 0 or more.
        cause: What happened then; 0: observed so far and nothing yet, shape (n,).
        own: The cause asked for.
    """
    return at_risk(time, cause).incidence(own)


def two_sided(z: float) -> float:
    """The p-value of a standard normal statistic."""
    return float(2 * ndtr(-abs(z)))
