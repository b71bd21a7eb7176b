"""Dependencies are read from the text of a model; a parser must find the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlglot import exp

from journey_analytics.engine.models import sql_folder
from journey_analytics.engine.syntax import parsed, tables_read

FILES = sorted(sql_folder().rglob("*.sql"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(sql_folder())))
def test_the_text_tells_the_tables_that_a_parser_finds(path: Path) -> None:
    sql = path.read_text(encoding="utf-8")
    tree = parsed(sql)
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    assert set(tables_read(sql)) == {table.name for table in tree.find_all(exp.Table) if table.name} - own


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT 1 -- FROM comments\nFROM a", ("a",)),
        ("SELECT 'FROM texts' FROM a LEFT JOIN b USING (x)", ("a", "b")),
        ("SELECT x IS DISTINCT FROM y FROM a, unnest([1])", ("a",)),
        ("WITH own AS NOT MATERIALIZED (SELECT 1 FROM a) SELECT * FROM own POSITIONAL JOIN b", ("a", "b")),
        ("SELECT * FROM range(3) AS r(i) SEMI JOIN a ON a.i = r.i", ("a",)),
    ],
)
def test_what_is_no_table_is_not_taken_for_one(sql: str, tables: tuple[str, ...]) -> None:
    assert tables_read(sql) == tables
