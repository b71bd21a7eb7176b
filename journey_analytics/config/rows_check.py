"""Why no row of a JSON document became an event, where `rows` is the cause: told by the first documents."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.embedded import unwrapped
from journey_analytics.ingest.picks import json_path
from journey_analytics.ingest.routes import Route, read_route
from journey_analytics.ingest.rows import expanded

_LISTS = 3  # names of lists that a remedy shows


def rows_fault(
    con: duckdb.DuckDBPyConnection, relation: str, line: str, paths: Sequence[str | list[str]]
) -> tuple[str, str] | None:
    """What is wrong with `rows`, and what to do about it; None if each of its lists leads somewhere.

    Args:
        con: The connection that holds the documents.
        relation: Quoted relation of the first documents, with a VARCHAR column `doc`.
        line: Its line column.
        paths: `rows`.
    """
    first = [path for path in paths if isinstance(path, str)]
    lists = ([first] if first else []) + [path for path in paths if not isinstance(path, str)]
    for number, choices in enumerate(lists):
        before: list[str | list[str]] = [*lists[:number]]
        most = max(1, *(read_route(path, is_first=number == 0).up for path in choices))
        inner = expanded(relation, line, before, renumber=True, levels=most)
        faults = [_fault(con, inner, path, read_route(path, is_first=number == 0)) for path in choices]
        if faults and all(faults):
            return faults[0]
    inner = expanded(relation, line, paths, renumber=True)
    is_list = "json_type(doc) = 'ARRAY' AND json_array_length(doc) > 0"
    if con.sql(f"SELECT count(*) > 0 AND bool_and({is_list}) FROM ({inner})").fetchall()[0][0]:
        last = lists[-1][0]
        return f"`rows` {last!r} leads to a list, and the list is no event", f'Write "{last}[*]", for its elements.'
    return None


def lists_within(con: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """Names under which documents that are taken as rows hold lists of objects: maybe the events."""
    names = [
        str(name)
        for (name,) in con.sql(
            f"SELECT name FROM (SELECT unnest(json_keys(doc)) AS name FROM {relation} WHERE json_type(doc) = 'OBJECT') "
            "GROUP BY name ORDER BY count(*) DESC, name LIMIT 50"
        ).fetchall()
    ]
    found = []
    for name in names:
        if '"' in name or name in ("", "*"):
            continue
        place = quote_text(json_path(f'"{name}"') + "[0]")
        if con.sql(f"SELECT bool_or(json_type(doc, {place}) = 'OBJECT') FROM {relation}").fetchall()[0][0]:
            found.append(f'"{name}"' if "." in name or "[" in name else name)
    return found[:_LISTS]


def _fault(con: duckdb.DuckDBPyConnection, inner: str, path: str, route: Route) -> tuple[str, str] | None:
    """The first step of a path that none of the values has; None if some have them all."""
    start = {0: "CAST(doc AS JSON)", -1: "up_top"}.get(route.up, f"up{route.up}")
    tests = [f"len({_followed(f'[{start}]', route.tokens[: n + 1])}) > 0" for n in range(len(route.tokens))]
    if not tests:
        return None
    counts = con.sql(
        f"SELECT count(*), {', '.join(f'count(*) FILTER ({test})' for test in tests)} FROM ({inner})"
    ).fetchall()[0]
    missing = next((token for token, count in zip(route.tokens, counts[1:], strict=True) if not count), None)
    if missing is None:
        return None
    where = f"in none of the first {counts[0]} documents" if counts[0] > 1 else "not in the document"
    if missing == "[*]":
        return f"`rows` {path!r}: what stands before `[*]` is no list {where}", "Take `[*]` out, or correct the path."
    remedy = "Correct `rows`; it starts at the document and names every step. Without it a document is a row."
    return f"`rows` step {missing!r} of {path!r} is {where}", remedy


def _followed(found: str, tokens: Sequence[str]) -> str:
    """SQL of the values that steps lead to from a list of values; where a step is absent nothing is left."""
    for token in tokens:
        each = "WHEN 'ARRAY' THEN json_extract(v, '$[*]')"
        if token in ("[*]", "*"):
            values = f"WHEN 'OBJECT' THEN json_extract(v, '$.*') {each}" if token == "*" else each
            inner = f"CASE json_type(v) {values} ELSE [] END"
        else:
            path = quote_text(json_path(token))
            inner = f"CASE WHEN json_exists(v, {path}) THEN [json_extract(v, {path})] ELSE [] END"
        bound = f"list_transform([{unwrapped('x', forms=True)}], lambda v: {inner})[1]"
        found = f"flatten(list_transform({found}, lambda x: {bound}))"
    return found
