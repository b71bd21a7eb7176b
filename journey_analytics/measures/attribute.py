"""`attribute`: which channels the conversions are credited to. semantics.md, "Attribution", defines the models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import polars as pl

from journey_analytics.errors import Problem
from journey_analytics.measures.errors import MeasureError
from journey_analytics.measures.log import open_table
from journey_analytics.measures.markov import removal_effects
from journey_analytics.measures.path_weights import ADDITIVE, path_shares

DIRECT = "Direct"
MODELS = (*ADDITIVE, "markov")


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
        return credited(log.con, rows, model, order, has_value=has_value)


def credited(
    con: duckdb.DuckDBPyConnection,
    rows: Sequence[dict[str, Any]],
    model: str,
    order: int = 1,
    *,
    has_value: bool = False,
) -> pl.DataFrame:
    """What `attribute` gives, of the rows of its table: column -> value, those that may lack left out.

    Args:
        con: Any connection, which the additive models are asked on.
        rows: The paths.
        model: As for `attribute`.
        order: Likewise.
        has_value: Whether the paths have values.
    """
    for row in rows:
        _check(row)
    channels = sorted({channel for row in rows for channel in _channels(row)})
    effects: dict[str, float] = {}
    if model == "markov":
        weighted = [(_channels(row), row["conversions"] or 0, row.get("non_conversions") or 0) for row in rows]
        effects = removal_effects(weighted, order)
    conversions, value = dict.fromkeys(channels, 0.0), dict.fromkeys(channels, 0.0)
    for row, shares in zip(rows, _shares(con, rows, model, effects), strict=True):
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


def _shares(
    con: duckdb.DuckDBPyConnection, rows: Sequence[dict[str, Any]], model: str, effects: dict[str, float]
) -> list[dict[str, float]]:
    """Of each row, what part of its conversions each channel is credited with."""
    total = sum(effects.values())
    if total:
        return [{channel: effect / total for channel, effect in effects.items()}] * len(rows)
    known = [number for number, row in enumerate(rows) if _channels(row)]
    paths = [_channels(rows[number]) for number in known]
    days = [_days(rows[number]) for number in known] if model == "time_decay" else None
    shares: list[dict[str, float]] = [{} for _ in rows]
    # no removal has an effect where nothing converts: then the chain says nothing, and touchpoints share alike
    for place, channel, share in path_shares(con, paths, days, "linear" if model == "markov" else model):
        shares[known[place]][channel] = share
    return shares


def _days(row: dict[str, Any]) -> Sequence[float]:
    path, days = _channels(row), row["days_before"] if row["path"] else [0.0]
    if days is None or len(days) != len(path) or any(day is None or day < 0 for day in days):
        remedy = "Give days_before, one number per touchpoint, 0 or more."
        raise MeasureError(
            Problem(f"{days!r} are no days for {len(path)} touchpoints", key="days_before", remedy=remedy)
        )
    return days
