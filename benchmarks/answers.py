"""Times `funnel` beside ClickHouse's windowFunnel and `event_graph` beside retentioneering and pm4py, in turn.

Every answer is a process of its own, the tools take turns, and what counts is processor seconds (user and system, all
threads) from the opening of the file to the answer; starting Python, importing and a first small question are
left out. Counts are compared, so that equal work is measured. A tool that is not installed is skipped and named.

Usage: python benchmarks/answers.py [--events N] [--graph-events N] [--rounds R] [--tools PYTHON]

`--tools` is the Python of an environment with the other tools, which are no dependency of this project:
`python -m venv tools && tools/bin/pip install chdb retentioneering pm4py`, then `--tools tools/bin/python`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
STEPS = ["page_view", "product_view", "add_to_cart", "checkout_start", "purchase"]
WINDOW_DAYS = 14
#: What is asked of whom, and how many times longer than ours each may take (funnel) or must take at least (graph).
FUNNEL, GRAPH = ("ours", "clickhouse"), ("ours", "retentioneering", "pm4py")
MODULES = {"clickhouse": "chdb", "retentioneering": "retentioneering", "pm4py": "pm4py"}


def funnel_ours(path: str) -> Any:
    """How many customers reached each step."""
    import polars  # noqa: F401 - imported when first needed, which is not what is measured

    from journey_analytics import funnel

    return lambda: funnel(path, STEPS, window=f"{WINDOW_DAYS}d")["customers"].to_list()


def funnel_clickhouse(path: str) -> Any:
    """The same from windowFunnel, on the column of microseconds, which spares it a conversion."""
    import chdb

    conditions = ", ".join(f"event_name = '{step}'" for step in STEPS)
    query = f"""
        SELECT level, count() FROM (
            SELECT customer_id, windowFunnel({WINDOW_DAYS * 86_400_000_000})(microseconds, {conditions}) AS level
            FROM file('{path}', Parquet) GROUP BY customer_id)
        GROUP BY level FORMAT JSONCompact SETTINGS max_threads = {os.cpu_count()}"""

    def answer() -> list[int]:
        levels = [(int(level), int(count)) for level, count in json.loads(str(chdb.query(query)))["data"]]
        return [sum(count for level, count in levels if level >= step) for step in range(1, len(STEPS) + 1)]

    return answer


def graph_ours(path: str) -> Any:
    """The number of edges between events and the sum of their weights."""
    import polars  # noqa: F401 - imported when first needed, which is not what is measured

    from journey_analytics import event_graph

    def answer() -> list[int]:
        edges = event_graph(path).edges(data="weight")
        weights = [weight for left, right, weight in edges if left != "(start)" and right != "(end)"]
        return [len(weights), sum(weights)]

    return answer


def graph_retentioneering(path: str) -> Any:
    """The same from the matrix behind retentioneering's transition graph."""
    from pyarrow.parquet import read_table
    from retentioneering.eventstream.eventstream import Eventstream

    def answer() -> list[int]:
        frame = read_table(path, columns=["customer_id", "event_name", "occurred_at"]).to_pandas()
        schema = {"path_cols": ["customer_id"], "event_col": "event_name", "timestamp_col": "occurred_at"}
        matrix = Eventstream(frame, schema).transition_graph_data(edge_weight="count")
        own = [name for name in matrix.index if name not in ("path_start", "path_end")]
        weights = matrix.loc[own, own].to_numpy(dtype="float64", na_value=0).ravel()
        return [int((weights > 0).sum()), int(weights.sum())]

    return answer


def graph_pm4py(path: str) -> Any:
    """The same from pm4py: its directly-follows graph and, as ours has times, its performance graph."""
    import pm4py
    from pyarrow.parquet import read_table

    def answer() -> list[int]:
        frame = read_table(path, columns=["customer_id", "event_name", "occurred_at"]).to_pandas()
        keys = {"case_id_key": "customer_id", "activity_key": "event_name", "timestamp_key": "occurred_at"}
        edges, _, _ = pm4py.discover_dfg(frame, **keys)
        pm4py.discover_performance_dfg(frame, **keys)
        return [len(edges), int(sum(edges.values()))]

    return answer


