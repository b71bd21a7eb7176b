"""Comparisons keep their word on simulated data whose truth is known; the whole of it runs nightly."""

from __future__ import annotations

import os

import pytest

from benchmarks.simulate_comparisons import SCENARIOS, World, discoveries, keeps, returning, without_both

SEED = 20261124


def test_several_journeys_per_customer_and_unequal_follow_up_are_no_false_alarm() -> None:
    kept = keeps(SCENARIOS["unequal follow-up"], 80, SEED, truth_size=50_000)
    assert kept.share_covered >= 0.88
    assert kept.share_rejected <= 0.12
    assert kept.time_rejected <= 0.12


def test_a_true_difference_is_found() -> None:
    kept = keeps(SCENARIOS["a true difference"], 40, SEED, truth_size=50_000)
    assert kept.share_covered >= 0.85
    assert kept.time_rejected >= 0.7


def test_leaving_out_who_is_on_both_sides_picks_by_result() -> None:
    """Why `both="keep"` is the default: who comes back after a drop would be missing more from one side."""
    assert keeps(returning(), 20, SEED, truth_size=50_000).share_rejected <= 0.25
    assert keeps(returning(), 20, SEED, without_both, truth_size=50_000).share_rejected >= 0.5


def test_few_of_what_is_announced_is_chance() -> None:
    false, found = discoveries(12, SEED)
    assert false <= 0.1
    assert found >= 0.6


@pytest.mark.nightly
@pytest.mark.skipif("JOURNEY_NIGHTLY" not in os.environ, reason="long: set JOURNEY_NIGHTLY=1")
@pytest.mark.parametrize(("name", "world"), SCENARIOS.items(), ids=list(SCENARIOS))
def test_intervals_cover_and_tests_hold_their_level(name: str, world: World) -> None:
    kept = keeps(world, 1000, SEED)
    assert 0.93 <= kept.share_covered <= 0.985
    assert kept.median_covered >= 0.93
    if not name.startswith("a true"):
        assert kept.share_rejected <= 0.065
        assert kept.time_rejected <= 0.065


@pytest.mark.nightly
@pytest.mark.skipif("JOURNEY_NIGHTLY" not in os.environ, reason="long: set JOURNEY_NIGHTLY=1")
def test_the_false_discovery_rate_is_held() -> None:
    false, found = discoveries(250, SEED)
    assert false <= 0.05
    assert found >= 0.8
