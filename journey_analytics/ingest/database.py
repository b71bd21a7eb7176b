"""A table or query of a DuckDB database as a raw relation, opened for reading only."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from journey_analytics.engine.duck import quote_text
from journey_analytics.errors import ConfigError, JourneyError, Problem
from journey_analytics.ingest.readers.model import LINE_COLUMN, RawFile

_RELATION = "database_rows"


def read_database(con: duckdb.DuckDBPyConnection, path: Path, query: str) -> RawFile:
    """Attach a database and make its query a relation.

    Args:
        con: A connection used for this database only: it is switched to its names.
        path: The database file.
        query: One SELECT.

    Returns:
        The raw relation; rows are numbered as the query gives them.

    Raises:
        ConfigError: If the query is wrong.
        JourneyError: If the file is no database, is locked, or may not be read.
    """
    try:
        con.execute(f"ATTACH {quote_text(str(path))} AS input_database (READ_ONLY)")
        con.execute("USE input_database")
    except (duckdb.IOException, duckdb.BinderException, duckdb.CatalogException) as error:
        remedy = "Check that it is a DuckDB file that no other program has open for writing."
        raise JourneyError(Problem(f"can't be opened: {_first_line(error)}", str(path), remedy=remedy)) from error
    try:
        statements = con.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise ConfigError(
                Problem(f"{query!r} is not one SELECT", str(path), key="query", remedy="Write one SELECT.")
            )
        source = f"({query.strip().rstrip(';')}\n)"
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW {_RELATION} AS SELECT row_number() OVER () AS {LINE_COLUMN}, * FROM {source}"
        )
        described = con.sql(f"DESCRIBE {source}").fetchall()
        rows = int(con.sql(f"SELECT count(*) FROM {_RELATION}").fetchall()[0][0])
    except duckdb.Error as error:
        message = f"the query fails: {_first_line(error)}"
        raise ConfigError(Problem(message, str(path), key="query", remedy="Try it in that database.")) from error
    con.execute("CREATE OR REPLACE TEMP TABLE no_rejects (line BIGINT, reason VARCHAR, detail VARCHAR, raw VARCHAR)")

    def raw_lines(lines: Collection[int]) -> dict[int, str]:
        wanted = ", ".join(str(int(line)) for line in lines) or "NULL"
        columns = f"SELECT {LINE_COLUMN}, to_json(r) FROM {_RELATION} AS r WHERE {LINE_COLUMN} IN ({wanted})"
        return {int(line): str(text) for line, text in con.sql(columns).fetchall()}

    return RawFile(
        relation=_RELATION,
        line_column=LINE_COLUMN,
        columns={str(row[0]): str(row[1]) for row in described},
        is_json=False,
        rows=rows,
        reject_count=0,
        rejects=[],
        rejects_relation="no_rejects",
        raw_lines=raw_lines,
        format="duckdb",
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]
