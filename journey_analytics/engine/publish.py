"""A comment on every published table and column, written into the database before it is put in place."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import duckdb
import yaml

from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.engine.models import load_models
from journey_analytics.engine.sql_files import sql_folder


@cache
def column_comments() -> dict[str, dict[str, str]]:
    """Table -> column -> comment, from `sql/columns.yaml`; `shared` holds those that mean the same everywhere."""
    loaded: dict[str, dict[str, str]] = yaml.safe_load((sql_folder() / "columns.yaml").read_text(encoding="utf-8"))
    return loaded


def comment_of(table: str, column: str) -> str:
    """What a published column means."""
    comments = column_comments()
    return comments.get(table, {}).get(column) or comments["shared"].get(column, "")


def table_comment(table: str) -> str:
    """What one row of a published table is."""
    model = load_models().get(table)
    return model.description if model else column_comments()["tables"].get(table, "")


def write_comments(con: duckdb.DuckDBPyConnection, database: str, tables: Iterable[str]) -> None:
    """Put the comments into the database, in one transaction: committing each one cost half a second."""
    con.execute("BEGIN")
    for table in tables:
        target = f"{quote_name(database)}.main.{quote_name(table)}"
        con.execute(f"COMMENT ON TABLE {target} IS {quote_text(table_comment(table))}")
        for column, *_ in con.execute(f"DESCRIBE {target}").fetchall():
            text = comment_of(table, column)
            if text:
                con.execute(f"COMMENT ON COLUMN {target}.{quote_name(column)} IS {quote_text(text)}")
    con.execute("COMMIT")
