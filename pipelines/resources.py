"""The one resource: an open run of the engine, shared by all assets of one Dagster run.

It takes the lock of the warehouse before the first asset and gives it back after the last, whatever happens. It
needs the in-process executor; with one process per step each step would ask for the lock that its run holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from journey_analytics.attempts import begin, end
from journey_analytics.config.load import load_config
from journey_analytics.engine.results import CheckResult, RunSummary, StepResult
from journey_analytics.engine.run import Run
from journey_analytics.errors import CheckFailed, JourneyError, Problem
from pipelines.alive import alive

#: How long a run that Dagster starts by itself waits for another one before it fails.
DEFAULT_WAIT_SECONDS = 3600.0


@dataclass
class Witness:
    """What the caller in the same process wants to know, since Dagster hands on neither objects nor exceptions."""

    on_step: Callable[[StepResult], None] = lambda result: None
    log: Callable[[str], None] = lambda line: None
    error: BaseException | None = None  # the first one
    failed: list[CheckResult] = field(default_factory=list)
    summary: RunSummary | None = None  # of a run that came to its end


class JourneyRun:
    """An open run as the assets see it."""

    def __init__(self, run: Run, witness: Witness) -> None:
        self._run = run
        self._witness = witness

    def execute(self, name: str) -> StepResult:
        """Run one step.

        Raises:
            CheckFailed: If a check failed before, wherever it stands in the graph: nothing more may be published.
            JourneyError: If the step failed for a reason the user can act on, or an earlier one failed.
        """
        if self._witness.failed:
            raise CheckFailed([as_problem(result) for result in self._witness.failed])
        if self._witness.error is not None:  # Dagster would go on with every branch that does not need that step
            raise JourneyError(Problem("not run, since an earlier step failed"))
        with _noted(self._witness):
            result = self._run.execute(name)
        self._witness.on_step(result)
        return result

    def check(self, name: str) -> CheckResult:
        """Run one check and remember it if it failed."""
        with _noted(self._witness):
            result = self._run.check(name)
        if not result.passed:
            self._witness.failed.append(result)
        return result


@contextmanager
def _noted(witness: Witness) -> Iterator[None]:
    """Keep the first exception of a block and let it pass; Dagster would hand on its text only.

    Ctrl-C arrives here in three forms: Python's own, what Dagster's signal handler makes of it, and what DuckDB raises
    where it came in the middle of a query.
    """
    try:
        yield
    except (Exception, KeyboardInterrupt, DagsterExecutionInterruptedError) as error:
        if witness.error is None:
            stopped = isinstance(error, DagsterExecutionInterruptedError) or str(error) == "Query interrupted"
            witness.error = KeyboardInterrupt() if stopped else error
        raise


def as_problem(result: CheckResult) -> Problem:
    """A failed check as a message for people."""
    example = ", ".join(f"{column}={value}" for column, value in result.sample[0].items()) if result.sample else ""
    return Problem(
        f"the check {result.check} found {result.violations} violation(s)" + (f": {example}" if example else ""),
        remedy="Nothing was published; the last published warehouse stands. This is a fault in the models or a file "
        "that changed during the run: run again, and if it stays, report it with this message.",
    )


def _reason(witness: Witness) -> str | None:
    """Why the run failed, in one text; None if it did not."""
    if witness.failed:
        return "\n".join(str(as_problem(result)) for result in witness.failed)
    if isinstance(witness.error, KeyboardInterrupt):
        return "It was interrupted."
    return None if witness.error is None else str(witness.error) or type(witness.error).__name__


def journey_resource(config: Path, witness: Witness | None = None) -> dg.ResourceDefinition:
    """The resource `journey` for one configuration file.

    Args:
        config: Path of `journey.yaml`; read when a run starts, not before.
        witness: Who is told what happens; a run that Dagster starts has its own.
    """

    @dg.resource(
        description=f"An open run of {config.name}: the lock of its warehouse and the working database.",
        config_schema={
            "as_of": dg.Field(dg.Noneable(str), default_value=None, description="ISO 8601; default: now"),
            "full_refresh": dg.Field(bool, default_value=False, description="read and compute everything again"),
            "wait_seconds": dg.Field(float, default_value=DEFAULT_WAIT_SECONDS, description="for another run's lock"),
        },
    )
    def journey(context: dg.InitResourceContext) -> Iterator[JourneyRun]:
        options = context.resource_config
        told = witness or Witness(log=context.log.info if context.log else print)
        as_of = datetime.fromisoformat(options["as_of"]) if options["as_of"] else None
        run_id = context.run.run_id if context.run else "none"
        assert context.instance is not None  # Dagster always gives one to a run
        with _noted(told), alive(context.instance, run_id):
            loaded = load_config(config)
            with Run.open(
                loaded,
                as_of=as_of,
                full_refresh=options["full_refresh"],
                wait=options["wait_seconds"],
                log=told.log,
            ) as run:
                begin(loaded.state_folder, run_id)
                yield JourneyRun(run, told)
                if not told.failed and told.error is None:
                    told.summary = run.summary()
                end(loaded.state_folder, run_id, _reason(told))

    return journey
