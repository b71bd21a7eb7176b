"""A connector's conditions (`{name: lifecyclestage, value: [a, b]}`) and globs as SQL."""

from __future__ import annotations

from typing import Any

from journey_analytics.config.fields import FieldSpec
from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.cells import Cells


def condition_sql(condition: dict[str, Any], cells: Cells) -> str:
    """SQL that is true where all parts of the condition hold, else false; never null."""
    parts = [_part(cells.field(FieldSpec(paths=(path,))), wanted) for path, wanted in condition.items()]
    return "(" + " AND ".join(parts) + ")"


def glob_sql(text: str, pattern: str) -> str:
    """SQL that tells whether a text matches a glob (`*`, `?`) as a whole, case included."""
    if "*" not in pattern and "?" not in pattern:
        return f"{text} = {quote_text(pattern)}"
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{text} LIKE {quote_text(escaped.replace('*', '%').replace('?', '_'))} ESCAPE '\\'"


def _part(cell: Any, wanted: Any) -> str:
    if isinstance(wanted, dict):
        return f"NOT {_part(cell, wanted['not'])}"
    choices = wanted if isinstance(wanted, list) else [wanted]
    return "(" + " OR ".join(_match(None if cell is None else cell.text, choice) for choice in choices) + ")"


def _match(text: str | None, wanted: Any) -> str:
    if text is None:  # the table has no such column: as an empty cell
        return "true" if wanted is None else "false"
    if wanted is None:
        return f"{text} IS NULL"
    if isinstance(wanted, bool):
        spelled = "'true', 't', '1', 'yes'" if wanted else "'false', 'f', '0', 'no'"
        return f"coalesce(lower({text}) IN ({spelled}), false)"
    if wanted == "*":
        return f"{text} IS NOT NULL"
    return f"coalesce({glob_sql(text, str(wanted))}, false)"
