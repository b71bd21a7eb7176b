"""Times as SQL: whatever a log writes becomes UTC microseconds, with what was odd about it.

semantics.md, "Time, order, observation", decides. Typed timestamps take a path without text; text is cast, never
matched by regular expressions except for the few forms that DuckDB's casts do not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.cells import Cell
from journey_analytics.ingest.layers import side_by_side
from journey_analytics.ingest.zone_words import has_zone_word, with_offset

#: Times outside are rejected as `impossible_year`: the first is in, the last is out.
FIRST_TIME, END_TIME = "1980-01-01", "2201-01-01"

#: What a strptime format with a time of day has.
_HOURS = ("%H", "%I", "%c", "%X", "%-H", "%-I")
_UTC_NAMES = {"UTC", "Etc/UTC", "Z", "GMT", "Etc/GMT"}
# Magnitudes below which a number counts as seconds, milliseconds, microseconds; above: nanoseconds. Seconds reach
# year 5138 below the first bound, milliseconds are in 1973 above it, so no plausible time is read in two ways.
_SECONDS, _MILLIS, _MICROS = 10**11, 10**14, 10**17
_TO_SECONDS = "____-__-_____:__:__"  # LIKE


@dataclass(frozen=True)
class TimeSql:
    """SQL for one time cell.

    Attributes:
        layers: Expressions `name -> sql` per layer; a layer may use the names of those before it.
        occurred: UTC `TIMESTAMP`; null if missing or unparsable.
        ordered: The place in the order: a date-only value's last microsecond.
        flags: Flag name -> boolean SQL.
        number: The cell as a number, or null; None: it never is one.
    """

    layers: list[dict[str, str]]
    occurred: str
    ordered: str
    flags: dict[str, str]
    number: str | None


def is_utc(timezone: str) -> bool:
    """Whether the zone is UTC under any of its names."""
    return timezone in _UTC_NAMES


def epoch_unit(value: str) -> str | None:
    """The epoch unit of a text, by magnitude; None if it is no number."""
    try:
        size = abs(float(value))
    except ValueError:
        return None
    return "s" if size < _SECONDS else "ms" if size < _MILLIS else "us" if size < _MICROS else "ns"


def time_sql(cell: Cell, timezone: str, time_format: str | Sequence[str] | None, prefix: str) -> TimeSql:
    """The SQL of one time cell.

    Args:
        cell: The cell; its type decides the path.
        timezone: IANA name for values without offset.
        time_format: strptime format of text values, or several, tried in order; None: ISO 8601, RFC 2822 or a number.
        prefix: Distinguishes the layer names of several time cells.
    """
    x, kind = cell.sql, cell.type.upper()
    if kind == "DATE":
        return _dated(f"CAST({x} AS TIMESTAMP)", "true", "true", timezone, prefix)
    if kind in ("TIMESTAMPTZ_NS", "TIMESTAMP_NS"):  # a cast would round, or isn't there; text is cut at the microsecond
        cut = f"make_timestamp(epoch_ns({x}) // 1000)"
        return (
            TimeSql([], cut, cut, {}, None) if kind == "TIMESTAMPTZ_NS" else _dated(cut, "true", None, timezone, prefix)
        )
    if kind.startswith("TIMESTAMP WITH") or kind in ("TIMESTAMPTZ", "TIMESTAMP_TZ"):
        return TimeSql([], f"CAST({x} AS TIMESTAMP)", f"CAST({x} AS TIMESTAMP)", {}, None)
    if kind.startswith("TIMESTAMP"):
        local = x if kind == "TIMESTAMP" else f"CAST({x} AS TIMESTAMP)"
        return _dated(local, "true", None, timezone, prefix)
    if kind != "VARCHAR" and kind != "JSON":
        number, time = f"{prefix}n", f"{prefix}u"
        layers = [{number: f"try_cast({x} AS DOUBLE)"}, {time: _epoch(number, x)}]
        return TimeSql(layers, time, time, {}, number)
    return _text(Cell(cell.text).sql, timezone, time_format, prefix)


def _text(x: str, timezone: str, time_format: str | Sequence[str] | None, p: str) -> TimeSql:
    s, a, b, n = f"{p}s", f"{p}a", f"{p}b", f"{p}n"
    if time_format is not None and not isinstance(time_format, str):
        if len(time_format) > 1:
            return _formats(x, timezone, time_format, p)
        time_format = time_format[0]
    if time_format is not None:
        parsed = f"try_strptime({x}, {quote_text(time_format)})"
        if "%z" in time_format or "%Z" in time_format:
            return TimeSql([{a: f"CAST({parsed} AS TIMESTAMP)"}], a, a, {}, None)
        dates_only = not any(mark in time_format for mark in _HOURS)
        dated = _dated(a, "true", "true" if dates_only else None, timezone, p)
        return TimeSql([{a: f"CAST({parsed} AS TIMESTAMP)"}, *dated.layers], *_rest(dated, None))
    # Only texts that begin with a digit are times: the casts also know 'epoch', 'infinity' and the like.
    first = {s: f"CASE WHEN ascii({x}) BETWEEN 48 AND 57 THEN {x} END"}
    zoned = with_offset(s, timezone)
    loose = f"regexp_replace(regexp_replace(upper({zoned}), ' ?([+-][0-9]{{2}}:?[0-9]*)$', '\\1'), ',([0-9])', '.\\1')"
    basic = f"try_strptime({s}, ['%Y%m%dT%H%M%S%z', '%Y%m%dT%H%M%SZ', '%Y%m%dT%H%M%S'])"
    # The cast to TIMESTAMP costs a fifth of the other, but drops offsets: it is for forms that have no room for one.
    usual = (
        f"{s} LIKE '{_TO_SECONDS}' OR {s} LIKE '{_TO_SECONDS}Z' "
        f"OR ({s} LIKE '{_TO_SECONDS}.___Z' AND {s}[23] BETWEEN '0' AND '9')"
    )
    aware = (
        f"CASE WHEN {n} IS NOT NULL THEN NULL WHEN {s} IS NOT NULL THEN "
        f"coalesce(CASE WHEN {usual} THEN try_cast({s} AS TIMESTAMP) END, "
        f"CAST(try_cast({zoned} AS TIMESTAMPTZ) AS TIMESTAMP), "
        f"CAST(try_cast({loose} AS TIMESTAMPTZ) AS TIMESTAMP), CAST({basic} AS TIMESTAMP), {_mail_time(x, timezone)}) "
        f"ELSE {_mail_time(x, timezone)} END"
    )
    number = f"CASE WHEN {s} NOT LIKE '____-%' THEN try_cast({s} AS DOUBLE) END"
    layers = [first, {n: number}, {b: aware}]
    day = f"(strlen({s}) <= 10 AND {b} IS NOT NULL AND {n} IS NULL)"
    if is_utc(timezone):
        dated = _dated(b, "true", day, timezone, p)
    else:
        # The cast to TIMESTAMP drops an offset: where it differs from the aware reading there was one. An offset
        # of zero changes nothing, so its spellings are looked for; so are words for zones.
        zero = (
            f"right({s}, 1) IN ('Z', 'z') OR right({s}, 3) IN ('UTC', 'GMT', '+00', '-00') OR "
            f"right({s}, 5) IN ('+0000', '-0000') OR right({s}, 6) IN ('+00:00', '-00:00') OR {has_zone_word(s)}"
        )
        naive = f"({day} OR (coalesce(try_cast({s} AS TIMESTAMP) = {b}, true) AND NOT ({zero})))"
        dated = _dated(b, naive, day, timezone, p)
    epoch, occurred, ordered = f"{p}k", f"{p}o", f"{p}e"
    return TimeSql(
        [
            *side_by_side([[*layers, *dated.layers], [{}, {}, {epoch: _epoch(n, s)}]]),
            {occurred: f"CASE WHEN {n} IS NULL THEN {dated.occurred} ELSE {epoch} END"},
            {ordered: f"CASE WHEN {n} IS NULL THEN {dated.ordered} ELSE {epoch} END"},
        ],
        occurred,
        ordered,
        dated.flags,
        n,
    )


def _mail_time(x: str, timezone: str) -> str:
    """RFC 2822, as mail and HTTP write it: `Thu, 05 Jan 2023 10:00:00 +0000`, also with GMT or EST; else null."""
    bare = f"regexp_replace(regexp_replace({x}, '^[A-Za-z]{{3,9}}, *', ''), ' *\\([A-Za-z]+\\)$', '')"
    zoned = with_offset(f"regexp_replace({bare}, ' Z$', ' +0000')", timezone)
    forms = ", ".join(f"'%d %b %Y {clock}{gap}%z'" for clock in ("%H:%M:%S", "%H:%M") for gap in (" ", ""))
    read = f"CAST(try_strptime({zoned}, [{forms}]) AS TIMESTAMP)"
    return f"CASE WHEN contains({x}, ':') THEN {read} END"  # strptime also knows 'epoch' and 'infinity'


def _formats(x: str, timezone: str, formats: Sequence[str], p: str) -> TimeSql:
    """Several strptime formats: those with an offset first, then local times, then whole days."""
    a, b, d, v = f"{p}a", f"{p}b", f"{p}g", f"{p}v"
    aware = [text for text in formats if "%z" in text or "%Z" in text]
    local = [text for text in formats if text not in aware and any(mark in text for mark in _HOURS)]
    days = [text for text in formats if text not in aware and text not in local]

    def parsed(some: list[str]) -> str:
        listed = ", ".join(map(quote_text, some))
        return f"CAST(try_strptime({x}, [{listed}]) AS TIMESTAMP)" if some else "CAST(NULL AS TIMESTAMP)"

    dated = _dated(v, f"({a} IS NULL)", f"({v} IS NOT NULL AND {a} IS NULL AND {b} IS NULL)", timezone, p)
    first = [{a: parsed(aware), b: parsed(local), d: parsed(days)}, {v: f"coalesce({a}, {b}, {d})"}]
    return TimeSql([*first, *dated.layers], *_rest(dated, None))


def _rest(time: TimeSql, unit: str | None) -> tuple[str, str, dict[str, str], str | None]:
    return time.occurred, time.ordered, time.flags, unit


def _dated(local: str, naive: str, date_only: str | None, timezone: str, p: str) -> TimeSql:
    """A TIMESTAMP that is local where `naive` holds, and a whole day where `date_only` holds."""
    day_end = f"{local} + INTERVAL 1 DAY"
    if is_utc(timezone):
        flags = {"date_only": date_only} if date_only else {}
        if date_only is None:
            return TimeSql([], local, local, flags, None)
        end = f"{day_end} - INTERVAL 1 MICROSECOND"
        ordered = end if date_only == "true" else f"CASE WHEN {date_only} THEN {end} ELSE {local} END"
        return TimeSql([], local, ordered, flags, None)
    written = local if naive == "true" else f"CASE WHEN {naive} THEN {local} END"
    utc = _to_utc(written, timezone, p)
    occurred = utc.utc if naive == "true" else f"CASE WHEN {p}l IS NOT NULL THEN {utc.utc} ELSE {local} END"
    layers = [*utc.layers, {f"{p}u": occurred}]
    if date_only is None:
        return TimeSql(layers, f"{p}u", f"{p}u", {"ambiguous_time": utc.ambiguous, "shifted_time": utc.shifted}, None)
    last = day_end if date_only == "true" else f"CASE WHEN {date_only} THEN {day_end} END"
    next_day = _to_utc(last, timezone, f"{p}d")
    end = f"{next_day.utc} - INTERVAL 1 MICROSECOND"
    ordered = end if date_only == "true" else f"CASE WHEN {date_only} THEN {end} ELSE {p}u END"
    # A day's midnight may be odd, but nobody wrote a time: only the day is flagged.
    flags = {
        "date_only": date_only,
        "ambiguous_time": f"{utc.ambiguous} AND NOT {date_only}",
        "shifted_time": f"{utc.shifted} AND NOT {date_only}",
    }
    return TimeSql(side_by_side([layers, next_day.layers]), f"{p}u", ordered, flags, None)


@dataclass(frozen=True)
class _Utc:
    layers: list[dict[str, str]]
    utc: str
    ambiguous: str
    shifted: str


def _to_utc(local: str, timezone: str, p: str) -> _Utc:
    """UTC of a local time, and whether it is ambiguous or shifted.

    DuckDB's `timezone()` gives the later of two instants; on the days of a change the earlier one is sought with the
    offset that held six hours before. The days are listed, so that all other rows need one conversion.
    """
    zone, days = quote_text(timezone), _change_days(timezone)
    time, later, change, earlier = f"{p}l", f"{p}t", f"{p}c", f"{p}x"

    def at(instant: str) -> str:
        return f"timezone({zone}, CAST({instant} AS TIMESTAMPTZ))"

    converted = {later: f"CAST(timezone({zone}, {time}) AS TIMESTAMP)"}
    if not days:
        return _Utc([{time: local}, converted], later, "false", "false")
    listed = ", ".join(f"DATE {quote_text(day.isoformat())}" for day in days)
    before = f"({later} - INTERVAL 6 HOUR)"
    layers = [
        {time: local},
        {**converted, change: f"coalesce(CAST({time} AS DATE) IN ({listed}), false)"},
        {earlier: f"CASE WHEN {change} THEN {time} - ({at(before)} - {before}) END"},
        {
            f"{p}m": f"({change} AND {earlier} < {later} AND {at(earlier)} = {time})",
            f"{p}h": f"({change} AND {at(later)} <> {time})",
        },
    ]
    return _Utc(layers, f"CASE WHEN {p}m THEN {earlier} ELSE {later} END", f"{p}m", f"{p}h")


@lru_cache(maxsize=64)
def _change_days(timezone: str) -> tuple[date, ...]:
    """The local days, and their neighbours in the other offset, on which the zone's offset changes, 1980 to 2200."""
    zone = ZoneInfo(timezone)
    days: set[date] = set()
    moment, end = datetime(1979, 12, 31, tzinfo=UTC), datetime(2201, 1, 2, tzinfo=UTC)
    offset = moment.astimezone(zone).utcoffset()
    while moment < end:
        after = moment + timedelta(days=1)
        new = after.astimezone(zone).utcoffset()
        if new != offset:
            low, high = moment, after
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
            days |= {low.astimezone(zone).date(), high.astimezone(zone).date()}
        moment, offset = after, new
    return tuple(sorted(days))


def _epoch(number: str, written: str) -> str:
    """UTC of a number of any unit.

    DOUBLE holds today's seconds, milliseconds and microseconds exactly; nanoseconds are read again as whole numbers.
    """
    size = f"abs({number})"
    return (
        f"CASE WHEN {number} IS NOT NULL THEN make_timestamp(CASE "
        f"WHEN {size} < {_SECONDS} THEN CAST(round({number} * 1e6) AS BIGINT) "
        f"WHEN {size} < {_MILLIS} THEN CAST(round({number} * 1e3) AS BIGINT) "
        f"WHEN {size} < {_MICROS} THEN CAST({number} AS BIGINT) "
        f"ELSE try_cast({written} AS BIGINT) // 1000 END) END"
    )


def other_unit(number: str, unit: str) -> str:
    """SQL that tells whether a number is of another epoch unit than `unit`."""
    low, high = {"s": (0, _SECONDS), "ms": (_SECONDS, _MILLIS), "us": (_MILLIS, _MICROS), "ns": (_MICROS, None)}[unit]
    within = f"abs({number}) >= {low}" + (f" AND abs({number}) < {high}" if high else "")
    return f"NOT ({within})"
