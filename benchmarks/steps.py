"""What every step of a run costs: processor seconds, wall seconds and the peak of memory, dearest first.

Steps run in one process, as `journey run` runs them, but without Dagster. The speed of the machine is measured before
and after each step by a loop of plain Python: where it changes, seconds are no measure of the work.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from journey_analytics.config.load import load_config
from journey_analytics.engine.graph import load_steps
from journey_analytics.engine.run import Run

_LOOP = 400_000


@dataclass(frozen=True)
class Cost:
    """What one step, or one check, took."""

    name: str
    processor: float
    wall: float
    pace: float  # seconds of the loop, in milliseconds
    peak: float  # MB of resident memory


def measure(config: Path) -> list[Cost]:
    """Run all steps of a configuration, with their checks."""
    costs = []
    with Run.open(load_config(config), full_refresh=True) as run:
        for step in load_steps():
            costs.append(_cost(step.name, lambda name=step.name: run.execute(name)))
            costs += [_cost(f"check {c.name}", lambda name=c.name: run.check(name)) for c in step.checks]
    return costs


def _cost(name: str, work: object) -> Cost:
    _reset_peak()
    before, processor, wall = _pace(), time.process_time(), time.monotonic()
    work()  # type: ignore[operator]
    processor, wall = time.process_time() - processor, time.monotonic() - wall
    return Cost(name, processor, wall, (before + _pace()) / 2 * 1000, _peak())


def _pace() -> float:
    begun, sum_ = time.process_time(), 0
    for i in range(_LOOP):
        sum_ += i * i
    return time.process_time() - begun


def _reset_peak() -> None:
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> float:
    if sys.platform == "linux":
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path, help="journey.yaml of what is run; its warehouse is written anew")
    parser.add_argument("--top", type=int, default=40, help="rows to print")
    given = parser.parse_args()
    costs = measure(given.config)
    print(f"{'step':36s} {'processor s':>11s} {'wall s':>8s} {'loop ms':>8s} {'peak MB':>8s}")
    for cost in sorted(costs, key=lambda c: -c.processor)[: given.top]:
        print(f"{cost.name:36s} {cost.processor:11.2f} {cost.wall:8.2f} {cost.pace:8.0f} {cost.peak:8.0f}")
    dearest = max(costs, key=lambda c: c.peak)
    print(f"{'all':36s} {sum(c.processor for c in costs):11.2f} {sum(c.wall for c in costs):8.2f}")
    print(f"peak {dearest.peak:,.0f} MB in {dearest.name}")


if __name__ == "__main__":
    main()
