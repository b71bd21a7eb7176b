"""Runs the job in this process, as `journey run` does: the same job, with its history in the same place.

Printing is the business of the command; this answers with objects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.utils import make_new_run_id

from journey_analytics.config.load import load_config
from journey_analytics.config.model import Config
from journey_analytics.engine.problems import machine_problem
from journey_analytics.engine.results import RunSummary, StepResult
from journey_analytics.errors import CheckFailed, JourneyError
from pipelines.alive import alive, repair
from pipelines.definitions import build_defs
from pipelines.event_log import kept_open
from pipelines.home import dagster_home, open_instance
from pipelines.jobs import JOB
from pipelines.resources import Witness, as_problem


@dataclass(frozen=True)
class RunOutcome:
    """A run that came to its end and published."""

    run_id: str  # Dagster's
    home: Path  # DAGSTER_HOME, where the UI finds the run
    summary: RunSummary
    repaired: list[str]  # ids of killed runs that were reported as failed on the way


def run_job(
    config_path: Path,
    as_of: datetime | None = None,
    full_refresh: bool = False,
    wait_seconds: float = 0.0,
    on_step: Callable[[StepResult], None] = lambda result: None,
    log: Callable[[str], None] = lambda line: None,
) -> RunOutcome:
    """Run the whole job.

    Args:
        config_path: The `journey.yaml`.
        as_of: The analytical moment; by default as docs/semantics.md says.
        full_refresh: Read and compute everything again.
        wait_seconds: How long to wait for another run on the same warehouse.
        on_step: Called after every step.
        log: Called with messages for people.

    Raises:
        ConfigError: If the configuration has faults.
        CheckFailed: If a check failed; nothing was published.
        JourneyError: If the run failed for another reason the user can act on.
        KeyboardInterrupt: If the user stopped it.
        Exception: Whatever else a step raised, as it was raised.
    """
    config = load_config(config_path)
    witness = Witness(on_step=on_step, log=log)
    try:
        return _run(config, witness, as_of, full_refresh, wait_seconds)
    except JourneyError:
        raise
    except Exception as error:
        if isinstance(witness.error, JourneyError):  # the first to fail says why; Dagster may then fail as well
            raise witness.error from None
        problem = machine_problem(error, config.warehouse_folder)  # its own files stand in the warehouse's folder
        if problem is None:
            raise
        raise JourneyError(problem) from error


def _run(
    config: Config, witness: Witness, as_of: datetime | None, full_refresh: bool, wait_seconds: float
) -> RunOutcome:
    home = dagster_home(config)
    job = build_defs(config.path, witness).resolve_job_def(JOB)
    run_id = make_new_run_id()
    options = {
        "as_of": as_of.isoformat() if as_of else None,
        "full_refresh": full_refresh,
        "wait_seconds": float(wait_seconds),
    }
    with open_instance(home) as instance, kept_open(instance):
        repaired = repair(instance)
        with alive(instance, run_id):
            result = job.execute_in_process(
                run_config={
                    "resources": {"journey": {"config": options}},
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},  # progress is told by `on_step`
                },
                instance=instance,
                raise_on_error=False,
                run_id=run_id,
            )
    if witness.failed:
        raise CheckFailed([as_problem(check) for check in witness.failed])
    if witness.error is not None:
        raise witness.error
    if not result.success or witness.summary is None:
        raise _dagster_failure(result)
    return RunOutcome(run_id, home, witness.summary, repaired)


def _dagster_failure(result: dg.ExecuteInProcessResult) -> BaseException:
    """What became of a run that ended outside our own code, between two steps."""
    failures = [event for event in result.all_events if event.is_failure]
    errors = [error for event in failures if (error := getattr(event.event_specific_data, "error", None))]
    if any(error.cls_name == DagsterExecutionInterruptedError.__name__ for error in errors):
        return KeyboardInterrupt()
    reasons = [event.message for event in failures if event.message]
    return JourneyError("Dagster could not run the job: " + ("; ".join(reasons) or "no reason was given"))
