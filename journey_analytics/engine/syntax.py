"""What a model's SQL reads, told from its text, and its syntax tree where the text is not enough.

The tables are needed by every run and are found by the house style of `sql/` (keywords in capitals, names in small
letters, no lists after FROM): parsing a hundred files takes two processor seconds, reading them so two hundredths. A
test holds both ways equal for every file.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

_NOT_CODE = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
_TABLE = re.compile(r"(?<!DISTINCT )\b(?:FROM|JOIN)\s+([a-z_]\w*)\b(?!\s*\()")
_CTE = re.compile(r"\b([a-z_]\w*)\s+AS\s+(?:(?:NOT\s+)?MATERIALIZED\s+)?\(\s*(?:SELECT|WITH|FROM|VALUES|UNPIVOT)\b")


def tables_read(sql: str) -> tuple[str, ...]:
    """The tables a model's SELECT reads, without its own CTEs, sorted."""
    code = _NOT_CODE.sub(" ", sql)
    return tuple(sorted(set(_TABLE.findall(code)) - set(_CTE.findall(code))))


@cache
def parsed(sql: str) -> exp.Expr:
    """The syntax tree of a model file; shared, so copy it before changing it."""
    import sqlglot

    return sqlglot.parse_one(sql, read="duckdb")
