"""How many rows a JSON document holds, in plain Python, written from "Rows inside documents" of docs/connectors.md."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

_STEP = re.compile(r'\[\*\]|\[\d+\]|"[^"]+"|[^.\[\]"]+')


class UnclearError(Exception):
    """The documented rule does not decide, or readers of JSON differ about the text."""


class Item(NamedTuple):
    """A value under way and the objects that it stands in, the nearest first."""

    value: Any
    around: tuple[Any, ...]


def parsed(text: str) -> Any:
    """JSON as all readers understand it.

    Raises:
        ValueError: If no reader takes it.
        UnclearError: If readers differ: a name twice, half a character, NaN, a comma too many, great depth.
    """
    if re.search(r"\\u[dD][89a-fA-F]|NaN|Inf|nan|inf|,\s*[\]}]|\[{40}|\x00", text):
        raise UnclearError
    return json.loads(text, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise UnclearError
    return dict(pairs)


def count_rows(document: Any, paths: Sequence[str | list[str]]) -> int:
    """The rows of one record.

    Args:
        document: Its parsed JSON.
        paths: `rows`; empty: the record is the row.

    Raises:
        UnclearError: If a text on the way may be taken for a form.
    """
    if not isinstance(document, (dict, list)):
        return 1  # no object: a rejected row
    if not paths:
        return 1
    items = [Item(inner, ()) for inner in (document if isinstance(document, list) and document else [document])]
    lists = [[path for path in paths if isinstance(path, str)], *(path for path in paths if not isinstance(path, str))]
    for place, choices in enumerate(choices for choices in lists if choices):
        items = [row for item in items for row in _followed(item, choices, is_first=place == 0)]
    return len(items)


def _followed(item: Item, choices: Sequence[str], *, is_first: bool) -> list[Item]:
    for path in choices:
        up = re.match(r"(\$|\^(?:\.\^)*)\.", path)
        steps = _STEP.findall(path[up.end() :] if up else path)
        if is_first and steps[0] == "[*]":
            steps = steps[1:]
            if not steps:
                return [item]
        start = item
        if up:
            level = len(item.around) if up[1] == "$" else up[1].count("^")
            if level > len(item.around) or not item.around:
                continue
            start = Item(item.around[level - 1], ())
        head = steps[: next((n for n, step in enumerate(steps) if step in ("[*]", "*")), len(steps))]
        if not _has(start.value, head, steps[0]):
            continue
        found = [start]
        for step in steps:
            found = [row for one in found for row in _one_step(one, step)]
        return [Item(row.value, (item.value, *item.around)) for row in found] if up else found
    return [item]


def _has(value: Any, head: list[str], first: str) -> bool:
    if not head:
        return isinstance(value, list if first == "[*]" else dict)
    for step in head:
        value = _opened(value)
        if step.startswith("["):
            if not isinstance(value, list) or int(step[1:-1]) >= len(value):
                return False
            value = value[int(step[1:-1])]
        else:
            if not isinstance(value, dict) or step.strip('"') not in value:
                return False
            value = value[step.strip('"')]
    return True


def _one_step(item: Item, step: str) -> list[Item]:
    value = _opened(item.value)
    if step == "[*]" or (step == "*" and isinstance(value, list)):
        return [Item(inner, item.around) for inner in value] if isinstance(value, list) and value else [item]
    if step == "*":
        inside = value.values() if isinstance(value, dict) else ()
        return [Item(inner, (value, *item.around)) for inner in inside] or [item]
    if step.startswith("["):
        place = int(step[1:-1])
        return [Item(value[place], item.around)] if isinstance(value, list) and place < len(value) else [item]
    name = step.strip('"')
    return [Item(value[name], (value, *item.around))] if isinstance(value, dict) and name in value else [item]


def _opened(value: Any) -> Any:
    """What a text holds, where that is JSON."""
    if not isinstance(value, str):
        return value
    if value.lstrip(" \t\r\n")[:1] in ("{", "["):
        try:
            return parsed(value)
        except ValueError:
            return value
    if "=" in value:
        raise UnclearError
    return value
