"""Whole runs through Dagster: what they publish, tell and leave behind, and what they do when something is wrong."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from journey_analytics import Warehouse
from journey_analytics.cli.main import main
from journey_analytics.config.load import load_config
from journey_analytics.engine.builder import Builder
from journey_analytics.engine.graph import load_steps
from journey_analytics.engine.models import load_models
from journey_analytics.engine.parts import PARTS
from journey_analytics.engine.run import Run
from journey_analytics.errors import JourneyError
from pipelines.home import open_instance
from pipelines.run import run_job
from tests.conftest import once
from tests.harness import NIGHTLY, run_pipeline
from tests.project import ROOT, add_rows, begin, journey, python, start, write_project

pytestmark = pytest.mark.slow


def published(folder: Path) -> Path:
    return folder / "warehouse" / "journeys.duckdb"


def event_count(folder: Path) -> int:
    with Warehouse(published(folder)) as warehouse:
        ((count,),) = warehouse.sql("select count(*) from events").fetchall()
    return int(count)


def dagster_statuses(folder: Path) -> list[str]:
    with open_instance(folder / "warehouse" / ".state" / "dagster") as instance:
        return [record.dagster_run.status.value for record in instance.get_run_records()]


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A project that ran once, as a process: its folder, what was printed where, and the seconds it took."""

    def run(folder: Path) -> str:
        write_project(folder)
        begin = time.perf_counter()
        done = journey("run", folder=folder)
        took = time.perf_counter() - begin
        assert done.returncode == 0, done.stderr
        return json.dumps({"folder": str(folder), "out": done.stdout, "err": done.stderr, "took": took})

    told: dict[str, Any] = json.loads(once(tmp_path_factory, "first_run", run))
    return told


@pytest.fixture(scope="session")
def finished(first_run: dict[str, Any]) -> tuple[Path, str, str]:
    """The folder of the finished project, and what its run printed where."""
    return Path(first_run["folder"]), first_run["out"], first_run["err"]


@pytest.fixture(scope="session")
def took(first_run: dict[str, Any]) -> float:
    """The seconds that the first run took."""
    return float(first_run["took"])


@pytest.fixture
def copy(finished: tuple[Path, str, str], tmp_path: Path) -> Path:
    """A copy of the finished project, to spoil."""
    return Path(shutil.copytree(finished[0], tmp_path / "project"))


def test_a_run_prints_what_it_read_and_what_came_of_it(finished: tuple[Path, str, str]) -> None:
    folder, out, _ = finished
    cells = {line.strip().rpartition("  ")[0].strip(): line.split()[-1] for line in out.splitlines() if line.strip()}
    expected = {"rows read": "7", "accepted": "6", "duplicate": "0", "rejected": "1", "ignored": "0", "customers": "3"}
    assert {name: cells[name] for name in expected} == expected
    assert "journeys" in cells
    assert cells["warehouse"] == str(published(folder))
    assert Path(cells["report"]).is_file()
    look, want, have = (line.split() for line in out.splitlines() if line.strip().startswith(("Look", "Want", "Have")))
    assert look[:5] == ["Look", "3", "2", "0", "1"]
    assert want[:5] == ["Want", "2", "1", "1", "0"]
    assert have[:5] == ["Have", "1", "1", "0", "0"]


def test_progress_is_one_line_per_step_on_standard_error(finished: tuple[Path, str, str]) -> None:
    _, _, err = finished
    told = [line.split()[0] for line in err.splitlines() if line.startswith("  ") and line.endswith(" s")]
    assert told == [step.name for step in load_steps()]
    assert "dagster" not in err.lower()


def test_the_other_commands_answer_from_what_was_published(
    copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy)

    def told(*arguments: str) -> str:
        assert main([*arguments]) == 0
        return capsys.readouterr().out

    status = json.loads(journey("status", "--json", folder=copy).stdout)  # as a process, once
    assert status["last_run"]["state"] == "succeeded"
    assert status["published"]["rows_read"] == 7
    assert [(row["source"], row["rows"]) for row in status["rejected"]] == [("web", 1)]
    assert "web" in told("status")

    customer = json.loads(told("customer", "ann", "--json"))
    assert [event["event_name"] for event in customer["events"]] == ["page_viewed", "cart_added", "order_completed"]
    assert [visit["stage"] for visit in customer["stage_visits"]] == ["Look", "Want", "Have"]
    assert "order_completed" in told("customer", "ann")

    page = Path(json.loads(told("report", "--json"))["report"])
    assert "<html" in page.read_text(encoding="utf-8")


