"""The statistics of comparisons equal published examples, other tools, and brute force."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.duration.survfunc import CumIncidenceRight, survdiff
from statsmodels.stats.multitest import multipletests

from journey_analytics.measures.bh import adjusted
from journey_analytics.measures.cluster import Clusters, Shared, cluster_moves, cluster_variance
from journey_analytics.measures.incidence import at_risk, incidence
from journey_analytics.measures.logrank import log_rank
from journey_analytics.measures.two_shares import difference, effective_size


def lifetimes(seed: int, size: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Whole times with many ties, and causes 0 (censored), 1 and 2."""
    draw = np.random.default_rng(seed)
    time = np.minimum(draw.exponential(30, size).astype(np.int64), draw.integers(5, 60, size))
    return time, draw.integers(0, 3, size)


# Newcombe (1998), "Interval estimation for the difference between independent proportions", table II, method 6
# (Miettinen and Nurminen).
@pytest.mark.parametrize(
    ("left", "right", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0528, 0.3382),
        ((9, 10), (3, 10), 0.1700, 0.8406),
        ((6, 7), (2, 7), 0.0342, 0.8534),
        ((5, 56), (0, 29), -0.0326, 0.1933),
    ],
)
def test_the_interval_is_the_published_one(
    left: tuple[int, int], right: tuple[int, int], low: float, high: float
) -> None:
    found = difference(left[0] / left[1], left[1], right[0] / right[1], right[1])
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(2, 60), st.floats(0, 1), st.floats(0, 1))
def test_the_interval_leaves_out_zero_exactly_where_the_test_rejects(n: int, m: int, p: float, q: float) -> None:
    left, right = round(p * n) / n, round(q * m) / m
    found = difference(left, n, right, m)
    assert -1 <= found.low <= found.value <= found.high <= 1
    if abs(found.p_value - 0.05) > 1e-6:
        assert (found.p_value < 0.05) == (found.low > 0 or found.high < 0)


def test_the_test_of_no_difference_is_the_pooled_one() -> None:
    pooled = (30 + 50) / 220
    z = (0.3 - 50 / 120) / sqrt(pooled * (1 - pooled) * (1 / 100 + 1 / 120) * 220 / 219)
    assert difference(0.3, 100, 50 / 120, 120).p_value == pytest.approx(2 * norm.sf(abs(z)), rel=1e-12)


def test_a_size_is_what_would_give_the_variance_and_never_more_than_there_are() -> None:
    assert effective_size(0.3, 0.3 * 0.7 / 50, 200, 200) == pytest.approx(50)
    assert effective_size(0.3, 0.3 * 0.7 / 500, 200, 200) == 200
    assert effective_size(0.0, 0.0, 120, 200) == 120


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("age", [0, 3, 10, 30, 58])
def test_incidence_and_its_error_are_those_of_statsmodels(seed: int, age: int) -> None:
    time, cause = lifetimes(seed)
    size = len(time)
    with np.errstate(all="ignore"):
        theirs = CumIncidenceRight(time + 1, cause)
    place = int(np.searchsorted(theirs.times, age + 1, side="right")) - 1
    for own in (1, 2):
        curve = incidence(time, cause, own)
        assert curve.value(age) == pytest.approx(theirs.cinc[own - 1][place], abs=1e-12)
        error = sqrt(cluster_variance(curve.influence(age), Clusters(np.arange(size))) * (size - 1) / size)
        if np.isfinite(theirs.cinc_se[own - 1][place]):
            assert error == pytest.approx(theirs.cinc_se[own - 1][place], rel=2e-2)


def test_without_censoring_and_clusters_the_variance_is_the_binomial_one() -> None:
    time, cause = np.array([1, 2, 3, 4, 5, 6, 7, 8]), np.array([1, 2, 1, 2, 2, 1, 2, 2])
    curve = incidence(time, cause, 1)
    assert curve.value(100) == pytest.approx(3 / 8)
    assert cluster_variance(curve.influence(100), Clusters(np.arange(8))) == pytest.approx(3 / 8 * 5 / 8 / 8 * 8 / 7)


@pytest.mark.parametrize("seed", range(3))
def test_the_influence_is_the_derivative_of_the_estimate(seed: int) -> None:
    time, cause = lifetimes(seed, 40)
    whole = incidence(time, cause, 1)
    twice = 2000  # every one repeated, so that one more is a small step
    many, causes = np.repeat(time, twice), np.repeat(cause, twice)
    base = incidence(many, causes, 1).value(25)
    for place in range(0, 40, 7):
        one_more = incidence(np.append(many, time[place]), np.append(causes, cause[place]), 1).value(25)
        step = (one_more - base) * len(many) / len(time)
        assert step == pytest.approx(whole.influence(25)[place], abs=2e-6)


