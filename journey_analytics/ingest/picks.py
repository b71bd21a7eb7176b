"""Paths into JSON values as SQL, with the step that picks an array's element by key: `params[key=page].value`.

Rows with a dozen such fields read their array once and its keys once; each field then is a position in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.embedded import may_embed, stepped

_STEP = re.compile(r'"([^"]+)"|([^.\[\]"]+)|\[([0-9]+)\]')
_LAST = 2**31 - 1  # the greatest place in an array that is asked for: DuckDB refuses some greater ones
_PICK = re.compile(r"([^=]*?)\[([^\[\]=]+)=([^\]]*)\](.*)", re.DOTALL)


def json_path(path: str) -> str:
    """A dotted path (`context.page.url`, `items[0].sku`, `a."b.c"`) as DuckDB's JSON path, every name quoted."""
    return "$" + "".join(_steps(path))


def json_steps(path: str) -> list[str]:
    """The same as JSON paths of one step each."""
    return [f"${step}" for step in _steps(path)]


def _steps(path: str) -> list[str]:
    return [
        f"[{min(int(index[:20]), _LAST)}]" if index else '."' + (whole or name).replace("\\", "\\\\") + '"'
        for whole, name, index in _STEP.findall(path)
    ]


@dataclass(frozen=True)
class Pick:
    """The first element of `array` whose `key` is `wanted`, and the path from there."""

    array: str
    key: str
    wanted: str
    rest: str


def read_pick(path: str) -> Pick | None:
    """The first picking step of a path; None where it has none."""
    found = _PICK.fullmatch(path)
    return None if found is None else Pick(found[1], found[2].strip(), found[3].strip(), found[4])


def value_sql(source: str, path: str) -> str:
    """SQL of the text at a path of a JSON value; null where a step is absent."""
    pick = read_pick(path)
    if pick is None:
        return f"json_extract_string({source}, {quote_text(json_path(path))})"
    items = f"json_extract({source}, {quote_text(json_path(pick.array) + '[*]')})"
    test = f"json_extract_string(x, {quote_text(json_path(pick.key))}) = {quote_text(pick.wanted)}"
    return value_sql(f"list_filter({items}, lambda x: {test})[1]", pick.rest)


@dataclass
class Picks:
    """The picked fields of a JSON relation: expressions for the three layers that `Cells.select` gives.

    Attributes:
        arrays: Over the raw relation: the elements of each array, looked for inside texts where they may hold it.
        keys: Over those: each element's key.
        fields: Over both: the fields.
    """

    arrays: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    _known: dict[tuple[str, str, str], int] = field(default_factory=dict)

    @property
    def spent(self) -> list[str]:
        """Names that only the fields need."""
        return [f"{letter}{number}" for number in range(len(self.arrays)) for letter in ("e", "k")]

    def add(self, base: str, pick: Pick) -> str:
        """The SQL name of one more field, of the document that the expression `base` gives."""
        number = self._known.setdefault((base, pick.array, pick.key), len(self._known))
        if number == len(self.arrays):
            deep = stepped(f"CAST({base} AS JSON)", [*json_steps(pick.array), "$[*]"])
            plain = f"json_extract({base}, {quote_text(json_path(pick.array) + '[*]')})"
            self.arrays.append(f"CASE WHEN {may_embed(base)} THEN {deep} ELSE {plain} END AS e{number}")
            key = f"json_extract_string(x, {quote_text(json_path(pick.key))})"
            self.keys.append(f"list_transform(e{number}, lambda x: {key}) AS k{number}")
        element = f"e{number}[list_position(k{number}, {quote_text(pick.wanted)})]"
        name = f"q{len(self.fields)}"
        self.fields.append(f"nullif(trim({value_sql(element, pick.rest)}), '') AS {name}")
        return name
