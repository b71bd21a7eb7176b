"""Which files a source reads where links lead to them: each real file once, under its shortest path."""

from __future__ import annotations

import glob
from pathlib import Path

import pytest

from journey_analytics.ingest.inputs import find_inputs
from journey_analytics.ingest.patterns import matching
from tests.ingest.staging import project, rows, stage

ROW = "at,event,email\n2024-05-01,x,a@example.org\n"


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A folder with one file."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.csv").write_text(ROW)
    return tmp_path / "real"


def names(folder: Path, *patterns: str) -> list[str]:
    config = project(folder, {"files": list(patterns)})
    return [item.name for item in find_inputs(config.sources[0], folder, "journey.yaml")[0]]


@pytest.mark.parametrize("dedupe", ["none", "content"])
def test_a_link_that_leads_back_brings_no_row_twice(tmp_path: Path, real: Path, dedupe: str) -> None:
    (real / "loop").symlink_to(".")
    staged = stage(project(tmp_path, {"files": "real/**/*.csv", "dedupe": dedupe}))
    assert [file.file for file in staged.files] == ["real/a.csv"]
    assert rows(staged, "event_name") == ["x"]


def test_many_links_that_lead_back_are_gone_through_once(tmp_path: Path, real: Path) -> None:
    for number in range(8):  # followed one into the other, these never end
        (real / f"loop{number}").symlink_to(tmp_path)
    assert names(tmp_path, "**/*.csv", "real/**", "real/**/loop1/**/a.csv") == ["real/a.csv"]


def test_several_paths_to_one_file_are_one_input(tmp_path: Path, real: Path) -> None:
    (tmp_path / "b").symlink_to(real)
    (real / "0.csv").symlink_to("a.csv")
    assert names(tmp_path, "*/*.csv", "b/../real/a.csv", "real/0.csv") == ["real/a.csv"]
    (tmp_path / "z.csv").symlink_to(real / "a.csv")
    assert names(tmp_path, "**/*.csv") == ["z.csv"]


def test_a_link_to_another_folder_is_followed(tmp_path: Path, real: Path) -> None:
    (tmp_path / "p" / "logs").mkdir(parents=True)
    (tmp_path / "p" / "logs" / "march").symlink_to(real)
    (tmp_path / "p" / "logs" / "gone.csv").symlink_to("nowhere")
    assert names(tmp_path / "p", "logs/**/*.csv") == ["logs/gone.csv", "logs/march/a.csv"]
    assert names(tmp_path / "p", "logs/march/*.csv") == ["logs/march/a.csv"]


@pytest.mark.parametrize(
    "pattern",
    [
        "**",
        "**/*",
        "**/*.csv",
        "*/**/*.csv",
        "**/x/**/*.csv",
        "**/x/**",
        ".hid/**/*",
        "**/[[]a[]]/*",
        "x/**",
        "no/**/*",
    ],
)
def test_without_links_patterns_match_what_pythons_do(tmp_path: Path, pattern: str) -> None:
    for folder in ("x/y/x", ".hid/x", "[a]/x", "x/.hid"):
        (tmp_path / folder).mkdir(parents=True)
        for name in ("a.csv", "b.txt", ".c.csv"):
            (tmp_path / folder / name).write_text("")
    whole = tmp_path / pattern
    assert set(matching(whole)) == {Path(path) for path in glob.glob(str(whole), recursive=True)}
