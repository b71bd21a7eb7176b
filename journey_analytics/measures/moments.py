"""Durations and moments as the calculations take them, in whole microseconds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from journey_analytics.config.durations import microseconds, parse_duration
from journey_analytics.errors import Problem
from journey_analytics.measures.errors import MeasureError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def duration_us(value: str | timedelta, what: str) -> int:
    """A duration such as `"14d"` or a timedelta, in microseconds.

    Raises:
        MeasureError: If it is none, or not above zero.
    """
    try:
        if not isinstance(value, str | timedelta):
            raise ValueError(f"{value!r} is no duration; write a text such as '14d', or a timedelta")
        return microseconds(parse_duration(value))
    except ValueError as error:
        raise MeasureError(Problem(str(error), key=what)) from None


def moment_us(value: Any, what: str) -> int:
    """A moment (datetime, date or ISO text; UTC without an offset) in microseconds since 1970.

    Raises:
        MeasureError: If it is none.
    """
    moment = value
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment.strip())
        except ValueError:
            moment = None
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if not isinstance(moment, datetime):
        remedy = "Give a datetime, a date, or ISO 8601 such as '2026-03-01'."
        raise MeasureError(Problem(f"{value!r} is no moment", key=what, remedy=remedy))
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)
