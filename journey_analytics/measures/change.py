"""Has a figure moved from one span to the next by more than chance, and since when.

Shares and means are judged by customers: who stands in both spans is known to. Medians are judged as shares above the
median of both spans together. Volumes: `volume`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log, sqrt

from journey_analytics.measures.incidence import Z, two_sided
from journey_analytics.measures.two_shares import Difference, difference, effective_size
from journey_analytics.measures.volume import SPAN

#: The part of a variance that customers in both spans leave at least, and how many outcomes one that may be a half is.
LEAST, MOST = 0.1, 10


@dataclass(frozen=True)
class Sums:
    """Sums over customers of one span: m of them, n things, y of what happened, and of squares and products."""

    m: int
    n: float
    y: float
    yy: float
    yn: float
    nn: float

    @property
    def mean(self) -> float:
        """The share, or the mean."""
        return self.y / self.n

    def variance(self) -> float:
        """Of the mean, customers being the clusters; nan with fewer than two."""
        if self.m < 2:
            return float("nan")
        p = self.mean
        return max(0.0, self.m / (self.m - 1) * (self.yy - 2 * p * self.yn + p * p * self.nn) / self.n**2)


def covariance(now: Sums, before: Sums, both: Mapping[str, float]) -> float:
    """Of the two means, through the customers that stand in both spans."""
    p, q = now.mean, before.mean
    crossed = both["yy"] - q * both["yn"] - p * both["ny"] + p * q * both["nn"]
    return crossed / (now.n * before.n)


def moved_share(now: Sums, before: Sums, both: Mapping[str, float], halves: bool = False) -> Difference:
    """The score test and interval of two shares, with sizes that know the clusters and the overlap.

    Args:
        now: Of the last span.
        before: Of the one before.
        both: Sums of products over customers that stand in both.
        halves: Outcomes may be a half, too; then they vary less than as many that are 0 or 1.
    """
    variances = now.variance(), before.variance()
    total = sum(variances)
    shared = covariance(now, before, both)
    together = max((total - 2 * shared) / total, LEAST) if total > 0 else 1.0
    sizes = [
        effective_size(part.mean, variance, int(part.n), int(part.n) * (MOST if halves else 1)) / together
        for part, variance in zip((now, before), variances, strict=True)
    ]
    return difference(now.mean, sizes[0], before.mean, sizes[1])


def moved_mean(now: Sums, before: Sums, both: Mapping[str, float]) -> Difference | None:
    """Of two means; None where nothing varies or numbers are beyond what a float holds."""
    spread = now.variance() + before.variance() - 2 * covariance(now, before, both)
    found = now.mean - before.mean
    if not isfinite(spread) or not isfinite(found) or spread <= 0:
        return None
    half = Z * sqrt(spread)
    return Difference(found, found - half, found + half, two_sided(found / sqrt(spread)))


def since_week(n: Sequence[float], y: Sequence[float]) -> int:
    """How many weeks ago the level most likely changed, from 1 to 8.

    Args:
        n: How many by week, the newest first (of a volume: ones).
        y: What happened by week.
    """
    best, found = -1.0, SPAN
    for weeks in range(1, min(2 * SPAN, len(n) - 1) + 1):
        one, other = (sum(y[:weeks]), sum(n[:weeks])), (sum(y[weeks:]), sum(n[weeks:]))
        if min(one[1], other[1]) <= 0:
            continue
        told = _gain(one, other)
        if told > best + 1e-9:
            best, found = told, weeks
    return found


def _gain(one: tuple[float, float], other: tuple[float, float]) -> float:
    """By how much two levels explain the weeks better than one does (Poisson deviance; of shares nearly the same)."""
    total = (one[0] + other[0]) / (one[1] + other[1])
    return sum(y * log(y / n / total) if y > 0 and total > 0 else 0.0 for y, n in (one, other))
