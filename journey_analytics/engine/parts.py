"""Building a table in parts where it does not fit in memory as a whole: the last resort, slower and in little memory.

A join of many tables holds one hash table for each of them at the same time. They spill, but not below what every one
needs at least; a few million wide rows are then too many. Where each row of a model depends on rows of one key alone
(a session, a journey, a customer), ranges of that key can be built one after the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import pairwise

import duckdb

from journey_analytics.engine.duck import quote_name
from journey_analytics.engine.tables import define_table, fill_table

#: In how many parts a table is tried on one thread that did not fit on several, one number after the other. Each part
#: reads again what has no key, so a wide table that fits as a whole on one thread is left whole.
PARTS = (1, 8, 64)


def write_parts(
    con: duckdb.DuckDBPyConnection,
    target: str,
    sql: str,
    *,
    tables: Collection[str],
    key: str,
    parts: int,
    unfilled: Collection[str] = (),
) -> None:
    """Make a table of what a SELECT gives, by ranges of a key.

    Args:
        con: The connection.
        target: Qualified, quoted name of the table; it must not exist.
        sql: The SELECT. Each of its rows must be told from rows of one value of the key alone.
        tables: What it reads.
        key: A whole number in some of these tables; rows in which it is null take no part.
        parts: Into how many ranges.
        unfilled: Columns in which the SELECT gives nothing but null.
    """
    written = define_table(con, target, sql, unfilled=unfilled)
    keyed = _keyed(con, tables, key)
    for low, high in _ranges(con, keyed, key, parts):
        with _only(con, keyed, key, low, high):
            fill_table(con, target, sql, written)


def _keyed(con: duckdb.DuckDBPyConnection, tables: Collection[str], key: str) -> list[tuple[str, str]]:
    """Of the tables and views that a model reads, those that have the column `key`: (catalog, name)."""
    path = con.execute("SELECT current_setting('search_path')").fetchall()[0][0]
    catalogs = [schema.partition(".")[0] for schema in path.split(",")]
    found = con.execute(
        "SELECT table_name, database_name FROM duckdb_columns() WHERE column_name = ? AND table_name IN "
        "(SELECT unnest(?)) AND database_name IN (SELECT unnest(?)) ORDER BY ALL",
        [key, list(tables), catalogs],
    ).fetchall()
    # of a name that stands in several catalogs, the first on the path is read
    nearest = {table: min((of for name, of in found if name == table), key=catalogs.index) for table, _ in found}
    return [(catalog, table) for table, catalog in sorted(nearest.items())]


def _ranges(
    con: duckdb.DuckDBPyConnection, tables: list[tuple[str, str]], key: str, parts: int
) -> list[tuple[int, int]]:
    """The key's values as ranges [from, to) with about as many rows each of the table that has the most."""
    name = quote_name(key)
    spans = [
        con.execute(f"SELECT min({name}), max({name}), count({name}) FROM {_qualified(*table)}").fetchall()[0]
        for table in tables
    ]
    least = min((low for low, _, _ in spans if low is not None), default=0)
    end = max((high for _, high, _ in spans if high is not None), default=0) + 1
    largest = tables[max(range(len(tables)), key=lambda place: spans[place][2])]
    shares = ", ".join(str(part / parts) for part in range(1, parts))
    cuts = con.execute(f"SELECT approx_quantile({name}, [{shares}]) FROM {_qualified(*largest)}").fetchall()[0][0]
    bounds = sorted({least, end, *(int(cut) for cut in cuts or [] if least < cut < end)})
    return list(pairwise(bounds))


@contextmanager
def _only(
    con: duckdb.DuckDBPyConnection, tables: list[tuple[str, str]], key: str, low: int, high: int
) -> Iterator[None]:
    """Let statements see of these tables only rows whose key lies in [low, high): temporary views stand before them."""
    made: list[str] = []
    try:
        for catalog, table in tables:
            con.execute(
                f"CREATE TEMP VIEW {quote_name(table)} AS SELECT * FROM {_qualified(catalog, table)} "
                f"WHERE {quote_name(key)} >= {low} AND {quote_name(key)} < {high}"
            )
            made.append(table)
        yield
    finally:
        for table in made:
            con.execute(f"DROP VIEW temp.{quote_name(table)}")


def _qualified(catalog: str, table: str) -> str:
    return f"{quote_name(catalog)}.main.{quote_name(table)}"
