"""The steps of `rows` as a chain of SELECTs, a few per step, with what stands around each row where that is asked for.

The objects around a row stay columns all the way, because lists and structs copy the texts put into them: a document of
half a megabyte with 2,000 rows took 8 GB that way. An object loses the value that leads to the rows, unless a field
asks for it, so that reading a field of a document costs the same for each of its rows however many they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.embedded import opens_with, unwrapped
from journey_analytics.ingest.picks import json_path
from journey_analytics.ingest.routes import Route, has_route

#: Bytes of an object from which on what leads to the rows is taken out.
_LARGE = 4000
_IS_LIST, _IS_OBJECT = opens_with("v", "["), opens_with("v", "{")


def surroundings(levels: int) -> tuple[str, ...]:
    """The columns that stand for what is around a row.

    Args:
        levels: How many objects above the row are kept.

    Returns:
        `up_top`: the whole document; `up_key`: the name that the last `*` went through; `up_name`: the name under which
        the nearest object holds the row, or the array that it is in; `up1`, `up2` …: the objects, nearest first.
    """
    return ("up_top", "up_key", "up_name", *(f"up{level}" for level in range(1, levels + 1)))


def walked(found: str, stages: Sequence[Sequence[Route]], levels: int | None, *, forms: bool, lean: bool) -> str:
    """A SELECT of `n`, `q` (the row) and, where `levels` is given, `surroundings(levels)`.

    Args:
        found: A SELECT of `n` and `q`, the documents.
        stages: The lists of `rows`.
        levels: As for `surroundings`.
        forms: As for `rows.expanded`.
        lean: Objects may lose the values that lead to the rows.
    """
    sql = found
    if levels is not None:
        kinds = {name: "VARCHAR" if name in ("up_key", "up_name") else "JSON" for name in surroundings(levels)}
        empty = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in kinds.items())
        sql = f"SELECT n, q, {empty} FROM ({found})"
    for place, routes in enumerate(stages):
        sql = _Stage(routes, levels, forms=forms, lean=lean, is_first=place == 0).over(sql)
    return sql


class _Stage:
    """One list of `rows`; `a` is the number of the alternative that a row takes, null where it takes none."""

    def __init__(self, routes: Sequence[Route], levels: int | None, *, forms: bool, lean: bool, is_first: bool) -> None:
        self.routes, self.levels, self.forms, self.lean, self.is_first = routes, levels, forms, lean, is_first

    def over(self, sql: str) -> str:
        """The rows after this list."""
        tests = " ".join(
            f"WHEN {has_route(_above(route, self.levels), route.tokens, is_text=not self.is_first)} THEN {number}"
            for number, route in enumerate(self.routes)
        )
        sql = f"SELECT *, CASE {tests} END AS a FROM ({sql})"
        ups = self._numbers(lambda route: route.up != 0)
        if ups:  # what lies above the row becomes rows inside it
            starts = " ".join(f"WHEN {n} THEN {_above(self.routes[n], self.levels)}" for n in ups)
            sql = self._pushed(sql, f"CASE a {starts} ELSE q END", f"coalesce({_in(ups)}, false)", "q", "NULL")
        for step in range(max(len(route.tokens) for route in self.routes)):
            sql = self._step(sql, step)
        return f"SELECT * EXCLUDE (a) FROM ({sql})"

    def _step(self, sql: str, step: int) -> str:
        def at(kind: Callable[[str], bool]) -> list[int]:
            return self._numbers(lambda route: step < len(route.tokens) and kind(route.tokens[step]))

        plain = at(lambda token: token not in ("[*]", "*"))
        named = [n for n in plain if not self.routes[n].tokens[step].startswith("[")]
        values, each = at(lambda token: token == "*"), at(lambda token: token == "[*]")
        value = f"CASE WHEN {_in([*plain, *values, *each])} THEN {unwrapped('q', forms=self.forms)} END"
        sql = f"SELECT *, {value} AS v FROM ({sql})"
        paths = {n: quote_text(json_path(self.routes[n].tokens[step])) for n in plain}
        tests = [f"WHEN {_in(plain)} THEN m IS NOT NULL"] if plain else []
        tests += [f"WHEN a = {n} THEN {_IS_OBJECT} AND len(json_keys(v)) > 0" for n in values]
        if tests:
            if plain:
                moves = " ".join(f"WHEN {n} THEN json_extract(v, {path})" for n, path in paths.items())
                sql = f"SELECT *, CASE a {moves} END AS m FROM ({sql})"
            sql = f"SELECT *, coalesce(CASE {' '.join(tests)} END, false) AS ok FROM ({sql})"
            q = "coalesce(m, q)" if plain else "q"
            deeper = [n for n in (*named, *values) if not self.routes[n].up]  # above, only what is found counts
            names = " ".join(f"WHEN {n} THEN {quote_text(self.routes[n].tokens[step].strip(chr(34)))}" for n in named)
            name = f"CASE a {names} END" if names else "NULL"
            push = f"ok AND {_in(deeper)}" if deeper else "false"
            sql = self._pushed(sql, q, push, self._without(name) if names else "v", name)
            if plain:
                sql = f"SELECT * EXCLUDE (m) FROM ({sql})"
        if values:
            return self._unnested(sql, values, each)
        spent = "v, ok" if tests else "v"
        if not each:
            return f"SELECT * EXCLUDE ({spent}) FROM ({sql})"
        listed = f"CASE WHEN {_in(each)} AND {_IS_LIST} THEN json_extract(v, '$[*]') END"
        sql = f"SELECT * EXCLUDE ({spent}), {listed} AS l FROM ({sql})"
        return f"SELECT * EXCLUDE (l, q), unnest(CASE WHEN len(l) > 0 THEN l ELSE [q] END) AS q FROM ({sql})"

    def _unnested(self, sql: str, values: list[int], each: list[int]) -> str:
        """The rows of a step that is `*` in one of the alternatives: with each value goes its name."""
        pairs = "list_transform(list_zip(json_keys(v), json_extract(v, '$.*')), lambda y: {'k': y[1], 'j': y[2]})"
        elements = "list_transform(json_extract(v, '$[*]'), lambda y: {'k': CAST(NULL AS VARCHAR), 'j': y})"
        listed = (
            f"CASE WHEN ok AND {_in(values)} THEN {pairs} WHEN {_in([*values, *each])} AND {_IS_LIST} "
            f"AND json_array_length(v) > 0 THEN {elements} ELSE [{{'k': CAST(NULL AS VARCHAR), 'j': q}}] END"
        )
        sql = f"SELECT * EXCLUDE (v, q), unnest({listed}) AS z FROM ({sql})"
        own = [n for n in values if not self.routes[n].up]  # above, what is found bears no name
        names = ("up_key", "up_name") if own and self.levels is not None else ()
        told = "".join(f"CASE WHEN {_in(own)} THEN coalesce(z.k, {name}) ELSE {name} END AS {name}, " for name in names)
        return f"SELECT * EXCLUDE ({', '.join(['z', 'ok', *names])}), {told}z.j AS q FROM ({sql})"

    def _pushed(self, sql: str, q: str, when: str, parent: str, name: str) -> str:
        """Rows move to `q`; where `when` holds, `parent` comes to stand around them."""
        columns = {"q": q}
        spent: list[str] = []
        if self.levels is not None and when != "false":
            if parent not in ("q", "v"):  # once, not in each column
                sql = f"SELECT *, CASE WHEN {when} THEN {parent} END AS w FROM ({sql})"
                parent, spent = "w", ["w"]
            columns["up_top"] = f"CASE WHEN {when} AND up_top IS NULL THEN {parent} ELSE up_top END"
            columns["up_name"] = f"CASE WHEN {when} THEN {name} ELSE up_name END"
            for level in range(self.levels, 0, -1):
                below = parent if level == 1 else f"up{level - 1}"
                columns[f"up{level}"] = f"CASE WHEN {when} THEN {below} ELSE up{level} END"
        made = ", ".join(f"{text} AS {column}" for column, text in columns.items())
        return f"SELECT * EXCLUDE ({', '.join([*columns, *spent])}), {made} FROM ({sql})"

    def _without(self, name: str) -> str:
        """The value `v` without what stands under a name, where that saves something."""
        if not self.lean:
            return "v"
        rest = f"CAST(json_merge_patch(v, json_object({name}, NULL)) AS JSON)"
        return f"CASE WHEN strlen(v) > {_LARGE} THEN {rest} ELSE v END"

    def _numbers(self, kind: Callable[[Route], bool]) -> list[int]:
        return [number for number, route in enumerate(self.routes) if kind(route)]


def _above(route: Route, levels: int | None) -> str:
    """What a route starts from."""
    if not route.up:
        return "q"
    return "up_top" if route.up < 0 else f"up{route.up}" if route.up <= (levels or 0) else "CAST(NULL AS JSON)"


def _in(numbers: Sequence[int]) -> str:
    return f"a IN ({', '.join(map(str, numbers))})"
