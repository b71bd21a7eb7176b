"""Which column says when something happened, how it writes it, and what tells its zone."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime

from journey_analytics.guess.model import Column, TimeGuess

_ISO = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?)? ?(?P<zone>Z|z|UTC|GMT|[+-]\d{2}:?(\d{2})?)?"
)
_TIMED = re.compile(r"\d{4}-\d{1,2}-\d{1,2}[T ]\d")
_UNITS = (("seconds", 1), ("milliseconds", 10**3), ("microseconds", 10**6), ("nanoseconds", 10**9))
_EPOCH_FROM, _EPOCH_TO = 946_684_800, 4_102_444_800  # 2000 to 2100
_NAMED = re.compile(
    r"(^|_)(at|on|time|times|ts|date|dates|datetime|timestamp|when|created|stamp|zeit|datum|tijd|tijdstip|zeitpunkt"
    r"|epoch|occurred|day|heure|fecha)(_|$)|stamp|time$|date$|datum"
)
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S")
_DAYS = (
    ("%d.%m.%Y", "%d.%m.%y"), ("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y"), ("%Y/%m/%d",), ("%Y.%m.%d",),
    ("%d %b %Y",), ("%d-%b-%Y",), ("%b %d, %Y",), ("%b %d %Y",),
)  # fmt: skip
_WHOLE = (
    "%d/%b/%Y:%H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z", "%a %b %d %H:%M:%S %Y", "%Y%m%d %H:%M:%S", "%Y%m%d%H%M%S",
)  # fmt: skip
_LOOKED_AT = 500


def time_guess(column: Column) -> TimeGuess | None:
    """How a column writes times; None if it holds none."""
    kind = column.type.upper()
    if kind.startswith("TIMESTAMP WITH") or kind == "TIMESTAMPTZ":
        return TimeGuess(column.name, "typed timestamps", None, "the column's type carries the offset", True)
    if kind.startswith("TIMESTAMP") or kind == "DATE":
        return _naive(column, "dates" if kind == "DATE" else "typed timestamps", None)
    values = column.values[:_LOOKED_AT]
    if not values:
        return None
    unit = _epoch_unit(column, values)
    if unit is not None:
        return TimeGuess(column.name, f"{unit} since 1970", None, "numbers since 1970 are UTC", True)
    matches = [_ISO.fullmatch(value) for value in values]
    iso = [match for match in matches if match]
    if len(iso) >= 0.8 * len(values):
        zones = Counter(match["zone"] for match in iso if match["zone"])
        if sum(zones.values()) >= 0.9 * len(iso):
            shown = zones.most_common(1)[0][0]
            said = "values end in Z" if shown in ("Z", "z") else f"values carry their offset, such as {shown}"
            return TimeGuess(column.name, "ISO 8601", None, said, True)
        return _naive(column, "ISO 8601", None)
    return _formatted(column, values)


def _epoch_unit(column: Column, values: list[str]) -> str | None:
    """The unit if all values are plausible moments as numbers; without a name that says so, only if they are many."""
    if not _NAMED.search(column.plain):
        return None
    for name, size in _UNITS:
        if all(_within(value, size) for value in values):
            return name
    good = [next((name for name, size in _UNITS if _within(value, size)), None) for value in values]
    usual = Counter(name for name in good if name).most_common(1)
    return usual[0][0] if usual and usual[0][1] >= 0.8 * len(values) else None


def _within(value: str, size: int) -> bool:
    if not re.fullmatch(r"\d{9,20}(\.\d+)?([eE][+]?\d+)?", value):
        return False
    return _EPOCH_FROM <= float(value) / size <= _EPOCH_TO


def _formatted(column: Column, values: list[str]) -> TimeGuess | None:
    if not any(letter.isdigit() for letter in values[0]) or not any(re.search(r"[./:\-]", value) for value in values):
        return None
    for pattern in _WHOLE:
        if _fits(values, pattern) >= 0.8:
            if "%z" in pattern:
                return TimeGuess(column.name, f"written as {pattern}", pattern, "values carry their offset", True)
            return _naive(column, f"written as {pattern}", pattern)
    for days in _DAYS:
        for clock in _CLOCKS:
            shares = [(_fits(values, day + clock), day + clock) for day in days]
            best = max(share for share, _ in shares)
            if best < 0.8:
                continue
            chosen = next(pattern for share, pattern in shares if share == best)
            equal = [pattern for share, pattern in shares if share == best]
            doubt = ""
            if len(equal) > 1:
                doubt = f"day and month could be the other way round ({equal[1]}): no value tells"
            return _naive(column, f"written as {chosen}", chosen, doubt)
    return None


def _fits(values: list[str], pattern: str) -> float:
    return sum(parsed(value, pattern) is not None for value in values) / len(values)


def parsed(value: str, pattern: str) -> datetime | None:
    """The moment that a text is under a strptime format."""
    try:
        return datetime.strptime(value, pattern)
    except ValueError:
        return None


def _naive(column: Column, written: str, pattern: str | None, doubt: str = "") -> TimeGuess:
    doubts = (doubt,) if doubt else ()
    if re.search(r"(^|_)(utc|gmt)(_|$)", column.plain):
        return TimeGuess(column.name, written, pattern, "the column's name says UTC", not doubts, doubts)
    timed = bool(pattern and ("%H" in pattern or "%I" in pattern)) or any(map(_TIMED.match, column.values[:50]))
    if not timed and column.type.upper() in ("VARCHAR", "DATE"):
        zone = "dates without a time of day; days taken as UTC"
        return TimeGuess(column.name, written, pattern, zone, False, (*doubts, "days are taken in UTC"))
    zone = "no offset; taken as UTC: else write your zone, such as Europe/Amsterdam" + _quiet(column, pattern)
    return TimeGuess(column.name, written, pattern, zone, False, (*doubts, zone))


def _quiet(column: Column, pattern: str | None) -> str:
    """The six hours of the day with the fewest rows, which people may recognise as their night."""
    hours: Counter[int] = Counter()
    for value in column.values:
        moment = parsed(value, pattern) if pattern else None
        found = re.match(r"\d{4}-\d{1,2}-\d{1,2}[T ](\d{1,2}):", value)
        if moment is not None or found:
            hours[moment.hour if moment is not None else int(found[1]) if found else 0] += 1
    total = sum(hours.values())
    if total < 200:
        return ""
    sums = {start: sum(hours[(start + i) % 24] for i in range(6)) for start in range(24)}
    start = min(sums, key=lambda hour: (sums[hour], hour))
    if sums[start] > total * 0.12:
        return ""
    return (
        f"; quietest are {start:02}:00 to {(start + 6) % 24:02}:00 as written, where people sleep around 00:00 to 06:00"
    )


_BEST = (
    r"occurred_?(at|on)?|event_?(time|timestamp|date|datetime|ts)|(time)?stamp|timestamp_?(utc|ms)?|ts|(date_?)?time|"
    r"date_?time(_utc)?|zeitpunkt|tijdstip|zeit(stempel)?|tijd|datum"
)
_LATE = re.compile(
    r"updat|modif|sync|load|ingest|receiv|process|export|import|delet|birth|expir|_end$|^end_|until|last_|geburt|geboren"
)
_RECEIVED = re.compile(r"receiv|ingest|server_time|arriv")


def rank(guess: TimeGuess, column: Column) -> tuple[int, float]:
    """How well a time column serves as the moment of the event: smaller is better."""
    if re.fullmatch(_BEST, column.plain):
        return 0, -column.filled
    if _LATE.search(column.plain):
        return 3, -column.filled
    return (1 if re.search(r"creat|start|sent|open|order|visit|log", column.plain) else 2), -column.filled


def is_bookkeeping(column: Column) -> bool:
    """Whether a time says when a row was handled, not when something happened."""
    return bool(_LATE.search(column.plain))


def is_received(column: Column) -> bool:
    """Whether a time says when the event reached a server."""
    return bool(_RECEIVED.search(column.plain))


def is_sync(column: Column) -> bool:
    """Whether a time only says when a copy of the row was made: of a log or not, it is no moment of an event."""
    return re.search(r"(^|_)(synced|loaded|ingested|exported|imported|extracted)(_|$)", column.plain) is not None
