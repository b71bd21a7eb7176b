"""Wrong configurations and usage: exit code 2, one message for each fault, with its line, and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey_analytics.cli.main import main
from tests.bad_input.project import CONFIG, GOOD, ask, publish, write

RULE = "rules: [{events: [page_viewed]"


@pytest.mark.parametrize(
    ("found", "written", "words"),
    [
        ("connector: table", "connector: tabel", "journey.yaml:3: sources[0].connector: unknown connector 'tabel'"),
        ("    channel", "\tchannel", "journey.yaml:4: a tab in the indentation"),
        ("identifiers:", "identifers:", "Did you mean 'identifiers'?"),
        ("sources:", "sources: &a [*a]\nx:", "nested without end"),
        ("sources:", "sources: 5\nx:", "should be a list, found 5"),
        ("sources:", "journeys: {timeout: 99999999999d}\nsources:", "longer than a hundred years"),
        ("sources:", "sessions: {timeout: -5m}\nsources:", "is no duration"),
        ("sources:", "resources: {threads: 1000000}\nsources:", "resources.threads"),
        ("sources:", "resources: {memory: 99999999TB}\nsources:", "is no amount of memory"),
        ("sources:", "publish: {mode: '0000'}\nsources:", "is no file mode"),
        ("sources:", "identity: {unlink: [[a], ['user_id:a', 'b']]}\nsources:", "is no pair"),
        ("name: Have", "name: ''", "the stage has no name"),
        (RULE, RULE + ", where: 'nope > 1'", "the condition does not work"),
        (RULE, RULE + ", where: '1=1); drop table x; --'", "the condition does not work"),
        (RULE, RULE + ", where: 'random() > 0.5'", "the condition does not work"),
        (RULE, RULE + ", where: \"error('x')\"", "the condition does not work"),
        (RULE, RULE + ", where: \"(select count(*) from glob('*')) > 0\"", "file system operations are disabled"),
    ],
)
def test_a_wrong_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], found: str, written: str, words: str
) -> None:
    assert found in CONFIG
    config = write(tmp_path / "p", {"a.csv": GOOD}, CONFIG.replace(found, written, 1))
    assert main(["check", "--config", str(config)]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told


@pytest.mark.parametrize("moment", ["tomorrow", "2026-13-01", "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
def test_a_moment_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], moment: str) -> None:
    config = write(tmp_path / "p", {"a.csv": GOOD})
    assert main(["run", "--as-of", moment, "--config", str(config)]) == 2
    assert "is no moment" in capsys.readouterr().err


def test_hostile_rules_mean_what_they_say(tmp_path: Path) -> None:
    """Globs know `*` and `?` only; a condition that fails on a row does not match it; JSON's escapes are characters."""
    rows = "".join(
        f"x{n},2026-01-03T10:0{n}:00Z,zed,,{name},{url}\n"
        for n, (name, url) in enumerate([("a[b]", "12"), ("it's", "x"), ("\U0001f600", ""), ("aXb", "")])
    )
    stages = r"""
  - {name: Look, rules: [{events: ['[a-z]*', "a[b]", '(?i)ZZ', "'; drop table events; --"]}]}
  - {name: Want, rules: [{events: ["it's", "\ud83d\ude00"], where: "url is null or url::int > 0"}]}
  - {name: Cast, rules: [{events: ['*'], where: "url::int = 12 and event_name <> 'a[b]'"}]}
  - {name: Have, rules: [{events: [order_completed]}]}
"""
    config = write(tmp_path / "p", {"a.csv": GOOD + rows}, CONFIG.partition("stages:")[0] + "stages:" + stages)
    with publish(config) as warehouse:
        found = dict(ask(warehouse, "select event_id, stage from events where event_id like 'x%'"))
    assert found == {"x0": "Look", "x1": "Look", "x2": "Want", "x3": "Want"}
