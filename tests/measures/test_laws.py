"""What must not change a funnel: dividing the customers, other names, the number of threads."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from journey_analytics import event_graph, funnel
from journey_analytics.engine.duck import connect
from journey_analytics.measures import log
from tests.measures.core_path import core_answer
from tests.measures.oracle_funnel import Question, Row
from tests.measures.test_funnel_oracle import NIGHTLY, logs, questions, renumbered

core = settings(max_examples=10_000 if NIGHTLY else 100, deadline=None, suppress_health_check=list(HealthCheck))
COUNTS = ["customers", "dropped", "open"]


@core
@given(logs(20), questions())
def test_the_parts_of_a_log_add_up(rows: list[Row], q: Question) -> None:
    if not rows:
        return
    q.by = None
    q.as_of = q.as_of if q.as_of is not None else max(row["at"] for row in rows)  # the parts must not choose their own
    parts = [[row for row in rows if row["customer_id"] == "c0"], [row for row in rows if row["customer_id"] != "c0"]]
    whole = core_answer(rows, q).select(COUNTS)
    first, second = (core_answer(renumbered(part), q).select(COUNTS) for part in parts)
    assert whole.equals(first.with_columns(pl.col(name) + second[name] for name in COUNTS))


@core
@given(logs(20), questions())
def test_other_names_change_nothing_but_the_names(rows: list[Row], q: Question) -> None:
    q.by = None
    named = Question(**vars(q))

    def other(name: str) -> str:
        return f"o'{name}; --\x1b"  # keeps the order of names, which decides ties

    named.steps = [{other(name) for name in step} for step in q.steps]
    named.exclude = [({other(name) for name in names}, after, before) for names, after, before in q.exclude]
    renamed = [{**row, "event_name": other(row["event_name"])} for row in rows]
    assert core_answer(renamed, named).drop("name").equals(core_answer(rows, q).drop("name"))


@pytest.mark.parametrize("threads", [1, 3, 8])
def test_the_number_of_threads_changes_nothing(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    size = 200_000
    events = pl.DataFrame(
        {
            "customer_id": [f"c{place * 7919 % 4001}" for place in range(size)],
            "event_name": ["ABCD"[place * 31 % 4] for place in range(size)],
            "occurred_at": pl.Series([place * 104_729 % 50_000 * 1_000_000 for place in range(size)]).cast(
                pl.Datetime("us")
            ),
        }
    )

    def few(*arguments: Any, **options: Any) -> Any:
        return connect(*arguments, **{**options, "threads": threads})

    usual = funnel(events, ["A", "B", "C"], "1h"), dict(event_graph(events).edges)
    monkeypatch.setattr(log, "connect", few)
    assert usual[0].equals(funnel(events, ["A", "B", "C"], "1h"))
    assert usual[1] == dict(event_graph(events).edges)
