"""Whether sampled rows bear a connector's marks, told from the sample alone: asking every connector must be cheap."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote_plus

from journey_analytics.connectors.model import Mark

_STEP = re.compile(r'\[\d+\]|"[^"]+"|[^.\[\]"]+')
_OBJECTS = 2000  # of a sample's documents, so many objects are looked at
_TEXT = 200_000  # longer texts are not looked into


def weight(mark: Mark, objects: list[dict[str, Any]], columns: list[str] | None) -> int:
    """How telling a mark is, if one of the rows bears it: the number of its parts; 0 if none does.

    Args:
        mark: The mark.
        objects: The rows; of JSON also the objects that they may stand in.
        columns: The columns of a table, which has them even where no row fills them; None: JSON.
    """
    if columns is not None and not all(_is_column(name, columns) for name in mark.has):
        return 0
    valued = [name for name in mark.has if columns is None or name not in columns]  # a column may be empty, a path not
    for row in objects:
        if any(value_at(row, name) is None for name in valued):
            continue
        if all(meets(value_at(row, name), wanted) for name, wanted in (mark.where or {}).items()):
            return 2 * len(mark.has) + 3 * len(mark.where or {})
    return 0


def objects_within(documents: list[Any], steps: set[str]) -> Iterator[dict[str, Any]]:
    """Documents and the objects inside them that `rows` may lead through.

    Args:
        documents: Parsed JSON.
        steps: The names that the connector's `rows` go through; `*`: any name.
    """
    waiting = list(reversed(documents))
    given = 0
    while waiting and given < _OBJECTS:
        value = _opened(waiting.pop())
        if isinstance(value, list):
            waiting += reversed(value[:_OBJECTS])
        elif isinstance(value, dict):
            given += 1
            yield value
            waiting += [inner for key, inner in value.items() if key in steps or "*" in steps]


def value_at(row: dict[str, Any], path: str) -> Any:
    """The value at a column or dotted path, through texts that hold JSON; None if there is none."""
    if path in row:
        return row[path]
    value: Any = row
    for step in _STEP.findall(path):
        value = _opened(value)
        if step.startswith("["):
            place = int(step[1:-1])
            value = value[place] if isinstance(value, list) and place < len(value) else None
        else:
            value = value.get(step.strip('"')) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


def meets(value: Any, wanted: Any) -> bool:
    """Whether a value meets one part of a condition, as `ingest.conditions` has it in SQL."""
    if isinstance(wanted, dict):
        return not meets(value, wanted["not"])
    if isinstance(wanted, list):
        return any(meets(value, choice) for choice in wanted)
    if wanted is None or value is None or value == "":
        return wanted is None and value in (None, "")
    text = value if isinstance(value, str) else json.dumps(value)
    if isinstance(wanted, bool):
        return text.lower() in (("true", "t", "1", "yes") if wanted else ("false", "f", "0", "no"))
    return fnmatchcase(text, str(wanted).replace("[", "[[]"))


def _is_column(name: str, columns: list[str]) -> bool:
    return any(name == column or name.startswith((column + ".", column + "[")) for column in columns)


def _opened(value: Any) -> Any:
    """What a text holds, where that is JSON or a form; anything else as it is."""
    if not isinstance(value, str) or len(value) > _TEXT:
        return value
    if value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    if re.match(r"[^\s=&]+=[^\s&]*(&[^\s=&]+=[^\s&]*)+&?$", value):
        return _form(value)
    return value


def _form(text: str) -> dict[str, Any]:
    """A form-encoded body; `data[email]` is an entry of `data`."""
    out: dict[str, Any] = {}
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        steps = re.findall(r"[^\[\]]+", unquote_plus(name))
        at = out
        for step in steps[:-1]:
            inner = at.setdefault(step, {})
            at = inner if isinstance(inner, dict) else {}
        if steps:
            at[steps[-1]] = unquote_plus(value)
    return out
