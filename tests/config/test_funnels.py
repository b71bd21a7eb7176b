"""`funnels` of journey.yaml: what they ask, and every mistake with its line and key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from journey_analytics.config.load import load_config
from journey_analytics.errors import ConfigError, Problem
from tests.project import write_project


def loaded(tmp_path: Path, funnels: str) -> Path:
    path = write_project(tmp_path / "p")
    path.write_text(path.read_text(encoding="utf-8") + f"funnels:\n{funnels}", encoding="utf-8")
    return path


def problems(tmp_path: Path, funnels: str) -> list[Problem]:
    path = loaded(tmp_path, funnels)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return caught.value.problems


def test_a_funnel_becomes_the_parameters_of_the_library(tmp_path: Path) -> None:
    text = """\
  - name: checkout
    steps: [product_viewed, [cart_added, quote_requested], {where: "value > 100", events: order_completed, name: dear}]
    exclude: [order_refunded, {event: email_bounced, after: 1, before: 2}]
    step_windows: {3: 1h}
    optional: [2]
"""
    (funnel,) = load_config(loaded(tmp_path, text)).funnels
    assert funnel.arguments() == {
        "steps": [
            "product_viewed",
            ["cart_added", "quote_requested"],
            {"where": "value > 100", "events": "order_completed", "name": "dear"},
        ],
        "window": timedelta(days=14),
        "order": "ordered",
        "exclude": ["order_refunded", ("email_bounced", 1, 2)],
        "exclusion": "attempt",
        "optional": [2],
        "step_windows": {3: timedelta(hours=1)},
        "count": "customers",
        "ties": "order",
    }


def test_a_window_can_be_switched_off(tmp_path: Path) -> None:
    (funnel,) = load_config(loaded(tmp_path, "  - {name: a, steps: [x, y], window: false}\n")).funnels
    assert funnel.window is None


@pytest.mark.parametrize(
    ("funnel", "key", "said"),
    [
        ("{steps: [a, b]}", "funnels[0].name", "missing"),
        ("{name: a, steps: []}", "funnels[0].steps", "at least 1"),
        ("{name: a, steps: [x], windw: 1d}", "funnels[0].windw", "unknown key"),
        ("{name: a, steps: [x, y], window: soon}", "funnels[0].window", "soon"),
        ("{name: a, steps: [x, y], order: sorted}", "funnels[0].order", "sorted"),
        ("{name: a, steps: [x, y, z], optional: [3]}", "funnels[0].optional", "cannot be optional"),
        ("{name: a, steps: [x, y], order: any, exclude: [z]}", "funnels[0].exclude", "in any order"),
        ("{name: a, steps: [x, {where: colour > 3}]}", "funnels[0].steps", "does not work"),
        (
            "{name: a, steps: [x, {where: \"(select count(*) from read_csv('x')) > 0\"}]}",
            "funnels[0].steps",
            "does not work",
        ),
        ("{name: a, steps: [x, y], step_windows: {5: 1d}}", "funnels[0].step_windows", "no step before"),
    ],
)
def test_a_mistake_has_its_key_and_line(tmp_path: Path, funnel: str, key: str, said: str) -> None:
    found = problems(tmp_path, f"  - {funnel}\n")
    assert [problem.key for problem in found] == [key]
    assert said in found[0].message
    assert found[0].line == 15


def test_two_funnels_of_one_name(tmp_path: Path) -> None:
    found = problems(tmp_path, "  - {name: a, steps: [x]}\n  - {name: a, steps: [y]}\n")
    assert [(problem.key, problem.line) for problem in found] == [("funnels[1].name", 16)]
