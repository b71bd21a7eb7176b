"""Killed runs do not stay STARTED, and living ones are left alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.utils import make_new_run_id

from journey_analytics.config.load import load_config
from journey_analytics.errors import ConfigError
from pipelines.alive import alive, repair
from pipelines.home import dagster_home, open_instance

_HOLD = """
import sys, time
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def started(instance: dg.DagsterInstance) -> str:
    run_id = make_new_run_id()
    instance.add_run(dg.DagsterRun(job_name="journey", run_id=run_id, status=dg.DagsterRunStatus.STARTED))
    return run_id


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_killed_run_is_reported_as_failed_and_a_living_one_is_not(instance: dg.DagsterInstance) -> None:
    run_id = started(instance)
    folder = Path(instance.root_directory) / "alive"
    folder.mkdir()
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(folder / run_id)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == b"held\n"
        assert repair(instance) == []
        assert status(instance, run_id) == dg.DagsterRunStatus.STARTED
        holder.kill()
        holder.wait()
        assert repair(instance) == [run_id]
        assert status(instance, run_id) == dg.DagsterRunStatus.FAILURE
        assert repair(instance) == []


def test_a_run_does_not_repair_itself(instance: dg.DagsterInstance) -> None:
    run_id = started(instance)
    with alive(instance, run_id), alive(instance, run_id):
        assert repair(instance) == []
    assert status(instance, run_id) == dg.DagsterRunStatus.STARTED
    assert list((Path(instance.root_directory) / "alive").iterdir()) == []


def test_runs_of_others_are_left_alone(instance: dg.DagsterInstance) -> None:
    run_id = started(instance)  # without a file of ours
    assert repair(instance) == []
    assert status(instance, run_id) == dg.DagsterRunStatus.STARTED


def test_a_project_elsewhere_keeps_its_history_beside_its_warehouse(config: Path) -> None:
    loaded = load_config(config)
    home = dagster_home(loaded)
    assert home == loaded.state_folder / "dagster"
    with open_instance(home) as instance:
        assert Path(instance.root_directory) == home
        assert instance.telemetry_enabled is False
        assert instance.run_monitoring_enabled


def test_a_relative_folder_is_relative_to_its_dagster_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = Path(__file__).resolve().parents[2]
    (tmp_path / "dagster.yaml").write_text((checkout / "dagster.yaml").read_text())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with open_instance(tmp_path) as instance:
        started(instance)
    assert (tmp_path / ".dagster").is_dir()
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("home", ["relative", "/nowhere/at/all"])
def test_a_home_that_is_none_is_wrong_usage(home: str, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", home)
    with pytest.raises(ConfigError, match="DAGSTER_HOME"):
        dagster_home(load_config(config))
