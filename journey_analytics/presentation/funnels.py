"""Configured funnels as the drop-off page shows them: the steps of all, and every segment beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from journey_analytics.presentation.findings import FunnelStep
from journey_analytics.presentation.numbers import clean, count, many, percent
from journey_analytics.presentation.words import segment, value

#: Values of one segment that the page shows; all stand in the table.
MOST = 12


@dataclass(frozen=True)
class Segment:
    """One segment of a funnel: (value, its steps), largest first, dates in their order; and how many more there are."""

    title: str
    groups: list[tuple[str, list[FunnelStep]]]
    left_out: int


@dataclass(frozen=True)
class Funnel:
    """One funnel: its name, one sentence on it, its steps over all customers, and by segment."""

    name: str
    sentence: str
    steps: list[FunnelStep]
    segments: list[Segment] = field(default_factory=list)

    @property
    def most(self) -> int:
        """Customers at the first step, against which bars are drawn; at least 1."""
        return max((step.customers for step in self.steps), default=0) or 1


def funnels(rows: Sequence[FunnelStep]) -> list[Funnel]:
    """The funnels by name, from rows in the order of funnel, segment, value, step."""
    made = []
    for name, of_funnel in groupby(rows, key=lambda row: row.funnel):
        by_segment = {key: list(part) for key, part in groupby(of_funnel, key=lambda row: row.segment)}
        steps = by_segment.pop("all", [])
        made.append(
            Funnel(name, sentence(steps), steps, [_segment(key, by_segment[key]) for key in sorted(by_segment)])
        )
    return made


def sentence(steps: Sequence[FunnelStep]) -> str:
    """How many came through, and between which steps most are lost, by shares over those whose time is up."""
    if not steps or not steps[0].customers:
        return "Nobody has entered it yet."
    last = steps[-1]
    through = f"Of {many(steps[0].customers, 'customer')} who began, {count(last.customers)} came to the end"
    share = f" ({percent(last.from_start)} of those whose time is up)" if last.from_start is not None else ""
    told = [step for step in steps[1:] if step.from_previous is not None]
    if not told:
        return f"{through}{share}."
    worst = min(told, key=lambda step: step.from_previous or 0.0)
    lost = (
        f"the most are lost before {label(worst.name)}: {percent(worst.from_previous)} get there from the step before"
    )
    return f"{through}{share}; {lost}."


def label(name: str) -> str:
    """A step as people read it."""
    return clean(name).replace("_", " ")


def _segment(name: str, rows: list[FunnelStep]) -> Segment:
    values = [(of, list(part)) for of, part in groupby(rows, key=lambda row: row.value)]
    left_out = max(0, len(values) - MOST)
    values = values[-MOST:] if name == "cohort" else sorted(values, key=lambda pair: -pair[1][0].customers)[:MOST]
    return Segment(segment(name), [(value(name, of), steps) for of, steps in values], left_out)
