"""`journey sample`: synthetic logs in vendors' formats, with a configuration and the truth beside them."""

from __future__ import annotations

import argparse
from pathlib import Path

from journey_analytics.cli.output import Output
from journey_analytics.errors import ConfigError, Problem

HELP = "write synthetic logs in vendors' formats with the truth beside them"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("folder", metavar="DIR", help="where to write; must be new or empty")
    parser.add_argument("--customers", metavar="N", type=int, default=400, help="number of customers (default: 400)")
    parser.add_argument("--days", metavar="D", type=int, default=450, help="length of the period (default: 450)")
    parser.add_argument("--seed", metavar="S", type=int, default=1, help="same seed, same logs (default: 1)")
    parser.add_argument(
        "--nothing-planted", action="store_true", help="leave the planted stories out: nothing to be found"
    )


def execute(options: argparse.Namespace, out: Output) -> int:
    """Write the sample and say how to run it."""
    from journey_analytics.sample import write_sample

    for name in ("customers", "days"):
        if getattr(options, name) < 1:
            remedy = "Give a whole number above zero."
            raise ConfigError(Problem(f"{getattr(options, name)} is too few", key=f"--{name}", remedy=remedy))
    folder = Path(options.folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        remedy = "Name a new or empty folder: nothing is overwritten."
        raise ConfigError(Problem("exists and is not empty", file=str(folder), remedy=remedy))
    write_sample(
        folder,
        customers=options.customers,
        days=options.days,
        seed=options.seed,
        planted=not options.nothing_planted,
    )
    config = folder / "journey.yaml"
    out.answer({"folder": folder, "config": config}, f"Written to {folder}. Next: journey run --config {config}")
    return 0
