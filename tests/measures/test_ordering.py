"""Events in order by packed integers: the same order within each customer as NumPy's sort by two keys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey_analytics.measures import ordering
from journey_analytics.measures.ordering import _packed_rows, _sorted_rows

_KEYS = st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**19).map(lambda n: n << 43))
_MOMENTS = st.one_of(st.integers(0, 5), st.integers(1_700_000_000_000_000, 1_700_000_000_000_050))
_EVENTS = st.lists(st.tuples(_KEYS, _MOMENTS), min_size=1, max_size=60)


def by_customer(key: np.ndarray, row: np.ndarray) -> dict[int, list[int]]:
    """Places in order, customer by customer; each stands together."""
    found: dict[int, list[int]] = {}
    before = None
    for place in row.tolist():
        of = int(key[place])
        assert of == before or of not in found
        found.setdefault(of, []).append(place)
        before = of
    return found


def assert_in_order(key: np.ndarray, at: np.ndarray) -> None:
    """The packed order is each customer's own, and customers are numbered as they stand."""
    packed = _packed_rows(key, at)
    assert packed is not None
    row, number = packed
    assert by_customer(key, row) == by_customer(key, np.lexsort([at, key]))
    assert number.tolist() == [0, *np.cumsum(np.diff(key[row]) != 0).tolist()]


@given(_EVENTS)
def test_the_order_of_each_customer_is_that_of_a_sort_by_two_keys(events: list[tuple[int, int]]) -> None:
    key, at = (np.array(column, dtype=np.int64) for column in zip(*events, strict=True))
    assert_in_order(key, at)


def test_what_does_not_fit_into_64_bits_is_sorted_all_the_same() -> None:
    key = np.array([1, 1, 2, 2], dtype=np.int64)
    at = np.array([2**62, 0, 5, 2], dtype=np.int64)
    assert _packed_rows(key, at) is None
    row, _ = _sorted_rows([key], [], at)
    assert row is not None
    assert row.tolist() == [1, 0, 3, 2]


def test_keys_that_share_their_spread_bits_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    # with 1 as the factor, keys below a thousand have no high bits at all
    key, at = np.array([7, 5] * 500, dtype=np.int64), np.arange(1000, dtype=np.int64)[::-1].copy()
    monkeypatch.setattr(ordering, "_SPREADS", (1,))
    assert _packed_rows(key, at) is None
    monkeypatch.setattr(ordering, "_SPREADS", (1, 0x9E3779B97F4A7C15))
    assert_in_order(key, at)
