"""Two shares: is their difference beyond chance, and what interval goes with it.

The score test and interval of Miettinen and Nurminen (1985), which hold their level with small counts and shares near
0 or 1, where estimate plus or minus two errors does not. Sizes are effective ones: as many independent journeys as
would give the variance found. The interval leaves out 0 exactly where the p-value is below 5 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import acos, copysign, cos, isnan, pi, sqrt

from scipy.optimize import brentq

from journey_analytics.measures.incidence import Z, two_sided


@dataclass(frozen=True)
class Difference:
    """Left minus right, its 95 % interval and the p-value of no difference."""

    value: float
    low: float
    high: float
    p_value: float


def effective_size(share: float, variance: float, followed: int, size: int) -> float:
    """As many independent journeys as would give this variance; never more than there are.

    Args:
        share: The estimate.
        variance: Its variance.
        followed: Journeys whose state at the age asked for is known; taken where the share is 0 or 1.
        size: All journeys.
    """
    if share <= 0 or share >= 1 or isnan(variance) or variance <= 0:
        return float(max(1, min(followed, size)))
    return min(share * (1 - share) / variance, float(size))


def difference(left: float, left_size: float, right: float, right_size: float) -> Difference:
    """Compare two shares.

    Args:
        left: Share of the left group.
        left_size: Its effective size.
        right: Share of the right group.
        right_size: Its effective size.
    """
    found = left - right

    def statistic(supposed: float) -> float:
        p = _right_if(supposed, left, left_size, right, right_size)
        q = p + supposed
        variance = q * (1 - q) / left_size + p * (1 - p) / right_size
        total = left_size + right_size
        variance *= total / (total - 1) if total > 1 else 1.0
        if variance <= 1e-16:
            return 0.0 if abs(found - supposed) < 1e-12 else copysign(1e9, found - supposed)
        return (found - supposed) / sqrt(variance)

    low = -1.0 if statistic(-1 + 1e-9) < Z else brentq(lambda d: statistic(d) - Z, -1 + 1e-9, found, xtol=1e-10)
    high = 1.0 if statistic(1 - 1e-9) > -Z else brentq(lambda d: statistic(d) + Z, found, 1 - 1e-9, xtol=1e-10)
    return Difference(found, float(low), float(high), two_sided(statistic(0.0)))


def _right_if(supposed: float, left: float, left_size: float, right: float, right_size: float) -> float:
    """The likeliest right share if the difference were the one supposed: the root of a cubic, in closed form."""
    total = left_size + right_size
    left_count, right_count = left * left_size, right * right_size
    if supposed == 0:
        return (left_count + right_count) / total
    l2 = (left_size + 2 * right_size) * supposed - total - left_count - right_count
    l1 = (right_size * supposed - total - 2 * right_count) * supposed + left_count + right_count
    l0 = right_count * supposed * (1 - supposed)
    q = (l2 / (3 * total)) ** 3 - l1 * l2 / (6 * total**2) + l0 / (2 * total)
    root = sqrt(max(0.0, (l2 / (3 * total)) ** 2 - l1 / (3 * total)))
    p = copysign(root, q)
    angle = (pi + acos(max(-1.0, min(1.0, q / p**3)))) / 3 if p != 0 else 0.0
    share = 2 * p * cos(angle) - l2 / (3 * total)
    return min(max(share, 0.0, -supposed), 1.0, 1.0 - supposed)
