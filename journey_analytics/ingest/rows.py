"""Rows inside JSON documents: `rows: payloads[*].body[*]` as SQL.

A path is followed step by step: names, `[3]`, `[*]` (the elements of an array), `*` (the values of an object). Where a
step is absent, or an array or object has nothing in it, what was there is kept as the row, so that nothing is lost: it
shows up as a rejected row, or as an ignored one that is `empty`. Texts that hold JSON or a form are stepped into. An
array at the top is always unrolled.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.ingest.embedded import opens_with, unwrapped
from journey_analytics.ingest.routes import read_route
from journey_analytics.ingest.surroundings import surroundings, walked

#: The line column of an expanded relation.
EXPANDED_LINE = "line"
_PLAIN = re.compile(r"[\w$:-]+")


def is_empty_sql(doc: str, rows: Sequence[str | list[str]]) -> str:
    """SQL that tells whether a row is an array or an object with nothing in it, where `rows` may lead to one.

    With no more than a list to lead to, an object is what somebody wrote as a row.
    """
    found = r"\[\s*\]" if list(rows) == ["[*]"] else r"\[\s*\]|\{\s*\}"
    return rf"regexp_full_match({doc}, '\s*({found})\s*')"


def expanded(
    relation: str,
    line: str,
    paths: Sequence[str | list[str]],
    *,
    renumber: bool,
    levels: int | None = None,
    forms: bool = True,
    lean: bool = False,
) -> str:
    """A SELECT of `line` and `doc`, one row per element found.

    Args:
        relation: Quoted relation with a VARCHAR column `doc`.
        line: Its line column, which gives the order.
        renumber: Number the rows from 1; else each keeps its document's line, right where every document is one row.
        paths: Alternatives; of a document the first whose steps before `[*]` or `*` it has, else the document itself.
            Or lists of alternatives: each list is followed from what the one before found.
            A path that starts with `^.` or `$.` leads from what stands around a row to rows inside that row.
        levels: Add `surroundings(levels)`: what stands around the row.
        forms: A text may hold a form-encoded body (`may_hold_forms`); the SQL is half as long without.
        lean: What stands around the row may lack what leads to rows.
    """
    first = [path for path in paths if isinstance(path, str)]
    lists = [*([first] if first else []), *(path for path in paths if not isinstance(path, str))]
    stages = []
    for place, some in enumerate(lists):
        found_routes = [read_route(path, is_first=place == 0) for path in some]
        stages += [routes] if (routes := [route for route in found_routes if route.tokens]) else []
    documents = f"SELECT {quote_name(line)} AS n, CAST(doc AS JSON) AS doc FROM {relation}"
    elements = f"CASE WHEN {opens_with('doc', '[')} THEN json_extract(doc, '$[*]') END"
    top = f"SELECT n, doc, {elements} AS l FROM ({documents})"
    top = f"SELECT n, unnest(CASE WHEN len(l) > 0 THEN l ELSE [doc] END) AS q FROM ({top})"
    found = walked(top, stages, levels, forms=forms, lean=lean)
    number = "row_number() OVER ()" if renumber else "n"
    up = "" if levels is None else ", ".join(surroundings(levels)) + ", "
    text, inner = "CAST(q AS VARCHAR)", f"CAST({unwrapped('q', forms=forms)} AS VARCHAR)"
    row = f"CASE WHEN starts_with({text}, '\"') THEN {inner} ELSE {text} END"
    return f"SELECT {number} AS line, {up}{row} AS doc FROM ({found})"


def may_hold_rows(doc: str, paths: Sequence[str | list[str]]) -> str:
    """SQL that tells cheaply whether a document may hold rows inside: where none does, no walk is needed.

    It looks for the first names of the paths as text, so it is never false of a document that has rows; a name may also
    be written with an escape.
    """
    every = [path for some in paths for path in ([some] if isinstance(some, str) else some)]
    tests = [f"starts_with(ltrim({doc}), '[')"]
    for route in (read_route(path, is_first=True) for path in every):
        if route.up or route.tokens[:1] == ["*"]:
            return "true"
        if route.tokens and not route.tokens[0].startswith("["):
            name = route.tokens[0].strip('"')
            if not _PLAIN.fullmatch(name):  # JSON may write a slash or a quote with a backslash before it
                return "true"
            tests.append(f"contains({doc}, {quote_text(name)})")
    if len(tests) > 1:
        tests.append(f"contains({doc}, '\\u')")
    return " OR ".join(tests)


def is_flat(con: duckdb.DuckDBPyConnection, relation: str, paths: Sequence[str | list[str]]) -> bool:
    """Whether every document is a row itself: asking costs less than a walk that finds none, by far in small files."""
    inside = may_hold_rows("doc", paths)
    return inside != "true" and not con.execute(f"SELECT 1 FROM {relation} WHERE {inside} LIMIT 1").fetchall()


def may_hold_forms(doc: str) -> str:
    """SQL that tells whether a text in a document may be a form-encoded body: `"name=value`, or anything escaped."""
    return (
        rf"contains({doc}, '\u') OR (contains({doc}, '=') AND regexp_matches({doc}, '\"[^=&@\s{{}}\"<>/?:]+=+[^=\"]'))"
    )
