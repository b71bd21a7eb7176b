"""`write_sample`: people, their lives, the dirt, the files, the truth."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from journey_analytics.errors import JourneyError, Problem
from journey_analytics.sample.config_text import CONFIG, SALES
from journey_analytics.sample.dirt import soil
from journey_analytics.sample.files import write_logs
from journey_analytics.sample.model import END, World
from journey_analytics.sample.simulate import populate
from journey_analytics.sample.write_truth import SampleSummary, write_truth

LOGS = {
    "web": "*.jsonl.gz",
    "email": "*.json.gz",
    "crm": "*.csv",
    "support": "*.json",
    "surveys": "*.csv",
    "stores": "*.csv",
    "truth": "*",
}


def write_sample(folder: Path, *, customers: int, days: int, seed: int, planted: bool = True) -> SampleSummary:
    """Write synthetic logs in vendors' formats and the truth about every line of them.

    The same arguments give the same files, byte for byte. `journey.yaml` and `sales.yaml` are
    added where there are none.

    Args:
        folder: Made if missing; an earlier sample in it is replaced.
        customers: Number of people.
        days: Length of the sample, which always ends at `model.END`; drop-off needs well over 90.
        seed: Of the random numbers.
        planted: Whether the stories of `stories` happen.

    Raises:
        JourneyError: If the numbers make no sense, or logs that are no sample stand in the folder.
    """
    for name, value, most in (("customers", customers, 1_000_000), ("days", days, 3_650)):
        if not 1 <= value <= most:
            raise JourneyError(Problem(f"--{name} {value} is not between 1 and {most:,}", key=name))
    _clear(folder)
    with _no_collector():
        world, people = populate(World(END - timedelta(days=days), END, seed, planted), customers)
        soil(world)
        placed = write_logs(world, folder)
        made_with = {"customers": customers, "days": days, "seed": seed, "planted": planted}
        sizes = sum(path.stat().st_size for name, kind in LOGS.items() for path in (folder / name).glob(kind))
        summary = write_truth(world, people, placed, folder, made_with, sizes)
    for name, text in (("journey.yaml", CONFIG), ("sales.yaml", SALES)):
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")
    return summary


@contextmanager
def _no_collector() -> Iterator[None]:
    """Millions of small objects, none in a circle: looking for circles would take a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _clear(folder: Path) -> None:
    """Remove an earlier sample, whose months might not be overwritten; never anybody's own logs."""
    found = [path for name, kind in LOGS.items() for path in sorted((folder / name).glob(kind))]
    if found and not (folder / "truth/summary.json").exists():
        raise JourneyError(
            Problem("there are logs in this folder that are no sample", str(found[0]), remedy="Name another folder.")
        )
    for path in found:
        path.unlink()
