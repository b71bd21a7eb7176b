"""Bad input files: each ends in rejected rows or in one clear message, and good rows stand."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.cli.main import main
from journey_analytics.errors import ConfigError, JourneyError
from tests.bad_input.project import CONFIG, GOOD, HEAD, ask, publish, unprivileged, write
from tests.harness import run_tables

MANY = HEAD + "".join(f"g{i},2026-03-01T10:00:{i % 60:02}Z,u{i % 50},,page_viewed,\n" for i in range(3000))

#: One run reads them all: file -> content.
BAD: dict[str, str | bytes] = {
    "good.csv": GOOD,
    "truncated.csv.gz": gzip.compress(MANY.encode(), mtime=0)[:-4000],
    "empty.csv": b"",
    "header.csv": HEAD,
    "long.csv": HEAD + f"l1,2026-01-02T10:00:00Z,bob,,{'y' * 1_100_000},\nl2,2026-01-02T10:00:00Z,bob,,page_viewed,\n",
    "years.csv": HEAD + "y1,1970-01-01,a,,x,\ny2,55970-01-01,a,,x,\ny3,0,a,,x,\ny4,1999-12-31T10:00:00Z,a,,x,\n",
    "epochs.csv": HEAD + "e1,1704067200,a,,x,\ne2,1704067200000,a,,x,\n",
    "bytes.csv": HEAD.encode() + b"b1,2026-01-02T10:00:00Z,a\0b,,x,\nb2,2026-01-02T10:00:00Z,\xff,,x,\n",
    "quote.csv": HEAD + 'q1,2026-01-02T10:00:00Z,a,,"open,\nq2,2026-01-02T10:00:00Z,a,,x,\nq3,2026\n',
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The rows of `files` by name, and the reasons of the rejected rows of each file by line."""
    with publish(write(tmp_path_factory.mktemp("bad") / "p", BAD)) as warehouse:
        files = warehouse.sql("from files").pl().to_dicts()
        rejected: dict[str, list[str]] = {}
        for file, reason in ask(warehouse, "select file, reason from rejected_rows order by file, line"):
            rejected.setdefault(Path(file).name, []).append(reason)
    return {Path(row["file"]).name: row for row in files}, rejected


def test_every_row_of_every_file_is_accounted_for(run: tuple[dict[str, Any], dict[str, list[str]]]) -> None:
    files, _ = run
    assert set(files) == set(BAD)
    for row in files.values():
        assert row["rows"] == row["accepted"] + row["duplicate"] + row["rejected"] + row["ignored"]
    assert (files["good.csv"]["accepted"], files["good.csv"]["rejected"]) == (2, 0)


@pytest.mark.parametrize(
    ("file", "accepted", "reasons"),
    [
        ("empty.csv", 0, []),
        ("header.csv", 0, []),
        ("long.csv", 1, ["too_long"]),
        ("years.csv", 1, ["impossible_year"] * 3),
        ("epochs.csv", 2, []),
        ("bytes.csv", 0, ["unreadable_row", "not_utf8"]),
        ("quote.csv", 1, ["unreadable_row", "unreadable_row"]),
    ],
)
def test_bad_rows_are_rejected_alone(
    run: tuple[dict[str, Any], dict[str, list[str]]], file: str, accepted: int, reasons: list[str]
) -> None:
    files, rejected = run
    assert files[file]["accepted"] == accepted
    assert rejected.get(file, []) == reasons


def test_a_truncated_gzip_keeps_its_whole_rows(run: tuple[dict[str, Any], dict[str, list[str]]]) -> None:
    files, rejected = run
    assert files["truncated.csv.gz"]["accepted"] > 500
    assert rejected["truncated.csv.gz"] == ["unreadable_row"]
    assert "truncated" in files["truncated.csv.gz"]["flags"]


def test_mixed_seconds_and_milliseconds_are_flagged(run: tuple[dict[str, Any], dict[str, list[str]]]) -> None:
    assert "mixed_epoch_units" in run[0]["epochs.csv"]["flags"]


@pytest.mark.parametrize(
    ("content", "config", "error", "words"),
    [
        (bytes(range(256)) * 50, CONFIG, JourneyError, "binary"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 3000, CONFIG, JourneyError, "PNG"),
        (GOOD, CONFIG.replace("    files:", '    delimiter: ";"\n    files:'), ConfigError, "delimiter"),
        (GOOD, CONFIG.replace("web/*", "nothing/*"), ConfigError, r"no file matches 'nothing/\*'"),
        (GOOD, CONFIG.replace("web/*", "web"), ConfigError, "is a folder"),
        (GOOD, CONFIG.replace("at: at", "at: moment"), ConfigError, "no column 'moment'"),
    ],
)
def test_a_file_that_cannot_be_meant_is_one_message(
    tmp_path: Path, content: str | bytes, config: str, error: type[JourneyError], words: str
) -> None:
    with pytest.raises(error, match=words) as raised:
        publish(write(tmp_path / "p", {"a.csv": content}, config))
    assert raised.value.problems[0].remedy
    assert len(raised.value.problems) == 1


def test_a_file_or_folder_without_permission(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write(tmp_path / "p", {"a.csv": GOOD, "b.csv": GOOD})
    closed = config.parent / "web" / "a.csv"
    closed.chmod(0)
    with unprivileged(config.parent):
        with pytest.raises(JourneyError, match=r"a\.csv: no permission"):
            publish(config)
        closed.parent.chmod(0)
        try:
            assert main(["check", "--config", str(config)]) == 2
        finally:
            closed.parent.chmod(0o755)
    assert "no permission" in capsys.readouterr().err


def test_a_full_refresh_does_not_empty_the_warehouse(config: Path) -> None:
    """A pattern that matches nothing: an error the first time, then a warning, and an error again in a full refresh."""
    os.rename(config.parent / "web", config.parent / "not_mounted")
    with publish(config) as warehouse:
        assert ask(warehouse, "select count(*) from events") == [(2,)]
    with pytest.raises(ConfigError, match="no file matches"):
        publish(config, full_refresh=True)
    os.rename(config.parent / "not_mounted", config.parent / "web")
    with run_tables(config, ["events"], full_refresh=True) as con:
        assert con.sql("select count(*) from events").fetchall() == [(2,)]
