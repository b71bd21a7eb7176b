"""One plain sentence for every figure and list: what it shows, from its own rows."""

from __future__ import annotations

from collections.abc import Sequence

from journey_analytics.presentation.facts import DropOff, Facts, Move
from journey_analytics.presentation.findings import Turn
from journey_analytics.presentation.inputs import SourceRow
from journey_analytics.presentation.marts import EventStep, Variant
from journey_analytics.presentation.numbers import clean, count, interval, many, percent, shorten
from journey_analytics.presentation.words import node


def outcomes(rows: Sequence[DropOff]) -> str:
    """What became of the journeys, from the first stage to the goal."""
    if not rows:
        return "No journey has reached a stage."
    first, goal = rows[0], rows[-1]
    return f"Of {many(first.reached, 'journey')}, {count(goal.reached)} came as far as {shorten(goal.stage, 60)}."


def rates(rows: Sequence[DropOff]) -> str:
    """The largest drop-off that enough journeys stand behind."""
    known = [row for row in rows if row.rate is not None and not row.small]
    if not known:
        return "No stage has enough finished journeys for a dependable rate."
    worst = max(known, key=lambda row: row.rate or 0.0)
    return f"Journeys that had time to finish drop off most at {shorten(worst.stage, 60)}: {percent(worst.rate)}."


def flow(moves: Sequence[Move], back: Sequence[Move]) -> str:
    """How many of the moves lead back, and where most of them do."""
    between = sum(move.times for move in moves if not move.source.startswith("(") and not move.target.startswith("("))
    if not back or not between:
        return "No journey moved back to an earlier stage."
    worst = max(back, key=lambda move: move.times)
    share = percent(sum(move.times for move in back) / between)
    source, target = shorten(node(worst.source), 60), shorten(node(worst.target), 60)
    return f"{share} of the moves between stages lead back, most from {source} to {target}."


def turned(turn: Turn) -> str:
    """What became of those who turned, beside those who came as far and did not."""
    if turn.advance_with is None or turn.advance_without is None:
        return ""
    with_ = f"{percent(turn.advance_with)} of them went on beyond {shorten(turn.judged_stage, 30)}"
    certain = interval(turn.with_low, turn.with_high)
    range_ = interval(turn.without_low, turn.without_high)
    without = f"{percent(turn.advance_without)} of those who came as far and did not turn ({range_})"
    few = ", of few customers" if turn.small else ""
    return f"{with_} ({certain}), {without}{few}"


def variants(rows: Sequence[Variant]) -> str:
    """The commonest way of all."""
    if not rows:
        return ""
    share = percent(rows[0].share)
    return f"{share} of these journeys went the commonest way and no other: {shorten(rows[0].variant, 90)}."


def event_steps(rows: Sequence[EventStep]) -> str:
    """The commonest step that is not a repetition."""
    first = next((row for row in rows if row.source != row.target), rows[0] if rows else None)
    if first is None:
        return ""
    after, then = (clean(name).replace("_", " ") for name in (first.source, first.target))
    return f"Most often {then} comes right after {after}: {many(first.times, 'time')}."


def sources(rows: Sequence[SourceRow]) -> str:
    """How much was read, and how much of it was refused."""
    read, refused = sum(row.rows for row in rows), sum(row.rejected for row in rows)
    return f"Of {many(read, 'row')} read, {count(refused)} were refused." if rows else "No file was read."


def identity(links: Sequence[tuple[bool, str | None, int]]) -> str:
    """How many pairs were joined and how many kept apart."""
    joined = sum(pairs for accepted, _, pairs in links if accepted)
    apart = sum(pairs for accepted, _, pairs in links if not accepted)
    return f"{many(joined, 'pair')} of identifiers were joined as one person; {count(apart)} were kept apart."


def machines(facts: Facts) -> str:
    """Which rule told most of them."""
    if not facts.marts.machines:
        return "No event was a machine's."
    rule, events = facts.marts.machines[0]
    name = clean(rule.removeprefix("machine:")).replace("_", " ")
    return f"Machines were told most often by the rule {name}: {many(events, 'event')}."
