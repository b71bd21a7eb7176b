"""`journey check`: everything that is wrong with configuration and inputs, at once, without writing."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from journey_analytics.cli.options import add_config, config_path
from journey_analytics.cli.output import Output
from journey_analytics.cli.previews import previews
from journey_analytics.errors import ConfigError, Problem

if TYPE_CHECKING:
    from journey_analytics.config.first_rows import FirstRows

HELP = "validate configuration and inputs without writing"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_config(parser)


def execute(options: argparse.Namespace, out: Output) -> int:
    """Exit code 0 without problems, else 2."""
    path = config_path(options.config)
    problems, first = _look(path)
    summary = f"{len(problems)} problem(s) in {path.name}" if problems else f"{path.name}: no problems found"
    data = {
        "config": path,
        "problems": [asdict(problem) for problem in problems],
        "first_rows": [{key: value for key, value in asdict(rows).items() if key != "hashes"} for rows in first],
    }
    out.answer(data, "\n".join([*previews(first), summary]))
    if problems and not out.as_json:
        out.say("\n".join(str(problem) for problem in problems))
    return ConfigError.exit_code if problems else 0


def _look(path: Path) -> tuple[list[Problem], list[FirstRows]]:
    from journey_analytics.config.check import look
    from journey_analytics.config.load import load_config

    try:
        config = load_config(path)
    except ConfigError as error:
        return error.problems, []
    looked = look(config)
    return looked.problems, looked.first
