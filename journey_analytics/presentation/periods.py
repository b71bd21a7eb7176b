"""Period against period as its page shows it: in words first, then the rows; what does not survive is grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from journey_analytics.measures.compare import Comparison
from journey_analytics.measures.comparison_groups import Groups
from journey_analytics.measures.comparison_rows import Row
from journey_analytics.presentation import comparison
from journey_analytics.presentation.findings import PeriodRow

#: Pair of periods -> (title, what it is).
KINDS: dict[str, tuple[str, str]] = {
    "month": (
        "The last complete month",
        "Both at the same age: that of the youngest journeys, so drop-off may be open.",
    ),
    "quarter": ("The last complete quarter", "Both at the same age, that of the youngest journeys."),
    "settled month": ("The last month that has had time", "All of its journeys have had time to be decided."),
}


@dataclass(frozen=True)
class Pair:
    """Two periods: title, what they are, sentences, and rows as (survives, cells)."""

    title: str
    note: str
    sentences: list[str]
    rows: list[tuple[bool, list[object]]]


HEADER = ("Measure", "Stage", "By age", "Later", "Earlier", "Difference", "95 % interval", "p", "adjusted", "")


def pairs(rows: Sequence[PeriodRow], as_of: datetime | None, minimum: int) -> list[Pair]:
    """The pairs in the order month, quarter, settled month."""
    order = {name: number for number, name in enumerate(KINDS)}
    found = [list(part) for _, part in groupby(rows, key=lambda row: row.period)]
    return [_pair(part, as_of, minimum) for part in sorted(found, key=lambda part: order.get(part[0].period, 9))]


def _pair(rows: list[PeriodRow], as_of: datetime | None, minimum: int) -> Pair:
    first = rows[0]
    groups = Groups(
        first.left_journeys, first.right_journeys, first.left_customers, first.right_customers, 0, first.both_customers,
        0, (),
    )  # fmt: skip
    told = [
        Row(
            row.measure, row.stage, None, row.age_days, row.left_count, row.right_count, row.left_events,
            row.right_events, row.left_value, row.right_value, row.difference, row.low, row.high, row.p_value,
            row.p_adjusted, row.survives, row.sooner, row.is_small, row.note,
        )
        for row in rows
    ]  # fmt: skip
    begun = (f"journeys begun in {first.left_period}", f"in {first.right_period}")
    whole = Comparison("drop_off", *begun, as_of or first.left_to_at, minimum, groups, tuple(told))
    title, note = KINDS.get(first.period, (first.period, ""))
    said = [
        text.replace("Left:", "Later:").replace("Right:", "Earlier:").replace("on the left", "in the later")
        .replace("on the right", "in the earlier")
        for text in comparison.sentences(whole)
    ]  # fmt: skip
    lines = [(row.survives, list(comparison.cells(row))[1:]) for row in told]
    return Pair(f"{title}: {first.left_period} against {first.right_period}", note, said, lines)
