"""Channel groups of sessions and events, from files to the published tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from journey_analytics.engine.duck import connect
from tests.harness import run_pipeline
from tests.oracle.expected import check, given
from tests.test_cases import table_rows

CASES = sorted((Path(__file__).parent / "cases").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_pipeline_agrees_with_the_hand_computed_case(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / case.name
    shutil.copytree(case, folder)
    published = run_pipeline(folder / "journey.yaml", given(case, "as_of"))
    with connect(published, read_only=True) as con:
        people = dict(con.sql("select identifier, customer_id from identifiers").fetchall())
        for path in sorted((case / "expected").glob("*.csv")):
            check(case, path.stem, table_rows(con, path.stem), lambda identifier: people[identifier])
