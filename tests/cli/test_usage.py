"""Usage, configuration and exit codes of the command, in this process; whole runs are tested in tests/pipelines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from journey_analytics.cli.main import COMMANDS, main
from journey_analytics.cli.options import moment
from journey_analytics.errors import ConfigError
from tests.project import write_project

COMPARE = ["compare", "--left", "true", "--right", "false"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for module in COMMANDS:
        assert f"    {module.__name__.rpartition('.')[2]} " in text


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run", "--nonsense"], ["sample", "x", "--customers", "many"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize("command", [["check"], ["run"], ["status"], ["report"], ["customer", "ann"], COMPARE])
def test_without_a_configuration_there_is_one_message_with_a_remedy(
    command: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("journey: journey.yaml: no such file\n  → ")


def test_check_finds_nothing_wrong_with_a_good_project(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_project(folder / "p")
    assert main(["check", "--config", str(config)]) == 0
    assert capsys.readouterr().out.endswith("journey.yaml: no problems found\n")


def test_check_names_every_problem(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_project(folder / "p")
    config.write_text(
        config.read_text().replace("stages:", "timezzone: UTC\nstages:").replace("timezone: UTC", "timezone: Mars")
    )
    assert main(["check", "--json", "--config", str(config)]) == 2
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert len(problems) >= 2
    assert any("timezzone" in str(problem) for problem in problems)
    assert any("Mars" in str(problem) for problem in problems)


def test_status_before_the_first_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_project(folder / "p")
    assert main(["status", "--config", str(config)]) == 0
    assert "nothing published yet" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["report"], ["customer", "ann"], COMPARE])
def test_questions_before_the_first_run_say_what_to_do(
    command: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_project(folder / "p")
    assert main([*command, "--config", str(config)]) == 1
    assert "journey run" in capsys.readouterr().err


def test_a_sample_never_overwrites(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "thesis.txt").write_text("years of work")
    assert main(["sample", "mine"]) == 2
    assert "not empty" in capsys.readouterr().err
    assert [file.name for file in (folder / "mine").iterdir()] == ["thesis.txt"]


def test_a_sample_is_written_and_checks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "new", "--customers", "60", "--days", "150", "--seed", "3", "--json"]) == 0
    config = json.loads(capsys.readouterr().out)["config"]
    assert main(["check", "--config", config]) == 0


def test_a_sample_without_stories_says_so_in_its_truth(folder: Path) -> None:
    assert main(["sample", "null", "--customers", "5", "--days", "400", "--nothing-planted"]) == 0
    assert json.loads((folder / "null/truth/summary.json").read_text())["made_with"]["planted"] is False
    assert json.loads((folder / "null/truth/planted.json").read_text()) == []


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-03-31", "UTC", datetime(2026, 3, 31, tzinfo=UTC)),
        ("2026-03-31", "Europe/Amsterdam", datetime(2026, 3, 30, 22, tzinfo=UTC)),
        ("2026-03-31T23:00:00+05:00", "Europe/Amsterdam", datetime(2026, 3, 31, 18, tzinfo=UTC)),
    ],
)
def test_moments_without_an_offset_are_in_the_reporting_zone(text: str, zone: str, expected: datetime) -> None:
    assert moment(text, zone) == expected


def test_a_moment_that_is_none_is_wrong_usage() -> None:
    with pytest.raises(ConfigError, match="'soon' is no moment"):
        moment("soon", "UTC")
