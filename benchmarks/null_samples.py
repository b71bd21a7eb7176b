"""Does a run announce anything where nothing was planted? Whole runs on synthetic logs without any story, seed by seed.

Usage: python benchmarks/null_samples.py [--seeds N] [--first S] [--customers C] [--days D]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from journey_analytics.config.load import load_config
from journey_analytics.engine.duck import connect
from journey_analytics.engine.graph import REPORT, load_steps
from journey_analytics.engine.run import Run
from journey_analytics.sample.write import write_sample

CUSTOMERS, DAYS = 800, 400


@dataclass(frozen=True)
class Announced:
    """What a run says of a sample in which nothing happens: rows that survive, by table, and how many were tested."""

    changes: int
    contrasts: int
    pain_weeks: int
    tested: int


def announced(seed: int, customers: int = CUSTOMERS, days: int = DAYS) -> Announced:
    """Write a sample without stories, run the pipeline on it and count what it announces."""
    with tempfile.TemporaryDirectory() as folder:
        write_sample(Path(folder) / "sample", customers=customers, days=days, seed=seed, planted=False)
        with Run.open(load_config(Path(folder) / "sample")) as run:
            for step in load_steps():
                if step.name != REPORT:
                    run.execute(step.name)
            with connect(run.published, read_only=True) as con:
                counts = [
                    con.execute(f"SELECT count(*) FILTER (survives) FROM {table}").fetchall()[0][0]
                    for table in ("changes", "contrasts", "pain_weeks")
                ]
                tested = con.execute("SELECT count(p_value) FROM changes").fetchall()[0][0]
    return Announced(*counts, tested)


def main() -> int:
    """Print one line per seed, then how many announce anything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=50, metavar="N")
    parser.add_argument("--first", type=int, default=1, metavar="S")
    parser.add_argument("--customers", type=int, default=CUSTOMERS, metavar="C")
    parser.add_argument("--days", type=int, default=DAYS, metavar="D")
    options = parser.parse_args()
    found = []
    for seed in range(options.first, options.first + options.seeds):
        found.append(announced(seed, options.customers, options.days))
        print(seed, found[-1], flush=True)
    for table in ("changes", "contrasts", "pain_weeks"):
        loud = sum(getattr(each, table) > 0 for each in found)
        print(f"{table}: {loud} of {len(found)} seeds announce anything")
    return 0


if __name__ == "__main__":
    sys.exit(main())
