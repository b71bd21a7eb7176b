"""The three planted stories are in the published tables beyond chance, and not there with --nothing-planted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from journey_analytics.sample import write_sample
from journey_analytics.warehouse import Warehouse
from tests.harness import run_pipeline
from tests.sample.stories import campaign_that_stayed, checkout_broke, deals_stall

COMMITTED = Path(__file__).parents[2] / "data" / "sample"
#: What the two stories of the shop need of journey.yaml; without the other logs it is read in half the time.
SHOP = """\
sources:
  - {name: web, connector: segment, files: web/*.jsonl.gz, class: web}
stages: {model: lifecycle}
segments: [campaign, browser]
"""

pytestmark = pytest.mark.slow


def sales_of(sample: Path, folder: Path) -> Warehouse:
    """The sales team's warehouse of a sample, made in a folder."""
    shutil.copytree(sample / "crm", folder / "crm")
    shutil.copy(sample / "sales.yaml", folder)
    return Warehouse(run_pipeline(folder / "sales.yaml"))


def test_the_stories_of_the_shop_are_there(sample_warehouse: Path) -> None:
    warehouse = Warehouse(sample_warehouse)
    chance, errors = checkout_broke(warehouse)
    assert chance < 0.001
    assert errors > 15
    assert campaign_that_stayed(warehouse, "Decision") < 0.001
    assert campaign_that_stayed(warehouse, "Retention") < 0.01


def test_deals_stall_where_it_was_planted(tmp_path: Path) -> None:
    dwell, lost = deals_stall(sales_of(COMMITTED, tmp_path))
    assert dwell < 0.001
    assert lost < 0.001


def test_without_planting_there_is_nothing_to_find(tmp_path: Path) -> None:
    made_with = json.loads((COMMITTED / "truth/summary.json").read_text())["made_with"]
    write_sample(tmp_path / "null", **{**made_with, "planted": False})
    (tmp_path / "null" / "journey.yaml").write_text(SHOP, encoding="utf-8")
    warehouse = Warehouse(run_pipeline(tmp_path / "null" / "journey.yaml"))
    chance, errors = checkout_broke(warehouse)
    assert chance > 0.05
    assert errors < 6
    assert campaign_that_stayed(warehouse, "Decision") > 0.05
    assert campaign_that_stayed(warehouse, "Retention") > 0.05
    # … and the pages name nothing either: no week, and not the campaign
    assert warehouse.sql("select * from pain_weeks where survives").fetchall() == []
    named = warehouse.sql("select stage from contrasts where survives and segment_value = 'bike-to-work'").fetchall()
    assert named == []
    assert min(deals_stall(sales_of(tmp_path / "null", tmp_path / "sales"))) > 0.05
