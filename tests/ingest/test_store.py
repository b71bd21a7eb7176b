"""What is read again and what is not; what a killed run leaves; files that vanish, move and grow."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.config.model import Config
from journey_analytics.errors import ConfigError, JourneyError
from tests.ingest.staging import project, rows, stage

HEAD = "at,event,email\n"
ROW = "2024-05-01,x,a@example.org\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text(HEAD + ROW)
    (tmp_path / "b.csv").write_text(HEAD + ROW.replace("x", "y"))
    return tmp_path


def read(config: Config, **options: Any) -> int:
    return stage(config, **options).read


def test_an_unchanged_file_is_not_read_twice(folder: Path) -> None:
    config = project(folder)
    first = stage(config)
    assert first.read == 2
    again = stage(config)
    assert (again.read, again.files, again.warnings) == (0, first.files, [])


def test_touching_a_file_reads_nothing_and_a_grown_one_is_read_alone(folder: Path) -> None:
    config = project(folder)
    stage(config)
    os.utime(folder / "a.csv", (1, 1))
    assert read(config) == 0
    with (folder / "a.csv").open("a") as file:
        file.write(ROW.replace("x", "z"))
    grown = stage(config)
    assert (grown.read, sorted(rows(grown, "event_name"))) == (1, ["x", "y", "z"])
    assert len(list(grown.folder.glob("*.parquet"))) == 2


def test_a_replaced_file_replaces_its_own_rows(folder: Path) -> None:
    config = project(folder)
    stage(config)
    (folder / "a.csv").write_text(HEAD + ROW.replace("x", "new"))
    assert sorted(rows(stage(config), "event_name")) == ["new", "y"]


def test_another_mapping_reads_again(folder: Path) -> None:
    stage(project(folder))
    assert read(project(folder, {"timezone": "Europe/Amsterdam"})) == 2
    assert read(project(folder, {"timezone": "Europe/Amsterdam"})) == 0
    assert read(project(folder, identity={"ignore": ["b@*"]})) == 2
    assert read(project(folder, identity={"ignore": ["b@*"], "max_people": 9})) == 0
    assert read(project(folder, identity={"ignore": ["b@*"]}), full_refresh=True) == 2


def test_a_vanished_file_is_kept_with_a_warning_until_a_full_refresh(folder: Path) -> None:
    config = project(folder)
    stage(config)
    (folder / "a.csv").unlink()
    kept = stage(config)
    assert sorted(rows(kept, "event_name")) == ["x", "y"]
    assert "a.csv" in kept.warnings[0]
    assert rows(stage(config, full_refresh=True), "event_name") == ["y"]


def test_a_moved_file_is_counted_once(folder: Path) -> None:
    config = project(folder, {"dedupe": "none"})
    stage(config)
    (folder / "a.csv").rename(folder / "c.csv")
    moved = stage(config)
    assert ([file.file for file in moved.files], moved.warnings) == (["b.csv", "c.csv"], [])


def test_a_file_taken_out_of_the_configuration_is_dropped(folder: Path) -> None:
    stage(project(folder))
    assert rows(stage(project(folder, {"files": "b.csv"})), "event_name") == ["y"]


def test_sources_no_longer_configured_stay_on_disk_until_a_full_refresh(folder: Path) -> None:
    stage(project(folder, {"name": "old"}, {"name": "shop"}))
    only = stage(project(folder))
    assert {file.source for file in only.files} == {"shop"}
    assert len(list(only.folder.glob("*.json"))) == 4
    stage(project(folder), full_refresh=True)
    assert len(list(only.folder.glob("*.json"))) == 2


def test_a_pattern_without_files_is_an_error_first_and_a_warning_later(folder: Path) -> None:
    config = project(folder)
    with pytest.raises(ConfigError, match=r"no file matches 'none/\*\.csv'"):
        stage(project(folder, {"files": ["*.csv", "none/*.csv"]}))
    stage(config)
    for name in ("a.csv", "b.csv"):
        (folder / name).unlink()
    found = stage(config)
    assert (len(found.files), any("no file matches" in warning for warning in found.warnings)) == (2, True)


def test_what_a_killed_run_left_is_removed(folder: Path) -> None:
    config = project(folder)
    before = stage(config)
    for name in ("0000.parquet.tmp", "0000.json.tmp", "0000-aa.parquet"):
        (before.folder / name).write_text("half")
    (before.folder / ".reading").mkdir(exist_ok=True)
    (before.folder / "00ff.json").write_text("{broken")
    after = stage(config)
    assert (after.read, after.files) == (0, before.files)
    assert sorted(path.suffix for path in after.folder.iterdir()) == [".json", ".json", ".parquet", ".parquet"]


def test_a_sidecar_without_its_parquet_file_is_staged_again(folder: Path) -> None:
    config = project(folder)
    before = stage(config)
    before.paths("shop")[0].unlink()
    assert (read(config), len(stage(config).files)) == (1, 2)


def test_the_sidecar_holds_the_staged_file(folder: Path) -> None:
    staged = stage(project(folder))
    file = staged.files[0]
    assert json.loads((staged.folder / f"{file.file_key:016x}.json").read_text()) == file.to_json()
    assert (file.file, file.role, file.rows, file.source) == ("a.csv", "events", 1, "shop")
    assert file.file_key > 0


def test_empty_and_header_only_files_have_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "b.csv").write_text(HEAD)
    staged = stage(project(tmp_path))
    assert ([file.rows for file in staged.files], rows(staged, "line")) == ([0, 0], [])


def test_a_wrong_delimiter_names_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + ROW)
    with pytest.raises(ConfigError) as caught:
        stage(project(tmp_path, {"delimiter": ";"}))
    text = str(caught.value)
    assert "no column 'at'" in text
    assert "at,event,email" in text
    assert "';'" in text
    assert "delimiter" in text


def test_a_misspelt_column_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("timestamp,event,email\n" + ROW)
    with pytest.raises(ConfigError, match="Did you mean 'timestamp'"):
        stage(project(tmp_path, {"columns": {"occurred_at": "timestmp", "event_name": "event"}}))


def test_a_folder_in_place_of_files(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with pytest.raises(ConfigError, match=r"logs/\*\.csv"):
        stage(project(tmp_path, {"files": "logs"}))


def test_a_file_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests may run as root, whom no mode stops, so the refusal of the system is played.
    real = Path.open

    def refuse(self: Path, *arguments: Any, **options: Any) -> Any:
        if self.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        return real(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(JourneyError, match="permission"):
        stage(project(folder))
    monkeypatch.undo()
    assert read(project(folder)) == 1  # the other file was staged all the same


def test_names_with_brackets_and_quotes(tmp_path: Path) -> None:
    (tmp_path / "it's [1].csv").write_text(HEAD + ROW)
    assert rows(stage(project(tmp_path, {"files": "it's [1].csv"})), "event_name") == ["x"]


def test_original_text_of_many_rejects_and_long_lines(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + f",x,{'y' * 5000}\n" + ",x,a@example.org\n" * 500 + ROW)
    found = rows(stage(project(tmp_path)), "reason", "raw", "line")
    assert len(found[0][1]) == 4000
    assert {row[:2] for row in found[1:501]} == {("missing_time", ",x,a@example.org")}
    assert found[501] == (None, None, 503)
    assert [row[2] for row in found] == list(range(2, 504))


def test_rejects_of_the_reader_stand_among_the_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(
        HEAD.encode() + ROW.encode() + b"2024-05-01,\xff\xfe,a@example.org\n" + ROW.encode()
    )
    staged = stage(project(tmp_path))
    assert rows(staged, "line", "reason") == [(2, None), (3, "not_utf8"), (4, None)]
    assert staged.files[0].rows == 3


def test_a_file_that_links_lead_to_several_times_is_read_once(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / "a.csv").write_text(HEAD + ROW)
    (real / "loop").symlink_to(real)
    (tmp_path / "elsewhere").symlink_to(real)
    staged = stage(project(tmp_path, {"files": "real/**/*.csv", "dedupe": "none"}))
    assert [file.file for file in staged.files] == ["real/a.csv"]
    assert rows(staged, "event_name") == ["x"]
    assert rows(stage(project(tmp_path, {"files": "elsewhere/*.csv"})), "event_name") == ["x"]
