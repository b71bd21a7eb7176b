"""`check` names the mapping's mistake, not its consequence, and counts rows as a run does."""

import json
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.cli.previews import previews
from journey_analytics.config.check import Looked, look
from journey_analytics.config.load import load_config
from journey_analytics.errors import ConfigError

AT = "2024-05-01T10:00:00Z"
EVENT = {"at": AT, "type": "Open", "to": "a@x.org"}
GOOD: dict[str, Any] = {
    "rows": "data.events[*]",
    "columns": {"occurred_at": "at", "event_name": "type"},
    "identifiers": {"email": "to"},
    "events": {"open": "email_opened", "*bounce": "email_bounced"},
}


def looked(folder: Path, lines: list[Any], **keys: Any) -> Looked:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "a.jsonl").write_text("\n".join(texts) + "\n")
    (folder / "v.yaml").write_text(json.dumps({k: v for k, v in {**GOOD, **keys}.items() if v is not None}))
    (folder / "journey.yaml").write_text("warehouse: wh\nsources: [{name: v, connector: v.yaml, files: a.jsonl}]\n")
    return look(load_config(folder / "journey.yaml"))


@pytest.mark.parametrize(
    ("rows", "message", "remedy"),
    [
        ("data.notes[*]", "`rows` step 'notes' of 'data.notes[*]' is in none of the first 2 documents", "Correct"),
        ("data.events[*].type[*]", "what stands before `[*]` is no list", "Take `[*]` out"),
        ("data.events", "`rows` 'data.events' leads to a list", '"data.events[*]"'),
        ([["data"], ["event[*]"]], "`rows` step 'event' of 'event[*]'", "Correct"),
        ([["data"], ["^.events[*]"]], "`rows` step 'events' of '^.events[*]'", "Correct"),
    ],
)
def test_wrong_rows_are_named(tmp_path: Path, rows: Any, message: str, remedy: str) -> None:
    (problem,) = looked(tmp_path, [{"data": {"events": [EVENT, EVENT]}}] * 2, rows=rows).problems
    assert message in problem.message
    assert problem.key == "sources.v.rows"
    assert remedy in str(problem.remedy)


def test_missing_rows_are_guessed(tmp_path: Path) -> None:
    (problem,) = looked(tmp_path, [{"id": 1, "tags": ["x"], "events": [EVENT]}], rows=None).problems
    assert 'write `rows: "events[*]"`' in str(problem.remedy)


def test_nobody_in_any_row_is_a_problem(tmp_path: Path) -> None:
    documents = [{"data": {"events": [EVENT]}}]
    (problem,) = looked(tmp_path, documents, identifiers={"email": ["^.^.^.to", "too"]}).problems
    assert problem.message == "no identifier in any of the first 1 rows: empty or junk are email: ^.^.^.to, too"
    mixed = [{"data": {"events": [EVENT, {**EVENT, "to": None}]}}]
    assert looked(tmp_path, mixed).problems == []


def test_names_that_are_not_listed_and_every_row_are_told(tmp_path: Path) -> None:
    ping, bounce = {**EVENT, "type": "PING"}, {**EVENT, "type": "Hard_Bounce"}
    found = looked(tmp_path, [{"data": {"events": [EVENT, ping, bounce]}}, "no json", {"data": {"events": []}}])
    assert found.problems == []
    (first,) = found.first
    assert first.unlisted == ["PING"]
    assert (first.rows, first.accepted, first.rejected, first.ignored) == (5, 3, {"unreadable_row": 1}, {"empty": 1})
    text = "\n".join(previews(found.first))
    assert "a.jsonl, 5 rows; 1 rejected: unreadable_row; 1 ignored: empty" in text
    assert "names not in `events`: PING (kept under their own names)" in text


def test_rows_of_a_wide_list_count_once(tmp_path: Path) -> None:
    events = [{"event": name, "at": name} for name in ("a", "b", "c")]
    row = {"id": 1, "to": "a@x.org", "a": AT, "b": AT, "c": [AT]}
    keys: dict[str, Any] = {"rows": None, "columns": {}, "events": events}
    keys["ignore"] = [{"where": {"id": 3}, "reason": "three"}]
    (first,) = looked(tmp_path, [row, {**row, "id": 3}, {**row, "b": "soon"}], **keys).first
    assert (first.rows, first.accepted, first.rejected, first.ignored) == (3, 5, {"unparsable_time": 1}, {"three": 1})


@pytest.mark.parametrize(
    ("keys", "key", "remedy"),
    [
        ({"rows": "$.data.events[*]"}, "rows", "'data.events[*]'"),
        ({"rows": [["^.data"], ["events[*]"]]}, "rows", "'data'"),
        ({"rows": "data.[x"}, "rows", "batch[*].events[*]"),
        ({"identifiers": {"email": "$.to[*]"}}, "identifiers.email", '`rows: "to[*]"`'),
        ({"columns": {**GOOD["columns"], "url": {"join": ["a", ["b", "c.*"]]}}}, "columns.url", '`rows: "c.*"`'),
        ({"ignore": [{"where": {"a[*].b": 1}, "reason": "x"}]}, "ignore[0].where", '`rows: "a[*].b"`'),
    ],
)
def test_paths_that_lead_nowhere_are_refused_at_load(tmp_path: Path, keys: Any, key: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        looked(tmp_path, [EVENT], **keys)
    (problem,) = caught.value.problems
    assert (problem.file, problem.key) == ("v.yaml", key)
    assert problem.line
    assert remedy in str(problem.remedy)
