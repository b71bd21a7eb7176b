"""100,000 events of one customer: exact, and in a time that a quadratic step would exceed a thousandfold."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from journey_analytics import event_graph, funnel, sessionize

SIZE = 100_000


@pytest.fixture(scope="module")
def events() -> pl.DataFrame:
    """A D C B A D …, one a second."""
    names = ["ADCB"[place % 4] for place in range(SIZE)]
    seconds = pl.Series(range(SIZE)).cast(pl.Int64) * 1_000_000
    return pl.DataFrame(
        {"customer_id": ["c"] * SIZE, "event_name": names, "occurred_at": seconds.cast(pl.Datetime("us"))}
    )


@pytest.mark.parametrize(
    ("steps", "how", "counts"),
    [
        (["A", "B", "C"], {}, [25_000, 25_000, 24_999]),
        (["A", "B", "C"], {"window": "20h"}, [25_000, 25_000, 24_999]),
        (["A", "B", "absent"], {"window": "20h"}, [25_000, 25_000, 0]),
        (["A", "B", "C"], {"order": "any", "window": "1h"}, [75_000, 74_999, 74_998]),
        (["A", "B", "C"], {"order": "strict"}, [25_000, 0, 0]),
        (["A", "B", "C"], {"exclude": ["D"]}, [25_000, 0, 0]),
        (["A", "absent", "C"], {"exclude": ["absent too"], "exclusion": "customer"}, [25_000, 0, 0]),
        (["A", ["B", "C"], ["C", "D"], "absent"], {"optional": [2, 3]}, [25_000, 0, 25_000, 0]),
        (["A", "A", "A", "A"], {}, [25_000, 24_999, 24_998, 24_997]),
        (["A", "B", "C"], {"ties": "any", "step_windows": "1h"}, [25_000, 25_000, 24_999]),
    ],
)
def test_attempts(events: pl.DataFrame, steps: list[Any], how: dict[str, Any], counts: list[int]) -> None:
    assert funnel(events, steps, count="attempts", **how)["customers"].to_list() == counts


def test_all_at_one_moment(events: pl.DataFrame) -> None:
    same = events.with_columns(pl.lit(0).cast(pl.Datetime("us")).alias("occurred_at"))
    assert funnel(same, ["A", "B", "C"], count="attempts", ties="any")["customers"].to_list() == [25_000] * 3


def test_sessions_and_edges(events: pl.DataFrame) -> None:
    assert sessionize(events)["session_number"].max() == 2  # cut after 24 hours
    assert event_graph(events).edges["A", "D"]["weight"] == 25_000
