"""Columns without a value: told from what is plain to see, kept out of the file, read like any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from journey_analytics.engine.tables import write_table
from journey_analytics.engine.unfilled import unfilled_columns


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    con.execute("CREATE TABLE config_unfilled AS SELECT unnest(['url', 'device']) AS column_name")
    con.execute(
        "CREATE TABLE staged_rows AS SELECT 1 AS rid, 'x' AS source, NULL::VARCHAR AS url, NULL::VARCHAR AS device"
    )
    con.execute("CREATE TABLE agents (rid INTEGER, device VARCHAR, browser VARCHAR)")
    con.execute("INSERT INTO agents VALUES (1, 'phone', NULL), (2, NULL, NULL)")
    yield con
    con.close()


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("e.source, e.url", {"url"}),
        ("e.url AS address", {"address"}),
        ("e.url::JSON AS address, a.device::JSON AS device", {"address"}),
        ("coalesce(e.device, a.device) AS device", set()),
        ("coalesce(e.device, a.browser) AS device", {"device"}),
        ("a.browser, a.device", {"browser"}),
        ("coalesce(e.url, 'none') AS url", set()),  # a null made into something
        ("concat(e.url, '?') AS url", set()),
        ("e.url IS NULL AS is_bare", set()),
    ],
)
def test_only_columns_bound_to_be_null_are_found(
    con: duckdb.DuckDBPyConnection, select: str, expected: set[str]
) -> None:
    sql = f"SELECT {select} FROM staged_rows AS e LEFT JOIN agents AS a ON a.rid = e.rid"
    assert unfilled_columns(con, sql) == expected


def test_a_union_is_not_judged_by_its_first_half(con: duckdb.DuckDBPyConnection) -> None:
    assert unfilled_columns(con, "SELECT e.url FROM staged_rows AS e UNION ALL SELECT 'x'") == set()


def test_a_cte_that_shadows_a_table_is_not_that_table(con: duckdb.DuckDBPyConnection) -> None:
    sql = "WITH agents AS (SELECT 'safari' AS browser) SELECT a.browser FROM agents AS a"
    assert unfilled_columns(con, sql) == set()


def test_a_table_with_unfilled_columns_reads_as_any_other(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    given = "SELECT i AS n, NULL::VARCHAR[] AS flags, NULL::VARCHAR AS url, 'a' || i AS name"
    sql = f"{given} FROM range(3000) AS r(i) ORDER BY n DESC"
    with duckdb.connect(path) as con:
        write_table(con, "plain", sql)
        write_table(con, "lean", sql, unfilled={"flags", "url"})
        con.execute("COMMENT ON COLUMN lean.url IS 'the page'")
    with duckdb.connect(path, read_only=True) as con:
        assert con.execute("DESCRIBE lean").fetchall() == con.execute("DESCRIBE plain").fetchall()
        assert con.execute("FROM lean").fetchall() == con.execute("FROM plain").fetchall()
        assert con.execute("SELECT count(url), count(*) FROM lean WHERE flags IS NULL").fetchone() == (0, 3000)


def test_a_table_of_nothing_but_nulls_keeps_its_rows(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "x.duckdb") as con:
        write_table(con, "lean", "SELECT NULL::VARCHAR AS a, NULL::VARCHAR AS b FROM range(3)", unfilled={"a", "b"})
        assert con.execute("FROM lean").fetchall() == [(None, None)] * 3
