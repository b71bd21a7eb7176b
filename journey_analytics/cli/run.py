"""`journey run`: the Dagster job in this process, with progress, and what came of it."""

from __future__ import annotations

import argparse
import importlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from journey_analytics.cli.answers import drop_off, drop_off_table
from journey_analytics.cli.options import add_config, load, moment
from journey_analytics.cli.output import Output, table
from journey_analytics.errors import ConfigError, JourneyError, Problem

if TYPE_CHECKING:
    from journey_analytics.engine.results import RunSummary, StepResult

HELP = "run the Dagster job on the configured logs and publish the warehouse"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_config(parser)
    parser.add_argument("--as-of", metavar="TIME", help="judge open and dropped at this moment (default: now)")
    parser.add_argument("--full-refresh", action="store_true", help="read and compute everything again")
    parser.add_argument(
        "--wait", metavar="SECONDS", type=float, default=0.0, help="wait this long for another run (default: 0)"
    )


def execute(options: argparse.Namespace, out: Output) -> int:
    """Run, and print what was read, what came of it and where it is."""
    if options.wait < 0:
        raise ConfigError(Problem(f"{options.wait} is below zero", key="--wait", remedy="Give seconds."))
    config = load(options.config)
    as_of = moment(options.as_of, config.timezone) if options.as_of else None
    outcome = _pipelines().run_job(
        config.path,
        as_of=as_of,
        full_refresh=options.full_refresh,
        wait_seconds=options.wait,
        on_step=lambda result: out.say(_progress(result)),
        log=out.say,
    )
    summary: RunSummary = outcome.summary
    for warning in summary.warnings:
        out.say(f"warning: {warning}")
    stages = drop_off(summary.warehouse)
    out.answer({**asdict(summary), "drop_off": stages}, _text(summary, stages, config.timezone))
    return 0


def _pipelines() -> Any:  # the library must not know the types of `pipelines`
    """The module that runs the Dagster job.

    By name and only here: the library must import without Dagster, which takes seconds, and imports go one way
    (presentation, measures, engine; pipelines above them). This command is the one door back.
    """
    try:
        return importlib.import_module("pipelines.run")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("dagster", "pipelines"):
            raise
        remedy = "Install the package journey-analytics with its dependencies: it carries both."
        raise JourneyError(Problem(f"the module {error.name} is not installed", remedy=remedy)) from error


def _progress(result: StepResult) -> str:
    rows = "" if result.rows is None else f"{result.rows:,} rows"
    return f"  {result.step:<24} {rows:>18} {result.seconds:8.2f} s"


def _text(summary: RunSummary, stages: list[dict[str, object]], timezone: str) -> str:
    counts = [
        ("rows read", summary.rows),
        ("accepted", summary.accepted),
        ("duplicate", summary.duplicate),
        ("rejected", summary.rejected),
        ("ignored", summary.ignored),
        ("events", summary.events),
        ("customers", summary.customers),
        ("sessions", summary.sessions),
        ("journeys", summary.journeys),
        ("stage visits", summary.stage_visits),
        ("customers computed", summary.customers if summary.recomputed is None else summary.recomputed),
        ("seconds", summary.seconds),
    ]
    places = [("warehouse", summary.warehouse), *([("report", summary.report)] if summary.report else [])]
    return "\n".join(["", table(counts), "", "Drop-off by stage", drop_off_table(stages), "", table(places)])