def test_dagster_keeps_rows_columns_and_checks_of_every_asset(finished: tuple[Path, str, str]) -> None:
    """In the history that the command wrote, where the UI looks for it."""
    steps = load_steps()
    with open_instance(finished[0] / "warehouse" / ".state" / "dagster") as instance:
        (record,) = instance.get_run_records()
        events = [entry.dagster_event for entry in instance.all_logs(record.dagster_run.run_id)]
    found, checks = {}, []
    for event in events:
        if event and event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION and event.asset_key:
            found[event.asset_key.to_user_string()] = event
        if event and event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            checks.append(event.asset_check_evaluation_data)
    assert set(found) == {step.name for step in steps}
    for step in steps:
        metadata = found[step.name].step_materialization_data.materialization.metadata
        if step.kind == "sql":
            schema = metadata["dagster/column_schema"].value
            assert isinstance(schema, dg.TableSchema)
            assert schema.columns
        if step.published:
            assert metadata["dagster/row_count"].value is not None
    drop_off = found["drop_off"].step_materialization_data.materialization.metadata["dagster/row_count"].value
    assert isinstance(drop_off, int)
    assert drop_off > 0
    assert {check.check_name for check in checks} == {check.name for step in steps for check in step.checks}
    assert all(check.passed for check in checks)


def test_the_caller_gets_the_error_itself(config: Path) -> None:
    config.write_text(config.read_text().replace("web/*.csv", "nothing/*.csv"))
    with pytest.raises(JourneyError, match=r"nothing/\*\.csv"):
        run_job(config)


#: On nothing through the library, which is several times as fast, then on what was published before as the command.
_RUN_EACH = """
import sys
from journey_analytics.cli.main import main
from journey_analytics.config.load import load_config
from journey_analytics.engine.run import Run
from journey_analytics.errors import CheckFailed
fresh, copy = sys.argv[1:]
with Run.open(load_config(fresh)) as run:
    try:
        run.run_all()
    except CheckFailed as failed:
        print(failed)
sys.exit(main(["run", "--config", copy]))
"""


