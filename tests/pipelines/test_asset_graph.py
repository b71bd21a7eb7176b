"""The asset graph as a text that people review: keys, dependencies, checks.

`asset_graph.txt` changes whenever the graph does. Write it again with `UPDATE=1 .venv/bin/pytest tests/pipelines`, and
read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest

from journey_analytics.engine.graph import load_steps
from pipelines.definitions import build_defs
from pipelines.jobs import JOB

GRAPH = Path(__file__).with_name("asset_graph.txt")


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    # No configuration is there: what Dagster shows must not depend on one.
    return build_defs(Path("/nowhere/journey.yaml"))


def drawn(defs: dg.Definitions) -> str:
    """One block per asset in topological order."""
    graph = defs.resolve_asset_graph()
    lines = []
    for key in graph.toposorted_asset_keys:
        node = graph.get(key)
        lines.append(f"{node.group_name}/{key.to_user_string()}")
        lines += [f"  <- {parent.to_user_string()}" for parent in sorted(node.parent_keys)]
        lines += [f"  ?  {check.name}" for check in sorted(node.check_keys)]
    return "\n".join(lines) + "\n"


def test_the_graph_is_the_one_reviewed(defs: dg.Definitions) -> None:
    if os.environ.get("UPDATE"):
        GRAPH.write_text(drawn(defs), encoding="utf-8")
    assert drawn(defs) == GRAPH.read_text(encoding="utf-8")


def test_every_step_is_an_asset_of_the_one_job(defs: dg.Definitions) -> None:
    job = defs.resolve_job_def(JOB)
    assert {key.to_user_string() for key in job.asset_layer.executable_asset_keys} == {
        step.name for step in load_steps()
    }


def test_every_check_stands_before_publishing() -> None:
    steps = {step.name: step for step in load_steps()}
    before: set[str] = set()
    todo = ["published_warehouse"]
    while todo:
        for name in steps[todo.pop()].depends_on:
            if name not in before:
                before.add(name)
                todo.append(name)
    late = {check.name: step.name for step in steps.values() if step.name not in before for check in step.checks}
    assert late == {}
    assert sum(len(step.checks) for step in steps.values()) > 0


def test_every_check_blocks(defs: dg.Definitions) -> None:
    specs = [
        spec for asset in defs.assets or () if isinstance(asset, dg.AssetsDefinition) for spec in asset.check_specs
    ]
    assert len(specs) == sum(len(step.checks) for step in load_steps())
    assert all(spec.blocking and spec.description for spec in specs)


def test_every_asset_says_what_it_is_and_every_model_where_its_columns_come_from(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    for step in load_steps():
        node = graph.get(dg.AssetKey(step.name))
        assert node.description
        assert node.group_name == step.group
        lineage = node.metadata.get("dagster/column_lineage")
        assert bool(lineage) == bool(step.lineage)
    (lineage,) = [graph.get(dg.AssetKey("drop_off")).metadata["dagster/column_lineage"]]
    parents = {dep.asset_key.to_user_string() for deps in lineage.value.deps_by_column.values() for dep in deps}
    assert parents <= {step.name for step in load_steps()}


def test_schedule_and_sensor_start_stopped(defs: dg.Definitions) -> None:
    assert defs.resolve_schedule_def("daily").default_status == dg.DefaultScheduleStatus.STOPPED
    assert defs.resolve_sensor_def("new_files").default_status == dg.DefaultSensorStatus.STOPPED
