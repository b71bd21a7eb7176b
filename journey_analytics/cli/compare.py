"""`journey compare`: two segments or two periods, in words first, then the table."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from journey_analytics.cli.options import add_config, load
from journey_analytics.cli.output import Output, printable, table

if TYPE_CHECKING:
    from journey_analytics.measures.compare import Comparison

HELP = "two segments or periods"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    condition = "SQL over columns of journeys, sessions and customers, such as \"channel_group = 'Email'\" or "
    parser.add_argument("--left", required=True, metavar="EXPR", help=condition + "\"started_at >= '2026-01-01'\"")
    parser.add_argument("--right", required=True, metavar="EXPR", help="the other group")
    parser.add_argument(
        "--what", default="drop_off", metavar="WHAT", help="drop_off (default), transitions, dwell or funnel"
    )
    parser.add_argument("--steps", nargs="+", default=[], metavar="STEP", help="the funnel's steps: names of events")
    parser.add_argument("--window", default="14d", metavar="DURATION", help="the funnel's window (default: 14d)")
    parser.add_argument("--order", default="ordered", metavar="ORDER", help="ordered (default), strict or any")
    parser.add_argument(
        "--both",
        default="keep",
        metavar="HOW",
        help="customers with different journeys in both groups: keep (default; the variance knows) or leave_out",
    )
    add_config(parser)


def execute(options: argparse.Namespace, out: Output) -> int:
    """Print what the two groups differ in."""
    config = load(options.config)
    from journey_analytics.measures.compare import compare

    comparison = compare(
        config.warehouse_folder / "journeys.duckdb",
        options.left,
        options.right,
        options.what,
        steps=options.steps,
        window=options.window,
        order=options.order,
        both=options.both,
    )
    out.answer(_data(comparison), _text(comparison))
    return 0


def _data(comparison: Comparison) -> dict[str, Any]:
    from journey_analytics.presentation.comparison import sentences

    return {
        "what": comparison.what,
        "left": comparison.left,
        "right": comparison.right,
        "as_of": comparison.as_of,
        "minimum": comparison.minimum,
        "groups": asdict(comparison.groups),
        "words": sentences(comparison),
        "rows": [asdict(row) for row in comparison.rows],
    }


def _text(comparison: Comparison) -> str:
    from journey_analytics.presentation.comparison import HEADER, SURVIVES, cells, sentences

    words = printable("\n".join(sentences(comparison)))
    lines = table([cells(row) for row in comparison.rows], HEADER).splitlines()
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        grey = [not row.survives for row in comparison.rows]
        lines[2:] = [f"\x1b[90m{line}\x1b[0m" if pale else line for line, pale in zip(lines[2:], grey, strict=True)]
    legend = f"{SURVIVES} survives Benjamini-Hochberg over this table; what does not may well be chance."
    return "\n".join([words, "", *lines, "", f"  {legend}"])
