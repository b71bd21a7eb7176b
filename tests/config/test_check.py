"""`check` looks at the inputs and writes nothing."""

from pathlib import Path

from journey_analytics.config.check import check
from journey_analytics.engine.duck import connect
from tests.ingest.staging import project

HEAD = "at,event,email\n"


def test_good_inputs_have_no_problems_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + "2024-05-01,x,a@example.org\nbad,x,a@example.org\n")
    connect(tmp_path / "crm.duckdb").execute(
        "CREATE TABLE t AS SELECT 1714557600 AS at, 'x' AS event, 'e' AS email"
    ).close()
    config = project(tmp_path, {}, {"name": "crm", "files": [], "database": "crm.duckdb", "table": "t"})
    assert check(config) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "crm.duckdb"]


def test_every_problem_of_the_inputs(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + "12/30/2020,x,a@example.org\n")
    (tmp_path / "b.csv").write_text("time,event\n2024-05-01,x\n")
    (tmp_path / "notes.xyz").write_text(HEAD)
    config = project(
        tmp_path,
        {"name": "times", "files": "a.csv"},
        {"name": "columns", "files": "b.csv"},
        {"name": "none", "files": "c/*.csv"},
        {"name": "hub", "connector": "hubspot", "files": "*.xyz", "columns": {}, "identifiers": {}},
        {"name": "database", "files": [], "database": "crm.duckdb", "table": "t"},
    )
    text = "\n".join(str(problem) for problem in check(config))
    assert "none of the first 1 rows has a time that can be read (unparsable_time: 12/30/2020)" in text
    assert "no column 'at'; the columns found are: time, event" in text
    assert "no column 'email'" in text
    assert "no file matches 'c/*.csv'" in text
    assert "no table that the connector 'hubspot' knows" in text
    assert "the database 'crm.duckdb' does not exist" in text


def test_a_format_that_reads_no_row_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + "2024-05-01,x,a@example.org\n" * 3)
    (tmp_path / "b.csv").write_text(HEAD + "2024-05-01,x,a@example.org\n")
    config = project(
        tmp_path,
        {"name": "wrong", "files": "a.csv", "format": "jsonl"},
        {"name": "logs", "files": "b.csv", "connector": "access_log", "columns": {}, "identifiers": {}},
    )
    first, second = check(config)
    assert first.key == "sources.wrong.format"
    assert "none of its 4 rows can be read as jsonl" in first.message
    assert "Take `format` out" in str(first.remedy)
    assert second.key == "sources.logs.connector"
    assert "none of its 2 rows can be read" in second.message


def test_a_file_in_another_encoding_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes((HEAD + "2024-05-01,caf\u00e9,a@example.org\n" * 3).encode("windows-1252"))
    (problem,) = check(project(tmp_path, {"files": "a.csv"}))
    assert problem.message == "none of its 3 rows is UTF-8"
    assert "UTF-8" in str(problem.remedy)


def test_a_time_that_a_lookup_may_bring_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "campaign_recipient.csv").write_text("campaign_id,member_id,combination_id,list_id\n1,2,,3\n")
    (tmp_path / "campaign.csv").write_text("id,send_time,subject_line\n1,2024-05-01T00:00:00Z,x\n")
    config = project(
        tmp_path, {"name": "mc", "files": "*.csv", "connector": "mailchimp", "columns": {}, "identifiers": {}}
    )
    assert check(config) == []
