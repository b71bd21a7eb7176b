"""The optional tables in words: KPI cards, what hurts most, and the journey map as lanes of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from markupsafe import Markup

from journey_analytics.presentation import svg
from journey_analytics.presentation.marts import Cell, Kpi
from journey_analytics.presentation.numbers import DASH, clean, count, duration, interval, money, percent

THIS, BEFORE = "last 28 days", "28 days before"
#: KPI -> (title, how its value is written, one sentence on what it is).
KPIS: dict[str, tuple[str, str, str]] = {
    "orders": ("Orders", "count", "Conversion events of the period."),
    "revenue": ("Revenue", "money", "The values of the orders, as logged."),
    "average_order_value": ("Average order", "money", "Revenue divided by the orders that carry a value."),
    "new_customers": ("New customers", "count", "Customers whose first order lies in the period."),
    "conversion_rate": ("Journeys that convert", "share", "Decided journeys that began then: those with an order."),
    "completion_rate": ("Journeys completed", "share", "Decided journeys that began then: those at the goal."),
    "repeat_rate": ("Order again", "share", "Of the period's new customers, those with a second order."),
    "retention_rate": ("Come back", "share", "Of the period's new customers, those active over 30 days later."),
    "median_seconds_to_convert": ("Time to convert", "time", "Median from the start of a journey to its first order."),
}  # fmt: skip
LANES: dict[str, tuple[str, str]] = {
    "description": ("What it is", ""),
    "goal": ("What people want", ""),
    "actions": ("What they do", "Share of the visits in which they do it, and how many times as often as elsewhere."),
    "touchpoints": ("Where we meet", "Share of touches by channel; what brings in, takes on, was last."),
    "content": ("What they see", "How many went on of the mature journeys that saw it: association, not effect."),
    "emotion": ("What they say", "Surveys and reviews at this stage. No answers is no evidence, not a neutral mood."),
    "pain_points": ("What hurts", "Customers who met it at this stage."),
    "opportunities": ("Who could be won", "Customers who met it in a journey that was dropped at this stage."),
    "kpis": ("How it does", "Share that goes on, and how fast. The periods are 28 days each, a horizon back."),
}  # fmt: skip
METRICS: dict[str, str] = {
    "share_of_touches": "All touches",
    "brings_in": "Brings in",
    "takes_on": "Takes on",
    "last_before_drop_off": "Last before a drop-off",
    "page_advance": "Pages: of those who saw it, went on",
    "campaign_advance": "Campaigns: of those who saw it, went on",
    "advance_rate": "",
    "median_seconds_to_advance": "",
    "advance_rate_this_period": "",
    "advance_rate_period_before": "",
}
#: Items of one metric that a cell shows; the CSV has all.
MOST = 3


@dataclass(frozen=True)
class Card:
    """One KPI as the overview shows it."""

    title: str
    value: str
    note: str
    definition: str
    chart: Markup
    small: bool


@dataclass(frozen=True)
class Line:
    """One item of a cell of the map."""

    text: str
    value: str
    note: str
    small: bool


@dataclass(frozen=True)
class Part:
    """The items of one metric in a cell."""

    title: str
    lines: list[Line]


@dataclass(frozen=True)
class Box:
    """One cell of the map: a stage in a lane."""

    parts: list[Part]
    sql: list[str]


def cards(kpis: Sequence[Kpi], currency: str | None = None) -> list[Card]:
    """One card per KPI we have words for, then the others by their names."""
    by_name = {name: {row.period: row for row in rows} for name, rows in groupby(kpis, key=lambda row: row.kpi)}
    found = []
    for name in [*(n for n in KPIS if n in by_name), *(n for n in by_name if n not in KPIS)]:
        title, form, definition = KPIS.get(name, (clean(name).replace("_", " ").capitalize(), "count", "See sql/kpis."))
        rows = by_name[name]
        now, before = rows.get(THIS), rows.get(BEFORE)
        months = [row for period, row in sorted(rows.items()) if period not in (THIS, BEFORE)]
        chart = svg.bars(
            [(row.period, row.value, written(row.value, form, currency)) for row in months],
            f"{title} by month, {months[0].period} to {months[-1].period}" if months else title,
        )
        small = now is not None and now.small and form != "count" and now.value is not None
        found.append(
            Card(
                title,
                written(now.value if now else None, form, currency),
                change(now, before, form, currency),
                definition,
                chart,
                small,
            )
        )
    return found


def written(value: float | None, form: str, currency: str | None = None) -> str:
    """A KPI's value for people."""
    if value is None:
        return DASH
    if form == "share":
        return percent(value)
    if form == "time":
        return duration(value)
    return money(value, currency) if form == "money" else count(round(value))


