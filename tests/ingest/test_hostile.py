"""Odd and hostile inputs: each ends in rejected rows or one clear message, and good rows stand."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.engine.duck import connect
from journey_analytics.errors import ConfigError, JourneyError
from tests.ingest.staging import csv, project, rows, stage

HEAD = "at,event,email\n"


def parquet(folder: Path, select: str, *columns: str, **source: Any) -> list[Any]:
    connect().execute(f"COPY ({select}) TO '{folder / 'a.parquet'}'")
    return rows(stage(project(folder, {"files": "a.parquet", **source})), *columns)


def test_a_truncated_gzip_keeps_its_whole_rows(tmp_path: Path) -> None:
    text = HEAD + "".join(f"2024-05-01 10:00:{n % 60:02},x{n},a@example.org\n" for n in range(20_000))
    packed = gzip.compress(text.encode())
    (tmp_path / "a.csv.gz").write_bytes(packed[: len(packed) // 2])
    staged = stage(project(tmp_path, {"files": "*.gz"}))
    assert "truncated" in staged.files[0].flags
    assert rows(staged, "reason").count(None) > 5_000
    assert len(rows(staged, "line")) == staged.files[0].rows


def test_a_binary_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(os.urandom(20_000))
    with pytest.raises(JourneyError, match="binary"):
        stage(project(tmp_path))


def test_a_very_long_line_is_rejected_alone(tmp_path: Path) -> None:
    text = HEAD + f"2024-05-01,{'y' * 1_200_000},a@example.org\n2024-05-01,x,a@example.org\n"
    assert csv(tmp_path, text, "line", "reason", "strlen(raw)") == [(2, "too_long", 4000), (3, None, None)]


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    text = "\ufeff" + HEAD.replace("\n", "\r\n") + "2024-05-01,x,a@example.org\r\n"
    assert csv(tmp_path, text, "line", "reason", "event_name", "ident") == [(2, None, "x", "a@example.org")]


def test_columns_with_names_that_we_use_ourselves(tmp_path: Path) -> None:
    text = "at,event,email,email,line,part,doc,f0,__line\n2024-05-01,x,a@example.org,b,1,2,3,4,5\n"
    found = csv(tmp_path, text, "line", "ident", "properties")
    assert found == [(2, "a@example.org", '{"__line":"5","doc":"3","email_2":"b","f0":"4","line":"1","part":"2"}')]


def test_parquet_types(tmp_path: Path) -> None:
    select = (
        "SELECT 'x' AS event, timestamp_ns '2024-05-01 10:00:00.123456789' AS at, {'mail': 'A@x.org'} AS who, "
        "[7, 8] AS l, 12.5::DECIMAL(9, 2) AS amount, 3::UTINYINT AS n, true AS flag"
    )
    found = parquet(
        tmp_path, select, "occurred_at::VARCHAR", "ident", "value", "sequence::INT", "url", "properties",
        columns={"occurred_at": "at", "event_name": "event", "value": "amount", "sequence": "n", "url": "l[0]"},
        identifiers={"email": "who.mail"},
    )  # fmt: skip
    expected = '{"flag":true,"l":[7,8],"who":{"mail":"A@x.org"}}'
    assert found == [("2024-05-01 10:00:00.123456", "a@x.org", 12.5, 3, "7", expected)]


def test_numbers_at_the_edge(tmp_path: Path) -> None:
    values = "(9223372036854775807), (-9223372036854775808), (0), (-1), (1714557600123456789)"
    select = f"SELECT x AS at, 'x' AS event, 'a' AS email FROM (VALUES {values}) AS v(x)"
    assert parquet(tmp_path, select, "reason") == ["impossible_year"] * 4 + [None]
    values = "('nan'), ('inf'), ('1e300'), ('1714557600.5')"
    select = f"SELECT x::DOUBLE AS at, 'x' AS event, 'a' AS email FROM (VALUES {values}) AS v(x)"
    assert parquet(tmp_path, select, "reason") == ["unparsable_time"] * 3 + [None]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam"])
def test_infinite_and_far_times(tmp_path: Path, zone: str) -> None:
    values = "('infinity'), ('-infinity'), ('290000-01-01'), ('2024-01-01')"
    select = f"SELECT x::TIMESTAMP AS at, 'x' AS event, 'a' AS email FROM (VALUES {values}) AS v(x)"
    found = parquet(tmp_path, select, "reason", timezone=zone)
    assert found == ["unparsable_time", "unparsable_time", "impossible_year", None]
    text = HEAD + "290000-12-31,x,a\n9999-12-31,x,a\n0000-00-00 00:00:00,x,a\n2024-05-01,x,a\n"
    assert csv(tmp_path, text, "reason", timezone=zone) == ["impossible_year"] * 2 + ["unparsable_time", None]


def test_json_of_every_shape(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"at": 1e400, "event": {"a": 1}, "email": ["x"]}\n{"at": true, "event": "x", "email": "a"}\n[]\n{}\n5\n\n'
        '{"at": "2024-05-01", "event": "x", "email": "a"}\n'
    )
    staged = stage(project(tmp_path, {"files": "*.jsonl"}))
    assert rows(staged, "line", "coalesce(reason, ignored)") == [
        (1, "unparsable_time"),
        (2, "unparsable_time"),
        (3, "empty"),
        (4, "missing_time"),
        (5, "unreadable_row"),
        (7, None),
    ]
    assert staged.files[0].rows == 6


def test_a_wrong_time_format_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="strptime"):
        csv(tmp_path, HEAD + "2024-05-01,x,a\n", "reason", time_format="%Q%")


def test_a_cell_over_several_lines(tmp_path: Path) -> None:
    text = HEAD + '2024-05-01,"x\ny",a\n,z,a\n'
    assert csv(tmp_path, text, "line", "event_name", "raw") == [(2, "x\ny", None), (4, "z", ",z,a")]
