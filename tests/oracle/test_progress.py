"""Aalen-Johansen by hand: ten journeys, one day after the other."""

from __future__ import annotations

import pytest

from tests.oracle.progress import aalen_johansen, company, scaled


def test_incidence_by_hand() -> None:
    # Day 0: 10 at risk, 2 advance. Day 1: 7 at risk (one was censored), 1 advances, 2 drop. Day 3: 2 at risk, 1 drops.
    steps = [(10, 2, 0), (7, 1, 2), (2, 0, 1)]
    advanced, _ = aalen_johansen(steps, 1)
    dropped, _ = aalen_johansen(steps, 2)
    assert advanced == pytest.approx(0.2 + 0.8 / 7)
    assert dropped == pytest.approx(0.8 * 2 / 7 + 0.8 * (4 / 7) / 2)


def test_variance_without_competition_is_binomial_when_nobody_is_censored() -> None:
    estimate, variance = aalen_johansen([(20, 5, 0), (15, 3, 0)], 1)
    assert estimate == pytest.approx(8 / 20)
    assert variance == pytest.approx(0.4 * 0.6 / 20)


def test_variance_with_competition_is_binomial_when_nobody_is_censored() -> None:
    estimate, variance = aalen_johansen([(20, 5, 2), (13, 3, 4)], 1)
    assert estimate == pytest.approx(8 / 20)
    assert variance == pytest.approx(0.4 * 0.6 / 20)


def test_design_effect_grows_with_the_journeys_followed_by_hand() -> None:
    # judged: a customer with two journeys and two with one, (2 + 2 + 1 + 1) / 4
    # followed: one with four and one with two, (4 · 4 + 2 · 2) / 6
    judged, followed = company(["a", "a", "b", "c"]), company(["a", "a", "a", "a", "b", "b"])
    assert (judged, followed) == (1.5, pytest.approx(10 / 3))
    assert scaled(1.3, judged, followed) == pytest.approx(1 + 0.3 * (7 / 3) / 0.5)
    assert scaled(1.3, judged, 1.0) == 1.0  # of whom one journey is followed, the customers cannot make alike
    assert scaled(1.3, 1.1, 3.0) == 3.0  # journeys wholly alike are the most that there can be
    assert scaled(1.2, 1.0, 3.0) == 1.2  # nothing to tell from
