"""Durations, bars and lines that fit, for a terminal of any width."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from journey_analytics.cli.output import columns, cut

_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_EIGHTHS = " ▏▎▍▌▋▊▉"


def width() -> int:
    """Columns of the terminal; 80 where there is none."""
    return max(shutil.get_terminal_size((80, 24)).columns, 40)


def duration(seconds: float | None) -> str:
    """Seconds as people read them: `4 min`, `2.5 d`; empty where there are none."""
    if seconds is None:
        return ""
    for size, unit in _UNITS:
        if seconds >= size:
            amount = seconds / size
            return f"{amount:.1f}".removesuffix(".0") + f" {unit}" if amount < 10 else f"{amount:.0f} {unit}"
    return "0 s" if seconds == 0 else f"{seconds:.3g} s"


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"


def bar(share: float, cells: int) -> str:
    """A bar for a share between 0 and 1, as long as `cells` where it is 1; never empty where there is something."""
    eighths = round(max(0.0, min(share, 1.0)) * cells * 8)
    if share > 0:
        eighths = max(eighths, 1)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def way_text(way: Sequence[str], room: int) -> list[str]:
    """A way as lines of at most `room` columns; an event that directly repeats itself is counted, none is left out."""
    parts: list[str] = []
    place = 0
    while place < len(way):
        end = place
        while end + 1 < len(way) and way[end + 1] == way[place]:
            end += 1
        times = f" ×{end - place + 1}" if end > place else ""  # noqa: RUF001  (the sign for "times")
        parts.append(cut(way[place], max(room - 12, 8)) + times)
        place = end + 1
    lines = [""]
    for number, part in enumerate(parts):
        text = part if number == 0 else f" → {part}"
        if lines[-1] and columns(lines[-1]) + columns(text) > room:
            lines.append("")
            text = f"→ {part}" if number else part
        lines[-1] += text
    return lines
