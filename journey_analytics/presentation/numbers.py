"""How numbers, times and foreign texts are written for people. No HTML here, and no calculation of rates."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NBSP = "\u00a0"
DASH = "\u2013"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}
#: Control characters and the marks that turn the direction of the text around them.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_SCALES = ((60.0, "min"), (3600.0, "h"), (86_400.0, "day"), (86_400.0 * 30.4375, "month"))


def count(value: int | None) -> str:
    """A count with thousands separators; a dash where there is none."""
    return DASH if value is None else f"{value:,}"


def many(value: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: `1 journey`, `2 journeys`."""
    return f"{count(value)} {noun if value == 1 else plural or noun + 's'}"


def share(value: float | None) -> str:
    """A share between 0 and 1 without its sign: one decimal below 10 and above 90, where it matters."""
    if value is None:
        return DASH
    number = value * 100
    whole = 9.95 <= number <= 90.05 or number in (0.0, 100.0)
    return f"{number:.0f}" if whole else f"{number:.1f}"


def percent(value: float | None) -> str:
    """A share between 0 and 1 as a percentage: `61 %`, `3.4 %`."""
    return DASH if value is None else f"{share(value)}{NBSP}%"


def points(low: float | None, high: float | None) -> str:
    """The two ends of an interval of differences between shares, in percentage points: `-35 to -18 points`."""
    if low is None or high is None:
        return ""
    ends = [f"{round(end * 100):+d}".replace("-", "\u2212").replace("+0", "0") for end in (low, high)]
    return f"{ends[0]} to {ends[1]}{NBSP}points"


def money(value: float | None, currency: str | None) -> str:
    """An amount in its currency: `€ 1,234`, `€ 12.34`, `CHF 1,234`; the bare number where none is configured."""
    if value is None:
        return DASH
    number = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"
    sign = _SIGNS.get(currency or "", currency)
    return f"{clean(sign)}{NBSP}{number}" if sign else number


def interval(low: float | None, high: float | None) -> str:
    """The two ends of an interval of shares: whole percents, or both with a decimal; empty where there is none."""
    if low is None or high is None:
        return ""
    fine = high < 0.0995 or low > 0.9005
    ends = [f"{end * 100:.1f}" if fine and end not in (0.0, 1.0) else f"{end * 100:.0f}" for end in (low, high)]
    return f"{ends[0]}{DASH}{ends[1]}{NBSP}%"


def duration(seconds: float | None) -> str:
    """A duration in the unit that people would use: `at once`, `40 s`, `12 min`, `5 h`, `3 days`, `4 months`."""
    if seconds is None:
        return DASH
    if seconds <= 0:
        return "at once"
    if seconds < 59.5:
        return f"{max(seconds, 1):.0f}{NBSP}s"
    limits = (59.5 * 60, 47.5 * 3600, 119.5 * 86_400, float("inf"))
    size, unit = next(scale for scale, limit in zip(_SCALES, limits, strict=True) if seconds < limit)
    number = seconds / size
    text = f"{number:.1f}".removesuffix(".0") if number < 9.95 and unit in ("day", "month", "h") else f"{number:.0f}"
    plural = "s" if unit in ("day", "month") and text != "1" else ""
    return f"{text}{NBSP}{unit}{plural}"


def zone(name: str | None) -> tzinfo:
    """The time zone of that name; UTC where none is given or the machine does not know it."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def local(moment: datetime, tz: tzinfo) -> datetime:
    """A stored UTC time (with or without an offset) as the time in `tz`."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(tz)


def day(moment: datetime | None, tz: tzinfo) -> str:
    """The date of a stored UTC time in `tz`: `3 Mar 2026`."""
    if moment is None:
        return DASH
    then = local(moment, tz)
    return f"{then.day}{NBSP}{_MONTHS[then.month - 1]}{NBSP}{then.year}"


def clock(moment: datetime | None, tz: tzinfo) -> str:
    """The date and minute of a stored UTC time in `tz`: `3 Mar 2026, 14:05`."""
    return DASH if moment is None else f"{day(moment, tz)}, {local(moment, tz):%H:%M}"


def clean(text: str | None) -> str:
    """A text from the data on one line, without what would be invisible or turn the text around it."""
    return _UNSEEN.sub("\ufffd", text) if text else ""


def shorten(text: str | None, limit: int) -> str:
    """A cleaned text of at most `limit` characters, cut with an ellipsis."""
    whole = clean(text)
    return whole if len(whole) <= limit else whole[: limit - 1].rstrip() + "…"


def label(text: str | None, limit: int = 26) -> str:
    """A text from the data for a figure, which reads labels and hover texts as a kind of HTML."""
    return html.escape(shorten(text, limit), quote=False)
