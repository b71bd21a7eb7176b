"""`journey export`: the graph or the log for another tool."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from journey_analytics.cli.options import add_config, load
from journey_analytics.cli.output import Output
from journey_analytics.errors import ConfigError, JourneyError, Problem

if TYPE_CHECKING:
    from journey_analytics.warehouse import Warehouse

HELP = "hand the graph or the log to another tool"

FORMATS = {"graph": ("graphml", "json", "parquet"), "events": ("xes", "json", "parquet")}
CASES = {"customer": "customer_id", "session": "session_id", "journey": "journey_id"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("what", choices=tuple(FORMATS), help="the graph, or the events up to the run's as_of")
    parser.add_argument(
        "--format", choices=("graphml", "json", "xes", "parquet"), required=True,
        help="graphml for graphs, xes for events; json and parquet for both",
    )  # fmt: skip
    parser.add_argument(
        "--grain", choices=("stage", "session", "journey", "customer"),
        help="graph: of stages (default), or of events within sessions or journeys; events: what is a case of XES "
        "(default: customer)",
    )  # fmt: skip
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: standard output)")
    add_config(parser)


def execute(options: argparse.Namespace, out: Output) -> int:
    """Write the file, and say what is in it."""
    if options.format not in FORMATS[options.what]:
        remedy = f"Take one of {', '.join(FORMATS[options.what])}."
        raise ConfigError(
            Problem(f"{options.what} can't be written as {options.format}", key="--format", remedy=remedy)
        )
    if options.output is None and options.format == "parquet" and sys.stdout.isatty():
        raise ConfigError(Problem("Parquet is no text for a terminal", key="--output", remedy="Name a file: -o FILE."))
    if options.output is None and options.json:
        wrong = "--json says what was written, which would stand among it"
        raise ConfigError(Problem(wrong, key="--output", remedy="Name a file: -o FILE."))
    grain = options.grain or ("stage" if options.what == "graph" else "customer")
    if grain == ("customer" if options.what == "graph" else "stage"):
        remedy = "Take stage, session or journey." if options.what == "graph" else "Take customer, session or journey."
        raise ConfigError(Problem(f"{options.what} have no grain {grain}", key="--grain", remedy=remedy))
    config = load(options.config)
    from journey_analytics.warehouse import Warehouse

    with Warehouse(config.warehouse_folder / "journeys.duckdb") as warehouse:
        write = _graph if options.what == "graph" else _events
        if options.output is None:
            counts = write(warehouse, options.format, grain, sys.stdout.buffer, out)
            sys.stdout.buffer.flush()
            return 0
        path = Path(options.output)
        beside = path.with_name(f".{path.name}.next")  # a file that is there is replaced whole or not at all
        try:
            with beside.open("wb") as file:
                counts = write(warehouse, options.format, grain, file, out)
            beside.replace(path)
        except OSError as error:
            remedy = "Name a file in a folder that can be written to."
            raise JourneyError(Problem(f"can't be written: {error.strerror}", str(path), remedy=remedy)) from None
        finally:
            beside.unlink(missing_ok=True)
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    out.answer({"file": path, **counts}, f"{path}: {said}")
    return 0


def _graph(warehouse: Warehouse, form: str, grain: str, file: BinaryIO, out: Output) -> dict[str, int]:
    from journey_analytics.exchange.graphs import GRAPH_FORMATS

    graph: Any = warehouse.stage_graph() if grain == "stage" else warehouse.event_graph(grain)
    file.write(GRAPH_FORMATS[form][0](graph))
    return {"nodes": graph.number_of_nodes(), "edges": graph.number_of_edges()}


def _events(warehouse: Warehouse, form: str, grain: str, file: BinaryIO, out: Output) -> dict[str, int]:
    from journey_analytics.exchange.events import write_events

    case = CASES[grain]
    outside = 0
    where = "position is not null"
    if form == "xes" and grain != "customer":  # a trace is of a case, so what is in none can't stand in the log
        where += f" and {case} is not null"
        outside = warehouse.sql(
            f"select count(*) from events where position is not null and {case} is null"
        ).fetchall()[0][0]
    parts = "" if grain == "customer" or form != "xes" else f"{case}, "
    counts = write_events(
        file, warehouse.sql(f"from events where {where} order by customer_id, {parts}position"), form, case
    )
    if outside:
        out.say(f"note: {outside:,} events belong to no {grain} and are left out; --grain customer holds all")
    return counts
