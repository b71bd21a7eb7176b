"""`journey init`: look at log files and write a commented journey.yaml that reads them."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journey_analytics.cli.output import Output, printable, table
from journey_analytics.errors import ConfigError, Problem

if TYPE_CHECKING:
    from journey_analytics.config.check import Looked
    from journey_analytics.guess.guess import Guesses
    from journey_analytics.guess.model import SourceGuess

HELP = "look at log files, guess what they are, and write a commented journey.yaml"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("folder", metavar="DIR", help="where journey.yaml is to stand; made if it is not there")
    parser.add_argument(
        "--from", dest="files", metavar="FILE", nargs="+", required=True, help="log files, or folders of them"
    )
    parser.add_argument("--force", action="store_true", help="overwrite an existing journey.yaml")


def execute(options: argparse.Namespace, out: Output) -> int:
    """Write the configuration and say what was found, what is unsure and what was left out."""
    from journey_analytics.config.check import look
    from journey_analytics.config.load import load_config
    from journey_analytics.guess.guess import guess
    from journey_analytics.guess.write_files import write_files

    folder = Path(options.folder)
    target = folder / "journey.yaml"
    if folder.exists() and not folder.is_dir():
        raise ConfigError(Problem("is no folder", file=str(folder), remedy="Name a folder for journey.yaml."))
    if target.exists() and not options.force:
        raise ConfigError(Problem("exists", file=str(target), remedy="Name another folder, or overwrite with --force."))
    files = _files(options.files, folder)
    with tempfile.TemporaryDirectory() as work:
        found = guess(files, Path(work))
        if not found.sources:
            raise ConfigError(
                [Problem(item.reason, file=str(item.file)) for item in found.left_out]
                or [Problem("no files", key="--from", remedy="Name log files.")]
            )
        write_files(found, folder)
        config = load_config(target.resolve())
        looked = look(config, {Path(os.path.abspath(file)): part for file, part in found.parts.items()}, 2000)
    data = _data(target, found, looked)
    out.answer(data, _text(target, found, data))
    return 0


def _files(given: list[str], folder: Path) -> list[Path]:
    """The files named, and those in folders named; what journey itself writes is no log."""
    files: list[Path] = []
    for name in given:
        path = Path(name)
        if path.is_dir():
            inside = sorted(item for item in path.rglob("*") if item.is_file())
            files += [item for item in inside if not any(part.startswith(".") for part in item.relative_to(path).parts)]
        elif not os.path.lexists(path):
            raise ConfigError(Problem("no such file", file=name, key="--from", remedy="Check the path."))
        else:
            files.append(path)
    ours = {(folder / "journey.yaml").resolve()}
    warehouse = (folder / "warehouse").resolve()
    absolute = {Path(os.path.abspath(file)) for file in files}
    return sorted(file for file in absolute if file.resolve() not in ours and warehouse not in file.resolve().parents)


def _data(target: Path, found: Guesses, looked: Looked) -> dict[str, Any]:
    from journey_analytics.config.first_rows import different

    sources = []
    for guess in found.sources:
        first = [rows for rows in looked.first if rows.source == guess.name]
        times = [t for rows in first for t in (rows.first_event_at, rows.last_event_at) if t is not None]
        partial = any(found.shares[file] < 1 for file in guess.files)
        kinds = list(dict.fromkeys(kind for rows in first for kind in rows.people))
        people = {kind: different([rows.hashes[kind] for rows in first if kind in rows.hashes]) for kind in kinds}
        # Rows inside documents are more than what `known` counts, so the larger of the two.
        known = [(max(rows.known, rows.rows), _share(found, target, rows.file)) for rows in first]
        sources.append(
            {
                "name": guess.name,
                "what": guess.what,
                "connector": guess.keys["connector"],
                "files": guess.files,
                "rows": round(sum(rows / share for rows, share in known)),
                "rows_are_exact": not partial,
                "looked_at": sum(rows.rows for rows in first),
                "first_event_at": min(times, default=None),
                "last_event_at": max(times, default=None),
                "customers": people,
                "events": _sum([rows.events for rows in first]),
                "needs_lookups": any(rows.needs_lookups for rows in first),
                "rejected": _sum([rows.rejected for rows in first]),
                "ignored": _sum([rows.ignored for rows in first]),
                "remarks": guess.remarks,
                "check": guess.checks,
            }
        )
    return {
        "config": target,
        "sources": sources,
        "left_out": [{"file": item.file, "reason": item.reason} for item in found.left_out],
        "problems": looked.problems,
    }


def _share(found: Guesses, target: Path, name: str) -> float:
    return found.shares.get(Path(os.path.abspath(target.parent / name)), 1.0)


def _sum(counts: list[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for count in counts:
        for reason, number in count.items():
            total[reason] = total.get(reason, 0) + number
    return total


def _text(target: Path, found: Guesses, data: dict[str, Any]) -> str:
    lines = []
    for source, guess in zip(data["sources"], found.sources, strict=True):
        lines.append(printable(f"{source['name']}: {source['what']}"))
        about = "" if source["rows_are_exact"] else "about "
        more = "" if source["looked_at"] >= source["rows"] else f", the first {source['looked_at']:,} looked at"
        facts = [("files", _names(guess)), ("rows", f"{about}{source['rows']:,}{more}")]
        if source["first_event_at"] is not None:
            facts.append(("period", f"{source['first_event_at']:%Y-%m-%d} to {source['last_event_at']:%Y-%m-%d}{more}"))
        people = ", ".join(f"{number:,} {kind}" for kind, number in source["customers"].items())
        if people and not source["rows_are_exact"]:
            people += " in the rows looked at"
        facts.append(("customers by", people or "none found in these rows alone"))
        if source["events"]:
            facts.append(("events", _events(source["events"])))
        later = " (some may be found at a run, when the tables that rows look into are joined)"
        joined = ("no_identifier", "missing_time") if source["needs_lookups"] else ()
        facts += [
            ("rejected", f"{number:,} {reason}" + (later if reason in joined else ""))
            for reason, number in source["rejected"].items()
        ]
        facts += [("ignored", f"{number:,} {reason}") for reason, number in source["ignored"].items()]
        facts += [(key, text) for key, text in source["remarks"].items() if key not in (*source["check"], "rows")]
        facts += [("to check", f"{key}: {text}") for key, text in source["check"].items()]
        lines += [table(facts), ""]
    if data["left_out"]:
        lines += ["Left out", table([(str(item["file"]), item["reason"]) for item in data["left_out"]]), ""]
    if data["problems"]:
        lines += ["To be mended first", *(printable(f"  {problem}") for problem in data["problems"]), ""]
    marks = sum(len(source["check"]) for source in data["sources"])
    lines.append(
        f"Written to {printable(str(target))}: {marks + 2} lines are marked `# check:`, "
        "the reports' time zone and the stage model among them. Next:"
    )
    config = printable(str(target))
    lines.append(f"  journey check --config {config}\n  journey run --config {config}")
    return "\n".join(lines)


def _events(events: dict[str, int]) -> str:
    ordered = sorted(events.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{number:,} {name[:60]}" for name, number in ordered[:6])
    return shown + (f" and {len(ordered) - 6} more names" if len(ordered) > 6 else "")


def _names(guess: SourceGuess) -> str:
    names = [file.name for file in guess.files]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
