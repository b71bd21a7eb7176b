"""Daily full exports become change events: what is told, what is not believed, and what is read again."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from journey_analytics.errors import JourneyError
from journey_analytics.ingest.staged import Staged
from tests.ingest.staging import project, rows, stage

SNAPSHOT: dict[str, Any] = {"key": "id", "watch": ["stage"], "taken_at": "leads_%Y-%m-%d"}
TOLD = ("event_name", "ident", "occurred_at::DATE::VARCHAR", "properties->>'old'", "properties->>'new'")


def staged(folder: Path, files: Any = "leads_*.csv", snapshot: dict[str, Any] | None = None, **source: Any) -> Staged:
    named: dict[str, Any] = {
        "name": "crm",
        "mode": "snapshot",
        "files": files,
        "columns": {},
        "identifiers": {"crm_contact": "id"},
        "snapshot": {**SNAPSHOT, **(snapshot or {})},
    }
    options = {key: source.pop(key) for key in ("full_refresh",) if key in source}
    return stage(project(folder, {**named, **source}), **options)


def told(found: Staged) -> list[Any]:
    """The events, in order of time and customer."""
    everything = rows(found, *TOLD, "ignored", "reason")
    return sorted((row[:5] for row in everything if row[5] is None and row[6] is None), key=lambda row: row[2:0:-1])


def ignored(found: Staged) -> dict[str, list[str]]:
    """Per file the reasons of its ignored rows, in order of line."""
    return {
        file.file: rows(Staged(found.folder, [file]), "ignored") for file in found.files if file.parquet is not None
    }


def write(folder: Path, day: str, text: str, suffix: str = "") -> Path:
    path = folder / f"leads_2024-05-{day}{suffix}.csv"
    path.write_text("id,stage\n" + "".join(line.strip() + "\n" for line in text.split()))
    return path


def test_created_changed_and_deleted(tmp_path: Path) -> None:
    write(tmp_path, "01", "a,new b,new c,new")
    write(tmp_path, "02", "b,won a,new d,new")
    found = staged(tmp_path)
    assert told(found) == [
        ("stage_changed", "b", "2024-05-02", "new", "won"),
        ("deleted", "c", "2024-05-02", None, None),
        ("created", "d", "2024-05-02", None, None),
    ]
    assert ignored(found)["leads_2024-05-01.csv"] == ["first snapshot"] * 3
    assert [file.rows for file in found.files] == [3, 3]  # what is deleted is no row of the file
    assert set(rows(found, "actor")) == {"company"}
    assert rows(found, "flags")[-1] == ["date_only"]
    assert found.warnings == []


def test_an_emptied_cell_and_one_filled_are_changes(tmp_path: Path) -> None:
    write(tmp_path, "01", "a,new b,")
    write(tmp_path, "02", "a, b,new")
    assert [row[3:] for row in told(staged(tmp_path))] == [("new", None), (None, "new")]


def test_a_missing_day_is_no_deletion_and_names_may_come_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "z").mkdir()
    write(tmp_path / "z", "01", "a,new b,new")
    write(tmp_path, "20", "a,won b,new")
    found = staged(tmp_path, ["leads_*.csv", "z/*.csv"])
    assert told(found) == [("stage_changed", "a", "2024-05-20", "new", "won")]


def test_an_empty_or_cut_snapshot_deletes_nobody(tmp_path: Path) -> None:
    write(tmp_path, "01", "a,new b,new c,new")
    write(tmp_path, "02", "")
    write(tmp_path, "03", "a,won")
    write(tmp_path, "04", "a,won b,new c,new")
    found = staged(tmp_path)
    assert told(found) == [("stage_changed", "a", "2024-05-04", "new", "won")]
    assert [file.flags for file in found.files] == [[], ["set_aside"], ["set_aside"], []]
    assert (
        "leads_2024-05-03.csv: the snapshot of 2024-05-03 is set aside: it lacks 2 of the 3 rows" in found.warnings[1]
    )
    assert staged(tmp_path).warnings == found.warnings  # said again where nothing is read again
    believed = told(staged(tmp_path, snapshot={"max_deleted": 1}))
    assert [row[:3] for row in believed if row[0] == "deleted"] == [
        ("deleted", "a", "2024-05-02"), ("deleted", "b", "2024-05-02"), ("deleted", "c", "2024-05-02")
    ]  # fmt: skip


def test_a_truncated_gzip_is_set_aside_whatever_it_lacks(tmp_path: Path) -> None:
    write(tmp_path, "01", " ".join(f"k{n},{n * 7919}" for n in range(2000)))
    whole = gzip.compress((tmp_path / "leads_2024-05-01.csv").read_bytes())
    (tmp_path / "leads_2024-05-02.csv.gz").write_bytes(whole[:-200])
    found = staged(tmp_path, "leads_*")
    assert told(found) == []
    assert "set_aside" in found.files[1].flags
    assert "the file is cut short" in found.warnings[-1]


def test_rows_that_cannot_be_read_are_not_deleted(tmp_path: Path) -> None:
    write(tmp_path, "01", "a,new b,new c,new d,new")
    path = write(tmp_path, "02", "a,new c,new d,new")
    path.write_bytes(path.read_bytes() + b"b\xff,new\n")
    write(tmp_path, "03", "a,new b,won c,new")
    found = staged(tmp_path)
    assert told(found) == [
        ("stage_changed", "b", "2024-05-03", "new", "won"),  # against the last time that it could be read
        ("deleted", "d", "2024-05-03", None, None),
    ]
    assert found.files[1].rows == 4
    assert "deletions_not_told" in found.files[1].flags
    assert any("unreadable rows" in warning for warning in found.warnings)


def test_a_row_without_key_is_rejected(tmp_path: Path) -> None:
    write(tmp_path, "01", "a,new ,old")
    found = staged(tmp_path)
    assert rows(found, "line", "ignored", "reason", "raw") == [
        (2, "first snapshot", None, None),
        (3, None, "missing_key", ",old"),
    ]


def test_a_key_that_stands_twice_is_one_row_whatever_their_order(tmp_path: Path) -> None:
    write(tmp_path, "01", "a,new b,new")
    seen = []
    for text in ("a,won a,lost b,new", "a,lost a,won b,new", "b,new a,lost a,won"):
        write(tmp_path, "02", text)
        found = staged(tmp_path)
        seen.append(told(found))
        assert sorted(map(str, ignored(found)["leads_2024-05-02.csv"])) == [
            "None", "twice in one snapshot", "unchanged",
        ]  # fmt: skip
    assert seen[0] == seen[1] == seen[2]
    assert told(staged(tmp_path, snapshot={"order": "stage"}))[0][4] == "lost"
    assert told(staged(tmp_path, snapshot={"order": "-stage"}))[0][4] == "won"


def test_files_of_one_moment_are_parts_of_one_snapshot(tmp_path: Path) -> None:
    write(tmp_path, "01", "a,new b,new", "_part1")
    write(tmp_path, "01", "c,new d,new", "_part2")
    write(tmp_path, "02", "d,won b,new", "_part1")
    write(tmp_path, "02", "a,new", "_part2")
    found = staged(tmp_path)
    assert told(found) == [
        ("deleted", "c", "2024-05-02", None, None),
        ("stage_changed", "d", "2024-05-02", "new", "won"),
    ]


def test_a_late_file_is_put_in_its_place_and_only_its_successor_is_read_again(tmp_path: Path) -> None:
    days = {"01": "a,new b,new", "02": "a,won b,new", "03": "a,won b,lost", "04": "a,won b,lost c,new"}
    for day, text in days.items():
        if day != "02":
            write(tmp_path, day, text)
    before = staged(tmp_path)
    assert before.read == 3
    assert ("stage_changed", "a", "2024-05-03", "new", "won") in told(before)
    write(tmp_path, "02", days["02"])
    late = staged(tmp_path)
    assert late.read == 2  # the late one and the one after it
    assert ("stage_changed", "a", "2024-05-02", "new", "won") in told(late)
    assert staged(tmp_path).read == 0
    (tmp_path / "new").mkdir()
    for day, text in days.items():
        write(tmp_path / "new", day, text)
    assert told(late) == told(staged(tmp_path / "new"))


def test_files_that_are_gone_stay_what_they_were(tmp_path: Path) -> None:
    write(tmp_path, "01", "a,new b,new")
    second = write(tmp_path, "02", "a,won b,new")
    first = told(staged(tmp_path))
    (tmp_path / "leads_2024-05-01.csv").unlink()
    assert told(staged(tmp_path)) == first
    write(tmp_path, "03", "a,won b,lost")
    with_third = told(staged(tmp_path))
    assert with_third == [*first, ("stage_changed", "b", "2024-05-03", "new", "lost")]
    second.unlink()
    write(tmp_path, "04", "a,won b,won")
    assert told(staged(tmp_path))[: len(with_third)] == with_third
    write(tmp_path, "06", "a,won b,new")
    (tmp_path / "leads_2024-05-04.csv").unlink()
    found = staged(tmp_path)
    assert any("leads_2024-05-04.csv, is gone" in warning for warning in found.warnings)
    assert ignored(found)["leads_2024-05-06.csv"] == ["first snapshot"] * 2


def test_the_file_s_own_time_is_the_last_resort(tmp_path: Path) -> None:
    for name, text, at in (("x.csv", "id,stage\na,new\n", 1714521600), ("y.csv", "id,stage\na,won\n", 1714608000)):
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (at, at))
    snapshot = {key: value for key, value in SNAPSHOT.items() if key != "taken_at"}
    source = {"name": "crm", "mode": "snapshot", "files": "*.csv", "columns": {}, "identifiers": {"crm_contact": "id"}}
    config = project(tmp_path, {**source, "snapshot": snapshot})
    found = stage(config)
    assert told(found) == [("stage_changed", "a", "2024-05-02", "new", "won")]
    assert {tuple(file.flags) for file in found.files} == {("dated_by_file_time",)}
    assert "their files' own times count" in found.warnings[0]
    os.utime(tmp_path / "x.csv", (1714800000, 1714800000))  # copied: the time first seen stands
    assert told(stage(config)) == told(found)


def test_a_column_tells_when_and_one_file_may_hold_several_snapshots(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("day,id,stage\n2024-05-02,a,won\n2024-05-01,a,new\n2024-05-01,b,new\n,c,new\n")
    (tmp_path / "b.csv").write_text("day,id,stage\n2024-05-03,a,won\n2024-05-03,b,new\n")
    found = staged(tmp_path, "*.csv", {"taken_at": "day"})
    assert told(found) == [
        ("stage_changed", "a", "2024-05-02", "new", "won"),
        ("deleted", "b", "2024-05-02", None, None),
        ("created", "b", "2024-05-03", None, None),
    ]
    assert rows(found, "reason").count("missing_time") == 1
    assert [file.rows for file in found.files] == [4, 2]


def test_created_at_dates_new_rows_even_in_the_first_snapshot(tmp_path: Path) -> None:
    (tmp_path / "leads_2024-05-01.csv").write_text("id,stage,made\na,new,2024-04-01T10:00:00Z\nb,new,\n")
    found = staged(tmp_path, snapshot={"created_at": "made"})
    assert rows(found, "ident", "ignored") == [("a", None), ("b", "first snapshot")]
    assert rows(found, "event_id")[0] == "a:created:2024-04-01T10:00:00Z"


def test_rules_see_the_row_and_what_changed(tmp_path: Path) -> None:
    write(tmp_path, "01", "a,new b,new c,won")
    write(tmp_path, "02", "a,won b,lost c,new")
    events = {
        "stage_changed": [
            {"event": "deal_won", "where": {"stage": "won"}},
            {"event": "deal_reopened", "where": {"old": "won"}, "set": {"was": "old"}},
            {"event": "deal_lost", "where": {"field": "stage", "new": "lost"}},
        ]
    }
    found = staged(tmp_path, events=events)
    assert [row[0] for row in told(found)] == ["deal_won", "deal_lost", "deal_reopened"]
    assert json.loads(rows(found, "properties")[-1])["was"] == "won"


def test_documents_parquet_and_databases_are_compared_too(tmp_path: Path) -> None:
    for day, stage_of_a in (("01", "new"), ("02", "won")):
        people = [{"id": "a", "deal": {"stage": stage_of_a}}, {"id": "b", "deal": {"stage": "new"}}]
        (tmp_path / f"leads_2024-05-{day}.json").write_text(json.dumps({"people": people}))
    found = staged(tmp_path, "*.json", {"watch": ["deal.stage"]}, rows="people[*]")
    assert [row[1:] for row in told(found)] == [("a", "2024-05-02", "new", "won")]
    assert [file.rows for file in found.files] == [2, 2]
    with duckdb.connect(str(tmp_path / "crm.duckdb")) as con:
        con.sql("CREATE TABLE t AS SELECT * FROM (VALUES (1, 'new', DATE '2024-05-01'), (1, 'won', DATE '2024-05-02'), "
                "(2, 'new', DATE '2024-05-01'), (2, 'new', DATE '2024-05-02')) AS v(id, stage, day)")  # fmt: skip
        con.sql(f"COPY (SELECT id, stage FROM t WHERE day = '2024-05-01') TO '{tmp_path}/leads_2024-05-01.parquet'")
        con.sql(f"COPY (SELECT id, stage FROM t WHERE day = '2024-05-02') TO '{tmp_path}/leads_2024-05-02.parquet'")
    expected = [("stage_changed", "1", "2024-05-02", "new", "won")]
    assert told(staged(tmp_path, "*.parquet")) == expected
    database = staged(tmp_path, [], {"taken_at": "day"}, database="crm.duckdb", table="t")
    assert told(database) == expected


def test_a_file_that_does_not_say_when_is_an_error_that_names_the_pattern(tmp_path: Path) -> None:
    (tmp_path / "leads_may.csv").write_text("id,stage\na,new\n")
    (tmp_path / "leads_2024-13-45.csv").write_text("id,stage\na,new\n")
    with pytest.raises(JourneyError) as caught:
        staged(tmp_path)
    messages = [problem.message for problem in caught.value.problems]
    assert messages == ["'leads_2024-13-45' is no date", "no date like 'leads_%Y-%m-%d' in the name"]
    assert caught.value.problems[0].key == "sources.crm.snapshot.taken_at"


def test_a_watched_column_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "01", "a,new")
    with pytest.raises(JourneyError) as caught:
        staged(tmp_path, snapshot={"watch": ["stages"]})
    assert "no column 'stages'" in caught.value.problems[0].message
