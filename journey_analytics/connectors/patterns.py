"""Regular expressions for text logs: which groups one has, and whether the engine takes it."""

from __future__ import annotations

import re

import duckdb

from journey_analytics.engine.duck import connect

# An escape or a class is skipped as a whole; what is left of "(" opens a group.
_TOKEN = re.compile(
    r"\\Q.*?(?:\\E|$)|\\."
    r"|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]"
    r"|\((?:\?(?:P<(?P<name>\w+)>|(?P<plain>)))?",
    re.DOTALL,
)


def group_names(pattern: str) -> list[str | None]:
    """The capturing groups in their order: a name, or None for one without."""
    found: list[str | None] = []
    for token in _TOKEN.finditer(pattern):
        if token[0].startswith("(") and token["plain"] is None:
            found.append(token["name"])
    return found


def pattern_fault(pattern: str) -> str | None:
    """What is wrong with a pattern; None where it can be used."""
    with connect(threads=1) as con:
        try:
            con.execute("SELECT regexp_matches('', $1)", [pattern])
        except duckdb.Error as error:
            return f"no regular expression: {str(error).splitlines()[0].split('Error: ')[-1]}"
    names = [name.lower() for name in group_names(pattern) if name]
    if not names:
        return "the pattern has no named group"
    double = next((name for number, name in enumerate(names) if name in names[:number]), None)
    return f"two groups of the pattern are called {double!r}" if double else None
