"""Rows inside JSON documents: `rows: payloads[*].body[*]` as SQL.

A path is followed step by step: names, `[3]`, `[*]` (the elements of an array), `*` (the values of an object). Where a
step is absent, or an array or object has nothing in it, what was there is kept as the row, so that nothing is lost: it
shows up as a rejected row, or as an ignored one that is `empty`. Texts that hold JSON or a form are stepped into. An
array at the top is always unrolled.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from journey_analytics.config.paths import UPWARDS
from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.ingest.embedded import may_embed, stepped, unwrapped
from journey_analytics.ingest.picks import json_path

#: The line column of an expanded relation.
EXPANDED_LINE = "line"
#: What the walk adds with `ancestors`: the objects around the row, the name that the last `*` went through, and the
#: name under which the nearest object holds the row, or the array that it is in.
SURROUNDINGS = ("up", "up_key", "up_name")
_TOKEN = re.compile(r'\[\*\]|\[[0-9]+\]|"[^"]+"|[^.\[\]"]+')
_WILD = ("[*]", "*")
_PLAIN = re.compile(r"[\w$:-]+")


def is_empty_sql(doc: str) -> str:
    """SQL that tells whether a row is an array or an object with nothing in it."""
    return rf"regexp_full_match({doc}, '\s*(\[\s*\]|\{{\s*\}})\s*')"


def expanded(
    relation: str,
    line: str,
    paths: Sequence[str | list[str]],
    *,
    renumber: bool,
    ancestors: bool = False,
    forms: bool = True,
) -> str:
    """A SELECT of `line` and `doc`, one row per element found.

    Args:
        relation: Quoted relation with a VARCHAR column `doc`.
        line: Its line column, which gives the order.
        renumber: Number the rows from 1; else each keeps its document's line, right where every document is one row.
        paths: Alternatives; of a document the first whose steps before `[*]` or `*` it has, else the document itself.
            Or lists of alternatives: each list is followed from what the one before found.
            A path that starts with `^.` or `$.` leads from what stands around a row to rows inside that row.
        ancestors: Add `SURROUNDINGS`: `up` holds the objects that the row stands in, the whole document last.
        forms: A text may hold a form-encoded body (`may_hold_forms`); the SQL is half as long without.
    """
    walk = Walk(ancestors, forms=forms)
    lists = [[path for path in paths if isinstance(path, str)], *(path for path in paths if not isinstance(path, str))]
    stages = []
    for place, some in enumerate(lists):
        found_routes = [read_route(path, is_first=place == 0) for path in some]
        stages += [routes] if (routes := [route for route in found_routes if route.tokens]) else []
    documents = f"SELECT {quote_name(line)} AS n, CAST(doc AS JSON) AS doc FROM {relation}"
    if stages:
        # A SELECT for the array at the top and for each list: one expression over all of them takes far longer to plan.
        top = "CASE WHEN json_array_length(doc) > 0 THEN json_extract(doc, '$[*]') ELSE [doc] END"
        found = (
            f"SELECT n, unnest(CASE WHEN json_type(doc) = 'ARRAY' THEN {top} ELSE [doc] END) AS q FROM ({documents})"
        )
        for place, routes in enumerate(stages):
            found = f"SELECT n, unnest({_rows_of('q', routes, walk, is_under_way=place > 0)}) AS q FROM ({found})"
    else:
        found = f"SELECT n, unnest({walk.each(walk.start('doc'), is_first=True)}) AS q FROM ({documents})"
    number = "row_number() OVER ()" if renumber else "n"
    value, up = ("q.d", "q.u AS up, q.k AS up_key, q.w AS up_name, ") if ancestors else ("q", "")
    text, inner = "CAST(j AS VARCHAR)", f"CAST({unwrapped('j', forms=forms)} AS VARCHAR)"
    row = f"CASE WHEN starts_with({text}, '\"') THEN {inner} ELSE {text} END"
    return (
        f"SELECT {number} AS line, {', '.join(SURROUNDINGS) + ', ' if ancestors else ''}{row} AS doc "
        f"FROM (SELECT n, {up}{value} AS j FROM ({found}))"
    )


def may_hold_rows(doc: str, paths: Sequence[str | list[str]]) -> str:
    """SQL that tells cheaply whether a document may hold rows inside: where none does, no walk is needed.

    It looks for the first names of the paths as text, so it is never false of a document that has rows; a name may also
    be written with an escape.
    """
    every = [path for some in paths for path in ([some] if isinstance(some, str) else some)]
    tests = [f"starts_with(ltrim({doc}), '[')", f"contains({doc}, '\\u')"]
    for route in (read_route(path, is_first=True) for path in every):
        if route.up or route.tokens[:1] == ["*"]:
            return "true"
        if route.tokens and not route.tokens[0].startswith("["):
            name = route.tokens[0].strip('"')
            if not _PLAIN.fullmatch(name):  # JSON may write a slash or a quote with a backslash before it
                return "true"
            tests.append(f"contains({doc}, {quote_text(name)})")
    return " OR ".join(tests)


def may_hold_forms(doc: str) -> str:
    """SQL that tells whether a text in a document may be a form-encoded body: `"name=value`, or anything escaped."""
    return (
        rf"contains({doc}, '\u') OR (contains({doc}, '=') AND regexp_matches({doc}, '\"[^=&@\s{{}}\"<>/?:]+=+[^=\"]'))"
    )


@dataclass(frozen=True)
class Route:
    """One path of `rows`.

    Attributes:
        tokens: Its steps.
        up: How many objects above the row it starts: 0 from the row itself, -1 from the whole document.
    """

    tokens: list[str]
    up: int = 0


def read_route(path: str, *, is_first: bool) -> Route:
    """A path of `rows`; in the first list without its leading `[*]`, because arrays at the top are unrolled anyway."""
    up = UPWARDS.match(path)
    tokens = _TOKEN.findall(path[up.end() :] if up else path)
    if up is None:
        return Route(tokens[1:] if is_first and tokens[:1] == ["[*]"] else tokens)
    return Route(tokens, -1 if up[1] == "$" else up[1].count("^"))


def _rows_of(value: str, routes: list[Route], walk: Walk, *, is_under_way: bool = False) -> str:
    """SQL of the list that the first fitting path gives from a JSON value, or from an item of a list under way."""
    start = f"[{value}]" if is_under_way else walk.start(value)
    bare = f"{value}.d" if is_under_way and walk.ancestors else value
    cases = []
    for route in routes:
        if route.up:
            above = f"{value}.u[{route.up}]"
            cases.append(f"WHEN {_has(above, route.tokens)} THEN {walk.within(value, above, route.tokens)}")
        else:
            cases.append(f"WHEN {_has(bare, route.tokens)} THEN {walk.follow(start, route.tokens)}")
    return f"CASE {' '.join(cases)} ELSE {start} END"


def _head(tokens: list[str]) -> list[str]:
    """The steps before the first wild one."""
    wild = [place for place, token in enumerate(tokens) if token in _WILD]
    return tokens[: wild[0]] if wild else tokens


def _has(value: str, tokens: list[str]) -> str:
    """SQL that tells whether a document has the steps of a path that come before its first wild one."""
    head = _head(tokens)
    if not head:
        return f"json_type({value}) = '{'ARRAY' if tokens[0] == '[*]' else 'OBJECT'}'"
    plain = f"json_exists({value}, {quote_text(json_path('.'.join(head)))})"
    if len(head) == 1:
        return plain
    deep = stepped(value, [json_path(token) for token in head])
    return f"({plain} OR ({may_embed(f'CAST({value} AS VARCHAR)')} AND {deep} IS NOT NULL))"


@dataclass(frozen=True)
class Walk:
    """SQL of lists of values under way.

    Attributes:
        ancestors: Items are structs: the value `d`, its parents `u`, its key `k` and name `w` as in `SURROUNDINGS`;
            else they are bare JSON.
        strict: Where a step is absent nothing is left.
        forms: Texts may hold form-encoded bodies.
    """

    ancestors: bool
    strict: bool = False
    forms: bool = True

    def start(self, value: str) -> str:
        """A list of one value, with nothing around it yet."""
        return f"[{self._made(value, 'CAST([] AS JSON[])', _NO_TEXT, _NO_TEXT)}]"

    def follow(self, found: str, tokens: list[str]) -> str:
        """The list that a path's steps lead to from each item of a list."""
        for token in tokens:
            found = (
                self.each(found)
                if token == "[*]"
                else self._values(found)
                if token == "*"
                else self._step(found, token)
            )
        return found

    def within(self, item: str, above: str, tokens: list[str]) -> str:
        """What a path finds in one of the objects above an item, as rows inside that item."""
        bare = Walk(ancestors=False, strict=self.strict, forms=self.forms)
        made = self._made("z", f"list_prepend({item}.d, {item}.u)", f"{item}.k", _NO_TEXT)
        return f"list_transform({bare.follow(f'[{above}]', tokens)}, lambda z: {made})"

    def each(self, found: str, *, is_first: bool = False) -> str:
        """The elements of arrays; anything else as it is."""
        if is_first and not self.ancestors:  # the usual form, without lambdas
            elements = "coalesce(nullif(json_extract(doc, '$[*]'), CAST([] AS JSON[])), [doc])"
            return f"CASE WHEN json_type(doc) = 'ARRAY' THEN {elements} ELSE [doc] END"
        return self._flat(found, f"CASE WHEN json_type(v) = 'ARRAY' THEN {self._elements} ELSE {self._rest} END")

    def _values(self, found: str) -> str:
        if self.ancestors:
            made = self._made("y[2]", f"list_prepend(v, {self._parents})", "y[1]", "y[1]")
            values = f"list_transform(list_zip(json_keys(v), json_extract(v, '$.*')), lambda y: {made})"
        else:
            values = "json_extract(v, '$.*')"
        inside = f"CASE WHEN len(json_keys(v)) > 0 THEN {values} ELSE {self._rest} END"
        return self._flat(
            found,
            f"CASE json_type(v) WHEN 'OBJECT' THEN {inside} WHEN 'ARRAY' THEN {self._elements} ELSE {self._rest} END",
        )

    def _step(self, found: str, token: str) -> str:
        path = quote_text(json_path(token))
        if token.startswith("["):
            made = self._made(f"json_extract(v, {path})", self._parents, "x.k", "x.w")
        else:
            name = quote_text(token.strip('"'))
            made = self._made(f"json_extract(v, {path})", f"list_prepend(v, {self._parents})", "x.k", name)
        return self._flat(found, f"CASE WHEN json_exists(v, {path}) THEN [{made}] ELSE {self._rest} END")

    @property
    def _value(self) -> str:
        return "x.d" if self.ancestors else "x"

    @property
    def _parents(self) -> str:
        return "x.u"

    @property
    def _elements(self) -> str:
        """The elements of the array `v`; the array itself where it has none."""
        values = "json_extract(v, '$[*]')"
        if self.ancestors:
            values = f"list_transform({values}, lambda y: {self._made('y', self._parents, 'x.k', 'x.w')})"
        return f"CASE WHEN json_array_length(v) > 0 THEN {values} ELSE [x] END"

    @property
    def _rest(self) -> str:
        """What stays where a step leads nowhere."""
        return "list_filter([x], lambda w: false)" if self.strict else "[x]"

    def _made(self, value: str, parents: str, key: str, name: str) -> str:
        if not self.ancestors:
            return value
        return f"{{'d': {value}, 'u': {parents}, 'k': {key}, 'w': CAST({name} AS VARCHAR)}}"

    def _flat(self, found: str, inner: str) -> str:
        """The lists that `inner` makes of each item `x`, whose value, text stepped into, is `v`."""
        bound = f"list_transform([{unwrapped(self._value, forms=self.forms)}], lambda v: {inner})[1]"
        return f"flatten(list_transform({found}, lambda x: {bound}))"


_NO_TEXT = "CAST(NULL AS VARCHAR)"
