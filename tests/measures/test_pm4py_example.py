"""The log on which pm4py's tests and documentation show their graphs: our counts and times are theirs.

The log is the table of six requests in van der Aalst's book "Process Mining" (table 2.1 of the second edition), which
pm4py ships as running-example; typed here as facts. The frequencies are those that pm4py gives (they stand in its
documentation and in tests that others wrote with it); the times were asked of pm4py 2.7. No code of pm4py, which is
under the AGPL, is here.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from journey_analytics import event_graph
from journey_analytics.measures.paths import variants

NAMES = {
    "r": "register request",
    "t": "examine thoroughly",
    "c": "examine casually",
    "k": "check ticket",
    "d": "decide",
    "i": "reinitiate request",
    "p": "pay compensation",
    "x": "reject request",
}
#: Case -> activity and the minute of December 2010 and January 2011: month-day hour:minute.
CASES = {
    "1": "r 12-30 11:02, t 12-31 10:06, k 01-05 15:12, d 01-06 11:18, x 01-07 14:24",
    "2": "r 12-30 11:32, k 12-30 12:12, c 12-30 14:16, d 01-05 11:22, p 01-08 12:05",
    "3": "r 12-30 14:32, c 12-30 15:06, k 12-30 16:34, d 01-06 09:18, i 01-06 12:18, t 01-06 13:06, k 01-08 11:43,"
    " d 01-09 09:55, p 01-15 10:45",
    "4": "r 01-06 15:02, k 01-07 12:06, t 01-08 14:43, d 01-09 12:02, x 01-12 15:44",
    "5": "r 01-06 09:02, c 01-07 10:16, k 01-08 11:22, d 01-10 13:28, i 01-11 16:18, k 01-14 14:33, c 01-16 15:50,"
    " d 01-19 11:18, i 01-20 12:48, c 01-21 09:06, k 01-21 11:34, d 01-23 13:12, x 01-24 14:56",
    "6": "r 01-06 15:02, c 01-06 16:06, k 01-07 16:22, d 01-07 16:52, p 01-16 11:47",
}
#: pm4py's directly-follows graph of it.
EDGES = {
    "rc": 3, "rk": 2, "rt": 1, "ck": 4, "cd": 2, "kd": 6, "kc": 2, "kt": 1,
    "tk": 2, "td": 1, "di": 3, "dp": 3, "dx": 3, "ic": 1, "it": 1, "ik": 1,
}  # fmt: skip
#: Its performance graph: median and mean in seconds.
SECONDS = {
    "rc": (3_840, 32_240), "rk": (39_120, 39_120), "rt": (83_040, 83_040), "ck": (48_120, 47_970),
    "cd": (375_420, 375_420), "kd": (129_300, 181_960), "kc": (92_430, 92_430), "kt": (95_820, 95_820),
    "tk": (309_090, 309_090), "td": (76_740, 76_740), "di": (91_800, 66_400), "dp": (521_400, 514_160),
    "dx": (97_560, 154_240), "ic": (73_080, 73_080), "it": (2_880, 2_880), "ik": (252_900, 252_900),
}  # fmt: skip


def _moment(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{2010 if day.startswith('12') else 2011}-{day}T{clock}:00+01:00")


@pytest.fixture(scope="module")
def log() -> pl.DataFrame:
    rows = [
        {"customer_id": case, "event_name": NAMES[letter], "occurred_at": _moment(day, clock)}
        for case, told in CASES.items()
        for letter, day, clock in (event.split() for event in told.split(", "))
    ]
    return pl.DataFrame(rows)


def test_the_directly_follows_graph(log: pl.DataFrame) -> None:
    graph = event_graph(log)
    inner = {
        (left, right): weight
        for left, right, weight in graph.edges(data="weight")
        if left != "(start)" and right != "(end)"
    }
    assert inner == {(NAMES[left], NAMES[right]): count for (left, right), count in EDGES.items()}
    starts = {name: graph.edges["(start)", name]["weight"] for name in graph.successors("(start)")}
    ends = {name: graph.edges[name, "(end)"]["weight"] for name in graph.predecessors("(end)")}
    assert starts == {"register request": 6}
    assert ends == {"pay compensation": 3, "reject request": 3}
    assert graph.number_of_nodes() == 8 + 2


def test_the_performance_graph(log: pl.DataFrame) -> None:
    graph = event_graph(log)
    for (left, right), (median, mean) in SECONDS.items():
        edge = graph.edges[NAMES[left], NAMES[right]]
        assert (edge["median_seconds"], edge["mean_seconds"]) == (median, mean), (left, right)


def test_every_request_is_a_variant_of_its_own(log: pl.DataFrame) -> None:
    assert variants(log)["paths"].to_list() == [1] * 6
