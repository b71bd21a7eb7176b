"""Runs the job when files of the configured sources are new, gone or have grown. Looks at names, sizes and times only.

Whether the content of a file changed is the business of ingest, which reads only what did.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import dagster as dg

from journey_analytics.config.load import load_config
from journey_analytics.config.model import Config
from journey_analytics.errors import JourneyError
from pipelines.alive import repair
from pipelines.jobs import JOB

#: Seconds between two looks.
INTERVAL_SECONDS = 60


def new_files(config: Path) -> dg.SensorDefinition:
    """The sensor for one configuration. It starts stopped, as the schedule does."""

    @dg.sensor(
        name="new_files",
        job_name=JOB,
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Runs the job when input files are new or have grown.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        repair(context.instance)
        try:
            state = input_state(load_config(config))
        except JourneyError as error:
            return dg.SkipReason(f"The configuration has faults:\n{error}")
        if state == context.cursor:
            return dg.SkipReason("No input file has changed.")
        # The key makes Dagster start one run per state, also if the cursor is lost between request and commit.
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=state)], cursor=state)

    return sensor


def input_state(config: Config) -> str:
    """A digest of the configuration and of the names, sizes and modification times of all input files."""
    digest = hashlib.sha256()
    for file in [config.path, *input_files(config)]:
        try:
            stat = file.stat()
        except FileNotFoundError:  # gone between the listing and now
            continue
        digest.update(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def input_files(config: Config) -> list[Path]:
    """Every file that a source's patterns, its lookups' included, or its database name, sorted."""
    found: set[Path] = set()
    for source in config.sources:
        patterns = [*source.files, *_texts(source.options), *([source.database] if source.database else [])]
        for pattern in patterns:
            found.update(path for path in _matching(config.folder, pattern) if path.is_file())
    return sorted(found)


def _matching(folder: Path, pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_absolute():
        return sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    return sorted(folder.glob(pattern)) if pattern else []


def _texts(value: object) -> list[str]:
    """Texts anywhere in a connector's options: those that match files are its lookups."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return []
