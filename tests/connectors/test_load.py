"""Connectors: every shipped one is valid, one's own is found by path, mistakes are told with line and remedy."""

from pathlib import Path

import pytest

from journey_analytics.connectors.load import load_connector, shipped
from journey_analytics.errors import ConfigError, Problem
from tests.ingest.staging import project, rows, stage

DOCS = Path(__file__).parent.parent.parent / "docs" / "connectors.md"


def problems(folder: Path, text: str) -> list[Problem]:
    (folder / "own.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_connector("own.yaml", folder)
    return caught.value.problems


def test_the_shipped_connectors_are_valid(tmp_path: Path) -> None:
    assert {"hubspot", "segment", "sendgrid", "table"} <= set(shipped())
    for name in shipped():
        assert load_connector(name, tmp_path).name == name


def test_an_unknown_connector_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'sendgrid'"):
        load_connector("sendgird", tmp_path)
    with pytest.raises(ConfigError, match="file not found"):
        load_connector("own.yaml", tmp_path)


def test_all_mistakes_of_a_connector_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """chanel: email
actor: customers
columns: {occured_at: t}
events:
  open: {event: email_opened, were: {a: b}}
  click: {event: email_clicked, where: [a]}
""",
    )
    assert {(p.line, p.key) for p in found} == {
        (1, "chanel"),
        (2, "actor"),
        (5, "events.open[0].were"),
        (6, "events.click[0].where"),
    }
    found = problems(
        tmp_path,
        "columns: {occured_at: t}\nstreams:\n  - {name: a, lookups: [{stream: c, key: x, add: {y: z}}]}\n"
        "  - {name: a, timezone: Mars, lookups: [{stream: a, key: x, on: y, add: {z: z}}]}\n",
    )
    told = " ".join(str(p) for p in found)
    assert "Did you mean 'occurred_at'" in told
    assert "two streams are called 'a'" in told
    assert "no stream 'c'" in told
    assert "no identifiers" in told
    assert "unknown time zone 'Mars'" in told
    assert "unknown key" not in told  # a bare `on` is a key like any other, not YAML's true
    assert all(p.file == "own.yaml" and p.line for p in found)


def test_the_example_of_the_documentation_works(tmp_path: Path) -> None:
    text = DOCS.read_text(encoding="utf-8")
    example = text.split("```yaml\n# mailer.yaml", 1)[1].split("```", 1)[0]
    assert len(example.splitlines()) < 30
    (tmp_path / "mailer.yaml").write_text("# mailer.yaml" + example)
    (tmp_path / "log.jsonl").write_text(
        '{"batch": [{"ts": 1714557600, "kind": "delivered", "msg": "m1", "to": {"email": "Ann@example.org"}},'
        ' {"ts": 1714557601, "kind": "opened", "msg": "m1", "bot": true, "to": {"email": "Ann@example.org"}},'
        ' {"ts": 1714557602, "kind": "ping"}]}\n'
    )
    (tmp_path / "people.csv").write_text("address,crm_id\nann@example.org,17\n")
    config = project(
        tmp_path, {"connector": "mailer.yaml", "files": ["log.jsonl", "people.csv"], "columns": {}, "identifiers": {}}
    )
    staged = stage(config)
    assert rows(staged, "event_name", "actor", "ident_kind", "ident", "ignored", "reason")[:3] == [
        ("email_delivered", "company", "email", "ann@example.org", None, None),
        ("email_opened", "machine", "email", "ann@example.org", None, None),
        ("ping", "company", None, None, "heartbeat", None),
    ]
    assert rows(staged, "ident_kind", "other_idents", "ignored")[3] == (
        "shop.crm_contact", [{"kind": "email", "value": "ann@example.org"}], "links only",
    )  # fmt: skip


def test_mistakes_in_patterns_and_headers(tmp_path: Path) -> None:
    base = "event: x\ncolumns: {occurred_at: at}\nidentifiers: {cookie: who}\n"
    (found,) = problems(tmp_path, base + 'format: lines\npattern: "(?P<at>x"\n')
    assert (found.line, found.key) == (5, "pattern")
    assert "no regular expression: missing" in found.message
    (found,) = problems(tmp_path, base + 'pattern: "(x)"\n')
    assert "no named group" in found.message
    told = [p.message for p in problems(tmp_path, base + 'header: [at, who, AT, ""]\n')]
    assert told == ["the column 'AT' is named twice", "a column has no name"]
