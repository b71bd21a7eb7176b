"""Damaged state, full disks, locks and permissions: one message with a remedy, or no harm at all."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from journey_analytics import Warehouse
from journey_analytics.cli.main import main
from journey_analytics.errors import JourneyError
from tests.bad_input.project import GOOD, HEAD, ask, publish, unprivileged, write
from tests.harness import run_tables

_HOLD = """
import sys, time
sys.path.insert(0, sys.argv[2])
from journey_analytics.engine.duck import connect
held = connect(sys.argv[1])
print("held", flush=True)
time.sleep(60)
"""


def state(config: Path) -> Path:
    return config.parent / "warehouse" / ".state"


def published(config: Path) -> Path:
    return config.parent / "warehouse" / "journeys.duckdb"


def spoil_parquet(config: Path) -> None:
    (staged,) = (state(config) / "staged").glob("*.parquet")
    staged.write_bytes(staged.read_bytes()[:-100])


def spoil_sidecar(config: Path) -> None:
    (sidecar,) = (state(config) / "staged").glob("*.json")
    sidecar.write_text("{broken")


def spoil_types(config: Path) -> None:
    (sidecar,) = (state(config) / "staged").glob("*.json")
    sidecar.write_text(json.dumps({**json.loads(sidecar.read_text()), "rows": "many", "flags": None}))


def spoil_work(config: Path) -> None:
    (state(config) / "tmp").mkdir(exist_ok=True)
    for name in ("next.duckdb", "next.duckdb.wal", "tmp/spilled", "last_run.json", "run.holder.json"):
        (state(config) / name).write_bytes(b"left over")


def spoil_published(config: Path) -> None:
    published(config).chmod(0o600)
    published(config).write_bytes(b"garbage")


@pytest.mark.parametrize("spoil", [spoil_parquet, spoil_sidecar, spoil_types])
def test_what_was_staged_is_read_again(config: Path, spoil: Callable[[Path], None]) -> None:
    spoil(config)
    with run_tables(config, ["events"]) as con:
        assert con.sql("select count(*) from events").fetchall() == [(2,)]


@pytest.mark.parametrize("spoil", [spoil_work, spoil_published])
def test_what_can_be_made_again_is_made_again(config: Path, spoil: Callable[[Path], None]) -> None:
    spoil(config)
    with publish(config) as warehouse:
        assert ask(warehouse, "select count(*) from events") == [(2,)]


@pytest.mark.parametrize("name", ["identity_ledger.parquet", "runs.parquet"])
@pytest.mark.parametrize("content", [b"", b"garbage" * 9])
def test_what_cannot_be_made_again_is_named(config: Path, name: str, content: bytes) -> None:
    before = published(config).read_bytes()
    (state(config) / name).write_bytes(content)
    with pytest.raises(JourneyError, match=rf"{name}.*can't be read") as raised:
        publish(config)
    assert raised.value.problems[0].remedy
    assert published(config).read_bytes() == before


@pytest.mark.parametrize("name", ["warehouse", "warehouse/.state"])
def test_a_file_where_a_folder_belongs(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    config = write(tmp_path / "p", {"a.csv": GOOD})
    (config.parent / name).parent.mkdir(exist_ok=True)
    (config.parent / name).write_text("mine")
    with pytest.raises(JourneyError, match="no folder that could be used"):
        publish(config)
    assert (config.parent / name).read_text() == "mine"
    assert main(["run", "--config", str(config)]) == 1  # where Dagster's history has no place either
    assert "no folder that could be used" in capsys.readouterr().err
    for command in (["report"], ["customer", "ann"]):
        assert main([*command, "--config", str(config)]) == 1
        assert "journey run" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["warehouse", "warehouse/.state", "warehouse/.state/staged"])
def test_a_folder_that_may_not_be_written_to(config: Path, name: str) -> None:
    before = published(config).read_bytes()
    (config.parent / "web" / "b.csv").write_text(HEAD + "9,2026-01-02T10:05:00Z,new,,page_viewed,\n")
    (config.parent / name).chmod(0o555)
    try:
        with unprivileged(config.parent), pytest.raises(JourneyError, match=r"no permission|can't be written"):
            publish(config)
    finally:
        (config.parent / name).chmod(0o755)
    assert published(config).read_bytes() == before


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """As a full disk: no file may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))  # Python ignores SIGXFSZ, so writing fails
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_keeps_the_published_warehouse(config: Path) -> None:
    before = published(config).read_bytes()
    with file_size_limit(300_000), pytest.raises(JourneyError, match="disk is full") as raised:
        publish(config)
    assert "Free space" in str(raised.value)
    assert published(config).read_bytes() == before
    with publish(config) as warehouse:
        assert ask(warehouse, "select count(*) from events") == [(2,)]


