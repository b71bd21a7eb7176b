"""The segments of `drop_off` as groups of rows that the page can show, in the order in which it offers them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from journey_analytics.presentation.facts import DropOff
from journey_analytics.presentation.words import segment, value

#: The most values of one segment that the page offers, and of all segments together (a page stays under 6 MB at some
#: 30 kB a value); all of them stand in the table.
MOST = 24
MOST_TOGETHER = 72


@dataclass(frozen=True)
class Group:
    """The stages of one value of one segment. `key` is ours and safe anywhere."""

    key: str
    title: str
    value: str | None  # as in the tables
    rows: list[DropOff]


@dataclass(frozen=True)
class Segment:
    """One segment: its groups, and how many more there are than the page offers."""

    name: str  # as in the table
    title: str
    groups: list[Group]
    left_out: int
    is_cohort: bool


def group(rows: list[DropOff]) -> list[Segment]:
    """Group the rows of `drop_off`: all journeys first, then by segment; largest group first, cohorts by date."""
    segments: list[Segment] = []
    number = 0
    parts = {name: list(part) for name, part in groupby(rows, key=lambda row: row.segment)}
    most = max(6, min(MOST, MOST_TOGETHER // max(1, len(parts))))
    for name in sorted(parts, key=lambda name: (name != "all", name != "journey", name)):
        is_cohort = name == "cohort"
        values = {v: list(part) for v, part in groupby(parts[name], key=lambda row: row.value)}
        order = sorted(values, key=lambda v: (v is None, v or ""))
        kept = (
            order[-most:] if is_cohort else sorted(order, key=lambda v: -max(row.reached for row in values[v]))[:most]
        )
        groups = []
        for kept_value in kept:
            title = segment(name) if name == "all" else value(name, kept_value)
            groups.append(Group(f"g{number}", title, kept_value, values[kept_value]))
            number += 1
        segments.append(Segment(name, segment(name), groups, len(order) - len(kept), is_cohort))
    return segments
