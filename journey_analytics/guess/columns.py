"""Columns of a sample, profiled; and what their values and names alone say they are."""

from __future__ import annotations

import re
from collections.abc import Callable

from journey_analytics.guess.model import Column, Sample

_EMAIL = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]{2,}")
_URL = re.compile(r"https?://\S+|/[\w\-./?=&%#]*")
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")


def profile(sample: Sample) -> list[Column]:
    """The columns of a sample in the order of the file."""
    columns = []
    for name in sample.columns:
        values = [row[name] for row in sample.rows if row.get(name)]
        filled = len(values) / len(sample.rows) if sample.rows else 0.0
        columns.append(Column(name, sample.types.get(name, "VARCHAR"), values, filled, len(set(values))))
    return columns


def is_email(text: str) -> bool:
    """Whether a text is one e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def is_url(text: str) -> bool:
    """Whether a text is a web address or an absolute path of one."""
    return _URL.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Whether a text is one number."""
    return _NUMBER.fullmatch(text) is not None


#: Common field -> names that logs give it, and what its values must be.
_FIELDS: dict[str, tuple[str, Callable[[str], bool] | None]] = {
    "url": (r"(page_?)?url|page_location|location_href|href|page|path|request|uri|link", is_url),
    "referrer": (r"(http_|page_|document_)?referr?er(_url)?", None),
    "utm_source": (r"utm_source|campaign_source|traffic_source", None),
    "utm_medium": (r"utm_medium|campaign_medium|traffic_medium", None),
    "utm_campaign": (r"utm_campaign|campaign(_name)?", None),
    "user_agent": (r"user_?agent|useragent|ua|browser_agent", None),
    "country": (r"country(_code|_iso)?|land|geo_country", None),
    "currency": (r"(.+_)?currency(_code|_of_value)?|waehrung|währung|valuta|munt", None),
    "value": (r"(order_|cart_|event_|deal_)?(value|amount|revenue|total|price|turnover|sum|betrag|bedrag|omzet|umsatz"
              r"|montant)(_eur|_usd|_total|_amount)?", is_number),
    "sequence": (r"seq(uence)?(_?(no|nr|num|number|id))?|event_index", is_number),
    "session_key": (r"session(_?id|_key)?|visit_?id", None),
    "device": (r"device(_type|_category)", None),
}  # fmt: skip


def common_fields(columns: list[Column], taken: set[str]) -> dict[str, str]:
    """Common field -> column, for those that a name and, where values can tell, the values speak for."""
    found: dict[str, str] = {}
    for field, (names, test) in _FIELDS.items():
        for column in columns:
            if column.name in taken or not column.values or not re.fullmatch(names, column.plain):
                continue
            if test is not None and column.share(test) < 0.8:
                continue
            found[field] = column.name
            taken = taken | {column.name}
            break
    return found


_EVENT_NAMES = (
    "event_name",
    "event",
    "eventname",
    "event_type",
    "action",
    "activity",
    "activity_type",
    "activity_name",
    "verb",
    "ereignis",
    "vorgang",
    "handeling",
    "gebeurtenis",
    "evenement",
    "aktion",
    "event_action",
    "type",
    "kind",
    "topic",
    "category",
    "status",
    "name",
)
_VAGUE = _EVENT_NAMES.index("type")  # from here on, names that often mean something else


def event_name_column(columns: list[Column], taken: set[str]) -> Column | None:
    """The column with the events' names: by its own name, few different words, no numbers."""
    for name in _EVENT_NAMES:
        for column in columns:
            if column.name in taken or column.plain != name or column.filled < 0.5:
                continue
            if column.distinct < 2 and name in _EVENT_NAMES[_VAGUE:]:
                continue  # what every row is, not what happened
            few = column.distinct <= max(50, len(column.values) // 10)
            recurs = column.distinct * 2 <= len(column.values) or name in _EVENT_NAMES[:6]
            if name in _EVENT_NAMES[_VAGUE:] and not recurs:
                continue
            if few and column.share(is_number) < 0.5 and column.share(is_email) < 0.5:
                return column
    return None


def unnamed_fields(columns: list[Column], taken: set[str]) -> dict[str, Column]:
    """Of a table without names: the event's name (few words that recur) and the web address, by their values alone."""
    found: dict[str, Column] = {}
    for column in columns:
        if column.name in taken or column.filled < 0.5:
            continue
        if column.share(is_url) > 0.9:
            found.setdefault("url", column)
        elif column.distinct * 2 <= len(column.values) and column.distinct <= 50 and column.share(_is_word) > 0.9:
            found.setdefault("event_name", column)
    return found


def _is_word(text: str) -> bool:
    return re.fullmatch(r"[^\W\d_][^\W\d]*([ .:\-][^\W\d]+)*", text) is not None
