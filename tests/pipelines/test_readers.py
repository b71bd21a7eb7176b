"""Readers in other processes while runs publish: every answer is of one version, and never of an older one again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from journey_analytics import Warehouse
from tests.conftest import once
from tests.harness import NIGHTLY, run_pipeline
from tests.project import ROOT, add_rows, command, write_project

pytestmark = pytest.mark.slow

PUBLISHES, ADDED = 12 if NIGHTLY else 2, 50
#: Seconds between two questions. Readers that never rest take the processors from the runs they wait for.
REST = 0 if NIGHTLY else 0.25
#: Each writes one line of JSON per answer until the file `stop` is there: the number of events of the version it saw.
_LIBRARY = """
import json, pathlib, sys, time
from journey_analytics import Warehouse
path, stop = map(pathlib.Path, sys.argv[1:3])
kept = Warehouse(path)
while not stop.exists():
    with Warehouse(path) as fresh:
        for warehouse in (kept, fresh):
            ((events, told),) = warehouse.sql(
                "select (select count(*) from events), (select sum(accepted)::int from files)"
            ).fetchall()
            assert events == told, (events, told)
            first = warehouse.funnel(["page_viewed", "cart_added"])["customers"][0]
            assert first >= events - 3, (first, events)
            assert warehouse.customer("ann").events.height == 3
            assert warehouse.event_graph().number_of_edges() > 0
            print(json.dumps(events), flush=True)
            time.sleep(float(sys.argv[3]))
"""
_COMMANDS = """
import contextlib, io, json, pathlib, sys, time
from journey_analytics.cli.main import main
config, stop = sys.argv[1], pathlib.Path(sys.argv[2])
asked = [["funnel", "page_viewed", "cart_added"], ["paths"], ["customer", "ann"], ["status"], ["report"]]
asked += [["export", what, "--format", "json", "-o", str(stop.parent / what)] for what in ("graph", "events")]
while not stop.exists():
    for arguments in asked:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([*arguments, "--config", config, "--json"])
        assert code == 0, (arguments, err.getvalue())
        if arguments[0] == "funnel":
            print(json.dumps(json.loads(out.getvalue())["steps"][0]["customers"] + 3), flush=True)
        time.sleep(float(sys.argv[3]))
"""


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """The folder of a small project that has published once, page and all."""

    def make(folder: Path) -> str:
        run_pipeline(write_project(folder), page=True)
        return str(folder)

    return Path(shutil.copytree(once(tmp_path_factory, "readers", make), tmp_path / "p"))


def reader(script: str, *arguments: Path | float) -> subprocess.Popen[str]:
    _, environment = command()
    line = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(
        line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def test_readers_never_fail_while_runs_publish(small: Path, tmp_path: Path) -> None:
    config = small / "journey.yaml"
    published = small / "warehouse" / "journeys.duckdb"
    stop = tmp_path / "stop"
    readers = [reader(_LIBRARY, published, stop, REST), reader(_COMMANDS, config, stop, REST)]
    begun = [one.stdout.readline() for one in readers if one.stdout is not None]  # from here on both ask and ask
    counts = [6]
    for number in range(PUBLISHES):
        add_rows(config.parent, f"r{number}", ADDED)
        run_pipeline(config)
        counts.append(6 + ADDED * (number + 1))
    time.sleep(0.5)
    stop.touch()
    for first, one in zip(begun, readers, strict=True):
        told, wrong = one.communicate(timeout=120)
        assert one.returncode == 0, wrong
        seen = [json.loads(line) for line in [first, *told.splitlines()]]
        assert set(seen) <= set(counts), "never a mixture"
        assert seen == sorted(seen), "never an older version again"
        assert len(set(seen)) > 1, "asked in the middle of it"
    with Warehouse(published) as warehouse:
        assert warehouse.sql("select count(*) from events").fetchall() == [(counts[-1],)]


def test_a_file_that_is_replaced_without_pause_can_always_be_read(small: Path, tmp_path: Path) -> None:
    """The replacement alone, hundreds of times: who opens at the very moment finds the one file or the other."""
    from journey_analytics.files import replace_file

    published = small / "warehouse" / "journeys.duckdb"
    whole = published.read_bytes()
    stop = tmp_path / "stop"
    script = """
import pathlib, sys
from journey_analytics import Warehouse
path, stop = map(pathlib.Path, sys.argv[1:])
print("begun", flush=True)
asked = 0
while not stop.exists():
    with Warehouse(path) as warehouse:
        assert warehouse.sql("select count(*) from events").fetchall() == [(6,)]
    asked += 1
print(asked, flush=True)
"""
    one = reader(script, published, stop)
    assert one.stdout is not None
    one.stdout.readline()
    for number in range(1000 if NIGHTLY else 150):
        fresh = tmp_path / f"fresh{number % 2}"
        fresh.write_bytes(whole)
        replace_file(fresh, published)
        time.sleep(0.01)
    stop.touch()
    told, wrong = one.communicate(timeout=120)
    assert one.returncode == 0, wrong
    assert int(told) >= 5
