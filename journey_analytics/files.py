"""Replacing files in one step, so that readers see the old one or the new one, also after a power loss."""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(fresh: Path, target: Path, mode: int | None = None) -> None:
    """Move a finished file into place and make both it and its folder durable.

    Args:
        fresh: The finished, closed file, on the same file system.
        target: Its place.
        mode: Its permissions; as they are by default.
    """
    with fresh.open("rb") as handle:
        os.fsync(handle.fileno())
    if mode is not None:
        fresh.chmod(mode)
    os.replace(fresh, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
