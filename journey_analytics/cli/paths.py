"""`journey paths`: the ways between two events, ranked."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from journey_analytics.cli.asking import note_unknown
from journey_analytics.cli.bars import bar, counted, duration, way_text, width
from journey_analytics.cli.options import add_config, load
from journey_analytics.cli.output import Output, percent, printable
from journey_analytics.errors import ConfigError, Problem

if TYPE_CHECKING:
    from journey_analytics.measures.ways import Ways

HELP = "the ways between two events, ranked"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--from", metavar="E", dest="start", help="the event at which ways begin")
    parser.add_argument("--to", metavar="E", dest="to", help="the event at which they end")
    parser.add_argument(
        "--grain", choices=("session", "journey"), default="session", help="within what (default: session)"
    )
    parser.add_argument(
        "--steps", metavar="N", type=int, default=5, help="events that are followed where one end is open (default: 5)"
    )
    parser.add_argument(
        "--merge-repeats", action="store_true", help="an event that directly repeats itself counts as one"
    )
    parser.add_argument(
        "--where", metavar="SQL", help="which events are looked at, by columns and segments: actor <> 'machine'"
    )
    parser.add_argument("--top", metavar="N", type=int, default=20, help="ways that are shown (default: 20; JSON: all)")
    add_config(parser)


def execute(options: argparse.Namespace, out: Output) -> int:
    """Print the ways with counts, shares and medians."""
    for name in ("steps", "top"):
        if getattr(options, name) < 1:
            raise ConfigError(Problem("is below 1", key=f"--{name}", remedy="Give 1 or more."))
    config = load(options.config)
    from journey_analytics.warehouse import Warehouse

    with Warehouse(config.warehouse_folder / "journeys.duckdb") as warehouse:
        known = warehouse.event_names()
        notes = note_unknown([name for name in (options.start, options.to) if name is not None], known, out)
        found = warehouse.paths(
            options.start, options.to, options.grain,
            steps=options.steps, merge_repeats=options.merge_repeats, where=options.where,
        )  # fmt: skip
    if options.grain == "session" and not found.table.height and not notes:
        # mails, orders and calls are in no session
        notes.append("no session holds such a way; --grain journey also looks across sessions and outside them")
        out.say(f"note: {notes[-1]}")
    data = {
        f"{options.grain}s": found.parts,
        "begun": found.begun,
        "reached": found.reached,
        "ways": found.table.to_dicts(),
        "notes": notes,
    }
    out.answer(data, _text(found, options))
    return 0


def _text(found: Ways, options: argparse.Namespace) -> str:
    lines = [_heading(found, options), ""]
    shown = found.table.head(options.top)
    most = max(shown["times"], default=1)
    for rank, row in enumerate(shown.iter_rows(named=True), 1):
        median = duration(row["median_seconds"])
        people = counted(row["customers"], "customer", "customers")
        facts = f"{rank:>3}. {row['times']:,} ({percent(row['share'])}), {people}"
        facts += f", median {median}" if median else ""
        lines.append(f"{facts.ljust(56)} {bar(row['times'] / most, 16)}".rstrip())
        lines += [f"     {line}" for line in way_text(row["way"], width() - 5)]
    hidden = found.table.height - shown.height
    if hidden:
        rest = int(found.table["times"].sum()) - int(shown["times"].sum())
        lines += ["", f"… and {hidden:,} more ways, {rest:,} times; --top shows more"]
    return "\n".join(lines)


def _heading(found: Ways, options: argparse.Namespace) -> str:
    grain = f"{options.grain}s"
    repeats = ", repeats merged" if options.merge_repeats else ""
    start, to = (None if name is None else printable(name) for name in (options.start, options.to))
    ways = f"{counted(int(found.table['times'].sum()), 'way', 'ways')}, {found.table.height:,} different{repeats}"
    if start is not None and to is not None:
        left = found.begun - found.reached
        return (
            f"{ways}: from {start} to {to}\n"
            f"{found.begun:,} of {found.parts:,} {grain} hold {start}; {found.reached:,} reach {to}, {left:,} do not"
        )
    if start is not None or to is not None:
        event, what = (start, "from") if start is not None else (to, "to")
        return (
            f"{ways}: {what} {event}, {options.steps} events\n{found.begun:,} of {found.parts:,} {grain} hold {event}"
        )
    return f"{ways}: the first {options.steps} events\n{found.parts:,} {grain}"
