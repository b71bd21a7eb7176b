"""Intervals of rates, changes, contrasts and curves hold the truth on simulated customers; the whole of it nightly."""

from __future__ import annotations

import os

import pytest

from benchmarks.simulate_intervals import (
    CHANGES,
    RATES_OF,
    Shop,
    change_coverage,
    contrast_kept,
    curve_coverage,
    rate_coverage,
)

SEED = 20261124
NIGHTLY = pytest.mark.skipif("JOURNEY_NIGHTLY" not in os.environ, reason="long: set JOURNEY_NIGHTLY=1")


def test_journeys_of_one_customer_are_not_taken_for_independent() -> None:
    many = RATES_OF["many journeys, much alike"]
    assert min(curve_coverage(many, 100, SEED)) >= 0.85  # 79 % without the design effect
    assert rate_coverage(many, 100, SEED) >= 0.87
    assert change_coverage(CHANGES["a share, many journeys in both spans"], 100, SEED) >= 0.87


@pytest.mark.nightly
@NIGHTLY
@pytest.mark.parametrize("name", sorted(RATES_OF))
def test_rates_contrasts_and_curves_cover(name: str) -> None:
    shop = RATES_OF[name]
    assert rate_coverage(shop, 1000, SEED) == pytest.approx(0.95, abs=0.025)
    size, covers = contrast_kept(Shop(3 * shop.customers, shop.more, shop.alike, shop.level), 1000, SEED)
    assert covers == pytest.approx(0.95, abs=0.02)
    assert size == pytest.approx(0.05, abs=0.02)
    advanced, dropped = curve_coverage(shop, 1000, SEED)
    assert advanced == pytest.approx(0.95, abs=0.02)
    assert dropped == pytest.approx(0.95, abs=0.02)


@pytest.mark.nightly
@NIGHTLY
@pytest.mark.parametrize("name", sorted(CHANGES))
def test_changes_cover(name: str) -> None:
    assert change_coverage(CHANGES[name], 1000, SEED) == pytest.approx(0.95, abs=0.025)