def test_a_failing_check_publishes_nothing_and_is_exit_code_3(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "checkout"
    for part in ("journey_analytics", "pipelines", "sql"):
        shutil.copytree(ROOT / part, broken / part)
    # A model that loses a visit: its stages no longer add up to what came in.
    model = broken / "sql" / "marts" / "transitions.sql"
    model.write_text(f"SELECT * FROM (\n{model.read_text().rstrip().rstrip(';')}\n) WHERE from_stage <> 'Look'\n")
    before = published(copy).read_bytes()
    add_rows(copy, "late", 5)

    # In a process of its own, as models are read once.
    fresh = write_project(tmp_path / "fresh").parent
    done = python(_RUN_EACH, str(fresh / "journey.yaml"), str(copy / "journey.yaml"), folder=tmp_path, root=broken)
    assert done.returncode == 3, done.stderr
    assert "check transitions_balance failed" in done.stdout  # of the first
    assert "the check " in done.stderr
    assert "Nothing was published" in done.stderr
    assert "Traceback" not in done.stderr
    assert published(copy).read_bytes() == before
    assert dagster_statuses(copy)[0] == "FAILURE"
    monkeypatch.chdir(copy)
    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["last_run"]["state"] == "failed"

    assert not published(fresh).exists()

    run_pipeline(copy / "journey.yaml")  # with the models as they are, and no help
    assert event_count(copy) == 11


#: One process, as most of its time is its start: the command is refused, and asked once more to wait.
_REFUSED_AND_WAITING = """
import contextlib, io, sys
from journey_analytics.cli.main import main
told = io.StringIO()
with contextlib.redirect_stderr(told):
    code = main(["run"])
print(code, repr(told.getvalue()), flush=True)
sys.exit(main(["run", "--wait", "600", "--json"]))
"""
#: Waits for the same lock without Dagster.
_WAITING = """
from journey_analytics.config.load import load_config
from journey_analytics.engine.run import Run
config = load_config("journey.yaml")
print("begun", flush=True)
with Run.open(config, wait=600) as run:
    run.run_all()
"""


def test_of_several_runs_one_works_and_the_others_say_so_or_wait(copy: Path) -> None:
    """… and whoever runs once more adds nothing, and answers in JSON where asked to."""
    with Run.open(load_config(copy / "journey.yaml"), log=lambda line: None):
        command, library = begin(_REFUSED_AND_WAITING, folder=copy), begin(_WAITING, folder=copy)
        assert command.stdout is not None
        assert library.stdout is not None
        refused = command.stdout.readline()
        assert refused.startswith("1 ")
        assert "Traceback" not in refused
        assert "another run" in refused.lower()
        assert library.stdout.readline() == "begun\n"
        time.sleep(1)
        assert [run.poll() for run in (command, library)] == [None, None]
    out, _ = command.communicate(timeout=900)  # here one of them waits for the other
    library.communicate(timeout=900)
    assert (command.returncode, library.returncode) == (0, 0)
    assert event_count(copy) == 6
    answer = json.loads(out)
    assert answer["rows"] == answer["accepted"] + answer["duplicate"] + answer["rejected"] + answer["ignored"] == 7
    assert answer["drop_off"][1] | {"reached": 2, "dropped": 1} == answer["drop_off"][1]


def test_ctrl_c_is_one_message_and_exit_code_130(copy: Path) -> None:
    run = start("run", "--full-refresh", folder=copy)
    holder = next(copy.rglob(".state")) / "run.holder.json"
    while not holder.exists():  # a fixed wait comes too late on a fast machine: the run holds the lock from here on
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    assert run.wait(300) == 130
    assert "STARTED" not in dagster_statuses(copy)
    assert event_count(copy) == 6


def delays(seconds: float, kills: int) -> Iterator[float]:
    """Moments spread over a run: one at random in each of equal parts."""
    chance = random.Random(20261122)
    return (seconds * (part + chance.random()) / kills for part in range(kills))


#: The same run without Dagster: most of its time is the engine's, and there is less of it to wait for.
_LIBRARY = """
from journey_analytics.config.load import load_config
from journey_analytics.engine.run import Run
with Run.open(load_config("journey.yaml")) as run:
    run.run_all()
"""


def test_kill_9_at_any_moment_leaves_a_whole_file_and_the_next_run_needs_no_help(copy: Path, took: float) -> None:
    whole, kills = {event_count(copy)}, 12 if NIGHTLY else 3
    moments = list(delays(took, kills))
    if not NIGHTLY:  # the command in its middle, the library in its steps and later
        moments = [moments[1], *(1.2 + delay for delay in delays(took / 4, 2))]
    for number, delay in enumerate(moments):
        add_rows(copy, f"k{number}", 10)
        command = NIGHTLY or number == 0
        run = start("run", folder=copy) if command else begin(_LIBRARY, folder=copy)
        time.sleep(delay)
        run.kill()
        run.communicate()
        whole.add(6 + 10 * (number + 1))
        assert event_count(copy) in whole  # one version or another, never a mixture
    run_job(copy / "journey.yaml")
    assert event_count(copy) == 6 + 10 * kills
    assert not {"STARTED", "STARTING"} & set(dagster_statuses(copy))
    assert list((copy / "warehouse" / ".state" / "dagster" / "alive").iterdir()) == []


def test_a_model_that_does_not_fit_is_tried_again_on_one_thread(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # which statement runs out of memory differs by machine, so the fault is put in; everything else is a real run
    write, told, threads, faults = Builder._write, [], [], []

    def out_of_memory_once(run: Builder, model: Any, target: str, sql: str, parts: int = 1) -> None:
        threads.append(run.con.execute("SELECT current_setting('threads')").fetchall()[0][0])
        write(run, model, target, sql, parts)
        if model.name == "turns" and not faults:
            faults.append(target)
            raise duckdb.OutOfMemoryException("Out of Memory Error: put in by the test")

    monkeypatch.setattr(Builder, "_write", out_of_memory_once)
    with Run.open(load_config(copy / "journey.yaml"), log=told.append) as run:
        before = run.con.execute("SELECT current_setting('threads')").fetchall()[0][0]
        run.run_all()
    assert [line for line in told if "memory" in line] == ["turns: out of memory, tried again on one thread"]
    assert before == 1 or threads.count(1) == 1
    assert threads[-1] == before
    with Warehouse(published(copy)) as warehouse:
        assert warehouse.sql("select count(*) from journeys").fetchall()[0][0] > 0


def test_tables_built_in_parts_are_those_built_whole(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_rows(copy, "parts", 40)
    in_parts = {name for name, model in load_models().items() if model.part_key}
    # what is made of working tables shows in these two
    read = sorted({name for name in in_parts if load_models()[name].is_published} | {"attribution", "kpis"})
    clock = datetime(2026, 7, 1)

    def tables() -> dict[str, list[tuple[Any, ...]]]:
        with Warehouse(published(copy)) as warehouse:
            return {name: sorted(warehouse.sql(f"from {name}").fetchall(), key=repr) for name in read}

    with Run.open(load_config(copy / "journey.yaml"), clock=clock) as run:
        run.run_all()
    whole, write, tried = tables(), Builder._write, []
    # each part is a statement of its own, so fewer of them by default; still more than there are rows in some tables
    tries = PARTS if NIGHTLY else (1, 2, 16)
    monkeypatch.setattr("journey_analytics.engine.builder.PARTS", tries)

    def never_fits_whole(run: Builder, model: Any, target: str, sql: str, parts: int = 1) -> None:
        if model.name in in_parts:
            tried.append((model.name, parts))
            if parts < tries[-1]:
                raise duckdb.OutOfMemoryException("Out of Memory Error: put in by the test")
        write(run, model, target, sql, parts)

    monkeypatch.setattr(Builder, "_write", never_fits_whole)
    with Run.open(load_config(copy / "journey.yaml"), clock=clock) as run:
        run.run_all()
    assert sorted(tried) == sorted((name, parts) for name in in_parts for parts in (1, *tries))
    assert [name for name in in_parts & set(read) if len(whole[name]) < 2] == []
    assert tables() == whole
