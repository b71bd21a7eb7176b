"""Times `journey run` beside the reference job, as whole processes, in turn.

Reported are processor seconds (user and system, all threads and children), since wall time says more about what else
the machine does, and the largest resident memory. Only ratios of one and the same call compare well.

Usage: python benchmarks/bench.py [--events N] [--rounds R] [--max-ratio X]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from generate import generate
from vocabulary import STAGES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


@dataclass(frozen=True)
class Cost:
    """What one process cost."""

    wall_seconds: float
    cpu_seconds: float
    peak_mb: float


def main() -> int:
    """Run the benchmark; exit code 1 if the ratio of processor seconds is above `--max-ratio`."""
    parser = arguments(__doc__)
    parser.add_argument("--max-ratio", type=float, metavar="X", help="fail above this ratio of processor seconds")
    options = parser.parse_args()

    folder = year_of(options.data, options.events)
    (folder / "journey.yaml").write_text(configuration(options.memory), encoding="utf-8")
    jobs = {"reference": reference(folder), "journey run": journey_run(folder)}
    costs: dict[str, list[Cost]] = {name: [] for name in jobs}
    for turn in range(1, options.rounds + 1):
        for name, command in jobs.items():
            shutil.rmtree(folder / "warehouse", ignore_errors=True)  # every run is a first run
            cost = measure(command, folder / "last.log")
            costs[name].append(cost)
            print(f"  round {turn}  {name:<12} {_line(cost)}", flush=True)

    medians = {name: _median(each) for name, each in costs.items()}
    ratio = medians["journey run"].cpu_seconds / medians["reference"].cpu_seconds
    memory = medians["journey run"].peak_mb / medians["reference"].peak_mb
    print("median")
    for name, cost in medians.items():
        print(f"           {name:<12} {_line(cost)}")
    print(f"ratio of processor seconds {ratio:.1f}, of peak memory {memory:.1f}")
    print(json.dumps({"events": options.events, **{k: asdict(v) for k, v in medians.items()}, "cpu_ratio": ratio}))
    return int(options.max_ratio is not None and ratio > options.max_ratio)


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """What every benchmark of whole runs is asked with."""
    parser = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    parser.add_argument("--events", type=lambda text: int(float(text)), default=1_000_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="R")
    parser.add_argument("--memory", default="2GB", help="limit that journey run is given")
    parser.add_argument("--data", type=Path, default=HERE / ".data", metavar="DIR", help="where data is kept")
    return parser


def year_of(data: Path, events: int) -> Path:
    """The folder of a year of so many events, generated once."""
    folder = data.resolve() / str(events)
    if not (folder / "events").exists():
        print(f"generating {events:,} events in {folder} …", flush=True)
        generate(folder, events)
    return folder


def reference(folder: Path) -> list[str]:
    """The command of the reference job on a folder."""
    return [sys.executable, str(HERE / "reference.py"), str(folder), str(folder / "reference.duckdb")]


def journey_run(folder: Path) -> list[str]:
    """The command of a run of the configuration in a folder."""
    return [sys.executable, "-m", "journey_analytics", "run", "--config", str(folder / "journey.yaml")]


def measure(command: list[str], log: Path) -> Cost:
    """Run a command to its end.

    Raises:
        SystemExit: If it failed; with the end of what it printed.
    """
    # A home of its own, removed with the warehouse: the history of earlier runs is no part of a first run.
    environment = {key: value for key, value in os.environ.items() if key != "DAGSTER_HOME"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), environment.get("PYTHONPATH", "")])
    home = log.parent / "warehouse" / "dagster-home"
    home.mkdir(parents=True, exist_ok=True)
    environment["DAGSTER_HOME"] = str(home)
    with log.open("wb") as out:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)}\nfailed with exit code {process.returncode}:\n{log.read_text()[-4000:]}")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


def configuration(memory: str = "2GB", identifiers: str = "user_id: customer_id", more: str = "") -> str:
    """The `journey.yaml` of the generated events: the same stages and sessions as the reference, and `more` keys."""
    stages = "\n".join(
        f"  - {{name: {stage}, rules: [{{events: [{', '.join(names)}], back: true}}]}}"
        for stage, names in STAGES.items()
    )
    return f"""\
warehouse: warehouse
sources:
  - name: log
    connector: table
    class: web
    files: events/*.parquet
    columns: {{event_id: event_id, occurred_at: event_time, event_name: event_name, channel: channel}}
    identifiers: {{{identifiers}}}
    timezone: UTC
journeys: {{timeout: 90d, horizon: 120d, lost: []}}
stages:
{stages}
resources: {{temp: .tmp, memory: {memory}}}
{more}"""


def _median(costs: list[Cost]) -> Cost:
    columns = zip(*(asdict(cost).values() for cost in costs), strict=True)
    return Cost(*(statistics.median(column) for column in columns))


def _line(cost: Cost) -> str:
    return f"wall {cost.wall_seconds:7.2f} s   processor {cost.cpu_seconds:7.2f} s   peak {cost.peak_mb:7.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
