"""One row of a comparison from its subjects: both groups at the same age, their difference, and could it be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from journey_analytics.measures.bh import adjusted
from journey_analytics.measures.cluster import cluster_moves, variance_of
from journey_analytics.measures.comparison_subjects import Subjects
from journey_analytics.measures.logrank import log_rank
from journey_analytics.measures.two_shares import difference, effective_size

DAY_US = 86_400_000_000
#: The false-discovery rate: of the differences that are announced, at most this share is expected to be chance.
Q = 0.05


@dataclass(frozen=True)
class Row:
    """One measure of both groups.

    Attributes:
        measure: dropped, moved, converted (shares) or time_to_advance, time_to_move, time_to_convert (days).
        place: The stage or step it is about.
        to: Where to, for transitions.
        age_days: The age at which both are judged: the largest that both have been observed for.
        left_n: Journeys (visits, for transitions and dwell) of the left group that were followed.
        right_n: Likewise.
        left_events: To how many of them it happened by that age.
        right_events: Likewise.
        left: Share by that age, or median days; None: too early to say, or not half of them by that age.
        right: Likewise.
        difference: Left minus right.
        low: 95 % interval of the difference.
        high: Likewise.
        p_value: Of no difference; None: not tested.
        p_adjusted: The same after Benjamini-Hochberg over all rows of the comparison.
        survives: Whether that is at most 5 %.
        sooner: Whose times are shorter: left or right; None for shares.
        is_small: One of the groups has fewer than the minimum: no test, never ranked.
        note: Why something is missing: too early to say, small, nobody.
    """

    measure: str
    place: str
    to: str | None
    age_days: float | None
    left_n: int
    right_n: int
    left_events: int | None = None
    right_events: int | None = None
    left: float | None = None
    right: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    survives: bool = False
    sooner: str | None = None
    is_small: bool = False
    note: str | None = None


TOO_EARLY = "too early to say"


def common_age(subjects: Subjects, minimum: int) -> int | None:
    """The largest age that both groups have been observed for, in microseconds; None where a group is empty.

    A group counts as observed for an age when `minimum` of its subjects, or half of them where those are fewer, began
    so long before `as_of`: at the very longest age a curve would hang on one. From a day on it is in whole days.
    """
    ages = []
    for left in (True, False):
        followed = np.sort(subjects.followed[subjects.is_left == left])
        if len(followed) == 0:
            return None
        ages.append(int(followed[-min(minimum, (len(followed) + 1) // 2)]))
    age = min(ages)
    return age - age % DAY_US if age >= DAY_US else age


def share_row(row: Row, subjects: Subjects, own: int, age: int | None, minimum: int) -> Row:
    """Compare to how many something has happened by the common age.

    Args:
        row: What it is about.
        subjects: Both groups.
        own: The cause that is counted.
        age: The common age; None: a group is empty.
        minimum: Fewer subjects than this are flagged and not tested.
    """
    row = _sized(row, subjects, age, minimum)
    if age is None:
        return row
    found = []
    for is_left in (True, False):
        group = subjects.of(is_left)
        curve = group.at_risk.incidence(own)
        share = min(1.0, max(0.0, curve.value(age)))
        moves = cluster_moves(curve.influence(age), group.clusters)
        known = int(((group.followed >= age) | (group.cause != 0) & (group.time <= age)).sum())
        found.append((group, share, moves, variance_of(moves), known))
    (left_group, left, *_), (right_group, right, *_) = found
    total = found[0][3] + found[1][3]
    covariance = subjects.shared.covariance(found[0][2], found[1][2])
    # customers on both sides make the two shares move together: as if the groups were larger, or smaller
    together = (total - 2 * covariance) / total if covariance and total > 0 else 1.0
    sizes = [effective_size(s, v * max(together, 1e-9), known, len(g)) for g, s, _, v, known in found]
    told = difference(left, sizes[0], right, sizes[1])
    return replace(
        row,
        left_events=_events(left_group, own, age),
        right_events=_events(right_group, own, age),
        left=left,
        right=right,
        difference=told.value,
        low=told.low,
        high=told.high,
        p_value=None if row.is_small else told.p_value,
    )


def time_row(row: Row, subjects: Subjects, own: Sequence[int], age: int | None, minimum: int) -> Row:
    """Compare how soon something happens: medians from the incidence curves, the log-rank test.

    Args:
        row: What it is about.
        subjects: Both groups.
        own: The causes that count as it; all others end the time at risk.
        age: The common age; None: a group is empty.
        minimum: Fewer subjects than this are flagged and not tested.
    """
    row = _sized(row, subjects, age, minimum)
    if age is None:
        return row
    subjects = replace(subjects, cause=np.where(np.isin(subjects.cause, own), 1, np.where(subjects.cause != 0, 2, 0)))
    test = log_rank(subjects.at_risk, 1, subjects.is_left, subjects.clusters, age)
    left, right = subjects.of(True), subjects.of(False)
    medians, limits = [], []
    for group in (left, right):
        curve = group.at_risk.incidence(1)
        medians.append(_days(curve.median(age)))
        limits.append([_days(limit) for limit in curve.median_interval(group.clusters, age)])
    a, b = medians
    low, high = _between(a, limits[0], b, limits[1])
    return replace(
        row,
        left_events=_events(left, 1, age),
        right_events=_events(right, 1, age),
        left=a,
        right=b,
        difference=a - b if a is not None and b is not None else None,
        low=low,
        high=high,
        p_value=None if row.is_small else test.p_value,
        sooner=None if test.p_value is None else "left" if test.excess > 0 else "right",
    )


def judged(rows: Sequence[Row]) -> list[Row]:
    """The rows with their p-values adjusted over the whole family."""
    family = adjusted([row.p_value for row in rows])
    return [replace(row, p_adjusted=p, survives=p is not None and p <= Q) for row, p in zip(rows, family, strict=True)]


def _sized(row: Row, subjects: Subjects, age: int | None, minimum: int) -> Row:
    left = int(subjects.is_left.sum())
    right = len(subjects) - left
    note = "nobody" if age is None else "small" if min(left, right) < minimum else None
    days = None if age is None else age / DAY_US
    return replace(row, age_days=days, left_n=left, right_n=right, is_small=note is not None, note=note)


def _events(group: Subjects, own: int, age: int) -> int:
    return int(((group.cause == own) & (group.time <= age)).sum())


def _days(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / DAY_US


def _between(
    a: float | None, a_limits: list[float | None], b: float | None, b_limits: list[float | None]
) -> tuple[float | None, float | None]:
    """The interval of a difference from the intervals of its two parts (Donner and Zou's MOVER), where these exist."""
    (a_low, a_high), (b_low, b_high) = a_limits, b_limits
    if a is None or b is None:
        return None, None
    low = None if a_low is None or b_high is None else a - b - sqrt((a - a_low) ** 2 + (b_high - b) ** 2)
    high = None if a_high is None or b_low is None else a - b + sqrt((a_high - a) ** 2 + (b - b_low) ** 2)
    return low, high
