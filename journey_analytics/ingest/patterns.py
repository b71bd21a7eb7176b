"""File name patterns resolved, where links between folders may lead in circles. What is read is not decided here."""

from __future__ import annotations

import glob
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path


def matching(pattern: Path) -> list[Path]:
    """What a pattern with `*`, `?`, `[…]` and `**` matches, files and folders; hidden names only where it names them.

    Python's own `**` follows a link that leads back until the system refuses the path, forty rounds later, and with two
    such links in a folder never ends. Here `**` enters every folder once, over its shortest path.
    """
    return [Path(found) for found in _matching(pattern.parts)]


def _matching(parts: tuple[str, ...]) -> Iterator[str]:
    if "**" not in parts:
        yield from glob.iglob(os.path.join(*parts))
        return
    place = parts.index("**")
    rest = parts[place + 1 :]
    for folder in _folders(glob.glob(os.path.join(*parts[:place])) if place else [os.curdir]):
        if rest:
            yield from _matching((*Path(glob.escape(folder)).parts, *rest))
        else:
            yield folder
            yield from glob.iglob(os.path.join(glob.escape(folder), "*"))


def _folders(roots: list[str]) -> Iterator[str]:
    """The folders and those below them, nearest first, each real one once."""
    seen: set[str] = set()
    waiting = deque(sorted(root for root in roots if os.path.isdir(root)))
    while waiting:
        folder = waiting.popleft()
        real = os.path.realpath(folder)
        if real in seen:
            continue
        seen.add(real)
        yield folder
        try:
            with os.scandir(folder) as entries:
                inside = sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
        except OSError:  # a folder that may not be listed holds nothing to be found, as for `glob`
            continue
        waiting.extend(os.path.join(folder, name) for name in inside)
