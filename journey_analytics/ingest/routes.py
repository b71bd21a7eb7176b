"""One path of `rows`: its steps, and SQL that tells whether a value has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from journey_analytics.config.paths import UPWARDS
from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.embedded import may_embed, opens_with, stepped, unwrapped
from journey_analytics.ingest.picks import json_path

_TOKEN = re.compile(r'\[\*\]|\[[0-9]+\]|"[^"]+"|[^.\[\]"]+')
_WILD = ("[*]", "*")


@dataclass(frozen=True)
class Route:
    """One path of `rows`.

    Attributes:
        tokens: Its steps.
        up: How many objects above the row it starts: 0 from the row itself, -1 from the whole document.
    """

    tokens: list[str]
    up: int = 0


def read_route(path: str, *, is_first: bool) -> Route:
    """A path of `rows`; in the first list without its leading `[*]`, because arrays at the top are unrolled anyway."""
    up = UPWARDS.match(path)
    tokens = _TOKEN.findall(path[up.end() :] if up else path)
    if up is None:
        return Route(tokens[1:] if is_first and tokens[:1] == ["[*]"] else tokens)
    return Route(tokens, -1 if up[1] == "$" else up[1].count("^"))


def has_route(value: str, tokens: list[str], *, is_text: bool) -> str:
    """SQL that tells whether a value has the steps of a path that come before its first wild one.

    Args:
        value: SQL of a JSON value.
        tokens: The path's steps.
        is_text: The value may be a text that holds JSON.
    """
    wild = [place for place, token in enumerate(tokens) if token in _WILD]
    head = tokens[: wild[0]] if wild else tokens
    if not head:
        if not is_text:
            return opens_with(value, "[" if tokens[0] == "[*]" else "{")
        return f"json_type({unwrapped(value)}) = '{'ARRAY' if tokens[0] == '[*]' else 'OBJECT'}'"
    plain = f"json_exists({value}, {quote_text(json_path('.'.join(head)))})"
    if len(head) == 1 and not is_text:
        return plain
    deep = stepped(value, [json_path(token) for token in head])
    return f"({plain} OR ({may_embed(f'CAST({value} AS VARCHAR)')} AND {deep} IS NOT NULL))"


def reach(rows: Sequence[str | list[str]], outside: Sequence[str]) -> tuple[int | None, bool]:
    """What fields need of the surroundings of a row.

    Args:
        rows: `rows` of a connector.
        outside: The fields that lead outside the row, as in `^.^.x`, `$.x`, `$`; and paths of `rows` that start so.

    Returns:
        How many objects above the row are asked for (None: nothing around it is), and whether no field asks for what
        `rows` lead through, so that it need not be kept.
    """
    if not outside:
        return None, False
    every = [path for some in rows for path in ([some] if isinstance(some, str) else some)]
    through = {token.strip('"') for path in every for token in read_route(path, is_first=False).tokens}
    levels, lean = 1, True
    for path in outside:
        if path == "^key":
            continue
        base = re.match(r"(\$|\^(?:\.?\^)*)\.?", path)
        steps = _TOKEN.findall(path[base.end() :]) if base else []
        lean = lean and bool(steps) and steps[0].strip('"') not in through and not steps[0].startswith("[")
        levels = max(levels, base[1].count("^") if base else 0)
    return levels, lean
