"""Runs the real pipeline for a test, without an orchestrator: every step and every check, then the published file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from journey_analytics.config.load import load_config
from journey_analytics.engine.graph import REPORT, load_steps
from journey_analytics.engine.run import Run


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


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
