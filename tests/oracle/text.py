"""Small helpers that several oracle modules share: globs, time between events, quantiles."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction

from tests.oracle.config import Event

DAY = timedelta(days=1)


def glob_matches(pattern: str, name: str | None) -> bool:
    """ "globs are case-sensitive over the whole name with `*` and `?`"."""
    if name is None:
        return False
    parts = [".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern]
    return re.fullmatch("".join(parts), name, re.DOTALL) is not None


def any_glob(patterns: list[str], name: str | None) -> bool:
    """ "entries of a list are alternatives"."""
    return any(glob_matches(pattern, name) for pattern in patterns)


def seconds_between(first: Event, last: Event) -> float | None:
    """Seconds from one event to another; date-only values "stay out of durations under a day" (None)."""
    if first is last:
        return 0.0
    length: timedelta = last["ordered_at"] - first["ordered_at"]
    if (first["date_only"] or last["date_only"]) and length < DAY:
        return None
    return length / timedelta(seconds=1)


def quantile(values: list[float], q: Fraction) -> float | None:
    """ "quantiles interpolate linearly (quantile_cont)"."""
    if not values:
        return None
    ordered = sorted(values)
    position = q * (len(ordered) - 1)
    below = position.numerator // position.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + float(position - below) * (ordered[above] - ordered[below])


def median(values: list[float]) -> float | None:
    """The middle value, interpolated."""
    return quantile(values, Fraction(1, 2))
