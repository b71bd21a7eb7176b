"""A comparison in words, and its rows as cells of a table. What does not survive is said to be no finding."""

from __future__ import annotations

from typing import NamedTuple

from journey_analytics.measures.compare import Comparison
from journey_analytics.measures.comparison_rows import TOO_EARLY, Row

HEADER = ("", "measure", "at", "by age", "left", "right", "difference", "95 % interval", "p", "adjusted", "")
#: What marks a row whose difference survives; all others are printed grey.
SURVIVES = "*"


class Side(NamedTuple):
    """One of the two groups: its name, and how a sentence says that something is in it."""

    name: str
    within: str


Sides = tuple[Side, Side]
SIDES: Sides = (Side("left", "on the left"), Side("right", "on the right"))

_SHARES = {
    "dropped": "Dropped at {place}",
    "moved": "Moved from {place} to {to}",
    "converted": "Came to {place}",
}
_TIMES = {
    "time_to_advance": "Going on beyond {place}",
    "time_to_move": "Moving on from {place}",
    "time_to_convert": "Coming to {place}",
}


def sentences(comparison: Comparison, sides: Sides = SIDES) -> list[str]:
    """Who is compared and who is not, then what differs beyond chance, then what can't be said.

    Args:
        comparison: What was found.
        sides: What the two groups are called.
    """
    groups = comparison.groups
    told = [
        f"{sides[0].name.capitalize()}: {comparison.left} ({_of(groups.left_journeys, groups.left_customers)}).",
        f"{sides[1].name.capitalize()}: {comparison.right} ({_of(groups.right_journeys, groups.right_customers)}).",
    ]
    if groups.both_customers:
        left_out = f"{_of(groups.both_journeys)} of theirs {_are(groups.both_journeys)} left out"
        overlap = "The groups overlap. " if groups.both_journeys else ""
        told.append(f"{overlap}With journeys in both groups: {_count(groups.both_customers, 'customer')}; {left_out}.")
    if groups.neither:
        told.append(f"In neither group: {_of(groups.neither)}.")
    for side, journeys in zip(sides, (groups.left_journeys, groups.right_journeys), strict=True):
        if journeys == 0:
            told.append(f"No journey is in the {side.name} group: nothing can be said of it.")
    for column in groups.known_afterwards:
        told.append(
            f"Careful: {column} is known only after a journey has run; groups made by it differ because of how they "
            "were made."
        )
    tested = [row for row in comparison.rows if row.p_value is not None]
    found = [row for row in comparison.rows if row.survives]
    if found:
        told.append(
            f"Beyond chance {_are(len(found))} {len(found)} of {len(tested)} (at most 5 % of such findings are false, "
            "Benjamini-Hochberg):"
        )
        told += [f"- {_finding(row, sides)}" for row in sorted(found, key=lambda row: (row.p_value or 0.0, row.place))]
    elif tested:
        told.append(
            f"Nothing differs beyond chance: of {_count(len(tested), 'test')} none survives Benjamini-Hochberg."
        )
    else:
        told.append("Nothing can be tested.")
    return [*told, *_unsaid(comparison)]


def cells(row: Row) -> tuple[object, ...]:
    """A row as people read it, under `HEADER`."""
    is_share = row.measure in _SHARES
    place = row.place if row.to is None else f"{row.place} → {row.to}"
    interval = f"{_value(row.low, is_share, True)} to {_value(row.high, is_share, True)}"
    return (
        SURVIVES if row.survives else "",
        row.measure.replace("_", " "),
        place,
        "" if row.age_days is None else _days(row.age_days),
        f"{_value(row.left, is_share)} of {row.left_n:,}",
        f"{_value(row.right, is_share)} of {row.right_n:,}",
        _value(row.difference, is_share, True),
        interval if row.low is not None or row.high is not None else "",
        _p(row.p_value),
        _p(row.p_adjusted),
        row.note or "",
    )


def _finding(row: Row, sides: Sides) -> str:
    left, right = sides[0].within, sides[1].within
    sure = f"p {_p(row.p_value)}, adjusted {_p(row.p_adjusted)}"
    if row.measure in _SHARES:
        what = _SHARES[row.measure].format(place=row.place, to=row.to)
        more = "more" if (row.difference or 0) > 0 else "less"
        points = abs(100 * (row.difference or 0))
        return (
            f"{what}: {_value(row.left, True)} {left}, {_value(row.right, True)} {right}, both by the age of "
            f"{_days(row.age_days or 0)}: {points:.1f} points {more} {left} (95 % {_value(row.low, True, True)} "
            f"to {_value(row.high, True, True)}; {sure})."
        )
    what = _TIMES[row.measure].format(place=row.place)
    halves = f"half by {_value(row.left, False)} {left}, by {_value(row.right, False)} {right}"
    if row.left is None or row.right is None:
        halves = (
            f"{_count(row.left_events or 0, 'time')} of {row.left_n:,} {left}, {row.right_events:,} of "
            f"{row.right_n:,} {right}, by the age of {_days(row.age_days or 0)}"
        )
    return f"{what} comes sooner {left if row.sooner == 'left' else right}: {halves} (log-rank; {sure})."


def _unsaid(comparison: Comparison) -> list[str]:
    told, groups = [], comparison.groups
    early = [row.place for row in comparison.rows if row.note == TOO_EARLY]
    if early:
        told.append(
            f"Too early to say who dropped or completed at: {_listed(early)}. Silence counts only after the journey "
            "timeout, and one group has not been observed for so long."
        )
    small = [row.place for row in comparison.rows if row.note == "small" or (row.is_small and row.note == TOO_EARLY)]
    if small:
        told.append(f"Fewer than {comparison.minimum} in a group, so not tested: {_listed(small)}.")
    nobody = [row.place for row in comparison.rows if row.note == "nobody"]
    if nobody and groups.left_journeys and groups.right_journeys:
        told.append(f"One group has nobody to follow at: {_listed(nobody)}.")
    return told


def _listed(places: list[str]) -> str:
    return ", ".join(dict.fromkeys(places))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _of(journeys: int, customers: int | None = None) -> str:
    told = _count(journeys, "journey")
    return told if customers is None else f"{told} of {_count(customers, 'customer')}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _value(value: float | None, is_share: bool, signed: bool = False) -> str:
    if value is None:
        return "–"  # noqa: RUF001  (an en dash is what "no value" looks like)
    if is_share:
        return f"{100 * value:+.1f}" if signed else f"{100 * value:.1f} %"
    return ("+" if signed and value > 0 else "") + _days(value)


def _days(days: float) -> str:
    """A duration in the unit that people would use."""
    size = abs(days)
    if size >= 2 or size == 0:
        return f"{days:,.0f} d" if size >= 10 or size == 0 else f"{days:.1f} d"
    if size * 24 >= 2:
        return f"{days * 24:.1f} h"
    return f"{days * 1440:.1f} min" if size * 1440 >= 2 else f"{days * 86400:.1f} s"


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return "<0.0001" if value < 0.0001 else f"{value:.4f}"
