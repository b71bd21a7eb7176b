"""How commands speak: the answer on standard output, messages on standard error. `--json`: the answer as JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any
from unicodedata import bidirectional, category, east_asian_width


class Output:
    """Where a command's answer and its messages go."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def answer(self, data: Any, text: str) -> None:
        """The answer: `data` as JSON where JSON was asked for, else `text`."""
        if self.as_json:
            ascii_only = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
            text = json.dumps(_finite(data), default=_plain, indent=2, ensure_ascii=ascii_only)
        print(text, flush=True)

    def say(self, text: str) -> None:
        """A message for people."""
        print(printable(text), file=sys.stderr, flush=True)


def table(rows: Sequence[Sequence[object]], header: Sequence[str] = (), indent: str = "  ") -> str:
    """Rows as aligned text; columns of numbers and shares to the right.

    Args:
        rows: Cells; None is shown as a dash.
        header: Names of the columns, if they are to be shown.
        indent: What each line begins with.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    lines = [list(header), *cells] if header else cells
    if not lines:
        return ""
    widths = [max(columns(line[i]) for line in lines) for i in range(len(lines[0]))]
    numeric = [all(_is_figure(row[i]) for row in rows) and bool(rows) for i in range(len(widths))]

    def line(cells: Sequence[str]) -> str:
        padded = [padding(c, w, right=n) for c, w, n in zip(cells, widths, numeric, strict=True)]
        return (indent + "  ".join(padded)).rstrip()

    body = [line(row) for row in lines]
    if header:
        body.insert(1, indent + "  ".join("-" * width for width in widths))
    return "\n".join(body)


def percent(share: float | None) -> str:
    """A share between 0 and 1 as people read it; empty where there is none."""
    return "" if share is None else f"{100 * share:.1f} %"


def printable(text: str) -> str:
    """Text without control characters: values come from logs, and a terminal would obey them."""
    return "".join(c if c.isprintable() or c in "\n\t\u200e" else "�" for c in text)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: wide letters two, accents over a letter and direction marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if category(c) in ("Mn", "Me", "Cf") else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def padding(text: str, room: int, *, right: bool = False) -> str:
    """The text filled up with blanks to so many columns."""
    blanks = " " * (room - columns(text))
    return blanks + text if right else text + blanks


def cut(text: str, room: int) -> str:
    """A name from a log as one line of at most so many columns."""
    clean = printable(text).replace("\n", " ")
    if columns(clean) > room:
        ends = accumulate(map(columns, clean))
        clean = "".join(c for c, end in zip(clean, ends, strict=True) if end < room) + "…"
    return upright(clean)


def upright(text: str) -> str:
    """The text, closed by a mark where it runs from right to left: what follows it keeps its place in the line."""
    runs_left = not text.isascii() and any(bidirectional(c) in ("R", "AL") for c in text)
    return text + "\u200e" if runs_left else text


def _cell(value: object) -> str:
    if value is None:
        return "–"  # noqa: RUF001  (an en dash is what "no value" looks like)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return upright(printable(str(value)).replace("\n", " "))


def _is_figure(value: object) -> bool:
    """Whether it stands to the right: a number, a share, or nothing in a column of them."""
    return isinstance(value, int | float | None) or (isinstance(value, str) and (not value or value.endswith(" %")))


def _finite(data: Any) -> Any:
    """The data with null for numbers that JSON has no form for: `NaN` in it is no JSON, and programs choke on it."""
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, Mapping):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return data


def _plain(value: Any) -> Any:
    """What JSON has no form for."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
