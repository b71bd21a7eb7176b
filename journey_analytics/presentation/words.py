"""What the page says in sentences: the headline, the names of things, the reasons. Plain text; templates escape it."""

from __future__ import annotations

from dataclasses import dataclass

from journey_analytics.presentation.facts import COMPLETED, DROPPED, OPEN, START, DropOff, Facts
from journey_analytics.presentation.numbers import NBSP, clean, count, interval, many, percent, shorten

NODES = {START: "Start", COMPLETED: "Completed", DROPPED: "Dropped", OPEN: "Still open"}
SEGMENTS = {
    "all": "All journeys",
    "journey": "First or later journey",
    "device": "Device",
    "channel_group": "Channel",
    "country": "Country",
    "cohort": "Date of entry",
}
VALUES = {("journey", "first"): "First journeys", ("journey", "later"): "Later journeys"}
#: Why a row was refused. A reason that is not here is shown as it stands.
REASONS = {
    "unreadable_row": "the row could not be read",
    "missing_time": "no time",
    "unparsable_time": "the time could not be read",
    "impossible_year": "a year that cannot be",
    "future": "later than the run's clock; judged again at every run",
    "missing_event_name": "no event name",
    "no_identifier": "nothing says whose event it is",
    "not_utf8": "not UTF-8 text",
    "too_long": "longer than a row may be",
}


@dataclass(frozen=True)
class Headline:
    """The page in two or three sentences."""

    title: str
    sentence: str
    notes: list[str]


def node(name: str) -> str:
    """A node of the stage graph by the name people read."""
    return NODES.get(name) or clean(name)


def segment(name: str) -> str:
    """A segment by the name people read."""
    return SEGMENTS.get(name) or clean(name).replace("_", " ").capitalize()


def value(of: str, name: str | None) -> str:
    """A segment's value by the name people read."""
    if name is None or name.strip() in ("", "(unknown)"):
        return "Unknown"
    return VALUES.get((of, name)) or clean(name)


def reason(code: str) -> str | None:
    """What a reason code means, where it is one of ours."""
    return REASONS.get(code.replace(" ", "_").replace("-", "_"))


def headline(facts: Facts) -> Headline:
    """The headline: the largest reliable drop-off, or why none can be named."""
    totals = facts.totals
    if totals.journeys == 0:
        if totals.customers:
            sentence = f"{many(totals.customers, 'customer')} can be seen, but none of them has engaged yet."
        else:
            sentence = "The warehouse holds no events. What was read, and what was refused, is listed below."
        return Headline("No journeys yet", sentence, [])
    outcome = _outcomes(facts)
    stages = [row for row in facts.overall if row.rate is not None]
    reliable = sorted((row for row in stages if not row.small), key=lambda row: (-(row.rate or 0.0), row.rank))
    if not stages:
        sentence = "No journey is old enough yet for its outcome to count: there are counts below, but no rates."
        return Headline("Too early to say where journeys stop", sentence, [outcome])
    if not reliable:
        largest = max(row.judged for row in stages)
        sentence = f"No stage has enough finished journeys for a dependable rate: the fullest has {count(largest)}."
        return Headline("Too few finished journeys to name a drop-off", sentence, [outcome])
    worst = reliable[0]
    if not worst.rate:
        sentence = "Every journey that had time to finish went on from every stage it reached."
        return Headline("Nobody has dropped off so far", sentence, [outcome])
    name = shorten(worst.stage, 80)
    subject = f"{many(worst.judged, 'journey')} that reached {name} and had time to finish"
    certainty = f"95{NBSP}% interval {interval(worst.low, worst.high)}"
    sentence = f"Of {subject}, {percent(worst.rate)} went no further ({certainty})."
    notes = [_close(worst, reliable[1:]), outcome]
    return Headline(f"The largest drop-off is at {name}", sentence, [note for note in notes if note])


def _close(worst: DropOff, others: list[DropOff]) -> str:
    """That the second largest may be as large, where the intervals overlap."""
    close = [row for row in others if (row.high or 0.0) >= (worst.low or 0.0)]
    if not close:
        return ""
    name, next_name = shorten(worst.stage, 80), shorten(close[0].stage, 80)
    rate = f"{percent(close[0].rate)}, {interval(close[0].low, close[0].high)}"
    return f"{next_name} is close ({rate}): the intervals overlap, so {name} is not surely the larger."


def _outcomes(facts: Facts) -> str:
    totals, stages = facts.totals, facts.overall
    goal = f"reached {shorten(stages[-1].stage, 80)}, the goal" if stages else "were completed"
    parts = (
        f"{count(totals.completed)} {goal}; {count(totals.dropped)} were dropped; {count(totals.open)} are still open"
    )
    return f"Of {many(totals.journeys, 'journey')} in all, {parts}."
