"""`write_report`: the published warehouse in, `index.html` out, in one step."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from journey_analytics.presentation.page import render
from journey_analytics.presentation.queries import read


def write_report(warehouse: Path, folder: Path) -> Path:
    """Write the page of a published warehouse; the same warehouse gives the same bytes.

    Args:
        warehouse: The published `journeys.duckdb`.
        folder: Where `index.html` goes; made if it is not there.

    Returns:
        The path of the page. It replaces an older one in one step: a reader sees the one or the other.

    Raises:
        JourneyError: If there is no warehouse, or it cannot be read.
    """
    page = render(read(warehouse)).encode()
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".index-", suffix=".html")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(page)
        os.chmod(name, 0o644)
        target = folder / "index.html"
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target
