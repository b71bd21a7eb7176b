"""What stands out beyond chance, as sentences for the overview: weeks in which something broke, groups that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from journey_analytics.presentation.findings import Contrast, Week
from journey_analytics.presentation.numbers import MONTHS, NBSP, clean, many, percent, points, shorten
from journey_analytics.presentation.words import segment, value

#: Groups that say nothing to act on: what is not known, and whether it is a first journey.
_DULL_SEGMENTS, _DULL_VALUES = {"journey"}, {"(unknown)", "Unassigned"}
MOST = 5
NO_KEYS: Mapping[tuple[str, str | None], str] = {}
_EVENTS = {"error_shown": "met an error", "ticket_created": "opened a ticket"}


@dataclass(frozen=True)
class StandOut:
    """One finding: a sentence, the figures behind it, and the page that goes on from there."""

    title: str
    detail: str
    page: str


def weeks(found: Sequence[Week], keys: Mapping[tuple[str, str | None], str] = NO_KEYS) -> list[StandOut]:
    """The weeks in which a pain struck one group: the surest group of a week, the others named with it.

    Args:
        found: What stands out.
        keys: Segment and value -> key of the group on the page that has its map; it leads there.
    """
    told: dict[tuple[str, object], list[Week]] = {}
    for row in found:
        told.setdefault((row.event, row.week), []).append(row)
    return [_week(rows[0], rows[1:], keys) for rows in list(told.values())[:MOST]]


def _week(row: Week, also: Sequence[Week], keys: Mapping[tuple[str, str | None], str]) -> StandOut:
    what = shorten(row.pain.removeprefix("Error shown: "), 90)
    met = _EVENTS.get(row.event, clean(row.event).replace("_", " "))
    day = date_in_words(row.week)
    title = f"{group_name(row.segment, row.value)}: {many(row.customers, 'customer')} {met} in the week of {day}"
    usual = "hardly any" if row.usual < 0.5 else f"about {row.usual:.0f}"
    others = f"With all others it was {row.others} that week" if row.others else "Nobody else met it that week"
    more = f" The same stands out for {listed([group_name(w.segment, w.value) for w in also])}." if also else ""
    quoted = f"Mostly \u201c{what}\u201d. " if row.event == "error_shown" else ""
    return StandOut(
        title,
        f"{quoted}In other weeks: {usual}. {others}.{more}",
        _page("map.html", keys.get((row.segment, row.value))),
    )


def groups(
    found: Sequence[Contrast], keys: Mapping[tuple[str, str | None], str] = NO_KEYS
) -> tuple[list[StandOut], list[StandOut]]:
    """Groups that drop off more than all others, and groups that stay more; what is the same people is said once.

    Args:
        found: What differs beyond chance.
        keys: Segment and value -> key of the group on the page of drop-off; it leads there.
    """
    kept: list[tuple[Contrast, list[Contrast]]] = []
    for row in found:
        if row.segment in _DULL_SEGMENTS or row.value in _DULL_VALUES:
            continue
        same = next((also for first, also in kept if _alike(first, row)), None)
        if same is None:
            kept.append((row, []))
        else:
            same.append(row)
    worse = [_contrast(row, also, keys) for row, also in kept if row.rate > row.rest_rate]
    better = [_contrast(row, also, keys) for row, also in kept if row.rate < row.rest_rate]
    return worse[:MOST], better[:MOST]


def _alike(one: Contrast, other: Contrast) -> bool:
    """Whether two groups are so alike that they must be nearly the same journeys, as a campaign and its channel are."""
    sizes = sorted((one.judged, other.judged))
    near = sizes[0] >= 0.9 * sizes[1] and abs(one.rate - other.rate) < 0.03
    return one.segment != other.segment and one.stage == other.stage and near


def _contrast(row: Contrast, also: Sequence[Contrast], keys: Mapping[tuple[str, str | None], str]) -> StandOut:
    name = group_name(row.segment, row.value)
    title = f"{name}: {percent(row.rate)} drop off at {shorten(row.stage, 40)}, of all others {percent(row.rest_rate)}"
    more = f" Much the same journeys: {listed([group_name(c.segment, c.value) for c in also[:2]])}." if also else ""
    sure = f"{points(row.low, row.high)} (95{NBSP}%), {many(row.judged, 'finished journey')}"
    return StandOut(title, f"{sure}.{more}", _page("drop-off.html", keys.get((row.segment, row.value))))


def _page(file: str, key: str | None) -> str:
    """The address of a page, opened at a group where it offers that."""
    return f"{file}#show-{key}" if key else file


def date_in_words(day: date) -> str:
    """A date as a sentence has it: `3 March 2026`."""
    return f"{day.day}{NBSP}{MONTHS[day.month - 1]}{NBSP}{day.year}"


def group_name(name: str, of: str) -> str:
    """A group by its segment and value."""
    return f"{segment(name)} {shorten(value(name, of), 40)}"


def listed(names: Sequence[str]) -> str:
    """Names one after the other."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
