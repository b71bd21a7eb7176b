"""Times `journey run` on one more day beside a run on everything and the reference job, as whole processes, in turn.

The year of `generate.py` without its last day is run once, and its warehouse put aside. Each round then measures the
reference job on all files, `journey run` on all files from nothing, and `journey run` on the warehouse put aside with
the last day as one more file. Only ratios of one and the same call compare well.

Usage: python benchmarks/day.py [--events N] [--rounds R]
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
from pathlib import Path

from bench import Cost, arguments, configuration, journey_run, measure, reference, year_of

from journey_analytics.engine.duck import connect

_ALL, _DAY = "from nothing", "one more day"


def main() -> int:
    """Run the benchmark."""
    options = arguments(__doc__).parse_args()
    year = year_of(options.data, options.events)
    folder = year / "day"
    new = without_last_day(year / "events", folder)
    for place in (year, folder):
        (place / "journey.yaml").write_text(configuration(options.memory), encoding="utf-8")
    aside = folder / "before"
    shutil.rmtree(aside, ignore_errors=True)
    shutil.rmtree(folder / "warehouse", ignore_errors=True)
    measure(journey_run(folder), folder / "last.log")
    (folder / "warehouse").rename(aside)

    costs: dict[str, list[Cost]] = {"reference": [], _ALL: [], _DAY: []}
    for turn in range(1, options.rounds + 1):
        costs["reference"].append(measure(reference(year), year / "last.log"))
        shutil.rmtree(year / "warehouse", ignore_errors=True)
        costs[_ALL].append(measure(journey_run(year), year / "last.log"))
        shutil.rmtree(folder / "warehouse", ignore_errors=True)
        shutil.copytree(aside, folder / "warehouse", copy_function=shutil.copy2)
        shutil.copy(new, folder / "events" / new.name)
        costs[_DAY].append(measure(journey_run(folder), folder / "last.log"))
        (folder / "events" / new.name).unlink()
        for name, each in costs.items():
            print(f"  round {turn}  {name:<12}  processor {each[-1].cpu_seconds:7.2f} s", flush=True)
    told = [line for line in (folder / "last.log").read_text(encoding="utf-8").splitlines() if "computed again" in line]
    print(*told, sep="\n")
    medians = {name: statistics.median(cost.cpu_seconds for cost in each) for name, each in costs.items()}
    for name in (_ALL, _DAY):
        print(
            f"{name}: {medians[name]:.1f} processor s, {medians[name] / medians['reference']:.1f} times the reference"
        )
    print(f"a day costs {medians[_DAY] / medians[_ALL]:.2f} of a run from nothing")
    return 0


def without_last_day(events: Path, folder: Path) -> Path:
    """Put the files without their last day into `events` of another folder.

    Returns:
        The file of that day, which sorts behind all others.
    """
    there = folder / "events"
    shutil.rmtree(there, ignore_errors=True)
    there.mkdir(parents=True)
    files = sorted(events.glob("*.parquet"))
    new = folder / "z.parquet"
    with connect() as con:
        rows = f"read_parquet('{events}/*.parquet')"
        day = con.execute(f"SELECT date_trunc('day', max(event_time)) FROM {rows}").fetchall()[0][0]
        con.execute(f"COPY (FROM {rows} WHERE event_time >= '{day}') TO '{new}' (FORMAT parquet)")
        for file in files:
            of_file = f"read_parquet('{file}')"
            if con.execute(f"SELECT count(*) FROM {of_file} WHERE event_time >= '{day}'").fetchall()[0][0]:
                con.execute(
                    f"COPY (FROM {of_file} WHERE event_time < '{day}') TO '{there / file.name}' (FORMAT parquet)"
                )
            else:
                os.link(file, there / file.name)
    return new


if __name__ == "__main__":
    sys.exit(main())
