"""Dagster's home folder for runs started outside `dagster dev`: which one, and its instance.

What stands in it by hand is `dagster.yaml` at the root of the checkout; a project elsewhere gets an equivalent one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from dagster._core.instance.ref import InstanceRef

from journey_analytics.config.model import Config
from journey_analytics.errors import ConfigError, Problem
from pipelines.settings import checkout

# Storage is left to Dagster's default here, DAGSTER_HOME itself, which is absolute and ours alone.
_PROJECT_YAML = """\
# Written by `journey run`. Equal to the dagster.yaml of the journey-analytics checkout, but that storage stays here.
telemetry:
  enabled: false
run_monitoring:
  enabled: true
  start_timeout_seconds: 180
  max_runtime_seconds: 21600
"""

# Dagster's log capture puts a file and two more processes between us and the terminal. Whoever runs `journey run`
# reads its progress as it happens; runs that the UI launches keep their captured logs.
_NO_CAPTURE = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}


def dagster_home(config: Config) -> Path:
    """The folder that keeps the history of this project's runs; made if missing.

    `DAGSTER_HOME` decides where it is set. Else a configuration inside the checkout uses the checkout, so that
    `make dev` shows its runs, and any other one `<warehouse>/.state/dagster`, beside what it produced.

    Raises:
        ConfigError: If `DAGSTER_HOME` is not an existing absolute folder.
    """
    given = os.environ.get("DAGSTER_HOME")
    if given:
        home = Path(given)
        if not home.is_absolute() or not home.is_dir():
            remedy = "Give the absolute path of an existing folder, or unset it."
            raise ConfigError(Problem(f"{given!r} is no existing absolute folder", key="DAGSTER_HOME", remedy=remedy))
        return home
    root = checkout()
    if root is not None and config.path.is_relative_to(root):
        return root
    home = (config.state_folder / "dagster").resolve()
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        settings.write_text(_PROJECT_YAML, encoding="utf-8")
    return home


@contextmanager
def open_instance(home: Path) -> Iterator[dg.DagsterInstance]:
    """The instance of a home folder, for a run in this process.

    `DAGSTER_HOME` is set meanwhile, for what Dagster starts itself, and then what it was: the next run of this process
    may be of another project.

    A relative `base_dir` is meant relative to the file that says it; Dagster would take the working directory.
    """
    file = home / "dagster.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8")) or {} if file.is_file() else {}
    overrides: dict[str, Any] = {
        key: _absolute(value, home) for key, value in settings.items() if key in ("storage", "local_artifact_storage")
    }
    overrides["compute_logs"] = _NO_CAPTURE
    given = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(home)
    try:
        with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides=overrides)) as instance:
            yield instance
    finally:
        if given is None:
            del os.environ["DAGSTER_HOME"]
        else:
            os.environ["DAGSTER_HOME"] = given


def _absolute(value: Any, home: Path) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        key: str(home / item) if key == "base_dir" and isinstance(item, str) else _absolute(item, home)
        for key, item in value.items()
    }
