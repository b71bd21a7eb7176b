"""Where a mapped field stands in a raw row, as SQL: columns of a table, or paths into a JSON document.

A `Cells` hands out one SQL column per field asked for and, at the end, the SELECT that fetches them all at once:
one JSON extraction per row whatever the number of paths. What the values mean is for the other modules here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from journey_analytics.config.fields import FieldSpec
from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.ingest.embedded import may_embed, stepped
from journey_analytics.ingest.layers import LAYER
from journey_analytics.ingest.picks import Picks, json_path, json_steps, read_pick, value_sql
from journey_analytics.ingest.surroundings import surroundings

#: `$` or `$.x`: from the whole document; `^.x`, `^.^.x`: from the object that the row stands in, and the one around it.
_BASE = re.compile(r"(\$|\^(?:\.?\^)*)(?:\.|$)")
#: The name that the last `*` of `rows` went through to the row.
_KEY = "^key"
#: The row itself, where it is a bare value such as an address in a list.
_ROW = "."


@dataclass(frozen=True)
class Cell:
    """One value of the row: a short SQL expression and its DuckDB type."""

    sql: str
    type: str = "VARCHAR"

    @property
    def text(self) -> str:
        """The value as text."""
        return self.sql if self.type == "VARCHAR" else f"CAST({self.sql} AS VARCHAR)"


def untrimmed(name: str) -> str:
    """SQL that tells cheaply whether a text may have blanks around it, or be empty. `name` is written several times.

    Trimming costs ten times as much as seeing that there is nothing to trim, as nearly always. Outside ASCII there are
    other blanks, so there it may always be. What sorts before `!` begins with a blank or a control character.
    """
    return f"{name} < '!' OR suffix({name}, ' ') OR strlen({name}) <> length({name})"


def trimmed(name: str) -> str:
    """SQL of a text without blanks around it, null where nothing is left. `name` is written several times."""
    return f"CASE WHEN {untrimmed(name)} THEN nullif(trim({name}), '') ELSE {name} END"


def _extracted(base: str, paths: list[str], *, embeds: bool) -> str:
    """SQL of the list of the values at several paths of one document, as text.

    Only of documents that may hold JSON inside a text, absent nested values are looked for in there.
    """
    plain = f"json_extract_string({base}, [{', '.join(quote_text(json_path(path)) for path in paths)}])"
    if not embeds or not any(len(json_steps(path)) > 1 for path in paths):
        return plain
    items = []
    for path in paths:
        item = f"json_extract_string({base}, {quote_text(json_path(path))})"
        if len(steps := json_steps(path)) > 1:
            deep = stepped(f"CAST({base} AS JSON)", steps)
            item = f"coalesce({item}, json_extract_string({deep}, '$'))"
        items.append(item)
    return f"CASE WHEN {may_embed(base)} THEN [{', '.join(items)}] ELSE {plain} END"


@dataclass
class Cells:
    """The fields of one raw relation.

    Attributes:
        columns: The relation's own columns and types (without `line`); `{"doc": …}` for JSON.
        is_json: The row is one JSON document in the column `doc`.
        trim: Text cells are trimmed and empty ones are null; columnar files only lose empty ones.
        added: Column added by a lookup -> SQL name.
        given: The same for columns that stay out of the properties.
        embeds: A text in a document may itself hold JSON, which paths then lead into.
        levels: The relation has the columns `surroundings(levels)`: what stands around the row; None: it has not.
    """

    columns: dict[str, str]
    is_json: bool
    trim: bool = True
    added: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    embeds: bool = True
    levels: int | None = None
    _fields: dict[str, Cell] = field(default_factory=dict)
    _selected: list[str] = field(default_factory=list)
    _paths: dict[str, list[str]] = field(default_factory=dict)  # what they start from -> paths
    _places: dict[tuple[str, int], str] = field(default_factory=dict)  # base and number of a path -> column
    _picks: Picks = field(default_factory=Picks)

    @property
    def document(self) -> str:
        """SQL of the row as a JSON object: of a bare value the object it stands in, without the list that it is of."""
        if self.levels is None:
            return "doc"
        # A list of recipients would else stand among the properties of each of them.
        around = "CASE WHEN up_name IS NULL THEN up1 ELSE json_merge_patch(up1, json_object(up_name, NULL)) END"
        return f"CASE WHEN starts_with(doc, '{{') THEN doc ELSE coalesce({around}, doc) END"

    def path(self, path: str) -> Cell | None:
        """The cell of one column or dotted path; None if the table has no such column."""
        if path in self.added or path in self.given:
            return Cell(self.added.get(path) or self.given[path])
        if path not in self._fields:
            cell = self._json(path) if self.is_json else self._column(path)
            if cell is None:
                return None
            self._fields[path] = cell
        return self._fields[path]

    def field(self, spec: FieldSpec) -> Cell | None:
        """The cell of a mapping's field; None if none of its columns is there."""
        if spec.constant is not None:
            return Cell(quote_text(spec.constant))
        if spec.by is not None:
            parts = [self.field(part) for part in spec.parts()]
            texts = [part.text for part in parts if part is not None]
            return Cell("(" + f" || {quote_text(spec.by)} || ".join(texts) + ")") if len(texts) == len(parts) else None
        found = [cell for path in spec.paths if (cell := self.path(path)) is not None]
        if not found:
            return None
        if len(found) == 1:
            return found[0]
        if len({cell.type for cell in found}) == 1:
            return Cell(f"coalesce({', '.join(cell.sql for cell in found)})", found[0].type)
        return Cell(f"coalesce({', '.join(cell.text for cell in found)})")

    def candidates(self, spec: FieldSpec) -> list[Cell]:
        """The cells of a field one by one, where it names several of which the first that serves counts."""
        if spec.constant is None and spec.by is None:
            return [cell for path in spec.paths if (cell := self.path(path)) is not None]
        cell = self.field(spec)
        return [] if cell is None else [cell]

    def missing(self, spec: FieldSpec) -> list[str]:
        """The columns of a field that the table does not have, if it can't be filled without them."""
        if spec.by is not None:
            return [path for part in spec.parts() for path in self.missing(part)]
        absent = [path for path in spec.paths if self.path(path) is None]
        return absent if len(absent) == len(spec.paths) else []

    def select(self, relation: str, extra: list[str], line: str | None = None) -> list[str]:
        """The layers that fetch every field asked for so far.

        Args:
            relation: The raw relation.
            extra: Further expressions over the relation, aliased, that later layers need.
            line: The relation's line column, which becomes `line`; None: it is not needed.

        Returns:
            SELECTs, each reading the one before as `LAYER`.
        """
        first = [f"{quote_name(line)} AS line"] if line else []
        if not self.is_json:
            return [f"SELECT {', '.join([*first, *extra, *self._selected]) or '1 AS one'} FROM {relation}"]
        document = ["doc"] if self.levels is None else ["doc", *surroundings(self.levels)]
        names = {base: f"v{'' if base == 'doc' else number}" for number, base in enumerate(self._paths)}
        # All values are trimmed in one expression, which plans faster than one for each.
        extracted = [
            f"list_transform({_extracted(base, paths, embeds=self.embeds)}, lambda t: {trimmed('t')}) AS {names[base]}"
            for base, paths in self._paths.items()
        ]
        fields = []
        for (base, number), name in self._places.items():
            value = f"{names[base]}[{number + 1}]"
            if base == "doc" and self._paths[base][number] == _ROW:
                value = f"CASE WHEN ascii(doc) NOT IN (91, 123) THEN {value} END"  # neither array nor object
            fields.append(f"{value} AS {name}")
        picks = self._picks
        spent = [*names.values(), *picks.spent]
        rest = f"* EXCLUDE ({', '.join(spent)})" if spent else "*"
        return [
            f"SELECT {', '.join([*first, *document, *extra, *extracted, *picks.arrays])} FROM {relation}",
            *([f"SELECT *, {', '.join(picks.keys)} FROM {LAYER}"] if picks.keys else []),
            f"SELECT {', '.join([rest, *fields, *picks.fields])} FROM {LAYER}",
        ]

    def _json(self, path: str) -> Cell | None:
        base = "doc"
        if path == _KEY:
            return None if self.levels is None else Cell("up_key")
        if found := _BASE.match(path):
            path = path[found.end() :]
            level = found[1].count("^")
            if level > (self.levels or 0):
                return None
            if self.levels is not None:
                base = f"up{level}" if level else "coalesce(up_top, doc)"
        if (pick := read_pick(path)) is not None:
            return Cell(self._picks.add(base, pick))
        paths = self._paths.setdefault(base, [])
        paths.append(path)
        name = f"f{len(self._places)}"
        self._places[base, len(paths) - 1] = name
        return Cell(name)

    def _column(self, path: str) -> Cell | None:
        path = path.removeprefix("$.")
        if path in self.columns:
            return self._keep(quote_name(path), self.columns[path], is_bare=True)
        heads = [name for name in self.columns if path.startswith((name + ".", name + "["))]
        if not heads:
            return None
        head = max(heads, key=len)
        rest, kind = path[len(head) :].lstrip("."), self.columns[head]
        source = quote_name(head) if kind in ("VARCHAR", "JSON") else f"to_json({quote_name(head)})"
        valid = f"CASE WHEN json_valid({source}) THEN {source} END" if kind == "VARCHAR" else source
        return self._keep(value_sql(valid, rest), "VARCHAR")

    def _keep(self, sql: str, kind: str, *, is_bare: bool = False) -> Cell:
        name = f"f{len(self._selected)}"
        if kind == "VARCHAR" and self.trim:
            sql = trimmed(sql) if is_bare else f"nullif(trim({sql}), '')"
        elif kind == "VARCHAR":
            sql = f"nullif({sql}, '')"
        self._selected.append(f"{sql} AS {name}")
        return Cell(name, kind)
