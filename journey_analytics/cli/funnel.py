"""`journey funnel`: how many get from step to step, asked of the published warehouse."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from journey_analytics.cli.asking import HOW, names_of, note_unknown, step
from journey_analytics.cli.bars import bar, duration, width
from journey_analytics.cli.options import add_config, load, moment
from journey_analytics.cli.output import Output, columns, cut, padding, percent, printable, table
from journey_analytics.errors import ConfigError, Problem

if TYPE_CHECKING:
    import polars as pl

    from journey_analytics.config.model import Config

HELP = "ask a funnel of the published warehouse"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("steps", metavar="STEP", nargs="*", help=HOW)
    parser.add_argument("--funnel", metavar="NAME", help="a funnel of journey.yaml instead of steps")
    parser.add_argument("--window", metavar="14d", help="how long an attempt may take from its first step")
    parser.add_argument("--order", choices=("ordered", "strict", "any"), default="ordered", help="default: ordered")
    parser.add_argument(
        "--exclude", metavar="E[:A-B]", action="append", default=[],
        help="an event that must not happen between the first and the last step, or steps A and B: refund:2-3",
    )  # fmt: skip
    parser.add_argument(
        "--exclusion", choices=("attempt", "customer"), default="attempt", help="what an excluded event ends"
    )
    parser.add_argument("--optional", metavar="STEP", action="append", default=[], help="a step that may be skipped")
    parser.add_argument(
        "--step-window", metavar="[STEP:]1d", action="append", default=[],
        help="how long a step may take from the step before; for one step as 3:1d",
    )  # fmt: skip
    parser.add_argument(
        "--count",
        choices=("customers", "sessions", "journeys", "attempts"),
        default="customers",
        help="what is counted",
    )
    parser.add_argument(
        "--by",
        metavar="NAME",
        help="a segment of journey.yaml or a column of events whose values break the answer down",
    )
    parser.add_argument("--by-at", choices=("entry", "first", "last"), default="entry", help="which event's value")
    parser.add_argument("--from", metavar="TIME", dest="entries_from", help="entries from this moment on")
    parser.add_argument("--to", metavar="TIME", dest="entries_to", help="entries before this moment")
    parser.add_argument("--as-of", metavar="TIME", help="judge at this moment (default: the run's)")
    parser.add_argument("--ties", choices=("order", "any"), default="order", help="which order counts at equal times")
    parser.add_argument(
        "--where", metavar="SQL", help="which events are looked at, by columns and segments: actor <> 'machine'"
    )
    parser.add_argument("--times", action="store_true", help="also how long each step took, as a histogram")
    add_config(parser)


def execute(options: argparse.Namespace, out: Output) -> int:
    """Print the funnel; unknown events count as zero and are named in a note."""
    config = load(options.config)
    from journey_analytics.warehouse import Warehouse

    with Warehouse(config.warehouse_folder / "journeys.duckdb") as warehouse:
        known = warehouse.event_names()
        asked = _configured(options, config) if options.funnel else _asked(options, config, known)
        by = {"by": options.by, "by_at": options.by_at}
        extra = {"where": options.where, "as_of": _moment(options.as_of, config)}
        excluded = [item[0] if isinstance(item, tuple) else item for item in asked["exclude"]]
        notes = note_unknown(names_of([*asked["steps"], *excluded]), known, out)
        frame = warehouse.funnel(**asked, **by, **extra)
        times = warehouse.funnel_times(**asked, **extra) if options.times else None
        several = warehouse.funnel_overlap(**asked, **by, **extra) if options.by else 0
    overlap = _overlap(several, asked["count"], options.by)
    notes += overlap
    data = {"steps": frame.to_dicts(), "notes": notes}
    if times is not None:
        data["times"] = times.to_dicts()
    out.answer(data, "\n\n".join([_text(frame, times, options.by, asked), *overlap]))
    return 0


def _overlap(several: int, count: str, by: str) -> list[str]:
    """The sentence on who could stand in more than one group; none where nobody could."""
    if not several:
        return []
    who = f"1 of the {count}" if several == 1 else f"{several:,} of the {count}"
    return [f"{who} began under more than one value of {printable(by)}; each counts once, with its best attempt."]


def _configured(options: argparse.Namespace, config: Config) -> dict[str, Any]:
    found = next((funnel for funnel in config.funnels if funnel.name == options.funnel), None)
    if found is None:
        names = ", ".join(funnel.name for funnel in config.funnels) or "none"
        wrong = f"no funnel of journey.yaml is called {options.funnel!r}; there are: {names}"
        raise ConfigError(Problem(wrong, key="--funnel", remedy="Name one, or give steps."))
    if options.steps:
        raise ConfigError(Problem("--funnel and steps are given", remedy="Give one of them."))
    return {**found.arguments(), "entries": _entries(options, config)}


def _asked(options: argparse.Namespace, config: Config, known: dict[str, int]) -> dict[str, Any]:
    if not options.steps:
        remedy = "Write journey funnel STEP STEP…, or --funnel NAME of journey.yaml."
        raise ConfigError(Problem("a funnel needs steps", remedy=remedy))
    return {
        "steps": [step(text, known) for text in options.steps],
        "window": options.window,
        "order": options.order,
        "exclude": [_excluded(text, known) for text in options.exclude],
        "exclusion": options.exclusion,
        "optional": [int(text) if text.isdecimal() else text for text in options.optional],
        "step_windows": _step_windows(options.step_window),
        "count": options.count,
        "ties": options.ties,
        "entries": _entries(options, config),
    }


def _entries(options: argparse.Namespace, config: Config) -> tuple[Any, Any]:
    return _moment(options.entries_from, config), _moment(options.entries_to, config)


def _moment(text: str | None, config: Config) -> Any:
    return None if text is None else moment(text, config.timezone)


def _excluded(text: str, known: dict[str, int]) -> Any:
    name, colon, places = text.rpartition(":")
    after, dash, before = places.partition("-")
    if text not in known and colon and dash and after.isdecimal() and before.isdecimal():
        return (step(name, known), int(after), int(before))
    return step(text, known)


def _step_windows(texts: list[str]) -> Any:
    if not texts:
        return None
    found: dict[int, str] = {}
    for text in texts:
        number, colon, window = text.partition(":")
        if not colon and len(texts) == 1:
            return text
        if not colon or not number.isdecimal():
            remedy = "Write 1d once for all steps, or 2:1d for the second."
            raise ConfigError(Problem(f"{text!r} names no step", key="--step-window", remedy=remedy))
        found[int(number)] = window
    return found


def _text(frame: pl.DataFrame, times: pl.DataFrame | None, by: str | None, asked: dict[str, Any]) -> str:
    window = asked["window"]
    shown = duration(window.total_seconds()) if isinstance(window, timedelta) else window
    said = [f"window {shown}" if window else "no window", asked["order"], f"counting {asked['count']}"]
    parts = [", ".join(said)]
    if by is None:
        parts.append(_steps(frame, asked["count"]))
    else:
        for value in frame[by].unique(maintain_order=True):
            group = frame.filter(frame[by].is_null() if value is None else frame[by] == value)
            title = "(unknown)" if value is None else cut(str(value), width() - 20)
            parts.append(f"{printable(by)}: {title}\n{_steps(group, asked['count'])}")
        if frame.is_empty():
            parts.append("  nobody entered")
    if times is not None:
        parts.append("Time from the step before\n" + _histogram(times))
    return "\n\n".join(parts)


def _steps(frame: pl.DataFrame, counted: str) -> str:
    """The table of one funnel, with bars where there is room; names are cut where the lines would be too long."""
    first = max(frame["customers"][0], 1)
    lines = next(lines for room in range(40, 7, -1) if _is_narrow(lines := _lines(frame, counted, room)) or room == 8)
    longest = max(columns(line) for line in lines)
    room = width() - longest - 2
    if room >= 4:
        bars = [bar(count / first, min(room, 20)) for count in frame["customers"]]
        lines[2:] = [f"{padding(line, longest)}  {one}".rstrip() for line, one in zip(lines[2:], bars, strict=True)]
    return "\n".join(lines)


def _is_narrow(lines: list[str]) -> bool:
    return max(columns(line) for line in lines) <= width()


def _lines(frame: pl.DataFrame, counted: str, room: int) -> list[str]:
    rows = []
    for row in frame.iter_rows(named=True):
        rows.append(
            (
                cut(row["name"], room),
                row["customers"],
                percent(row["conversion_from_start"]),
                percent(row["conversion_from_previous"]),
                row["dropped"],
                row["open"],
                duration(row["median_seconds"]),
            )
        )
    header = ("step", counted, "of start", "of previous", "dropped", "open", "median")
    return table(rows, header).splitlines()


def _histogram(times: pl.DataFrame) -> str:
    if times.is_empty():
        return "  nobody took a second step"
    parts = []
    for (_, name), group in times.group_by("step", "name", maintain_order=True):
        most = max(group["customers"])
        rows = [
            (_class(row["from_seconds"], row["to_seconds"]), row["customers"], bar(row["customers"] / most, 30))
            for row in group.iter_rows(named=True)
        ]
        parts.append(f"  {cut(str(name), 60)}\n" + table(rows, indent="    "))
    return "\n".join(parts)


def _class(low: float, high: float | None) -> str:
    return f"{duration(low)} or more" if high is None else f"{duration(low)} to {duration(high)}"
