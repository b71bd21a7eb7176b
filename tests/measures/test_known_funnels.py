"""Funnels whose answers are known: by hand, and from the habits of other tools."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from journey_analytics import event_graph, funnel, resolve, sessionize
from journey_analytics.errors import JourneyError


def log(**customers: str) -> pl.DataFrame:
    """`ann="A B . C"`: one event per hour, a dot is an hour without."""
    rows = [
        (customer, name, datetime(2026, 1, 1) + timedelta(hours=hour))
        for customer, text in customers.items()
        for hour, name in enumerate(text.split())
        if name != "."
    ]
    schema = {"customer_id": pl.String, "event_name": pl.String, "occurred_at": pl.Datetime("us")}
    return pl.DataFrame(rows, schema=schema, orient="row")


def counts(events: Any, steps: list[Any], **how: Any) -> list[int]:
    return funnel(events, steps, **how)["customers"].to_list()


def test_strict_allows_nothing_between() -> None:
    events = log(
        stopped="S",
        wrong_way="P S",
        late="S P x I",
        backwards="I x P S",
        mixed="P S x P I",
        far="x S x P",
        all="x S P I x",
    )
    assert counts(events, ["S", "P", "I"], order="strict") == [7, 2, 1]
    assert counts(events, ["S", "P", "I"]) == [7, 4, 3]


def test_the_window_counts_its_last_moment() -> None:
    events = log(ann="A . . B")
    assert counts(events, ["A", "B"], window="3h") == [1, 1]
    assert counts(events, ["A", "B"], window=timedelta(hours=3) - timedelta(microseconds=1)) == [1, 0]


def test_a_later_entry_can_be_the_better_attempt() -> None:
    assert counts(log(ann="A . . . A B"), ["A", "B"], window="2h") == [1, 1]


def test_a_repeated_step_needs_a_second_event() -> None:
    assert counts(log(ann="A", ben="A A"), ["A", "A"]) == [2, 1]


def test_an_excluded_event_ends_the_attempt_or_the_customer() -> None:
    events = log(ann="A B", ben="A X B", cas="A X B A B")
    assert counts(events, ["A", "B"], exclude=["X"]) == [3, 2]
    assert counts(events, ["A", "B"], exclude=["X"], exclusion="customer") == [1, 1]
    assert counts(log(ann="A X B C"), ["A", "B", "C"], exclude=[("X", 2, 3)]) == [1, 1, 1]


def test_any_order_counts_how_many_were_done() -> None:
    assert counts(log(ann="B A", ben="C", cas="C B A"), ["A", "B", "C"], order="any") == [3, 2, 1]


def test_optional_steps_may_be_skipped() -> None:
    found = funnel(log(ann="A B C", ben="A C", cas="A B"), ["A", "B", "C"], optional=[2])
    assert found["customers"].to_list() == [3, 2, 2]
    assert found["conversion_from_previous"].to_list() == [None, 2 / 3, 2 / 3]


def test_rates_are_over_elapsed_windows_and_the_rest_is_open() -> None:
    events = log(old="A B", dropped="A", new=". . . . . . A")
    found = funnel(events, ["A", "B"], window="2h")
    assert found.select("customers", "dropped", "open").rows() == [(3, 1, 1), (1, 0, 0)]
    assert found["conversion_from_start"].to_list() == [1.0, 0.5]


def test_entries_are_half_open_and_completion_may_fall_later() -> None:
    events = log(ann="A . B", ben=". A B")
    assert counts(events, ["A", "B"], entries=("2026-01-01T00:00:00", "2026-01-01T01:00:00")) == [1, 1]


def test_attempts_are_every_entry() -> None:
    assert counts(log(ann="A A B"), ["A", "B"], count="attempts") == [2, 2]


def test_all_kinds_of_logs_give_one_answer(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = log(ann="A X B C", ben="A . C").with_columns(pl.lit("007").alias("customer_id"))
    frame.write_parquet(tmp_path / "log.parquet")
    frame.write_csv(tmp_path / "log.csv")
    con = duckdb.connect()
    con.register("f", frame.to_arrow())
    logs = [
        frame.lazy(),
        frame.to_arrow(),
        pandas.DataFrame(frame.to_dict(as_series=False)),
        con.sql("from f"),
        tmp_path / "log.parquet",
        str(tmp_path / "log.csv"),
    ]
    expected = funnel(frame, ["A", "B", {"where": "event_name = 'C'"}], window="1d")
    for other in logs:
        assert funnel(other, ["A", "B", {"where": "event_name = 'C'"}], window="1d").equals(expected), type(other)
        assert sessionize(other)["session_number"].to_list() == sessionize(frame)["session_number"].to_list()
        assert event_graph(other).edges == event_graph(frame).edges


@pytest.mark.parametrize(
    ("steps", "how"),
    [
        ([], {}),
        ("A", {}),
        (["A", 3], {}),
        (["A", "B"], {"window": "soon"}),
        (["A", "B"], {"order": "backwards"}),
        (["A", "B"], {"order": "any", "exclude": ["X"]}),
        (["A", "B", "C"], {"order": "strict", "optional": [2]}),
        (["A", "B"], {"optional": [2]}),
        (["A", "B"], {"exclude": [("X", 2, 1)]}),
        (["A", "B"], {"by": "nothing"}),
        (["A", "B"], {"count": "journeys"}),
        (["A", {"where": "drop table log"}], {}),
        (["A", {"where": "(select count(*) from read_csv('/etc/hosts')) > 0"}], {}),
        (["A", {"where": "true) union select (true"}], {}),
        (["A", "B"], {"entries": ("2026-02-01", "2026-01-01")}),
    ],
)
def test_what_makes_no_sense_is_one_clear_error(steps: Any, how: dict[str, Any]) -> None:
    with pytest.raises(JourneyError) as error:
        funnel(log(ann="A B"), steps, **how)
    assert isinstance(error.value, ValueError)


def test_what_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    events = log(ann="A B")
    twins = events.to_arrow()
    twins = twins.append_column("event_name", twins["event_name"])
    (tmp_path / "1.parquet").write_bytes(b"PAR1")
    events.write_parquet(tmp_path / "0.parquet")
    for damaged in (
        twins,
        pandas.concat([events.to_pandas(), events.to_pandas()[["event_name"]]], axis=1),
        events.with_columns(pl.lit(1).cast(pl.Int128).alias("wide")),
        events.with_columns(occurred_at=pl.lit("yesterday")),
        tmp_path / "*.parquet",
        tmp_path / "none.csv",
    ):
        with pytest.raises(JourneyError):
            funnel(damaged, ["A", "B"])
    with pytest.raises(JourneyError, match="try_cast"):
        funnel(events, ["A", {"where": "event_name::int > 1"}])


@pytest.mark.parametrize("column", ["customer_id", "event_name", "occurred_at"])
def test_a_null_is_an_error_that_counts(column: str) -> None:
    events = log(ann="A B").with_columns(pl.when(pl.col("event_name") == "A").then(pl.col(column)).alias(column))
    for call in (lambda: funnel(events, ["A"]), lambda: sessionize(events), lambda: event_graph(events)):
        with pytest.raises(ValueError, match=f"1 of 2 events have no {column}"):
            call()


def test_sessions_are_cut_by_gap_length_and_midnight() -> None:
    def numbers(minutes: list[float], **how: Any) -> list[int]:
        start = datetime(2026, 1, 1, 23, 50)
        rows = [("ann", "e", start + timedelta(minutes=m)) for m in minutes]
        schema = ["customer_id", "event_name", "occurred_at"]
        return sessionize(pl.DataFrame(rows, schema=schema, orient="row"), **how)["session_number"].to_list()

    assert numbers([60.5, 0, 30]) == [2, 1, 1]
    assert numbers([0, 29.0, 58.0, 59.0, 61.0], max_length="1h") == [1, 1, 1, 1, 2]
    assert numbers([0, 30.0, 60.0], max_length="1h") == [1, 1, 1]
    assert numbers([0, 30.0, 60.0, 61.0], max_length="1h") == [1, 1, 2, 2]
    assert numbers([0, 5, 15]) == [1, 1, 1]
    assert numbers([0, 5, 15], midnight="UTC") == [1, 1, 2]
    assert numbers([0, 5, 15], midnight="Europe/Amsterdam") == [1, 1, 1]


def test_the_running_example_of_process_mining() -> None:
    a, b, c, d, e, f, g, h = (
        "register request", "examine casually", "check ticket", "decide", "reinitiate request",
        "examine thoroughly", "pay compensation", "reject request",
    )  # fmt: skip
    cases = [
        [a, f, c, d, h], [a, c, b, d, g], [a, b, c, d, e, f, c, d, g],
        [a, c, f, d, h], [a, b, c, d, e, c, b, d, e, b, c, d, h], [a, b, c, d, g],
    ]  # fmt: skip
    rows = [
        (number, name, datetime(2010, 12, 30) + timedelta(hours=hour))
        for number, case in enumerate(cases, 1)
        for hour, name in enumerate(case)
    ]
    graph = event_graph(pl.DataFrame(rows, schema=["customer_id", "event_name", "occurred_at"], orient="row"))
    weights = {(left, right): edge["weight"] for left, right, edge in graph.edges(data=True)}
    assert weights[a, b] == 3
    assert weights[a, c] == 2
    assert weights[a, f] == 1
    assert weights[b, c] == 4
    assert weights[c, d] == 6
    assert weights[d, e] == 3
    assert weights[d, g] == weights[d, h] == 3
    assert weights["(start)", a] == 6
    assert weights[g, "(end)"] == weights[h, "(end)"] == 3


def test_links_are_refused_as_the_guards_say() -> None:
    links = pl.DataFrame(
        [("cookie", "c1", "user_id", "u1"), ("cookie", "c1", "user_id", "u2"), ("email", "A@x.org ", "user_id", "u2")],
        schema=["left_kind", "left_identifier", "right_kind", "right_identifier"],
        orient="row",
    )
    who = {row["identifier"]: row["customer_id"] for row in resolve(links).iter_rows(named=True)}
    assert who["c1"] == who["u1"] != who["u2"] == who["a@x.org"]
    kiosk = {row["identifier"]: row["customer_id"] for row in resolve(links, max_people=1).iter_rows(named=True)}
    assert len(set(kiosk.values())) == 3
    assert resolve(links.clear()).shape == (0, 3)