def change(now: Kpi | None, before: Kpi | None, form: str, currency: str | None = None) -> str:
    """How the last 28 days stand against the 28 before, without claiming more than the intervals carry."""
    if now is None or now.value is None:
        return "too early to say"
    if before is None or before.value is None:
        return "nothing to compare with"
    was = written(before.value, form, currency)
    if now.low is not None and now.high is not None and before.low is not None and before.high is not None:
        apart = now.low > before.high or now.high < before.low
        range_ = f"{interval(now.low, now.high)}; before {was}"
        return range_ if apart else f"{range_}: no clear change"
    if was == written(now.value, form, currency):
        return f"as before ({was})"
    return f"{'up' if now.value > before.value else 'down'} from {was}"


def hurts(cells: Sequence[Cell], most: int = 6) -> list[Cell]:
    """The largest opportunities of all stages: ranked cells only, most customers first."""
    found = [cell for cell in cells if cell.lane == "opportunities" and cell.rank is not None]
    return sorted(found, key=lambda cell: (-(cell.value or 0), cell.stage_rank, cell.item))[:most]


def lanes(cells: Sequence[Cell], stages: Sequence[str]) -> list[tuple[str, str, list[Box]]]:
    """The map by lane: (title, definition, one box per stage)."""
    by_place: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        by_place.setdefault((cell.lane, cell.stage), []).append(cell)
    names = [*LANES, *sorted({cell.lane for cell in cells} - set(LANES))]
    return [
        (
            *LANES.get(name, (clean(name).capitalize(), "")),
            [box(name, by_place.get((name, stage), [])) for stage in stages],
        )
        for name in names
    ]


def box(lane: str, cells: Sequence[Cell]) -> Box:
    """One cell: its items by metric, each with its counts."""
    lifts = {cell.item: cell.value for cell in cells if cell.metric == "lift"}
    shown = [cell for cell in cells if cell.metric != "lift"]
    parts: dict[str, list[Line]] = {}
    order = {metric: number for number, metric in enumerate(METRICS)}
    for cell in sorted(shown, key=lambda c: order.get(c.metric, 0)):
        title = METRICS.get(cell.metric, "")
        lines = parts.setdefault(title, [])
        if len(lines) < MOST or lane == "kpis":
            lines.append(line(lane, cell, lifts.get(cell.item)))
    return Box([Part(title, lines) for title, lines in parts.items()], [cell.query for cell in cells])


def line(lane: str, cell: Cell, lift: float | None) -> Line:
    """One item in words and numbers."""
    if lane == "actions":
        cell = replace(cell, item=clean(cell.item).replace("_", " "))
    people = f"{count(cell.customers)} customer{'' if cell.customers == 1 else 's'}"
    if lane in ("description", "goal"):
        return Line(cell.item, "", people, False)
    if cell.metric == "answers":
        return Line("No evidence", "", "nobody was asked here", False)
    if cell.metric.startswith("customers"):
        return Line(cell.item, count(round(cell.value or 0)), "", cell.small)
    if cell.metric == "median_seconds_to_advance":
        return Line(cell.item, duration(cell.value), people, cell.small)
    if cell.metric in ("nps", "stars"):
        span = f"{cell.low:.1f} to {cell.high:.1f}, " if cell.low is not None and cell.high is not None else ""
        return Line(cell.item, f"{cell.value or 0:.1f}", span + people, cell.small)
    if cell.value is None:
        return Line(cell.item, DASH, "too early to say", False)
    certain = interval(cell.low, cell.high)
    more = f"{lift:.1f}\u00d7 · " if lift is not None else ""
    return Line(cell.item, percent(cell.value), more + (f"{certain} · " if certain else "") + people, cell.small)
