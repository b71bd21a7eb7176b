"""The identities of semantics.md hold for the oracle itself, on the same drawn histories. No pipeline here."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.harness import NIGHTLY
from tests.oracle.adapter import load
from tests.oracle.run import run
from tests.properties.histories import CLOCK, Project, projects


@settings(max_examples=500 if NIGHTLY else 40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(projects())
def test_identities_hold_within_every_segment(project: Project) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project.write(Path(folder))
        rows, config = load(Path(folder), project.as_of, CLOCK.isoformat())
    truth = run(rows, config)
    assert len(rows) == len(truth.accepted) + len(truth.duplicates) + len(truth.rejected) + len(truth.excluded)
    goal = config.stages[-1].name
    incoming: Counter[tuple[str, str | None, str]] = Counter()
    outgoing: Counter[tuple[str, str | None, str]] = Counter()
    left_from: Counter[tuple[str, str | None]] = Counter()
    dropped: Counter[tuple[str, str | None]] = Counter()
    for row in truth.transitions:
        segment = (row["segment"], row["segment_value"])
        outgoing[*segment, row["from_stage"]] += row["transitions"]
        incoming[*segment, row["to_stage"]] += row["transitions"]
    reached = {(r["segment"], r["segment_value"], r["stage_rank"]): r["reached"] for r in truth.drop_off}
    for row in truth.drop_off:
        segment = (row["segment"], row["segment_value"])
        if row["stage"] == goal:
            continue
        assert row["reached"] == row["advanced"] + row["dropped"] + row["open"]
        if row["segment"] != "cohort":
            assert row["advanced"] == reached[*segment, row["stage_rank"] + 1]
            left_from[segment] += row["left_from"]
            dropped[segment] += row["dropped"]
            assert incoming[*segment, row["stage"]] == outgoing[*segment, row["stage"]]
    assert left_from == dropped
    visits = Counter(row["stage"] for row in truth.stage_visits)
    assert all(incoming["all", "all", stage.name] == visits[stage.name] for stage in config.stages)
