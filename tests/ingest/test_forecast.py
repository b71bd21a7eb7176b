"""What a run says of the disk before it reads the first row."""

from __future__ import annotations

import shutil
from collections import namedtuple
from datetime import datetime
from pathlib import Path

import pytest

from journey_analytics.config.load import load_config
from journey_analytics.engine import disk
from journey_analytics.engine.disk import Need, need, said
from journey_analytics.engine.run import Run
from journey_analytics.ingest.forecast import Forecast
from journey_analytics.ingest.ingest import ingest

CLOCK = datetime(2026, 3, 1)
YAML = """\
sources:
  - name: web
    connector: table
    files: "*.csv"
    columns: {occurred_at: at, event_name: name}
    identifiers: {user_id: who}
stages:
  - {name: Look, rules: [{events: [page_viewed]}]}
  - {name: Have, rules: [{events: [order_completed]}]}
"""
ROWS = "at,name,who\n" + "2026-01-01 10:00:00,page_viewed,a\n" * 100

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "journey.yaml").write_text(YAML)
    (tmp_path / "a.csv").write_text(ROWS)
    return tmp_path


def expected(folder: Path, *, full_refresh: bool = False) -> Forecast:
    told: list[Forecast] = []
    ingest(load_config(folder / "journey.yaml"), clock=CLOCK, full_refresh=full_refresh, expect=told.append)
    (one,) = told
    return one


def test_only_what_is_new_or_changed_is_counted_as_read(project: Path) -> None:
    first = expected(project)
    assert first.read == len(ROWS)
    assert 0 < first.staged_more == first.staged
    again = expected(project)
    staged = next((project / "warehouse" / ".state" / "staged").glob("*.parquet")).stat().st_size
    assert (again.read, again.staged_more, again.staged) == (0, 0, staged)
    (project / "b.csv").write_text(ROWS * 2)
    grown = expected(project)
    assert (grown.read, grown.staged - grown.staged_more) == (2 * len(ROWS), staged)
    assert expected(project, full_refresh=True).read == 3 * len(ROWS)


def test_a_vanished_file_still_counts_with_what_is_staged(project: Path) -> None:
    expected(project)
    (project / "b.csv").write_text(ROWS)
    (project / "a.csv").unlink()
    assert expected(project).staged > expected(project).staged_more == 0


def test_what_exceeds_memory_is_spilled() -> None:
    little, much = (
        need(Forecast(0, 10, 1000), 10**6, keeps=False),
        need(Forecast(0, 10, 10**9), 2 * 10**9, keeps=True),
    )
    assert little == Need(10, 5000, 0, 0)
    assert much == Need(10, 5 * 10**9, 17 * 10**8, 9 * 10**9)


def test_little_is_not_worth_a_line_and_much_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 50 * 10**9))
    assert said(Need(10**6, 10**6, 0, 0), tmp_path, tmp_path / "not" / "made") == (None, None)
    line, warning = said(Need(4 * 10**8, 2 * 10**9, 5 * 10**8, 3 * 10**8), tmp_path, tmp_path)
    assert line == (
        "disk: about 3.2 GB will be needed (400 MB staged, 2.0 GB published, 500 MB kept, "
        "300 MB spilled beyond memory); 50.0 GB free"
    )
    assert warning is None


def test_a_disk_that_may_not_do_is_named_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 10**9))
    _, warning = said(Need(0, 2 * 10**9, 0, 0), tmp_path, tmp_path)
    assert warning is not None
    assert str(tmp_path) in warning
    assert "about 2.0 GB needed, 1.0 GB free" in warning
    assert "`resources.temp`" in warning


def test_another_disk_to_spill_into_is_judged_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.setattr(disk, "_device", lambda folder: str(folder))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 10**9 if path == there else 50 * 10**9))
    line, warning = said(Need(0, 2 * 10**9, 0, 3 * 10**9), here, there)
    assert line is not None
    assert line.endswith("50.0 GB free, 1.0 GB where it spills")
    assert warning is not None
    assert str(there) in warning


def test_a_run_says_it_before_it_reads(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_WORTH_SAYING", 0)
    told: list[str] = []
    with Run.open(load_config(project / "journey.yaml"), clock=CLOCK, log=told.append) as run:
        assert run.memory > 10**8
        run.execute("staged_rows")
    assert told[0].startswith("disk: about ")
