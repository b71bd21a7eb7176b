"""The key `machine`: every rule is a switch, and mistakes are named with their key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.config.load import load_config
from journey_analytics.config.model import LinkBursts, Machine
from journey_analytics.engine.settings import machine_variables
from journey_analytics.errors import ConfigError

_REST = """
sources:
  - {name: a, connector: table, files: a.csv, columns: {occurred_at: t, event_name: e}, identifiers: {user_id: u}}
stages: {model: lifecycle}
"""


def _load(tmp_path: Path, text: str) -> Machine:
    path = tmp_path / "journey.yaml"
    path.write_text(text + _REST, encoding="utf-8")
    return load_config(path).machine


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("", "fast_clicks", timedelta(seconds=5)),
        ("machine: true", "link_bursts", LinkBursts()),
        ("machine: {fast_clicks: false}", "fast_clicks", None),
        ("machine: {fast_clicks: true}", "fast_clicks", timedelta(seconds=5)),
        ("machine: {fast_clicks: 2s}", "fast_clicks", timedelta(seconds=2)),
        ("machine: {link_bursts: false}", "link_bursts", None),
        ("machine: {link_bursts: {links: 5}}", "link_bursts", LinkBursts(links=5)),
        ("machine: {user_agents: false}", "user_agents", False),
    ],
)
def test_a_rule_is_a_switch(tmp_path: Path, text: str, key: str, value: Any) -> None:
    assert getattr(_load(tmp_path, text), key) == value


def test_false_switches_every_rule_off(tmp_path: Path) -> None:
    asked = machine_variables(_load(tmp_path, "machine: false"))
    assert not any(asked.values())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("machine: {user_agent: false}", "machine.user_agent"),
        ("machine: {fast_clicks: soon}", "machine.fast_clicks"),
        ("machine: {link_bursts: {links: 1}}", "machine.link_bursts.links"),
        ("machine: 3", "machine"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigError) as error:
        _load(tmp_path, text)
    assert [problem.key for problem in error.value.problems] == [key]
