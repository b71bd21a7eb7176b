"""The funnel against the slow oracle: all modes and their combinations, on small hostile logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import prod
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_analytics import funnel
from tests.harness import NIGHTLY
from tests.measures.core_path import core_answer
from tests.measures.oracle_funnel import Question, Row, answer

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000
NAMES = "ABCDX"
SLOW = {"deadline": None, "suppress_health_check": list(HealthCheck)}
#: Through files of arrays, connections and SQL; and the calculation alone, which is a hundred times faster.
whole = settings(max_examples=10_000 if NIGHTLY else 25, **SLOW)
core = settings(max_examples=10_000 if NIGHTLY else 150, **SLOW)


#: What the digits of a row's number say, least first; in a mixed radix.
_DIGITS: dict[str, list[Any]] = {
    "event_name": list(NAMES),
    "at": [hour * HOUR for hour in range(6)],
    "event_id": ["1", "2", "10", "a"],
    "session_id": ["s1", "s1", "s2"],
    "channel": ["web", "mail", None],
}
_ROWS = prod(len(values) for values in _DIGITS.values())


def _row(number: int, place: int) -> Row:
    row: Row = {"row": place}
    for column, values in _DIGITS.items():
        number, digit = divmod(number, len(values))
        row[column] = values[digit]
    return row | {"customer_id": f"c{number}"}


@st.composite
def logs(draw: st.DrawFn, most: int = 7) -> list[Row]:
    """Rows of at most three customers in any order; one draw for a row, as drawing took nine tenths of the time."""
    customers = draw(st.integers(1, 3))
    size = draw(st.integers(0, customers * most))  # left to itself, a list is short
    numbers = draw(st.lists(st.integers(0, customers * _ROWS - 1), min_size=size, max_size=size))
    return [_row(number, place) for place, number in enumerate(numbers)]


@st.composite
def questions(draw: st.DrawFn) -> Question:
    letters = st.sets(st.sampled_from(NAMES), min_size=1, max_size=draw(st.sampled_from([1, 1, 2])))
    steps = draw(st.lists(letters, min_size=1, max_size=4))
    order = draw(st.sampled_from(["ordered", "ordered", "strict", "any"]))
    q = Question(steps, order=order)
    q.window = draw(st.none() | st.integers(1, 5).map(lambda hours: hours * HOUR))
    pairs = [(a, b) for a in range(1, len(steps)) for b in range(a + 1, len(steps) + 1)]
    if order != "any" and pairs:
        between = st.tuples(letters, st.sampled_from(pairs)).map(lambda x: (x[0], *x[1]))
        q.exclude = draw(st.lists(between, max_size=2))
        q.exclusion = draw(st.sampled_from(["attempt", "customer"]))
    if order == "ordered" and len(steps) > 2:
        q.optional = draw(st.sets(st.integers(2, len(steps) - 1)))
    if len(steps) > 1:
        hours = st.integers(1, 4).map(lambda n: n * HOUR)
        q.step_windows = draw(st.dictionaries(st.integers(2, len(steps)), hours, max_size=2))
    q.count = draw(st.sampled_from(["customers", "customers", "sessions", "attempts"]))
    q.by = draw(st.sampled_from([None, None, "channel"]))
    q.by_at = draw(st.sampled_from(["entry", "first", "last"]))
    moments = st.none() | st.integers(0, 6).map(lambda n: n * HOUR)
    q.entries = draw(st.tuples(moments, moments))
    if None not in q.entries:
        q.entries = (min(q.entries), max(q.entries))  # type: ignore[type-var]
    q.as_of = draw(st.none() | st.integers(0, 12).map(lambda n: n * HOUR))
    q.ties = draw(st.sampled_from(["order", "any"]))
    return q


def renumbered(rows: list[Row]) -> list[Row]:
    return [{**row, "row": number} for number, row in enumerate(rows)]


def moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)


def frame(rows: list[Row]) -> pl.DataFrame:
    schema = {
        "customer_id": pl.String,
        "session_id": pl.String,
        "event_name": pl.String,
        "occurred_at": pl.Datetime("us", "UTC"),
        "event_id": pl.String,
        "channel": pl.String,
    }
    listed = [{**{k: row[k] for k in schema if k != "occurred_at"}, "occurred_at": moment(row["at"])} for row in rows]
    return pl.DataFrame(listed, schema=schema)


def asked(rows: list[Row], q: Question, events: Any = None) -> pl.DataFrame:
    return funnel(
        frame(rows) if events is None else events,
        [sorted(step) for step in q.steps],
        window=None if q.window is None else timedelta(microseconds=q.window),
        order=q.order,
        exclude=[(sorted(names), after, before) for names, after, before in q.exclude],
        exclusion=q.exclusion,
        optional=q.optional,
        step_windows={step: timedelta(microseconds=us) for step, us in q.step_windows.items()},
        count=q.count,
        by=q.by,
        by_at=q.by_at,
        entries=tuple(None if us is None else moment(us) for us in q.entries),
        as_of=None if q.as_of is None else moment(q.as_of),
        ties=q.ties,
    )


def same(found: list[Row], expected: list[Row]) -> None:
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        for key, value in theirs.items():
            assert ours[key] == (pytest.approx(value) if isinstance(value, float) else value), (key, ours, theirs)


@whole
@given(logs(), questions())
def test_all_modes_equal_the_oracle(rows: list[Row], q: Question) -> None:
    rows = rows[:6]  # the oracle walks every order of tied events
    same(asked(rows, q).to_dicts(), answer(rows, q))


@pytest.mark.parametrize("first", [[("A", 0, "1", "web")], []])
def test_of_equally_good_events_of_one_moment_the_first_in_the_total_order_serves(
    first: list[tuple[str, int, str, str]],
) -> None:
    told = [*first, ("D", 5, "a", "web"), ("A", 5, "2", "web"), ("D", 5, "10", "mail")]
    rows = [
        {"row": n, "event_name": name, "at": at, "event_id": key, "session_id": "s1", "channel": channel}
        | {"customer_id": "c0"}
        for n, (name, at, key, channel) in enumerate(told)
    ]
    steps: list[set[str]] = [{"A"}, {"D"}]
    q = Question(
        steps=steps, window=None, order="any", exclude=[], exclusion="attempt", optional=set(), step_windows={},
        count="attempts", by="channel", by_at="last", entries=(None, None), as_of=None, ties="any",
    )  # fmt: skip
    found = asked(rows, q).to_dicts()
    same(found, answer(rows, q))
    # the attempt of A is served by D 10, though D a comes after it
    assert {row["channel"]: row["customers"] for row in found if row["step"] == 1} == (
        {"mail": 2, "web": 2} if first else {"mail": 1, "web": 2}
    )


@core
@given(logs(), questions())
def test_the_calculation_equals_the_oracle(rows: list[Row], q: Question) -> None:
    q.by = None
    rows = rows[:6]
    same(core_answer(rows, q).to_dicts(), answer(rows, q))


@core
@given(logs(20), questions(), st.randoms(use_true_random=False))
def test_rows_in_another_order_give_the_same(rows: list[Row], q: Question, random: Any) -> None:
    # events that no rule tells apart (same moment, id and name) but bear other values are left to the row order
    q.by = None
    if q.count == "sessions":
        q.count = "customers"
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert core_answer(renumbered(shuffled), q).equals(core_answer(rows, q))


@core
@given(logs(20), questions())
def test_twice_the_customers_twice_the_counts(rows: list[Row], q: Question) -> None:
    twins = [{**row, "customer_id": row["customer_id"] + "'"} for row in rows]
    if not rows:
        return
    q.by = None
    once, twice = core_answer(rows, q), core_answer([*rows, *twins], q)
    counts = ["customers", "dropped", "open"]
    assert twice.select(counts).equals(once.select(pl.col(counts) * 2))
    assert twice.select("conversion_from_start").equals(once.select("conversion_from_start"))


@core
@given(logs(20), questions(), st.integers(-1000, 1000))
def test_another_clock_and_other_names_change_nothing(rows: list[Row], q: Question, days: int) -> None:
    shift = days * 24 * HOUR
    later = [{**row, "at": row["at"] + shift} for row in rows]
    moved = Question(**vars(q))
    moved.entries = tuple(None if us is None else us + shift for us in q.entries)  # type: ignore[assignment]
    moved.as_of = None if q.as_of is None else q.as_of + shift
    moved.by = q.by = None
    assert core_answer(later, moved).equals(core_answer(rows, q))


@core
@given(logs(20), questions(), st.integers(1, 6))
def test_a_wider_window_never_lowers_a_count(rows: list[Row], q: Question, wider: int) -> None:
    # (optional steps and exclusions can: another step may be taken, an excluded event fall inside)
    q.window, q.optional, q.exclude, q.by, q.as_of = HOUR, set(), [], None, None
    narrow = core_answer(rows, q)["customers"]
    q.window = wider * HOUR
    assert (core_answer(rows, q)["customers"] >= narrow).all()
