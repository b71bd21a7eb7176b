"""What Dagster loads: assembly only. Assets, checks, resources, schedules and sensors are made in their own files."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from journey_analytics.engine.graph import load_steps
from pipelines.assets import make_assets
from pipelines.jobs import journey_job
from pipelines.resources import Witness, journey_resource
from pipelines.schedules import daily
from pipelines.sensors import new_files
from pipelines.settings import config_path


def build_defs(config: Path | None = None, witness: Witness | None = None) -> dg.Definitions:
    """The definitions for one configuration file.

    Args:
        config: Path of `journey.yaml`; by default as `pipelines.settings.config_path` says.
        witness: Who is told what happens in a run of this process; then nobody looks at the assets, and their columns
            aren't traced.
    """
    path = config or config_path()
    return dg.Definitions(
        assets=make_assets(load_steps(), lineage=witness is None),
        jobs=[journey_job],
        schedules=[daily(path)],
        sensors=[new_files(path)],
        resources={"journey": journey_resource(path, witness)},
        # One process: the run holds one lock and one open database, and a process per step would cost seconds each.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The code location, as `pyproject.toml` names it."""
    return build_defs()
