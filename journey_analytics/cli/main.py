"""The command `journey`: parsing, dispatch, and what each kind of failure looks like."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from journey_analytics.cli import check, compare, customer, export, funnel, init, paths, report, run, sample, status
from journey_analytics.cli.output import Output
from journey_analytics.errors import JourneyError

COMMANDS = (init, check, run, status, funnel, paths, customer, compare, export, report, sample)

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code: 0 success, 1 the run failed, 2 wrong usage or configuration, 3 a check failed and nothing was
        published, 130 interrupted. An error that is our fault leaves with its traceback, which is exit code 1.
    """
    options = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that the terminal's encoding lacks is shown by its number
            stream.reconfigure(errors="backslashreplace")
    out = Output(options.json)
    try:
        return int(options.command(options, out))
    except JourneyError as error:
        out.say(f"journey: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        out.say("journey: interrupted. What was published before stands; the next run needs no help.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output, such as `head`, has gone. Python would complain of it again on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parser() -> argparse.ArgumentParser:
    """The parser of the command line, one subcommand per module of `COMMANDS`."""
    root = argparse.ArgumentParser(
        prog="journey",
        description="Customer journeys from logs: stages, drop-off and transitions, in one published DuckDB file.",
        epilog="Exit codes: 0 success; 1 the run failed; 2 wrong usage or configuration; 3 a check failed and nothing "
        "was published.",
    )
    commands = root.add_subparsers(metavar="COMMAND", required=True)
    for module in COMMANDS:
        name = module.__name__.rpartition(".")[2]
        sub = commands.add_parser(name, help=module.HELP, description=module.HELP)
        module.configure(sub)
        sub.add_argument("--json", action="store_true", help="the answer as JSON on standard output")
        sub.set_defaults(command=module.execute)
    return root
