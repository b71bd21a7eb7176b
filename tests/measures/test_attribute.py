"""Attribution: known answers of every model, and that credits sum to conversions."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics import attribute
from journey_analytics.engine.duck import connect
from journey_analytics.measures.attribute import MODELS, credited
from tests.harness import NIGHTLY

CON = connect()
PATHS = pl.DataFrame(
    {
        "path": [["a", "b", "Direct"], ["b"], []],
        "conversions": [1, 2, 1],
        "non_conversions": [1, 0, 3],
        "value": [10.0, 5.0, 1.0],
        "days_before": [[14.0, 7.0, 0.0], [3.0], []],
    }
)


@pytest.mark.parametrize(
    ("model", "credits"),
    [
        ("first", {"a": 1, "b": 2, "Direct": 1}),
        ("last", {"a": 0, "b": 2, "Direct": 2}),
        ("last_non_direct", {"a": 0, "b": 3, "Direct": 1}),
        ("linear", {"a": 1 / 3, "b": 2 + 1 / 3, "Direct": 1 + 1 / 3}),
        ("position", {"a": 0.4, "b": 2.2, "Direct": 1.4}),
        ("time_decay", {"a": 1 / 7, "b": 2 + 2 / 7, "Direct": 1 + 4 / 7}),
        ("shapley", {"a": 1 / 3, "b": 2 + 1 / 3, "Direct": 1 + 1 / 3}),
    ],
)
def test_known_credits(model: str, credits: dict[str, float]) -> None:
    found = attribute(PATHS, model=model)
    assert dict(found.select("channel", "conversions").iter_rows()) == pytest.approx(credits)
    assert found["value"].sum() == pytest.approx(16.0)


def test_the_removal_effect_is_solved_on_the_chain() -> None:
    paths = pl.DataFrame({"path": [["a", "b"], ["b"], ["a"]], "conversions": [1, 1, 0], "non_conversions": [0, 0, 2]})
    found = {row[0]: row[3] for row in attribute(paths).iter_rows()}
    # start: a 3/4, b 1/4; a: b 1/3, lost 2/3; b: converts. Whole chance 1/2; without a 1/4; without b none.
    assert found == pytest.approx({"a": 0.5, "b": 1.0})


# on plain rows and one connection: opening a table costs ten times the answer
@settings(max_examples=500 if NIGHTLY else 20, deadline=None)
@given(st.lists(st.tuples(st.lists(st.sampled_from("abcd"), max_size=4), st.integers(0, 3)), min_size=1, max_size=6))
def test_credits_sum_to_conversions(rows: list[tuple[list[str], int]]) -> None:
    paths = [
        {"path": path, "conversions": count, "days_before": [float(len(path) - k) for k in range(len(path))]}
        for path, count in rows
    ]
    for model in MODELS:
        for order in (1, 2) if model == "markov" else (1,):
            found = credited(CON, paths, model, order)["conversions"].sum()
            assert found == pytest.approx(sum(count for _, count in rows)), model
    shapley = dict(credited(CON, paths, "shapley").select("channel", "conversions").iter_rows())
    assert shapley == pytest.approx(
        _shapley([(set(path) or {"Direct"}, count) for path, count in rows if path or count])
    )


def _shapley(rows: list[tuple[set[str], int]]) -> dict[str, float]:
    channels = sorted(set().union(*(path for path, _ in rows))) if rows else []

    def v(coalition: set[str]) -> int:
        return sum(count for path, count in rows if path <= coalition)

    size = len(channels)
    return {
        c: sum(
            factorial(k) * factorial(size - k - 1) / factorial(size) * (v({*others, c}) - v(set(others)))
            for k in range(size)
            for others in combinations([x for x in channels if x != c], k)
        )
        for c in channels
    }
