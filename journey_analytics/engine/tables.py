"""Writing the table of a model to a file: where compression can't gain, it isn't tried."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from journey_analytics.engine.duck import quote_name

#: Texts of which hardly two are equal. Ids that are hashes tell by their type, UUID.
UNLIKE_TEXTS = frozenset({"event_id"})


def write_table(con: duckdb.DuckDBPyConnection, target: str, sql: str, *, unfilled: Collection[str] = ()) -> None:
    """Make a table of what a SELECT gives, in its order.

    DuckDB tries its methods on every part of every column. On random ids none gains anything, and the trying cost a
    fifth of writing ten million events (measured: 35 processor seconds, 28 without). A column without a value becomes
    a generated one: it reads as any other, takes no space, and costs nothing to write (a dozen of them: 4 seconds).

    Args:
        con: The connection.
        target: Qualified, quoted name of the table; it must not exist.
        sql: The SELECT.
        unfilled: Columns in which the SELECT gives nothing but null.
    """
    columns = _columns(con, sql)
    written = _written(columns, unfilled)
    if len(written) == len(columns) and not any(_is_random(name, kind) for name, kind in columns):
        con.execute(f"CREATE TABLE {target} AS\n{sql}")
        return
    fill_table(con, target, sql, define_table(con, target, sql, unfilled=unfilled))


def define_table(con: duckdb.DuckDBPyConnection, target: str, sql: str, *, unfilled: Collection[str] = ()) -> list[str]:
    """Make the empty table that `write_table` would fill.

    Returns:
        The columns that are to be written.
    """
    columns = _columns(con, sql)
    written = _written(columns, unfilled)
    defined = ", ".join(_definition(name, kind, is_written=name in written) for name, kind in columns)
    con.execute(f"CREATE TABLE {target} ({defined})")
    return written


def fill_table(con: duckdb.DuckDBPyConnection, target: str, sql: str, written: list[str]) -> None:
    """Append what a SELECT gives to a defined table."""
    listed = ", ".join(quote_name(name) for name in written)
    con.execute(f"INSERT INTO {target} ({listed})\nSELECT {listed} FROM (\n{sql}\n)")


def append_rows(con: duckdb.DuckDBPyConnection, rows: str, table: str, unfilled: Collection[str]) -> list[str]:
    """Add rows to a published table, which is written anew where one of its empty columns now gets a value.

    Args:
        con: The connection.
        rows: Qualified, quoted name of the table of new rows.
        table: Name of the published table.
        unfilled: Its columns without a value, which are generated ones.

    Returns:
        Those that still have none.
    """
    target = f"pub.main.{quote_name(table)}"
    columns = [name for name, *_ in con.execute(f"DESCRIBE {target}").fetchall()]
    still = list(unfilled)
    if unfilled:
        counts = con.execute(f"SELECT {', '.join(f'count({quote_name(c)})' for c in unfilled)} FROM {rows}").fetchall()[
            0
        ]
        still = [column for column, count in zip(unfilled, counts, strict=True) if not count]
    if len(still) == len(unfilled):
        fill_table(con, target, f"SELECT * FROM {rows}", _written([(name, "") for name in columns], unfilled))
        return still
    beside = f"pub.main.{quote_name(table + ' anew')}"
    both = f"SELECT * FROM {target} UNION ALL BY NAME SELECT * FROM {rows}"
    write_table(con, beside, both, unfilled=still)
    con.execute(f"DROP TABLE {target}")
    con.execute(f"ALTER TABLE {beside} RENAME TO {quote_name(table)}")
    return still


def _columns(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, str]]:
    return [(name, kind) for name, kind, *_ in con.execute(f"DESCRIBE {sql}").fetchall()]


def _written(columns: list[tuple[str, str]], unfilled: Collection[str]) -> list[str]:
    """All columns but those without a value; a table needs one at least."""
    return [name for name, _ in columns if name not in unfilled] or [columns[0][0]]


def _definition(name: str, kind: str, *, is_written: bool) -> str:
    column = f"{quote_name(name)} {kind}"
    if not is_written:
        return f"{column} GENERATED ALWAYS AS (NULL::{kind}) VIRTUAL"
    return f"{column} USING COMPRESSION uncompressed" if _is_random(name, kind) else column


def _is_random(column: str, kind: str) -> bool:
    return kind == "UUID" or column in UNLIKE_TEXTS
