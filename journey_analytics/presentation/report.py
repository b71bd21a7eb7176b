"""`write_report`: the published warehouse in, a few linked pages out, each put in place in one step."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from journey_analytics.presentation.page import render
from journey_analytics.presentation.queries import read


def write_report(warehouse: Path, folder: Path) -> Path:
    """Write the pages of a published warehouse; the same warehouse gives the same bytes.

    Args:
        warehouse: The published `journeys.duckdb`.
        folder: Where `index.html` and its neighbours go; made if it is not there.

    Returns:
        The path of `index.html`. Every page replaces an older one in one step, the entry last.

    Raises:
        JourneyError: If there is no warehouse, or it cannot be read.
    """
    pages = render(read(warehouse))
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(pages, key=lambda name: (name == "index.html", name)):
        _put(folder / name, pages[name].encode())
    return folder / "index.html"


def _put(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=".html")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
