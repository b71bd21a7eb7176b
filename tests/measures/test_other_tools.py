"""Cases of other tools' own tests, with the switch that docs/semantics-compared.md names for each: exact counts.

Taken in substance from PostHog (posthog/hogql_queries/insights/funnels/test, MIT), ClickHouse
(tests/queries/0_stateless/00632_aggregation_window_funnel, Apache-2.0) and retentioneering
(tests/tooling/funnel_test.py, tests/data_processors_lib/split_sessions_test.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from journey_analytics import event_graph, funnel, sessionize
from journey_analytics.measures.paths import eventually_follows

START = datetime(2021, 5, 1)
SCHEMA: dict[str, Any] = {"customer_id": pl.String, "event_name": pl.String, "occurred_at": pl.Datetime("us")}


def log(people: dict[str, list[tuple[float, str]]], unit: str = "hours") -> pl.DataFrame:
    """`{"ann": [(1, "A")]}`: ann did A one unit after the start."""
    rows = [(who, name, START + timedelta(**{unit: at})) for who, events in people.items() for at, name in events]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def letters(**people: str) -> pl.DataFrame:
    """`ann="AB"`: one event a second."""
    return log({who: list(enumerate(text)) for who, text in people.items()}, "seconds")


def counts(events: pl.DataFrame, steps: list[Any], **how: Any) -> list[int]:
    return funnel(events, steps, **how)["customers"].to_list()


# PostHog

FIVE = ["S", "P", "I", "T", "Q"]
EXCLUDED = log(
    {
        "person1": [(1, "S"), (2, "P"), (3, "x"), (4, "I"), (4.5, "x"), (5, "T"), (5.5, "x"), (6, "Q")],
        "person2": [(1, "S"), (2, "P"), (4, "I"), (4.5, "x"), (5, "T"), (5.5, "x"), (6, "Q")],
        "person3": [(1, "S"), (1.5, "x"), (2, "P"), (4, "I"), (5, "T"), (5.5, "x"), (6, "Q")],
    }
)


@pytest.mark.parametrize(
    ("after", "before", "left"),
    [(1, 2, 2), (2, 3, 2), (3, 4, 1), (4, 5, 0), (2, 4, 1)],
)
def test_posthog_exclusions_between_steps(after: int, before: int, left: int) -> None:
    found = counts(EXCLUDED, FIVE, window="14d", exclude=[("x", after, before)], exclusion="customer")
    assert found == [left] * 5


def test_posthog_exclusion_in_the_full_window() -> None:
    events = log({"one": [(1, "S"), (2, "P")], "two": [(3, "S"), (3.5, "x"), (4, "P")], "three": [(5, "S"), (6, "P")]})
    assert counts(events, ["S", "P"], window="14d", exclude=["x"], exclusion="customer") == [2, 2]


def test_posthog_repeated_steps() -> None:
    events = letters(one="S", two="SP", three="PS.P", four=".P.PSP", five="SP.PPP", six="P.PPP")
    assert counts(events, ["S", "P", "P", "P", "P"], window="14d") == [5, 4, 1, 1, 1]


def test_posthog_unordered_steps() -> None:
    events = letters(one="S", two="PC", three="SP.I", four="ICS", five="PSCI", six=".I", seven="P.", eight="IP")
    assert counts(events, ["S", "P", "I", "C"], window="14d", order="any") == [8, 5, 3, 1]


def test_posthog_unordered_times_are_those_of_the_first_best_attempt() -> None:
    events = log(
        {
            "one": [(0, "S")],
            "two": [(0, "P"), (1, "S")],
            "three": [(0, "I"), (2, "S"), (4, "P"), (24, "P"), (27, "I"), (30, "S")],
        }
    )
    found = funnel(events, ["S", "P", "I"], window="1d", order="any")
    assert found.select("customers", "mean_seconds").rows() == [(3, None), (2, 5400.0), (1, 7200.0)]


def test_posthog_equal_times_count_as_converted() -> None:
    events = log({"one": [(0, "sign up"), (0, "$pageview")], "two": [(0, "sign up")]})
    assert counts(events, ["sign up", "$pageview"], window="14d", ties="any") == [2, 1]


def test_posthog_strict_breakdown() -> None:
    events = log({"one": [(12, "S"), (13, "b"), (14, "P")], "two": [(37, "S"), (38, "P")]})
    browser = pl.when(pl.col("customer_id") == "one").then(pl.lit("Chrome")).otherwise(pl.lit("Safari"))
    found = funnel(events.with_columns(browser.alias("browser")), ["S", "P"], "7d", order="strict", by="browser")
    columns = found.select("browser", "customers", "median_seconds").rows()
    assert columns == [("Chrome", 1, None), ("Chrome", 0, None), ("Safari", 1, None), ("Safari", 1, 3600.0)]


# ClickHouse: windowFunnel(window, mode)(time, conditions …)

NINE = log({"u": [(second, str(1000 + second)) for second in range(9)]}, "seconds")


@pytest.mark.parametrize(
    ("window", "steps", "level"),
    [
        (10_000, [1000], 1),
        (10_000, [1000, 1001], 2),
        (10_000, [1000, 1001, 1002], 3),
        (10_000, [1000, 1001, 1002, 1008], 4),
        (1, [1000], 1),
        (2, [1003, 1004, 1005, 1006, 1007], 3),
        (3, [1003, 1004, 1005, 1006, 1007], 4),
        (4, [1003, 1004, 1005, 1006, 1007], 5),
        (10_000, [1001, 1008], 2),
        (10_000, [1008, 1001], 1),
    ],
)
def test_clickhouse_window_funnel(window: int, steps: list[int], level: int) -> None:
    assert sum(counts(NINE, [str(step) for step in steps], window=timedelta(seconds=window))) == level


def test_clickhouse_conditions_that_overlap() -> None:
    events = NINE.filter(pl.col("event_name") > "1000")
    steps = [{"where": f"event_name::int {text}"} for text in ("<= 1007", ">= 1002", "<= 1006", ">= 1004")]
    assert sum(counts(events, steps, window="4s")) == 4


MODES = letters(u1="abc", u2="adbc", u3="aabbcc", u4="aaaabbcc", u5="aabbdcc", u6="ccbbaa", u7="acb")
STEPS = ["a", "b", "c"]
FOREIGN = {"where": "event_name not in ('a', 'b', 'c')", "name": "another event"}


@pytest.mark.parametrize(
    ("how", "levels"),
    [
        ({}, [3, 3, 3, 3, 3, 1, 2]),
        # strict_order: no other event, and no step before its turn
        ({"exclude": [(FOREIGN, 1, 3), ("c", 1, 2)]}, [3, 1, 3, 3, 2, 1, 1]),
        # strict_deduplication
        ({"exclude": [("b", 2, 3)]}, [3, 3, 2, 2, 2, 1, 2]),
        # both
        ({"order": "strict"}, [3, 1, 2, 2, 2, 1, 1]),
    ],
)
def test_clickhouse_modes(how: dict[str, Any], levels: list[int]) -> None:
    assert counts(MODES, STEPS, window="1d", count="customers", **how) == [
        sum(level >= step for level in levels) for step in (1, 2, 3)
    ]
    for level, (_, events) in zip(levels, MODES.group_by("customer_id", maintain_order=True), strict=True):
        assert sum(counts(events, STEPS, window="1d", **how)) == level


def test_clickhouse_deduplication_holds_to_the_last_step() -> None:
    assert sum(counts(letters(u="abcbd"), list("abcd"), exclude=[("b", 2, 4), ("c", 3, 4)])) == 3
    names = [*range(1000, 1006), 1005, 1006]
    repeated = log({"u": [(place, str(name)) for place, name in enumerate(names)]}, "seconds")
    steps = [str(step) for step in range(1000, 1007)]
    assert sum(counts(repeated, steps, exclude=[(steps[k - 1], k, 7) for k in range(2, 7)])) == 6
    assert sum(counts(repeated, steps)) == 7


def test_clickhouse_equal_times() -> None:
    # the names in the order of the steps, and against it: windowFunnel gives 5 for both
    for names in ([1000, 1001, 1002, 1003, 1004], [1000, 1003, 1002, 1001, 1004]):
        events = log({"u": [(at, str(1000 + k)) for k, at in enumerate([0, 1, 1, 1, 2])]}, "seconds")
        assert sum(counts(events, [str(name) for name in names], window="10000s", ties="any")) == 5


def test_clickhouse_one_event_for_several_conditions_serves_one_step() -> None:
    # windowFunnel gives 3 here (1 with strict_once): one event is not three
    assert sum(counts(NINE, ["1004", "1004", "1004"], window="10000s")) == 1
    events = log(
        {
            "123": [(180, "failure"), (220, "failure"), (250, "success")],
            "234": [(100, "failure"), (250, "failure")],
            "345": [(200, "success"), (210, "failure"), (230, "success")],
        },
        "seconds",
    )
    # strict_once: 3, 2 and 1
    assert counts(events, ["failure", "failure", "success"], window="200s") == [3, 2, 1]


# retentioneering

SHOP = {
    "1": "cp.b$", "2": "p.b$", "3": "p.cc.b$", "4": "cp.cp.b$",
    "5": "p.p.b$", "6": "p.cc.b$", "7": "cp.cp.$b", "8": "cp.cp.$b",
}  # fmt: skip


def test_retentioneering_closed_funnel() -> None:
    assert counts(letters(**SHOP), ["c", "p", "b", "$"]) == [6, 4, 4, 2]
    # "open" is no funnel: whoever ever did it
    assert [counts(letters(**SHOP), [step])[0] for step in "cpb$"] == [6, 8, 8, 8]


def test_retentioneering_sessions() -> None:
    minutes = {"111": [0, 1, 33, 34], "222": [30, 31, 61], "333": [60, 61, 92, 93]}
    events = log({who: [(at, "event") for at in each] for who, each in minutes.items()}, "minutes")
    assert sessionize(events)["session_number"].to_list() == [1, 1, 2, 2, 1, 1, 1, 1, 1, 2, 2]


# pm4py and retentioneering count the same edges; eventually-follows differs


def test_eventually_follows_counts_paths_and_not_pairs() -> None:
    events = letters(one="aab", two="ab")
    assert event_graph(events).edges["a", "b"]["weight"] == 2
    # pm4py's discover_eventually_follows_graph gives (a, b): 3, one for every pair of events
    assert set(eventually_follows(events).iter_rows()) == {("a", "a", 1), ("a", "b", 2)}


# Mixpanel: the examples of its documentation (Funnels Advanced Concepts)

LATER = log({"u": [(60, "A"), (90, "A"), (105, "B"), (135, "C")]}, "minutes")


def first_entries(events: pl.DataFrame, step: str) -> pl.DataFrame:
    """Without a customer's later events of the first step, which Mixpanel's uniques don't look at."""
    return events.filter((pl.col("event_name") != step) | pl.col("event_name").cum_count().over("customer_id").eq(1))


