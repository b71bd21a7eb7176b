"""Columns without any value: what is known to be empty is not written.

An export rarely fills every column of the common event shape. Writing a column of ten million nulls costs about a
third of a processor second, and `events` can have a dozen of them.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
from sqlglot import exp

from journey_analytics.engine.duck import quote_name
from journey_analytics.engine.syntax import parsed


def unfilled_columns(con: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    """The columns that a SELECT is bound to leave without any value.

    Only what is plain to see: a column of a table, or the first known of several, where none of them holds a value.

    Args:
        con: The connection, on which the SELECT's tables exist.
        sql: The SELECT.
    """
    tree = parsed(sql)
    if not isinstance(tree, exp.Select):
        return set()
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    joined = [tree.args.get("from_") or tree.args.get("from"), *(tree.args.get("joins") or [])]
    tables = {t.alias_or_name: t.name for j in joined if j and isinstance(t := j.this, exp.Table) and t.name not in own}
    sought: dict[str, set[tuple[str, str]]] = {}
    for projection in tree.expressions:
        columns = list(_plain_columns(projection.unalias()))
        if columns and all(c.table in tables for c in columns):
            sought[projection.alias_or_name] = {(tables[c.table], c.name) for c in columns}
    empty = _empty(con, {pair for pairs in sought.values() for pair in pairs})
    return {name for name, pairs in sought.items() if pairs <= empty}


def _plain_columns(expression: exp.Expr) -> Iterable[exp.Column]:
    """The columns of a bare column, its cast, or a coalesce of such; nothing for any other expression."""
    if isinstance(expression, exp.Cast):
        expression = expression.this
    if isinstance(expression, exp.Column):
        return [expression]
    if isinstance(expression, exp.Coalesce):
        parts = [expression.this, *expression.expressions]
        if all(isinstance(part, exp.Column) for part in parts):
            return parts
    return []


def _empty(con: duckdb.DuckDBPyConnection, pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for table in sorted({table for table, _ in pairs}):
        if table == "staged_rows":  # its files have told, and counting would read them
            found |= {(table, name) for (name,) in con.execute("SELECT column_name FROM config_unfilled").fetchall()}
            continue
        names = sorted(name for of, name in pairs if of == table)
        counted = ", ".join(f"count({quote_name(name)})" for name in names)
        counts = con.execute(f"SELECT {counted} FROM {quote_name(table)}").fetchall()[0]
        found |= {(table, name) for name, count in zip(names, counts, strict=True) if not count}
    return found
