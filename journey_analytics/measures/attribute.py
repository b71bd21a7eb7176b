"""`attribute`: which channels the conversions are credited to. semantics.md, "Attribution", defines the models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from journey_analytics.errors import Problem
from journey_analytics.measures.errors import MeasureError
from journey_analytics.measures.log import open_table
from journey_analytics.measures.markov import removal_effects

DIRECT = "Direct"
HALF_LIFE_DAYS = 7.0
MODELS = ("first", "last", "last_non_direct", "linear", "position", "time_decay", "markov", "shapley")


def attribute(paths: Any, model: str = "markov", order: int = 1) -> pl.DataFrame:
    """Credit conversions to channels; the credits sum to the conversions.

    Args:
        paths: A table (see `funnel`), one row per path or per kind of path: path (list of channels, oldest first;
            empty: the conversion is Direct's), conversions, and where known value, non_conversions and days_before
            (list, beside path: days before the conversion, for `time_decay`).
        model: `first`, `last`, `last_non_direct`, `linear`, `position` (40/20/40), `time_decay` (half-life 7 days),
            `markov` (removal effect) or `shapley`.
        order: How many channels the Markov chain remembers.

    Returns:
        channel, conversions, value (null where the paths have none) and removal_effect (null but for `markov`), by
        channel.

    Raises:
        MeasureError: For an unknown model, a missing column or a path with a null.

    Examples:
        >>> import polars as pl
        >>> paths = pl.DataFrame({"path": [["Email", "Paid Search"], ["Email"]], "conversions": [1, 2]})
        >>> attribute(paths, model="linear").select("channel", "conversions").rows()
        [('Email', 2.5), ('Paid Search', 0.5)]
    """
    if model not in MODELS:
        raise MeasureError(Problem(f"{model!r} is not one of {', '.join(MODELS)}", key="model"))
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise MeasureError(Problem(f"{order!r} is no order", key="order", remedy="Give 1 or more."))
    needed = ["path", "conversions", *(["days_before"] if model == "time_decay" else [])]
    with open_table(paths, needed, []) as log:
        has_value = "value" in log.columns
        rows = log.con.sql("FROM log").pl().to_dicts()
    return credited(rows, model, order, has_value=has_value)


def credited(rows: Sequence[dict[str, Any]], model: str, order: int = 1, *, has_value: bool = False) -> pl.DataFrame:
    """What `attribute` gives, of the rows of its table: column -> value, those that may lack left out."""
    for row in rows:
        _check(row)
    channels = sorted({channel for row in rows for channel in _channels(row)})
    effects: dict[str, float] = {}
    if model == "markov":
        weighted = [(_channels(row), row["conversions"] or 0, row.get("non_conversions") or 0) for row in rows]
        effects = removal_effects(weighted, order)
    conversions, value = dict.fromkeys(channels, 0.0), dict.fromkeys(channels, 0.0)
    total = sum(effects.values())
    for row in rows:
        shares = {c: e / total for c, e in effects.items()} if total else _shares(row, model)
        for channel, share in shares.items():
            conversions[channel] += share * (row["conversions"] or 0)
            value[channel] += share * (row.get("value") or 0)
    return pl.DataFrame(
        {
            "channel": channels,
            "conversions": [conversions[c] for c in channels],
            "value": [value[c] if has_value else None for c in channels],
            "removal_effect": [effects.get(c) for c in channels],
        },
        schema={"channel": pl.String, "conversions": pl.Float64, "value": pl.Float64, "removal_effect": pl.Float64},
    )


def _check(row: dict[str, Any]) -> None:
    path = row["path"]
    if path is not None and (isinstance(path, str) or any(channel is None for channel in path)):
        raise MeasureError(Problem(f"{path!r} is no list of channels", key="path", remedy="Name every touchpoint's."))
    for column in ("conversions", "non_conversions", "value"):
        if column != "value" and (row.get(column) or 0) < 0:
            raise MeasureError(Problem(f"{row[column]!r} is below zero", key=column))


def _channels(row: dict[str, Any]) -> list[str]:
    """The path; a conversion without touchpoint is Direct's."""
    path = list(row["path"] or [])
    return path if path or not row["conversions"] else [DIRECT]


def _shares(row: dict[str, Any], model: str) -> dict[str, float]:
    path = _channels(row)
    if not path:
        return {}
    weights = _weights(path, row, model)
    shares: dict[str, float] = {}
    for channel, weight in zip(path, weights, strict=True):
        shares[channel] = shares.get(channel, 0.0) + weight / sum(weights)
    return shares


def _weights(path: Sequence[str], row: dict[str, Any], model: str) -> list[float]:
    size = len(path)
    if model == "time_decay":
        return _decayed(path, row["days_before"] if row["path"] else [0.0])
    if model == "shapley":  # v is a sum of games that a path's distinct channels win together, so they share alike
        return [1.0 / path.count(channel) for channel in path]
    if model == "position" and size > 2:
        return [0.4, *([0.2 / (size - 2)] * (size - 2)), 0.4]
    if model in ("linear", "position", "markov"):
        return [1.0] * size
    known = [place for place, channel in enumerate(path) if channel != DIRECT]
    chosen = 0 if model == "first" else known[-1] if model == "last_non_direct" and known else size - 1
    return [float(place == chosen) for place in range(size)]


def _decayed(path: Sequence[str], days: Sequence[float] | None) -> list[float]:
    if days is None or len(days) != len(path) or any(day is None or day < 0 for day in days):
        remedy = "Give days_before, one number per touchpoint, 0 or more."
        raise MeasureError(
            Problem(f"{days!r} are no days for {len(path)} touchpoints", key="days_before", remedy=remedy)
        )
    nearest = min(days)  # only differences matter; so no weight vanishes
    return [2.0 ** (-(day - nearest) / HALF_LIFE_DAYS) for day in days]
