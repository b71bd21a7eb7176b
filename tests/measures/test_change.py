"""Changes: variances against regressions of statsmodels, tests at their level on simulated data, since when."""

from __future__ import annotations

import os

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import binomtest, median_test

from benchmarks.simulate_changes import (
    CAUTIOUS_TRADES,
    MOVED_SHOPS,
    MOVED_TRADES,
    SHOPS,
    TRADES,
    Shop,
    Trade,
    attribution_coverage,
    discoveries,
    rejected,
    shop_p,
    spans,
    trade_p,
)
from journey_analytics.measures.change import covariance, moved_mean, moved_share, since_week
from journey_analytics.measures.volume import FEWEST, HISTORY, moved_volume

SEED = 20261124


def test_the_variance_of_a_change_is_that_of_a_regression_clustered_by_customer() -> None:
    random = np.random.default_rng(3)
    customer = np.repeat(np.arange(80), random.integers(1, 6, 80))
    is_now = random.random(len(customer)) < 0.4
    outcome = np.exp(random.standard_normal(80)[customer] + 0.5 * random.standard_normal(len(customer)))
    now, before, both = spans(customer, is_now, outcome)
    fit = sm.OLS(outcome, sm.add_constant(is_now.astype(float))).fit()
    robust = fit.get_robustcov_results("cluster", groups=customer, use_correction=False)
    found = moved_mean(now, before, both)
    assert found is not None
    assert found.value == pytest.approx(fit.params[1])
    spread = now.variance() * (now.m - 1) / now.m + before.variance() * (before.m - 1) / before.m
    spread -= 2 * covariance(now, before, both)
    assert spread == pytest.approx(robust.bse[1] ** 2)


def test_a_share_of_customers_who_are_all_alike_has_the_score_test_of_two_shares() -> None:
    outcome = np.array([1.0] * 30 + [0.0] * 70 + [1.0] * 45 + [0.0] * 55)
    found = moved_share(*spans(np.arange(200), np.arange(200) < 100, outcome))
    table = np.array([[30, 70], [45, 55]])
    chi2 = sm.stats.Table2x2(table).test_nominal_association()
    assert found.value == pytest.approx(-0.15)
    assert found.p_value == pytest.approx(chi2.pvalue, rel=0.05)  # sizes are a hundredth smaller, one variance pooled
    assert found.low < -0.15 < found.high


def test_a_volume_needs_a_history_and_customers_and_is_silent_on_what_is_usual() -> None:
    assert moved_volume([10.0] * (HISTORY - 1), 80.0) is None
    assert moved_volume([FEWEST / 8 - 0.1] * 40, FEWEST - 0.8) is None  # one a customer, fewer than that many
    assert moved_volume([100.0] * 40, 800.0 * 30) is None  # as many of them, each doing thirty things
    grows = [100 * 0.98**week for week in range(60)]
    p = moved_volume(grows, sum(grows[:8]))
    assert p is not None
    assert p > 0.9
    p = moved_volume([50.0] * 4 + [100.0 + 5 * (week % 3) for week in range(40)], 600.0)
    assert p is not None
    assert p < 1e-5
    assert moved_volume([float("inf")] * 40, 80.0) is None
    assert moved_volume([-1.0] * 4 + [20.0] * 36, 80.0) is None
    assert moved_volume([0.0] * 40, 0.0) is None


def test_without_a_history_of_noise_a_step_is_that_of_two_poisson_counts() -> None:
    """Weeks that vary as chance would: the p-value lies a little above that of the exact test of two counts."""
    random = np.random.default_rng(SEED)
    usual = random.poisson(50.0, (200, 64)).astype(float)
    usual[:, :8] = [43.0] * 4 + [50.0] * 4
    found = np.array([moved_volume(weeks, 372.0) or 0.0 for weeks in usual])
    exact = binomtest(172, 372).pvalue
    assert np.median(found) == pytest.approx(exact, rel=0.35)
    assert (found > exact / 3).all()


def test_a_common_median_splits_times_as_moods_test_does() -> None:
    random = np.random.default_rng(5)
    days = np.concatenate([random.exponential(9.0, 120), random.exponential(14.0, 140)])
    now = np.arange(260) >= 120
    found = moved_share(*spans(np.arange(260), now, (days > np.median(days)) * 1.0))
    assert found.p_value == pytest.approx(median_test(days[now], days[~now], correction=False).pvalue, rel=0.1)


def test_since_when() -> None:
    ones = [1.0] * 12
    assert since_week(ones, [5.0, 6, 5, 50, 51, 49, 50, 52, 48, 50, 51, 50]) == 3
    assert since_week([20.0] * 12, [2.0, 1, 2, 1, 2, 10, 9, 11, 10, 10, 9, 10]) == 5
    assert since_week([0.0] * 12, [0.0] * 12) == 4


def test_customers_in_both_spans_are_no_false_alarm() -> None:
    assert rejected(SHOPS["many, in both spans"], 150, SEED)[0] <= 0.12
    assert rejected(TRADES["growth, season, noise and bursts"], 150, SEED)[0] <= 0.12


def test_true_changes_are_found() -> None:
    random = np.random.default_rng(SEED)
    p = shop_p(Shop(now=1.2), random)
    assert p is not None
    assert p < 0.01
    p = trade_p(Trade(noise=0.05, step=0.4), random)
    assert p is not None
    assert p < 0.01


@pytest.mark.nightly
@pytest.mark.skipif("JOURNEY_NIGHTLY" not in os.environ, reason="long: set JOURNEY_NIGHTLY=1")
@pytest.mark.parametrize("name", sorted({**SHOPS, **TRADES}))
def test_tests_hold_their_level(name: str) -> None:
    assert rejected({**SHOPS, **TRADES}[name], 1000, SEED)[0] == pytest.approx(0.05, abs=0.02)


@pytest.mark.nightly
@pytest.mark.skipif("JOURNEY_NIGHTLY" not in os.environ, reason="long: set JOURNEY_NIGHTLY=1")
@pytest.mark.parametrize("name", sorted({**CAUTIOUS_TRADES, **MOVED_SHOPS, **MOVED_TRADES}))
def test_what_moved_is_found_and_doubt_is_no_alarm(name: str) -> None:
    share, _ = rejected({**CAUTIOUS_TRADES, **MOVED_SHOPS, **MOVED_TRADES}[name], 300, SEED)
    assert share <= 0.12 if name in CAUTIOUS_TRADES else share >= 0.45


@pytest.mark.nightly
@pytest.mark.skipif("JOURNEY_NIGHTLY" not in os.environ, reason="long: set JOURNEY_NIGHTLY=1")
def test_few_announced_changes_are_chance() -> None:
    false, found = discoveries(250, SEED)
    assert false <= 0.06
    assert found >= 0.5


@pytest.mark.nightly
@pytest.mark.skipif("JOURNEY_NIGHTLY" not in os.environ, reason="long: set JOURNEY_NIGHTLY=1")
def test_intervals_of_credit_cover() -> None:
    for share in attribution_coverage(1000, SEED):
        assert share == pytest.approx(0.95, abs=0.02)


@pytest.mark.nightly
@pytest.mark.skipif("JOURNEY_NIGHTLY" not in os.environ, reason="long: set JOURNEY_NIGHTLY=1")
def test_null_samples_announce_nothing() -> None:
    from benchmarks.null_samples import announced

    assert sum(announced(seed).changes > 0 for seed in range(1, 51)) <= 6
