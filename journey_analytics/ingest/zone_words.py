"""Words for time zones at the end of a time: `EST`, `CEST`, `BST`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from journey_analytics.engine.duck import quote_text

#: Those of RFC 2822, and those that the time zone database (2025b) gives one offset in all its zones. DuckDB's own
#: reading takes CET for the zone (in July +02:00), BST for Bangladesh, AST for Alaska, and does not know EDT or CEST.
OFFSETS = {
    **{"EST": "-05:00", "EDT": "-04:00", "CST": "-06:00", "CDT": "-05:00", "MST": "-07:00", "MDT": "-06:00"},
    **{"PST": "-08:00", "PDT": "-07:00", "AKST": "-09:00", "AKDT": "-08:00", "HST": "-10:00", "AST": "-04:00"},
    **{"ADT": "-03:00", "NST": "-03:30", "NDT": "-02:30", "WET": "+00:00", "WEST": "+01:00", "BST": "+01:00"},
    **{"CET": "+01:00", "CEST": "+02:00", "EET": "+02:00", "EEST": "+03:00", "MSK": "+03:00", "IDT": "+03:00"},
    **{"SAST": "+02:00", "CAT": "+02:00", "WAT": "+01:00", "EAT": "+03:00", "PKT": "+05:00", "WIB": "+07:00"},
    **{"WITA": "+08:00", "WIT": "+09:00", "HKT": "+08:00", "JST": "+09:00", "KST": "+09:00", "AWST": "+08:00"},
    **{"ACST": "+09:30", "ACDT": "+10:30", "AEST": "+10:00", "AEDT": "+11:00", "NZST": "+12:00", "NZDT": "+13:00"},
}
_ZERO = ("UTC", "GMT", "UT")
_AT_END = "[0-9] *([A-Za-z]{2,5})$"


def has_zone_word(text: str) -> str:
    """SQL: whether a word stands where an offset would."""
    return f"regexp_matches({text}, '{_AT_END}')"


def with_offset(text: str, timezone: str) -> str:
    """SQL of a time with the offset that its zone's word stands for; null where the word may mean several.

    IST is India, Israel and Ireland: the source's own zone says which.
    """
    word = f"upper(regexp_extract({text}, '{_AT_END}', 1))"
    known = ", ".join(f"{quote_text(name)}: {quote_text(offset)}" for name, offset in _known(timezone).items())
    found = f"MAP {{{known}}}[{word}]"
    return f"CASE WHEN {has_zone_word(text)} THEN regexp_replace({text}, ' *[A-Za-z]+$', {found}) ELSE {text} END"


@lru_cache(maxsize=64)
def _known(timezone: str) -> dict[str, str]:
    zone, own = ZoneInfo(timezone), {}
    for month in (1, 7):
        moment = datetime(2024, month, 1, tzinfo=UTC).astimezone(zone)
        name, offset = moment.tzname() or "", moment.utcoffset() or timedelta()
        if name.isalpha():
            own[name.upper()] = _written(offset)
    return {**OFFSETS, **dict.fromkeys(_ZERO, "+00:00"), **own}


def _written(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
