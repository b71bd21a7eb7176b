"""Rows inside JSON documents: `rows: payloads[*].body[*]` as SQL.

A path is followed step by step. Where a step is absent, what was there is kept as the row, so that nothing is lost:
it shows up as a rejected row instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.ingest.picks import json_path

#: The line column of an expanded relation.
EXPANDED_LINE = "line"


def expanded(relation: str, line: str, paths: Sequence[str], *, renumber: bool) -> str:
    """A SELECT of `line` and `doc`, one row per element found.

    Args:
        relation: Quoted relation with a VARCHAR column `doc`.
        line: Its line column, which gives the order.
        renumber: Number the rows from 1; else each keeps its document's line, right where every document is one row.
        paths: Alternatives; of a document the first whose first step it has, else the document itself.
    """
    cases = []
    for path in paths:
        head = path.split("[*]")[0]
        if head:
            cases.append(
                f"WHEN json_exists(doc, {quote_text(json_path(head))}) THEN {_follow('doc', path.split('[*]'), 0)}"
            )
    whole = _items("doc")
    found = f"CASE {' '.join(cases)} ELSE {whole} END" if cases else whole
    documents = f"SELECT {quote_name(line)} AS n, CAST(doc AS JSON) AS doc FROM {relation}"
    number = "row_number() OVER ()" if renumber else "n"
    return (
        f"SELECT {number} AS line, CAST(doc AS VARCHAR) AS doc "
        f"FROM (SELECT n, unnest({found}) AS doc FROM ({documents}))"
    )


def _items(value: str) -> str:
    """The elements of an array; anything else as the only element."""
    return f"CASE WHEN json_type({value}) = 'ARRAY' THEN json_extract({value}, '$[*]') ELSE [{value}] END"


def _follow(value: str, steps: list[str], depth: int) -> str:
    step = steps[0].lstrip(".")
    here = f"coalesce(json_extract({value}, {quote_text(json_path(step))}), {value})" if step else value
    if len(steps) == 1:
        return f"[{here}]"
    if len(steps) == 2 and not steps[1].strip("."):
        return _items(here)
    name = f"x{depth}"
    return f"flatten(list_transform({_items(here)}, lambda {name}: {_follow(name, steps[1:], depth + 1)}))"
