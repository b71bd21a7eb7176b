"""Rows inside JSON documents: `rows: payloads[*].body[*]` as SQL.

A path is followed step by step: names, `[3]`, `[*]` (the elements of an array), `*` (the values of an object). Where a
step is absent, what was there is kept as the row, so that nothing is lost: it shows up as a rejected row instead.
Texts that hold JSON or a form are stepped into. An array at the top is always unrolled.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.ingest.embedded import may_embed, stepped, unwrapped
from journey_analytics.ingest.picks import json_path

#: The line column of an expanded relation.
EXPANDED_LINE = "line"
_TOKEN = re.compile(r'\[\*\]|\[\d+\]|"[^"]+"|[^.\[\]"]+')
_WILD = ("[*]", "*")


def expanded(
    relation: str, line: str, paths: Sequence[str | list[str]], *, renumber: bool, ancestors: bool = False
) -> str:
    """A SELECT of `line` and `doc`, one row per element found.

    Args:
        relation: Quoted relation with a VARCHAR column `doc`.
        line: Its line column, which gives the order.
        renumber: Number the rows from 1; else each keeps its document's line, right where every document is one row.
        paths: Alternatives; of a document the first whose steps before `[*]` or `*` it has, else the document itself.
            Or lists of alternatives: each list is followed from what the one before found.
        ancestors: Add `up`, the objects that the row stands in, nearest first, the whole document last.
    """
    walk = _Walk(ancestors)
    lists = [[path for path in paths if isinstance(path, str)], *(path for path in paths if not isinstance(path, str))]
    stages = [routes for some in lists if (routes := [tokens for path in some if (tokens := _tokens(path))])]
    if stages:
        inside = f"flatten(list_transform(json_extract(doc, '$[*]'), lambda r: {_rows_of('r', stages[0], walk)}))"
        found = f"CASE WHEN json_type(doc) = 'ARRAY' THEN {inside} ELSE {_rows_of('doc', stages[0], walk)} END"
        for routes in stages[1:]:
            found = f"flatten(list_transform({found}, lambda q: {_rows_of('q', routes, walk, is_under_way=True)}))"
    else:
        found = walk.each(walk.start("doc"), is_first=True)
    documents = f"SELECT {quote_name(line)} AS n, CAST(doc AS JSON) AS doc FROM {relation}"
    number = "row_number() OVER ()" if renumber else "n"
    value, up = ("x.d", "x.u AS up, ") if ancestors else ("x", "")
    text, inner = "CAST(j AS VARCHAR)", f"CAST({unwrapped('j', forms=True)} AS VARCHAR)"
    row = f"CASE WHEN starts_with({text}, '\"') THEN {inner} ELSE {text} END"
    return (
        f"SELECT {number} AS line, {'up, ' if ancestors else ''}{row} AS doc "
        f"FROM (SELECT n, {up}{value} AS j FROM (SELECT n, unnest({found}) AS x FROM ({documents})))"
    )


def _tokens(path: str) -> list[str]:
    tokens = _TOKEN.findall(path)
    return tokens[1:] if tokens[:1] == ["[*]"] else tokens


def _rows_of(value: str, routes: list[list[str]], walk: _Walk, *, is_under_way: bool = False) -> str:
    """SQL of the list that the first fitting path gives from a JSON value, or from an item of a list under way."""
    start = f"[{value}]" if is_under_way else walk.start(value)
    bare = f"{value}.d" if is_under_way and walk.ancestors else value
    cases = [f"WHEN {_has(bare, _head(tokens))} THEN {walk.follow(start, tokens)}" for tokens in routes]
    return f"CASE {' '.join(cases)} ELSE {start} END"


def _head(tokens: list[str]) -> list[str]:
    """The steps before the first wild one."""
    wild = [place for place, token in enumerate(tokens) if token in _WILD]
    return tokens[: wild[0]] if wild else tokens


def _has(value: str, head: list[str]) -> str:
    """SQL that tells whether a document has the steps of a path that come before its first wild one."""
    if not head:
        return f"json_type({value}) = 'OBJECT'"
    plain = f"json_exists({value}, {quote_text(json_path('.'.join(head)))})"
    if len(head) == 1:
        return plain
    deep = stepped(value, [json_path(token) for token in head])
    return f"({plain} OR ({may_embed(f'CAST({value} AS VARCHAR)')} AND {deep} IS NOT NULL))"


@dataclass(frozen=True)
class _Walk:
    """SQL of lists of values under way: bare JSON, or with `ancestors` structs of the value `d` and its parents `u`."""

    ancestors: bool

    def start(self, value: str) -> str:
        return f"[{self._made(value, 'CAST([] AS JSON[])')}]"

    def follow(self, found: str, tokens: list[str]) -> str:
        for token in tokens:
            found = (
                self.each(found)
                if token == "[*]"
                else self._values(found)
                if token == "*"
                else self._step(found, token)
            )
        return found

    def each(self, found: str, *, is_first: bool = False) -> str:
        """The elements of arrays; anything else as it is."""
        if is_first and not self.ancestors:  # the usual form, without lambdas
            return "CASE WHEN json_type(doc) = 'ARRAY' THEN json_extract(doc, '$[*]') ELSE [doc] END"
        elements = self._spread("json_extract(v, '$[*]')", self._parents)
        return self._flat(found, f"CASE WHEN json_type(v) = 'ARRAY' THEN {elements} ELSE [x] END")

    def _values(self, found: str) -> str:
        inside = self._spread("json_extract(v, '$.*')", f"list_prepend(v, {self._parents})")
        elements = self._spread("json_extract(v, '$[*]')", self._parents)
        return self._flat(
            found, f"CASE json_type(v) WHEN 'OBJECT' THEN {inside} WHEN 'ARRAY' THEN {elements} ELSE [x] END"
        )

    def _step(self, found: str, token: str) -> str:
        path = quote_text(json_path(token))
        parents = self._parents if token.startswith("[") else f"list_prepend(v, {self._parents})"
        made = self._made(f"json_extract(v, {path})", parents)
        return self._flat(found, f"CASE WHEN json_exists(v, {path}) THEN [{made}] ELSE [x] END")

    @property
    def _value(self) -> str:
        return "x.d" if self.ancestors else "x"

    @property
    def _parents(self) -> str:
        return "x.u"

    def _made(self, value: str, parents: str) -> str:
        return f"{{'d': {value}, 'u': {parents}}}" if self.ancestors else value

    def _spread(self, values: str, parents: str) -> str:
        return f"list_transform({values}, lambda y: {self._made('y', parents)})" if self.ancestors else values

    def _flat(self, found: str, inner: str) -> str:
        """The lists that `inner` makes of each item `x`, whose value, text stepped into, is `v`."""
        bound = f"list_transform([{unwrapped(self._value, forms=True)}], lambda v: {inner})[1]"
        return f"flatten(list_transform({found}, lambda x: {bound}))"
