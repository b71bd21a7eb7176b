"""How commands speak: the answer on standard output, messages on standard error. `--json`: the answer as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any


class Output:
    """Where a command's answer and its messages go."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def answer(self, data: Any, text: str) -> None:
        """The answer: `data` as JSON where JSON was asked for, else `text`."""
        print(json.dumps(data, default=_plain, indent=2, ensure_ascii=False) if self.as_json else text, flush=True)

    def say(self, text: str) -> None:
        """A message for people."""
        print(printable(text), file=sys.stderr, flush=True)


def table(rows: Sequence[Sequence[object]], header: Sequence[str] = (), indent: str = "  ") -> str:
    """Rows as aligned text; columns of numbers to the right.

    Args:
        rows: Cells; None is shown as a dash.
        header: Names of the columns, if they are to be shown.
        indent: What each line begins with.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    lines = [list(header), *cells] if header else cells
    if not lines:
        return ""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    numeric = [all(isinstance(row[i], int | float | None) for row in rows) and bool(rows) for i in range(len(widths))]

    def line(cells: Sequence[str]) -> str:
        padded = [c.rjust(w) if n else c.ljust(w) for c, w, n in zip(cells, widths, numeric, strict=True)]
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
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)


def _cell(value: object) -> str:
    if value is None:
        return "–"  # noqa: RUF001  (an en dash is what "no value" looks like)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return printable(str(value)).replace("\n", " ")


def _plain(value: Any) -> Any:
    """What JSON has no form for."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
