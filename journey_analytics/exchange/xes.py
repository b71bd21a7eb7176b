"""Events as XES (IEEE 1849) and back: one trace per case, typed attributes, the columns' types kept in the log.

A case is a customer, a session or a journey. Written as a stream, so that a log need not fit into memory twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError, iterparse

import polars as pl

from journey_analytics.errors import ConfigError, Problem
from journey_analytics.exchange.xml_text import attribute, decoded

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace">
<string key="concept:name" value="unknown"/>
</global>
<global scope="event">
<string key="concept:name" value="unknown"/>
<date key="time:timestamp" value="1970-01-01T00:00:00.000000+00:00"/>
</global>
<classifier name="Event name" keys="concept:name"/>
"""
#: Columns whose meaning an XES extension has a name for.
_KEYS = {"event_name": "concept:name", "occurred_at": "time:timestamp", "actor": "org:role"}
_COLUMNS = {key: column for column, key in _KEYS.items()}
_LAYOUT, _CASE = "journey:columns", "journey:case"


def write_xes(file: BinaryIO, columns: Sequence[str], rows: Iterable[tuple[Any, ...]], case: str) -> int:
    """Write a log.

    Args:
        file: Takes the bytes.
        columns: Names of the columns.
        rows: The events, those of a case together and in order; values are text, numbers, truth values, times (UTC),
            lists of text, or None.
        case: The column that tells cases apart; it is never None.

    Returns:
        The number of traces.
    """
    file.write(_HEAD.encode())
    file.write(f"<string key={attribute(_CASE)} value={attribute(case)}/>\n".encode())
    file.write(f"<string key={attribute(_LAYOUT)} value={attribute(json.dumps(list(columns)))}/>\n".encode())
    place, traces = columns.index(case), 0
    for name, events in groupby(rows, key=lambda row: row[place]):
        traces += 1
        file.write(f'<trace>\n<string key="concept:name" value={attribute(str(name))}/>\n'.encode())
        for event in events:
            parts = [
                _element(_KEYS.get(c, c), value) for c, value in zip(columns, event, strict=True) if value is not None
            ]
            file.write(("<event>\n" + "".join(parts) + "</event>\n").encode())
        file.write(b"</trace>\n")
    file.write(b"</log>\n")
    return traces


def _element(key: str, value: Any) -> str:
    if isinstance(value, list):
        inner = "".join(_element(str(number), item) for number, item in enumerate(value) if item is not None)
        return f"<list key={attribute(key)}>\n<values>\n{inner}</values>\n</list>\n"
    if isinstance(value, bool):
        kind, text = "boolean", "true" if value else "false"
    elif isinstance(value, int):
        kind, text = "int", str(value)
    elif isinstance(value, float):
        # xs:double has its own words for what is no number
        kind, text = "float", {"inf": "INF", "-inf": "-INF", "nan": "NaN"}.get(repr(value), repr(value))
    elif isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        kind, text = "date", aware.astimezone(UTC).isoformat(timespec="microseconds")
    else:
        kind, text = "string", str(value)
    return f"<{kind} key={attribute(key)} value={attribute(text)}/>\n"


def read_xes(path: Path | str) -> pl.DataFrame:
    """Read a log: one row per event, in the order of the file, with the columns that `write_xes` was given.

    Of another tool's log: the attributes of events as columns, `concept:name` as event_name and `time:timestamp` as
    occurred_at, and the name of the trace as customer_id.

    Raises:
        ConfigError: If it is no XES.
    """
    layout: list[str] | None = None
    rows: list[dict[str, Any]] = []
    try:
        for trace, found in _traces(path):
            if _LAYOUT in found:
                layout = json.loads(found[_LAYOUT])
            for event in trace:
                rows.append(event)
    except (ParseError, ValueError) as error:
        raise ConfigError(Problem(f"this is no XES: {error}", str(path))) from None
    if not rows and layout:
        return pl.DataFrame(schema=dict.fromkeys(layout, pl.String))
    names = layout or [name for name in dict.fromkeys(key for row in rows for key in row) if name != "case"]
    if layout is None and "customer_id" not in names:
        for row in rows:
            row["customer_id"] = row["case"]
        names.append("customer_id")
    listed = [{name: row.get(name) for name in names} for row in rows]
    return pl.DataFrame(listed, infer_schema_length=None)


def _traces(path: Path | str) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any]]]:
    """(events, the log's attributes so far) of every trace; the tree is let go as it is read."""
    log: dict[str, Any] = {}
    depth = 0
    for happening, element in iterparse(path, events=("start", "end")):
        name = _local(element)
        if happening == "start":
            depth += 1
            continue
        depth -= 1
        if depth == 1 and name in _SCALARS:
            log[decoded(element.get("key", ""))] = _value(element)
        elif depth == 1 and name == "trace":
            case = next((_value(child) for child in element if child.get("key") == "concept:name"), None)
            yield [_event(child, case) for child in element if _local(child) == "event"], log
            element.clear()
        elif depth == 0 and name != "log":
            raise ValueError(f"the document is a <{name}>, not a <log>")
    yield [], log


def _event(element: Element, case: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"case": case}
    for child in element:
        key = decoded(child.get("key", ""))
        found[_COLUMNS.get(key, key)] = _value(child)
    return found


_SCALARS = ("string", "date", "int", "float", "boolean", "id")


def _value(element: Element) -> Any:
    kind, text = _local(element), element.get("value", "")
    if kind == "list":
        return [_value(item) for values in element for item in values]
    if kind == "date":
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    if kind == "int":
        return int(text)
    if kind == "float":
        return float(text)
    if kind == "boolean":
        return text in ("true", "1")
    return text if kind == "id" else decoded(text)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
