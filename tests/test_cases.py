"""The whole pipeline against the hand-computed cases in tests/cases: files in, published tables out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.harness import run_tables
from tests.oracle.expected import cases, check, given

#: Expected files that are not published tables of that name.
_QUERIES = {
    "persons": "select list(identifier) as identifiers from identifiers group by customer_id",
    "sums": """select source, sum(rows)::bigint as rows, sum(accepted)::bigint as accepted,
                      sum(duplicate)::bigint as duplicate, sum(rejected)::bigint as rejected,
                      sum(ignored)::bigint as ignored
               from files where role = 'events' group by source""",
}
_TABLES = {"persons": "identifiers", "sums": "files"}


def rows_of(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """A query's rows as dicts."""
    result = con.sql(query)
    return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]


def table_rows(con: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    """A published table, with `customer` (its id) and, where it has the keys, `journey` and `session` (numbers)."""
    if table in _QUERIES:
        return rows_of(con, _QUERIES[table])
    rows = rows_of(con, f"from {table}")
    journeys = dict(con.sql("select journey_id, journey_number from journeys").fetchall())
    sessions = dict(con.sql("select session_id, session_number from sessions").fetchall())
    for row in rows:
        if "customer_id" in row:
            row["customer"] = row["customer_id"]
        if "journey_id" in row:
            row["journey"] = journeys.get(row["journey_id"])
        if "session_id" in row:
            row["session"] = sessions.get(row["session_id"])
    return rows


@pytest.mark.parametrize("case", cases(), ids=lambda path: path.name)
def test_pipeline_agrees_with_the_hand_computed_case(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / case.name
    shutil.copytree(case, folder)
    expected = sorted((case / "expected").glob("*.csv"))
    asked = {_TABLES.get(path.stem, path.stem) for path in expected} | {"identifiers", "journeys", "sessions"}
    with run_tables(folder / "journey.yaml", asked, given(case, "as_of"), clock=given(case, "clock")) as con:
        people = dict(con.sql("select identifier, customer_id from identifiers").fetchall())
        for path in expected:
            check(case, path.stem, table_rows(con, path.stem), lambda identifier: people[identifier])
