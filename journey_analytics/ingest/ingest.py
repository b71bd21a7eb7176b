"""Input files to staged files: what is new or changed is read, the rest is reused, what vanished is kept.

`ingest` is the entry point. Judging across files (future rows, duplicates, identity) is the models' work.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from journey_analytics.config.model import Config, Source
from journey_analytics.connectors.load import load_connector
from journey_analytics.errors import ConfigError, JourneyError, Problem
from journey_analytics.ingest.forecast import Forecast, forecast
from journey_analytics.ingest.inputs import Input, find_inputs
from journey_analytics.ingest.plan import plans
from journey_analytics.ingest.source_run import SourceRun
from journey_analytics.ingest.staged import Staged, StagedFile
from journey_analytics.ingest.store import Store

Log = Callable[[str], None]


def ingest(
    config: Config,
    *,
    clock: datetime,
    full_refresh: bool = False,
    log: Log = lambda _: None,
    expect: Callable[[Forecast], None] = lambda _: None,
) -> Staged:
    """Stage every file of the configured sources that is new, changed, or mapped in another way.

    Args:
        config: The configuration.
        clock: The run's clock; without a time zone it is UTC.
        full_refresh: Read everything again and forget files that no longer exist.
        log: Takes one line per file read.
        expect: Told once, before the first file is read, how much there is to read.

    Returns:
        All staged files in the configuration's order, by name within a source, and warnings for people.

    Raises:
        ConfigError: If a pattern matches nothing that was ever read, or the mapping does not fit a file.
        JourneyError: If files can't be read or staged files can't be written. Every problem found is in it.
    """
    moment = clock.astimezone(UTC).replace(tzinfo=None) if clock.tzinfo else clock
    store = _open_store(config)
    found, warnings = _find_all(config, store, full_refresh)
    expect(forecast([(source.name, inputs) for source, inputs in found], store, full_refresh=full_refresh))
    names = {source.name for source in config.sources}
    if full_refresh:
        for name in store.sources() - names:
            for staged in store.of_source(name):
                store.remove(staged)
    files: list[StagedFile] = []
    failures: list[JourneyError] = []
    read = 0
    for source, inputs in found:
        run = SourceRun(
            config=config,
            source=source,
            plans=plans(source, load_connector(source.connector, config.folder)),
            store=store,
            future_after=moment + config.max_clock_skew,
            full_refresh=full_refresh,
            log=log,
        )
        with run:
            run.stage(inputs)
        files += run.files
        warnings += run.warnings
        failures += run.failures
        read += run.read
    store.empty_work()
    if failures:
        # One table that several others look into is one problem, not one for each of them.
        problems = list(dict.fromkeys(problem for failure in failures for problem in failure.problems))
        kind = ConfigError if any(isinstance(failure, ConfigError) for failure in failures) else JourneyError
        raise kind(problems)
    return Staged(store.folder, files, warnings, read)


def _open_store(config: Config) -> Store:
    folder = config.state_folder / "staged"
    try:
        return Store(folder)
    except OSError as error:
        remedy = "Give the user that runs journey write permission, and check the disk."
        raise JourneyError(Problem(f"can't be written: {error.strerror}", str(folder), remedy=remedy)) from error


def _find_all(config: Config, store: Store, full_refresh: bool) -> tuple[list[tuple[Source, list[Input]]], list[str]]:
    """The inputs of every source; a pattern that matches nothing is an error until its source was read once.

    So it is in a full refresh, which reads as if for the first time: a disk that is not mounted must not empty the
    warehouse.
    """
    found: list[tuple[Source, list[Input]]] = []
    warnings: list[str] = []
    problems: list[Problem] = []
    for source in config.sources:
        inputs, silent, wrong = find_inputs(source, config.folder, config.path.name)
        problems += wrong
        for pattern in silent:
            if store.of_source(source.name) and not full_refresh:  # which would forget all that was read
                warnings.append(f"{source.name}: no file matches {pattern!r} any more")
            else:
                problems.append(
                    Problem(
                        f"no file matches {pattern!r}",
                        config.path.name,
                        key=f"sources.{source.name}.files",
                        remedy=f"Check the pattern; it is relative to {config.folder}.",
                    )
                )
        found.append((source, inputs))
    if problems:
        raise ConfigError(problems)
    return found, warnings