def test_a_warehouse_that_somebody_holds_open(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run replaces the file all the same; who asks it meanwhile is told who holds it."""
    published(config).chmod(0o640)
    root = str(Path(__file__).resolve().parents[2])
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(published(config)), root], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    try:
        with holder.stdout:
            assert holder.stdout.readline() == b"held\n"
            for command in (["report"], ["status"], ["customer", "ann"]):
                assert main([*command, "--config", str(config)]) == 1
                assert f"held open for writing by PID {holder.pid}" in capsys.readouterr().err
            with publish(config) as warehouse:
                assert ask(warehouse, "select count(*) from events") == [(2,)]
    finally:
        holder.kill()
        holder.wait()


def test_customer_ids_survive_links_splits_and_rebuilds(tmp_path: Path) -> None:
    """An identifier keeps its first id; a merge takes the older one, and a split gives both sides theirs back."""
    rows = HEAD + "1,2026-01-01T10:00:00Z,ann,,page_viewed,\n2,2026-01-02T10:00:00Z,,a@x.org,page_viewed,\n"
    config = write(tmp_path / "p", {"a.csv": rows})

    def ids(*, full_refresh: bool = False) -> dict[str, str]:
        with run_tables(config, ["identifiers"], full_refresh=full_refresh) as con:
            return dict(con.sql("select kind, customer_id::varchar from identifiers").fetchall())

    apart = ids()
    link = config.parent / "web" / "link.csv"
    link.write_text(HEAD + "3,2026-01-03T10:00:00Z,ann,a@x.org,page_viewed,\n")
    together = ids()
    assert set(together.values()) == {apart["web.user_id"]}
    plain = config.read_text()
    config.write_text(plain + "identity: {unlink: [['web.user_id:ann', 'email:a@x.org']]}\n")
    assert ids() == apart
    config.write_text(plain)
    os.unlink(link)
    assert ids() == together  # what was read of a file that is gone is kept
    assert ids(full_refresh=True) == apart
    link.write_text(HEAD + "3,2026-01-03T10:00:00Z,ann,a@x.org,page_viewed,\n")
    assert ids() == together


def test_an_excluded_customer_is_one_message(config: Path) -> None:
    config.write_text(config.read_text() + "exclude_customers: [ann]\n")
    with publish(config) as warehouse, pytest.raises(JourneyError, match="excluded"):
        warehouse.customer("ann")


def test_hostile_values_are_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """HTML, SQL, formulas, emoji, right-to-left and very long texts arrive as they are and do nothing."""
    hostile = ["<script>alert(1)</script>", "'; drop table events; --", "=1+1", "\U0001f600", "\u202eexe", "x" * 10_000]
    rows = "".join(f"{n},2026-01-0{n + 1}T10:00:00Z,{text},,{text},{text}\n" for n, text in enumerate(hostile))
    config = write(tmp_path / "p", {"a.csv": HEAD + rows, "only_header.csv": HEAD})
    with publish(config, page=True) as warehouse:
        assert [name for (name,) in ask(warehouse, "select event_name from events order by event_id")] == hostile
        for text in hostile:
            assert warehouse.customer(text).events.height == 1
    assert "<script>alert" not in (config.parent / "warehouse" / "report" / "index.html").read_text()
    assert isinstance(Warehouse(published(config)), Warehouse)
    assert main(["customer", "\u202eexe", "--config", str(config)]) == 0
    assert "\u202e" not in capsys.readouterr().out


def test_no_event_at_all(tmp_path: Path) -> None:
    config = write(tmp_path / "p", {"a.csv": HEAD})
    with publish(config, page=True) as warehouse:
        assert ask(warehouse, "select count(*) from events") == [(0,)]
    with publish(config, as_of="1990-01-01", page=True) as warehouse:
        assert ask(warehouse, "select count(*) from journeys") == [(0,)]