def test_mixpanel_uniques_look_at_the_first_entry_only() -> None:
    assert counts(first_entries(LATER, "A"), ["A", "B", "C"], window="1h") == [1, 1, 0]
    # ours, and Mixpanel's optimized re-entry: the second entry converts
    assert counts(LATER, ["A", "B", "C"], window="1h") == [1, 1, 1]


@pytest.mark.parametrize("at", [30, 61, 90])
def test_mixpanel_optimized_reentry(at: int) -> None:
    """A second entry, after the first one's window or inside it, converts."""
    events = log({"u": [(0, "A"), (at, "A"), (at + 20, "B")]}, "minutes")
    assert counts(events, ["A", "B"], window="1h") == [1, 1]


@pytest.mark.parametrize(("did", "furthest"), [("ABCDE", 5), ("ABFCDE", 5), ("ABDCDE", 5), ("ABCE", 3)])
def test_mixpanel_specific_order(did: str, furthest: int) -> None:
    assert sum(counts(letters(u=did), list("ABCDE"), window="7d")) == furthest


def test_mixpanel_an_excluded_event_ends_the_attempt() -> None:
    """Totals count two entries here and one conversion; ours, every entry is an attempt, counts three and one."""
    events = letters(u="AAAB")
    assert counts(events, ["A", "B"], window="7d", exclude=["A"], count="attempts") == [3, 1]


# GA4: FunnelStep.withinDurationFromPriorStep of its Data API


@pytest.mark.parametrize(("micros", "reached"), [(4_900_000, 1), (5_000_000, 1), (5_000_001, 0)])
def test_ga4_a_duration_from_the_prior_step_is_inclusive(micros: int, reached: int) -> None:
    events = log({"u": [(0, "A"), (micros, "B")]}, "microseconds")
    assert counts(events, ["A", "B"], step_windows="5s") == [1, reached]
