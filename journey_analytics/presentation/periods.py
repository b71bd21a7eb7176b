"""Period against period as its page shows it: in words first, then the rows; what does not survive is grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from journey_analytics.measures.compare import Comparison
from journey_analytics.measures.comparison_groups import Groups
from journey_analytics.measures.comparison_rows import TOO_EARLY, Row
from journey_analytics.presentation import comparison
from journey_analytics.presentation.findings import PeriodRow
from journey_analytics.presentation.numbers import MONTHS

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


HEADER = ("", "Stage", "After", "Later", "Earlier", "Difference", "95 % interval", "p, adjusted", "")

_MEASURES = {"dropped": "dropped", "time_to_advance": "half went on by"}
_SIDES = (comparison.Side("later", "in the later"), comparison.Side("earlier", "in the earlier"))
_QUARTERS = ("First", "Second", "Third", "Fourth")


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
    later, earlier = in_words(first.left_period), in_words(first.right_period)
    begun = (f"journeys begun in {_inside(later)}", f"in {_inside(earlier)}")
    whole = Comparison("drop_off", *begun, as_of or first.left_to_at, minimum, groups, tuple(told))
    title, note = KINDS.get(first.period, (first.period, ""))
    said = comparison.sentences(whole, _SIDES)
    lines = [(row.survives, _cells(row)) for row in told]
    return Pair(f"{title}: {later} against {_inside(earlier)}", note, said, lines)


def in_words(period: str) -> str:
    """A period by the name people say: `July 2026`, `Second quarter of 2026`; another as it stands."""
    year, _, part = period.partition("-")
    if part.isdigit() and 1 <= int(part) <= len(MONTHS):
        return f"{MONTHS[int(part) - 1]} {year}"
    if part[:1] == "Q" and part[1:].isdigit() and 1 <= int(part[1:]) <= len(_QUARTERS):
        return f"{_QUARTERS[int(part[1:]) - 1]} quarter of {year}"
    return period


def _inside(words: str) -> str:
    """A period's name inside a sentence: months keep their capital."""
    return f"the {words[0].lower()}{words[1:]}" if words.startswith(_QUARTERS) else words


def _cells(row: Row) -> list[object]:
    _, _, place, age, left, right, difference, interval, _, adjusted, note = comparison.cells(row)
    unknown = "too early" if row.measure == "dropped" else "not half yet"
    later = left if row.left is not None else f"{unknown}, of {row.left_n:,}"
    earlier = right if row.right is not None else f"{unknown}, of {row.right_n:,}"
    what = _MEASURES.get(row.measure, row.measure.replace("_", " "))
    return [what, place, age, later, earlier, difference, interval, adjusted, "" if note == TOO_EARLY else note]
