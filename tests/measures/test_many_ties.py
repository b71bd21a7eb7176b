"""One customer with very many events at few moments: quick, and no other answer than with few of them."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.measures.funnel_attempts import judged_attempts
from journey_analytics.measures.funnel_spec import FunnelSpec, funnel_spec


def judged(names: list[str], moments: list[int], spec: FunnelSpec) -> list[tuple[int, bool]]:
    """(furthest, is_open) of each attempt."""
    matchers = [*spec.steps, *(exclusion.matcher for exclusion in spec.exclusions)]
    mask = [sum(1 << bit for bit, matcher in enumerate(matchers) if name in matcher.events) for name in names]
    nobody = np.zeros(len(names), dtype=np.int64)
    at = np.array(moments, dtype=np.int64) * 1000
    found = judged_attempts(nobody, nobody, at, np.array(mask, dtype=np.int64), spec, int(at.max()) + 1)
    return list(zip(found.furthest.tolist(), found.is_open.tolist(), strict=True))


@pytest.mark.parametrize(("at_one_moment", "count"), [(2, 5_000), (50, 5_000), (100_000, 100_000)])
@pytest.mark.parametrize(
    "options",
    [
        {"steps": ["A", ["A", "B"], "C"], "order": "any"},
        {"steps": ["A", ["A", "B"], "C"], "order": "any", "ties": "any"},
        {"steps": ["A", ["A", "B"], "C"], "ties": "any"},
        {"steps": ["A", ["A", "B"], "C"], "ties": "any", "exclude": ["X"]},
        {"steps": ["A", "B", "C"], "order": "strict", "ties": "any"},
    ],
)
def test_very_many_events_of_one_customer(options: dict[str, Any], at_one_moment: int, count: int) -> None:
    names = ["A", "B", "X", "A"] * (count // 4)
    moments = [place // at_one_moment for place in range(count)]
    begun = time.process_time()
    assert judged(names, moments, funnel_spec(**options))[0][0] == 2
    assert time.process_time() - begun < 60  # it took hours


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from("ABCX"), min_size=1, max_size=5),
    st.sampled_from("ABCX"),
    st.sampled_from(["ordered", "strict", "any"]),
    st.lists(st.sampled_from(["A", "B", "C", ["A", "B"]]), min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_more_of_what_is_there_already_changes_nothing(
    names: list[str], again: str, order: str, steps: list[Any], excludes: bool, later: bool
) -> None:
    """Of events of one moment and name, more than steps + 2 are as good as steps + 2: the best attempt is the same."""
    exclude = ["X"] if excludes and order != "any" and len(steps) > 1 else []
    spec = funnel_spec(steps, order=order, ties="any", exclude=exclude)
    many = len(steps) + 3
    after = [(name, 1) for name in ("A", "B", "C")] if later else []

    def best(times: int) -> tuple[int, bool] | None:
        rows = [*((name, 0) for name in [*names, *[again] * times]), *after]
        return max(judged([name for name, _ in rows], [moment for _, moment in rows], spec), default=None)

    assert best(many) == best(many + 1) == best(many + 60)
