"""Any table that people have at hand as the DuckDB table `given_rows`, rows numbered in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.errors import JourneyError, Problem


def load_touches(con: duckdb.DuckDBPyConnection, table: Any) -> list[str]:
    """Make `given_rows` from a table: `row_no` from 0, then the table's own columns.

    Args:
        con: Where to make it.
        table: A polars or pandas frame, an Arrow table, a DuckDB relation, or the path of a Parquet or CSV file.

    Returns:
        The names of the table's own columns.

    Raises:
        JourneyError: If it is none of these, or can't be read.
    """
    try:
        relation = _relation(con, table)
        names = [str(name) for name in relation.columns]
        if any(name.lower() == "row_no" for name in names):
            raise JourneyError(Problem("the table has a column row_no", remedy="Rename it: the name is needed."))
        relation.project(f"row_number() OVER () - 1 AS row_no, {', '.join(map(quote_name, names))}").create(
            "given_rows"
        )
    except duckdb.Error as error:
        raise JourneyError(Problem(f"the table can't be read: {str(error).splitlines()[0]}")) from error
    return names


def _relation(con: duckdb.DuckDBPyConnection, table: Any) -> duckdb.DuckDBPyRelation:
    if isinstance(table, (str, Path)):
        return _file(con, Path(table))
    if isinstance(table, duckdb.DuckDBPyRelation):
        table = table.to_arrow_table()  # a relation belongs to its own connection
    if hasattr(table, "collect_schema") and hasattr(table, "collect"):  # a polars LazyFrame
        table = table.collect()
    if hasattr(table, "to_arrow"):  # a polars frame
        table = table.to_arrow()
    if hasattr(table, "columns") or hasattr(table, "schema"):
        con.register("given_table", table)
        return con.table("given_table")
    what = type(table).__name__
    remedy = "Give a polars or pandas frame, an Arrow table, a DuckDB relation, or the path of a Parquet or CSV file."
    raise JourneyError(Problem(f"{what} is no table", remedy=remedy))


def _file(con: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyRelation:
    if not path.is_file():
        raise JourneyError(Problem("no such file", str(path), remedy="Give the path of a Parquet or CSV file."))
    name = quote_text(str(path))
    with path.open("rb") as stream:
        is_parquet = stream.read(4) == b"PAR1"
    # all texts: what looks like a number or a date in a utm parameter is a name
    return con.sql(
        f"FROM read_parquet({name})" if is_parquet else f"FROM read_csv({name}, header=true, all_varchar=true)"
    )
