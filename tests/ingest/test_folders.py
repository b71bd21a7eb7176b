"""Columns that stand in the folders of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey_analytics.config.check import check
from journey_analytics.ingest.folders import folder_columns
from tests.ingest.staging import project, rows, stage


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("log/country=NL/dt=2024-05-01/part-0.parquet", {"country": "NL", "dt": "2024-05-01"}),
        ("log/at=2024-05-01%2010%3A00/a=b=c/x=y.csv", {"at": "2024-05-01 10:00", "a": "b=c"}),
        ("log/country=__HIVE_DEFAULT_PARTITION__/a.csv", {"country": None}),
        ("log/=x/y=/z/a=b.csv", {}),
    ],
)
def test_folders_that_name_a_column(name: str, columns: dict[str, str | None]) -> None:
    assert folder_columns(name) == columns


def test_a_mapped_column_may_stand_in_the_folders(tmp_path: Path) -> None:
    for country, text in (("NL", "2024-05-01,x,a"), ("__HIVE_DEFAULT_PARTITION__", "2024-05-02,y,b")):
        folder = tmp_path / f"country={country}" / "hour=1"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text(f"at,event,email\n{text}@example.org\n")
    columns = {"occurred_at": "at", "event_name": "event", "country": "country"}
    staged = stage(project(tmp_path, {"files": "**/*.csv", "columns": columns}))
    found = sorted(rows(staged, "event_name", "country", "properties"))
    assert found == [("x", "NL", None), ("y", None, None)]  # what is not mapped is no part of the row


def test_what_the_rows_say_themselves_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "email=folder@example.org"
    folder.mkdir()
    (folder / "a.csv").write_text("at,event,email\n2024-05-01,x,own@example.org\n")
    lines = ['{"at": "2024-05-01", "event": "y"}', '{"at": "2024-05-01", "event": "z", "email": "own@example.org"}']
    (folder / "b.jsonl").write_text("\n".join(lines))
    assert rows(stage(project(tmp_path, {"files": "**/*.csv"})), "ident") == ["own@example.org"]
    config = project(tmp_path, {"files": "**/*.jsonl"})
    assert rows(stage(config), "ident") == ["folder@example.org", "own@example.org"]
    assert check(config) == []
