"""The disk that a run will need, said before it starts: nobody wants to learn it from a full one after an hour."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from journey_analytics.ingest.forecast import Forecast

#: Bytes per byte of staged files, measured at one and ten million events (benchmarks/README.md): the published file,
#: and all that the models hold at the same time, of which what exceeds the memory limit is spilled.
PUBLISHED_PER_STAGED = 5.0
WORKING_PER_STAGED = 11.0
#: What is kept for the next run (docs/incremental.md).
KEPT_PER_STAGED = 1.7

_WORTH_SAYING = 100_000_000  # bytes; below it nobody asks
_MB, _GB = 1e6, 1e9


@dataclass(frozen=True)
class Need:
    """Bytes that a run will write, about.

    Attributes:
        staged: Staged files that come on top.
        published: The next published file; the present one stays until it is whole.
        kept: What the next run goes on from, likewise.
        spilled: What the models hold beyond memory, for a while.
    """

    staged: int
    published: int
    kept: int
    spilled: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.staged + self.published + self.kept + self.spilled


def need(expected: Forecast, memory: int, *, keeps: bool) -> Need:
    """What a run will write.

    Args:
        expected: What it will read.
        memory: The memory limit in bytes.
        keeps: Whether it leaves a state for the next run.
    """
    kept = KEPT_PER_STAGED * expected.staged if keeps else 0
    spilled = max(0.0, WORKING_PER_STAGED * expected.staged - memory)
    return Need(expected.staged_more, int(PUBLISHED_PER_STAGED * expected.staged), int(kept), int(spilled))


def said(wanted: Need, warehouse: Path, temp: Path) -> tuple[str | None, str | None]:
    """What to tell people before the run: (one line, or None where it is little; a warning, or None).

    Args:
        wanted: What the run will write.
        warehouse: The folder of the staged and the published files.
        temp: The folder to spill into.
    """
    here, there = _free(warehouse), _free(temp)
    stays = wanted.staged + wanted.published + wanted.kept
    apart = _device(warehouse) != _device(temp)
    line = None
    if wanted.total >= _WORTH_SAYING:
        kept = f"{_size(wanted.kept)} kept, " if wanted.kept else ""
        line = (
            f"disk: about {_size(wanted.total)} will be needed ({_size(wanted.staged)} staged, "
            f"{_size(wanted.published)} published, {kept}{_size(wanted.spilled)} spilled beyond memory); "
            f"{_size(here)} free" + (f", {_size(there)} where it spills" if apart else "")
        )
    if apart:
        short = (warehouse, stays, here) if stays > here else (temp, wanted.spilled, there)
    else:
        short = (warehouse, wanted.total, here)
    folder, wants, free = short
    if wants <= free:
        return line, None
    return line, (
        f"the disk of {folder} may not be enough: about {_size(wants)} needed, {_size(free)} free. Free some, or point "
        "`warehouse` or `resources.temp` at a larger one; the published warehouse stays as it is until a run is through"
    )


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _free(folder: Path) -> int:
    return shutil.disk_usage(_existing(folder)).free


def _device(folder: Path) -> int:
    return os.stat(_existing(folder)).st_dev


def _size(count: int) -> str:
    return f"{count / _GB:.1f} GB" if count >= _GB else f"{count / _MB:.0f} MB"
