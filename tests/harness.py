"""Runs the real pipeline for a test, without an orchestrator: every step and every check, then the published file.

Or, where a test compares a few tables of very many small logs, only the steps that these tables need: planning the
others took most of the time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from journey_analytics.config.load import load_config
from journey_analytics.engine.duck import connect
from journey_analytics.engine.graph import PYTHON_STEPS, REPORT, Step, load_steps
from journey_analytics.engine.models import check_files
from journey_analytics.engine.run import Run
from journey_analytics.identity.ledger import save_ledger

#: The nightly profile: whole runs, and many more drawn examples.
NIGHTLY = "JOURNEY_NIGHTLY" in os.environ


def run_pipeline(
    config_path: Path,
    as_of: str | None = None,
    *,
    clock: str | None = None,
    full_refresh: bool = False,
    page: bool = False,
) -> Path:
    """Run the whole pipeline on a configuration and answer the published `journeys.duckdb`.

    Args:
        config_path: The `journey.yaml`.
        as_of: ISO 8601 analytical moment, UTC where it has no offset.
        clock: ISO 8601 clock of the run; now by default.
        full_refresh: Read everything again.
        page: Write the report too.
    """
    config = load_config(config_path)
    with Run.open(config, as_of=_moment(as_of), clock=_moment(clock), full_refresh=full_refresh) as run:
        for step in load_steps():
            if step.name == REPORT and not page:
                continue
            run.execute(step.name)
            for check in step.checks:
                run.check(check.name)
        return run.published


@contextmanager
def run_tables(
    config_path: Path,
    tables: Iterable[str],
    as_of: str | None = None,
    *,
    clock: str | None = None,
    full_refresh: bool = False,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of a run, to be asked: only the steps they need, and the checks of what these steps made.

    Customer ids are kept for the next run as publishing keeps them. In the nightly profile it is the whole run.

    Args:
        config_path: The `journey.yaml`.
        tables: The tables that will be asked, published or not.
        as_of: As for `run_pipeline`.
        clock: As for `run_pipeline`.
        full_refresh: As for `run_pipeline`.
    """
    if NIGHTLY:
        published = run_pipeline(config_path, as_of, clock=clock, full_refresh=full_refresh)
        with connect(published, read_only=True) as con:
            yield con
        return
    config = load_config(config_path)
    with Run.open(config, as_of=_moment(as_of), clock=_moment(clock), full_refresh=full_refresh) as run:
        needed = _needed(tables)
        left_out = {table for step in load_steps() if step not in needed for table in _made_by(step)}
        for step in needed:
            run.execute(step.name)
            for check in step.checks:
                if left_out.isdisjoint(check_files()[check.name][2]):
                    result = run.check(check.name)
                    assert result.passed, result
        save_ledger(run.con, run.ledger)
        yield run.con


def _needed(tables: Iterable[str]) -> list[Step]:
    """The steps that make these tables, with what they need, in the order in which they run."""
    steps = {step.name: step for step in load_steps()}
    needed: set[str] = set()
    pending = [*tables, "identifier_customers"]
    while pending:
        name = pending.pop()
        if name not in needed:
            needed.add(name)
            pending += steps[name].depends_on
    return [step for step in steps.values() if step.name in needed]


def _made_by(step: Step) -> tuple[str, ...]:
    return PYTHON_STEPS[step.name][3] if step.name in PYTHON_STEPS else (step.name,)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
