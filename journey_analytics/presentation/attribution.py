"""Attribution as the channels page shows it: one line per channel group, one column per model, one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from journey_analytics.presentation.findings import Credit
from journey_analytics.presentation.numbers import NBSP, count, interval, percent, shorten

#: Model -> (what the page calls it, what it does with a path); the first is the one that the page ranks by.
MODELS: dict[str, tuple[str, str]] = {
    "markov": ("Markov", "What part of the conversions is lost if the channel led nowhere."),
    "shapley": ("Shapley", "The channels of a path share alike."),
    "first": ("First", "All to the first touchpoint."),
    "last": ("Last", "All to the last touchpoint."),
    "last_non_direct": ("Last non-direct", "All to the last touchpoint that is not Direct, where there is one."),
    "linear": ("Linear", "Every touchpoint alike."),
    "position": ("Position", "40 % to the first, 40 % to the last, the rest to those between."),
    "time_decay": ("Time decay", "Half as much for every 7 days earlier."),
}
#: Channels that the page shows; all stand in the table.
MOST = 30


@dataclass(frozen=True)
class Line:
    """One channel group: its share by model, in the order of the columns; those of the first model with an interval."""

    channel: str
    customers: int
    small: bool
    shares: list[Credit | None]


@dataclass(frozen=True)
class Channels:
    """The whole figure: (name, definition) of the columns, the lines, a sentence, and how many lines are left out."""

    models: list[tuple[str, str]]
    lines: list[Line]
    sentence: str
    left_out: int


def channels(rows: Sequence[Credit]) -> Channels | None:
    """The figure; None where nothing converts."""
    by_model: dict[str, dict[str, Credit]] = {}
    for row in rows:
        by_model.setdefault(row.model, {})[row.channel] = row
    names = [*(model for model in MODELS if model in by_model), *sorted(set(by_model) - set(MODELS))]
    if not names:
        return None
    ranked = sorted(by_model[names[0]].values(), key=lambda row: (-row.share, row.channel))
    lines = [
        Line(row.channel, row.customers, row.small, [by_model[name].get(row.channel) for name in names])
        for row in ranked
    ]
    titles = [MODELS.get(name, (name, "")) for name in names]
    return Channels(titles, lines[:MOST], sentence(ranked), max(0, len(lines) - MOST))


#: What the model that the sentence speaks of goes by.
_RULES = {"markov": "what would be lost without each channel (Markov)"}


def sentence(ranked: Sequence[Credit]) -> str:
    """The channel with most credit that enough customers stand behind, and whether the next may have as much."""
    known = [row for row in ranked if not row.small]
    if not known:
        return "No channel has enough converting customers for a dependable share."
    best, conversions = known[0], sum(row.conversions for row in ranked)
    name = shorten(best.channel, 60)
    by = MODELS.get(best.model, (best.model, ""))[0]
    told = f"Of {count(round(conversions))} conversions most are credited to {name}: {percent(best.share)}"
    told += f" (95{NBSP}% {interval(best.low, best.high)})" if best.low is not None else ""
    told += f", by {_RULES.get(best.model, by)}."
    close = [row for row in known[1:] if row.high is not None and best.low is not None and row.high >= best.low]
    return f"{told} {shorten(close[0].channel, 60)} may have as much: the intervals overlap." if close else told
