"""`journey check`: do the inputs fit the configuration? Looked at, never written to.

Patterns, permissions, columns, and whether the first rows' times can be read. The configuration itself is judged when
it is loaded (`config.load`).
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from journey_analytics.config.first_rows import FirstRows, first_rows
from journey_analytics.config.model import Config, Source
from journey_analytics.connectors.load import load_connector
from journey_analytics.engine.duck import connect
from journey_analytics.errors import JourneyError, Problem
from journey_analytics.ingest.columns import check_columns
from journey_analytics.ingest.database import read_database
from journey_analytics.ingest.folders import with_folders
from journey_analytics.ingest.inputs import Input, find_inputs
from journey_analytics.ingest.plan import Plan, file_options, plan_for, plans
from journey_analytics.ingest.readers import RawFile, read_file
from journey_analytics.ingest.readers.rejects import NOT_UTF8
from journey_analytics.ingest.snapshots.series import problem_of
from journey_analytics.ingest.store import Store

_ROWS = 100  # first rows whose times are read


@dataclass(frozen=True)
class Looked:
    """What looking at the inputs gave: what is wrong, and the first rows of each input as events."""

    problems: list[Problem]
    first: list[FirstRows]


def check(config: Config) -> list[Problem]:
    """Every problem of the inputs, in the order of the sources; empty if a run can start."""
    return look(config).problems


def look(config: Config, parts: dict[Path, Path] | None = None, limit: int = _ROWS) -> Looked:
    """Look at every input.

    Args:
        config: A loaded configuration.
        parts: Files to look at in place of large ones, by absolute path: the first part of each.
        limit: How many rows of each input to look at.
    """
    problems: list[Problem] = []
    first: list[FirstRows] = []
    known = _read_before(config)
    for source in config.sources:
        inputs, silent, wrong = find_inputs(source, config.folder, config.path.name)
        problems += wrong
        for pattern in silent:
            if source.name not in known:
                remedy = f"Check the pattern; it is relative to {config.folder}."
                key = f"sources.{source.name}.files"
                problems.append(Problem(f"no file matches {pattern!r}", config.path.name, key=key, remedy=remedy))
        choices = plans(source, load_connector(source.connector, config.folder))
        for item in inputs:
            plan = plan_for(item.base, choices)
            if plan is None:
                what = f"no table that the connector {source.connector!r} knows"
                remedy = "Its rows would be ignored; narrow `files`, or rename it as the vendor does."
                problems.append(Problem(what, item.name, key=f"sources.{source.name}.files", remedy=remedy))
            else:
                path = (parts or {}).get(Path(os.path.abspath(item.path)), item.path)
                wrong, rows = _look_at(config, source, item, path, plan, limit)
                problems += wrong
                first += [rows] if rows else []
    return Looked(problems, first)


def _read_before(config: Config) -> set[str]:
    """Sources that were staged once; the store is not opened, because opening tidies it."""
    folder = config.state_folder / "staged"
    return Store.peek(folder) if folder.is_dir() else set()


def _look_at(
    config: Config, source: Source, item: Input, path: Path, plan: Plan, limit: int
) -> tuple[list[Problem], FirstRows | None]:
    """What is wrong with one input, and its first rows."""
    with tempfile.TemporaryDirectory() as folder:
        con = connect(memory=config.resources.memory, threads=config.resources.threads)
        try:
            if item.query is not None:
                raw = read_database(con, item.path, item.query)
            else:
                raw = read_file(con, path, file_options(plan, Path(folder)))
                raw = with_folders(con, raw, item.name, plan)
            if plan.role == "lookup":
                return [], None
            if raw.rows and raw.reject_count == raw.rows:
                return [_unreadable(source, item, plan, raw)], None
            problems = [*problem_of(plan, item), *check_columns(plan, raw, item.name)]
            # a snapshot's times are told by the comparison, which needs the other files
            if problems or plan.snapshot is not None:
                return problems, None
            rows = first_rows(con, config, source, item, plan, raw, limit)
            return _row_problems(source, item, plan, rows), rows
        except JourneyError as error:
            return error.problems, None
        finally:
            con.close()


def _unreadable(source: Source, item: Input, plan: Plan, raw: RawFile) -> Problem:
    """None of the rows can be read: then the format is wrong, not the rows."""
    how = f"a line of the `pattern` of {source.connector!r}" if plan.pattern else raw.format
    detail = raw.rejects[0].detail if raw.rejects else ""
    message = f"none of its {raw.rows:,} rows can be read as {how}" + (f" ({detail[:120]})" if detail else "")
    if raw.rejects and all(reject.reason == NOT_UTF8 for reject in raw.rejects):
        remedy = (
            "Write it as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 old.csv > new.csv, or `CSV UTF-8` where Excel saves."
        )
        message = f"none of its {raw.rows:,} rows is UTF-8"
        return Problem(message, item.name, key=f"sources.{source.name}.files", remedy=remedy)
    if source.format is not None or source.pattern is not None or source.header:
        key = "format" if source.format is not None else "pattern" if source.pattern is not None else "header"
        remedy = f"Take `{key}` out, or correct it: without `format` it is found out from the content."
    else:
        key = "connector"
        remedy = "Give these files another connector; `journey init` tells what they look like."
    return Problem(message, item.name, key=f"sources.{source.name}.{key}", remedy=remedy)


def _row_problems(source: Source, item: Input, plan: Plan, first: FirstRows) -> list[Problem]:
    """What holds for all of the first rows: then the mapping is wrong, not the row."""
    key = f"sources.{source.name}"
    if first.rows_fault is not None:  # the times and people are not to blame
        message, remedy = first.rows_fault
        return [Problem(message, item.name, key=f"{key}.rows", remedy=remedy)]
    problems = []
    rows_remedy = (
        f'If the events stand in {first.lists[0]!r}, write `rows: "{first.lists[0]}[*]"`.' if first.lists else ""
    )
    # the time may stand in a table that rows look into, which is only joined at a run
    if first.problem is not None and not (first.needs_lookups and first.problem[2] == "missing_time"):
        rows, detail, reason = first.problem
        shown = f": {detail}" if detail is not None else ""
        message = f"none of the first {rows} rows has a time that can be read ({reason}{shown})"
        remedy = "Check which column `occurred_at` names, or give its `time_format`, such as %d/%m/%Y %H:%M."
        if rows_remedy and reason == "missing_time":
            remedy = f"Check which column `occurred_at` names. {rows_remedy}"
        problems.append(Problem(message, item.name, key=f"{key}.columns.occurred_at", remedy=remedy))
    if first.nobody is not None and not (problems and rows_remedy):
        paths = "; ".join(f"{kind}: {', '.join(spec.every_path())}" for kind, spec in plan.identifiers.items())
        message = f"no identifier in any of the first {first.nobody} rows: empty or junk are {paths}"
        remedy = "Check these paths: one that leads nowhere is empty, such as one with a `^` too few or too many."
        problems.append(Problem(message, item.name, key=f"{key}.identifiers", remedy=remedy))
    return problems