def test_the_clustered_variance_is_that_of_a_regression_where_clusters_are_of_one_size() -> None:
    draw = np.random.default_rng(5)
    cluster = np.arange(200) % 40
    happened = (draw.random(200) < 0.2 + 0.5 * (cluster % 2)).astype(int)
    curve = incidence(np.arange(200), np.where(happened == 1, 1, 2), 1)
    fitted = sm.OLS(happened, np.ones(200)).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    assert cluster_variance(curve.influence(10**6), Clusters(cluster)) == pytest.approx(
        float(fitted.bse[0]) ** 2, rel=1e-9
    )


def test_the_clustered_variance_is_the_jackknife_over_customers() -> None:
    draw = np.random.default_rng(6)
    cluster = np.minimum(draw.geometric(0.05, 300), 40)
    happened = draw.random(300) < 0.2 + 0.5 * (cluster % 2)
    curve = incidence(np.arange(300), np.where(happened, 1, 2), 1)
    numbers = np.unique(cluster)
    left_out = np.array([happened[cluster != number].mean() for number in numbers])
    jackknife = (len(numbers) - 1) / len(numbers) * np.sum((left_out - happened.mean()) ** 2)
    assert cluster_variance(curve.influence(10**6), Clusters(cluster)) == pytest.approx(jackknife, rel=1e-9)


def test_the_covariance_is_that_of_the_jackknife_too() -> None:
    left, right = np.array([0.5, -0.2, 0.1]), np.array([0.3, 0.4])
    one, other, nobody = (Clusters(np.array(numbers)) for numbers in ([0, 0, 7], [9, 7], [9, 8]))
    moves, others = cluster_moves(left, one), cluster_moves(right, other)
    assert Shared.of(one, other).covariance(moves, others) == pytest.approx((0.1 * 3 / 2) * (0.4 * 2) * 2 / 3)
    assert Shared.of(one, nobody).covariance(moves, cluster_moves(right, nobody)) == 0.0
    assert cluster_variance(left, Clusters(np.array([3, 3, 3]))) != cluster_variance(
        left, Clusters(np.array([3, 3, 3]))
    )  # not a number


def brute_log_rank(time: np.ndarray, own: np.ndarray, left: np.ndarray, until: int) -> float:
    """Observed less expected of the left group, time by time."""
    excess = 0.0
    for moment in sorted(set(time[own & (time <= until)].tolist())):
        at_risk = time >= moment
        now = own & (time == moment)
        excess += (now & left).sum() - now.sum() * (at_risk & left).sum() / at_risk.sum()
    return float(excess)


@pytest.mark.parametrize("seed", range(6))
def test_the_log_rank_test_is_the_usual_one(seed: int) -> None:
    time, cause = lifetimes(seed, 500)
    left = np.random.default_rng(seed + 100).random(500) < 0.4
    found = log_rank(at_risk(time, cause), 1, left, Clusters(np.arange(500)), 40)
    assert found.excess == pytest.approx(brute_log_rank(time, cause == 1, left, 40), abs=1e-9)
    _, theirs = survdiff(np.minimum(time, 41) + 1, ((cause == 1) & (time <= 40)).astype(int), left.astype(int))
    assert found.p_value == pytest.approx(float(theirs), abs=0.02)  # independent journeys: both variances are right


def test_a_journey_counted_three_times_is_no_more_evidence() -> None:
    time, cause = lifetimes(3, 120)
    left = np.arange(120) % 2 == 0
    once = log_rank(at_risk(time, cause), 1, left, Clusters(np.arange(120)), 50)
    followed, clusters = at_risk(np.repeat(time, 3), np.repeat(cause, 3)), Clusters(np.repeat(np.arange(120), 3))
    thrice = log_rank(followed, 1, np.repeat(left, 3), clusters, 50)
    assert thrice.p_value == pytest.approx(once.p_value, rel=1e-9)


def test_nothing_happens_nothing_is_tested() -> None:
    time = np.array([3, 4, 5])
    left, nothing = np.array([True, False, True]), at_risk(time, np.zeros(3, dtype=np.int64))
    assert log_rank(nothing, 1, left, Clusters(np.arange(3)), 10).p_value is None
    curve = incidence(time, np.zeros(3, dtype=np.int64), 1)
    assert (curve.value(10), curve.median(10), curve.median_interval(Clusters(np.arange(3)), 10)) == (
        0.0,
        None,
        (None, None),
    )


def test_the_median_is_the_earliest_age_by_which_half_have_come() -> None:
    time, cause = np.array([1, 2, 3, 4]), np.array([1, 1, 2, 1])
    curve = incidence(time, cause, 1)
    assert (curve.median(4), curve.median(1)) == (2, None)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_p_values_are_those_of_statsmodels(family: list[float]) -> None:
    found = adjusted([None, *family])
    assert found[0] is None
    assert found[1:] == pytest.approx(multipletests(family, method="fdr_bh")[1].tolist(), abs=1e-12)
