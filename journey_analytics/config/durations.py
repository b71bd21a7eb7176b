"""Durations as people write them: `30m`, `24h`, `14d`. Never bare numbers."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

#: Moments plus durations must stay inside DuckDB's range of times; nobody's customers need more than a century.
LONGEST = timedelta(days=36_525)
_TOO_LONG = "longer than a hundred years; write a shorter one"

_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")


def parse_duration(value: str | timedelta) -> timedelta:
    """Read a duration such as `"30m"`, `"24h"` or `"14d"`.

    Raises:
        ValueError: If the text is no duration, or is not above zero.
    """
    if isinstance(value, timedelta):
        duration = value
    else:
        match = _FORM.fullmatch(str(value).strip())
        if match is None:
            raise ValueError(f"{value!r} is no duration; write a number and s, m, h, d or w, as in 30m or 14d")
        try:
            duration = timedelta(**{_UNITS[match[2]]: float(match[1])})
        except OverflowError:
            raise ValueError(f"{value!r} is {_TOO_LONG}") from None
    if duration <= timedelta(0):
        raise ValueError(f"{value!r} is not above zero")
    if duration > LONGEST:
        raise ValueError(f"{value!r} is {_TOO_LONG}")
    return duration


def microseconds(duration: timedelta) -> int:
    """The duration in whole microseconds, exactly (no floating point)."""
    return (duration.days * 86_400 + duration.seconds) * 1_000_000 + duration.microseconds
