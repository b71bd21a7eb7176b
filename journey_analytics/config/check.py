"""`journey check`: do the inputs fit the configuration? Looked at, never written to.

Patterns, permissions, columns, and whether the first rows' times can be read. The configuration itself is judged when
it is loaded (`config.load`).
"""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

import duckdb

from journey_analytics.config.model import Config, Source
from journey_analytics.connectors.load import load_connector
from journey_analytics.engine.duck import connect, quote_name
from journey_analytics.errors import JourneyError, Problem
from journey_analytics.ingest.columns import check_columns
from journey_analytics.ingest.database import read_database
from journey_analytics.ingest.inputs import Input, find_inputs
from journey_analytics.ingest.plan import Plan, file_options, plan_for, plans
from journey_analytics.ingest.readers import RawFile, read_file
from journey_analytics.ingest.snapshots.series import problem_of
from journey_analytics.ingest.stage_file import stage_file
from journey_analytics.ingest.store import Store

_ROWS = 100  # first rows whose times are read


def check(config: Config) -> list[Problem]:
    """Every problem of the inputs.

    Args:
        config: A loaded configuration.

    Returns:
        Problems in the order of the sources; empty if a run can start.
    """
    problems: list[Problem] = []
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
                problems += _input_problems(config, source, item, plan)
    return problems


def _read_before(config: Config) -> set[str]:
    """Sources that were staged once; the store is not opened, because opening tidies it."""
    folder = config.state_folder / "staged"
    return Store.peek(folder) if folder.is_dir() else set()


def _input_problems(config: Config, source: Source, item: Input, plan: Plan) -> list[Problem]:
    """What is wrong with one input."""
    with tempfile.TemporaryDirectory() as folder:
        con = connect(memory=config.resources.memory, threads=config.resources.threads)
        try:
            if item.query is not None:
                raw = read_database(con, item.path, item.query)
            else:
                raw = read_file(con, item.path, file_options(plan, Path(folder)))
            if plan.role == "lookup":
                return []
            problems = [*problem_of(plan, item), *check_columns(plan, raw, item.name)]
            if plan.snapshot is not None:  # its times are told by the comparison, which needs the other files
                return problems
            return problems or _first_times(con, config, source, item, plan, raw, Path(folder))
        except JourneyError as error:
            return error.problems
        finally:
            con.close()


def _first_times(
    con: duckdb.DuckDBPyConnection,
    config: Config,
    source: Source,
    item: Input,
    plan: Plan,
    raw: RawFile,
    folder: Path,
) -> list[Problem]:
    """A problem if none of the first rows' times can be read: then the mapping is wrong, not the row."""
    con.execute(f"CREATE TEMP TABLE first_rows AS SELECT * FROM {quote_name(raw.relation)} LIMIT {_ROWS}")
    count = int(con.sql("SELECT count(*) FROM first_rows").fetchall()[0][0])
    first = RawFile(
        relation="first_rows",
        line_column=raw.line_column,
        columns=raw.columns,
        is_json=raw.is_json,
        rows=count,
        reject_count=0,
        rejects=[],
        rejects_relation=raw.rejects_relation,
        raw_lines=lambda lines: {},
        format=raw.format,
    )
    target = folder / "first.parquet"
    stage_file(
        con,
        plan,
        first,
        target,
        name=item.name,
        file_key=0,
        identity=config.identity,
        lookups=[None] * len(plan.lookups),
        future_after=datetime.max,
    )
    judged = con.execute(
        "SELECT count(*), count(*) FILTER (reason IN ('missing_time', 'unparsable_time', 'impossible_year')), "
        "min_by(detail, line) FILTER (reason IN ('unparsable_time', 'impossible_year')), min_by(reason, line) "
        "FROM read_parquet($1) WHERE ignored IS NULL",
        [str(target)],
    ).fetchall()[0]
    rows, bad, detail, reason = int(judged[0]), int(judged[1]), judged[2], judged[3]
    if rows == 0 or bad < rows:
        return []
    shown = f": {detail}" if detail is not None else ""
    message = f"none of the first {rows} rows has a time that can be read ({reason}{shown})"
    remedy = "Check which column `occurred_at` names, or give its `time_format`, such as %d/%m/%Y %H:%M."
    return [Problem(message, item.name, key=f"sources.{source.name}.columns.occurred_at", remedy=remedy)]