def work(what: str, path: str) -> None:
    """Answer once and print the processor seconds and the answer, as one line of JSON."""
    globals()[what](str(Path(path).with_name("warm.parquet")))()  # whatever is loaded at the first question
    answer = globals()[what](path)
    begin, wall = time.process_time(), time.perf_counter()
    found = answer()
    print(json.dumps([time.process_time() - begin, time.perf_counter() - wall, found]), flush=True)
    os._exit(0)  # some tools wait for their makers' servers when they end


def sorted_log(folder: Path, events: int) -> Path:
    """The generated events sorted by customer and time, duplicates left out, as one Parquet file."""
    path = folder / str(events) / "sorted.parquet"
    if not path.exists():
        from generate import generate

        from journey_analytics.engine.duck import connect, quote_text

        if not (path.parent / "events").exists():  # bench.py may have made them
            print(f"generating {events:,} events in {path.parent} …", flush=True)
            generate(path.parent, events)
        con = connect()
        con.execute(
            f"""copy (
                select customer_id, event_name, event_time as occurred_at, epoch_us(event_time)::ubigint as microseconds
                from (select distinct on (event_id) * from {quote_text(str(path.parent / "events" / "*.parquet"))})
                order by customer_id, event_time, event_name
            ) to {quote_text(str(path))}"""
        )
        small = f"from {quote_text(str(path))} limit 1000"
        con.execute(f"copy ({small}) to {quote_text(str(path.with_name('warm.parquet')))}")
        con.close()
    return path


def compared(question: str, tools: tuple[str, ...], path: Path, rounds: int, other: str) -> dict[str, Any]:
    """Ask every tool in turn, `rounds` times; print the medians and give them back."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DO_NOT_TRACK": "1"}
    asked = [tool for tool in tools if tool not in MODULES or _installed(other, MODULES[tool])]
    seconds: dict[str, list[float]] = {tool: [] for tool in asked}
    answers: dict[str, Any] = {}
    for _ in range(rounds):
        for tool in asked:
            python = sys.executable if tool == "ours" else other
            command = [python, __file__, "--work", f"{question}_{tool}", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
            if done.returncode:
                sys.exit(f"{question} with {tool} failed:\n{done.stderr[-2000:]}")
            lines = [line for line in done.stdout.splitlines() if line.startswith("[")]  # some print a welcome
            processor, _wall, answers[tool] = json.loads(lines[-1])
            seconds[tool].append(processor)
    medians = {tool: statistics.median(each) for tool, each in seconds.items()}
    for tool in tools:
        if tool in medians:
            same = "" if answers[tool] == answers["ours"] else f"   other counts: {answers[tool]}"
            ratio = medians["ours"] / medians[tool]
            print(f"| {question} | {tool} | {medians[tool]:.2f} | {ratio:.2f} |{same}", flush=True)
        else:
            print(f"| {question} | {tool} | skipped: {MODULES[tool]} is not installed there | |")
    return {"answer": answers["ours"], **medians}


def _installed(python: str, module: str) -> bool:
    found = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return subprocess.run([python, "-c", found], capture_output=True, check=False).returncode == 0


def main() -> None:
    """Compare, and print a table of processor seconds."""
    if sys.argv[1:2] == ["--work"]:
        return work(*sys.argv[2:4])
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=lambda text: int(float(text)), default=10_000_000, help="of the funnel")
    parser.add_argument("--graph-events", type=lambda text: int(float(text)), default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tools", default=sys.executable, metavar="PYTHON", help="where the other tools are installed")
    parser.add_argument("--data", type=Path, default=HERE / ".data", metavar="DIR", help="where data is kept")
    options = parser.parse_args()
    folder = options.data.resolve()
    log, small = sorted_log(folder, options.events), sorted_log(folder, options.graph_events)
    print("| question | tool | processor seconds | ours over it |\n|---|---|---|---|")
    found = {
        "funnel": compared("funnel", FUNNEL, log, options.rounds, options.tools),
        "graph": compared("graph", GRAPH, small, options.rounds, options.tools),
    }
    print(json.dumps({"events": options.events, "graph_events": options.graph_events, **found}))


if __name__ == "__main__":
    main()
