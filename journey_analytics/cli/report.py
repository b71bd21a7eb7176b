"""`journey report`: the pages again, from the published warehouse."""

from __future__ import annotations

import argparse

from journey_analytics.cli.options import add_config, load
from journey_analytics.cli.output import Output

HELP = "write the pages again from the published warehouse"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_config(parser)


def execute(options: argparse.Namespace, out: Output) -> int:
    """Write the pages into `<warehouse>/report` and say where they are."""
    config = load(options.config)
    from journey_analytics.presentation.report import write_report

    page = write_report(config.warehouse_folder / "journeys.duckdb", config.warehouse_folder / "report")
    out.answer({"report": page}, str(page))
    return 0
