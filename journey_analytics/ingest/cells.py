"""Where a mapped field stands in a raw row, as SQL: columns of a table, or paths into a JSON document.

A `Cells` hands out one SQL column per field asked for and, at the end, the SELECT that fetches them all at once:
one JSON extraction per row whatever the number of paths. What the values mean is for the other modules here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from journey_analytics.config.fields import FieldSpec
from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.ingest.layers import LAYER
from journey_analytics.ingest.picks import Picks, json_path, read_pick, value_sql


@dataclass(frozen=True)
class Cell:
    """One value of the row: a short SQL expression and its DuckDB type."""

    sql: str
    type: str = "VARCHAR"

    @property
    def text(self) -> str:
        """The value as text."""
        return self.sql if self.type == "VARCHAR" else f"CAST({self.sql} AS VARCHAR)"


@dataclass
class Cells:
    """The fields of one raw relation.

    Attributes:
        columns: The relation's own columns and types (without `line`); `{"doc": …}` for JSON.
        is_json: The row is one JSON document in the column `doc`.
        trim: Text cells are trimmed and empty ones are null; columnar files only lose empty ones.
        added: Column added by a lookup -> SQL name.
    """

    columns: dict[str, str]
    is_json: bool
    trim: bool = True
    added: dict[str, str] = field(default_factory=dict)
    _fields: dict[str, Cell] = field(default_factory=dict)
    _selected: list[str] = field(default_factory=list)
    _paths: list[str] = field(default_factory=list)
    _picks: Picks = field(default_factory=Picks)

    def path(self, path: str) -> Cell | None:
        """The cell of one column or dotted path; None if the table has no such column."""
        if path in self.added:
            return Cell(self.added[path])
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
        cells = [self.path(path) for path in spec.paths]
        found = [cell for cell in cells if cell is not None]
        if not found:
            return None
        if spec.by is not None:
            if len(found) < len(cells):
                return None
            return Cell("(" + f" || {quote_text(spec.by)} || ".join(cell.text for cell in found) + ")")
        if len(found) == 1:
            return found[0]
        if len({cell.type for cell in found}) == 1:
            return Cell(f"coalesce({', '.join(cell.sql for cell in found)})", found[0].type)
        return Cell(f"coalesce({', '.join(cell.text for cell in found)})")

    def missing(self, spec: FieldSpec) -> list[str]:
        """The columns of a field that the table does not have, if it can't be filled without them."""
        absent = [path for path in spec.paths if self.path(path) is None]
        return absent if spec.by is not None or len(absent) == len(spec.paths) else []

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
        paths = ", ".join(quote_text(path) for path in self._paths)
        extracted = [f"json_extract_string(doc, [{paths}]) AS v"] if self._paths else []
        fields = [f"nullif(trim(v[{n + 1}]), '') AS f{n}" for n in range(len(self._paths))]
        picks = self._picks
        spent = [*(["v"] if extracted else []), *picks.spent]
        rest = f"* EXCLUDE ({', '.join(spent)})" if spent else "*"
        return [
            f"SELECT {', '.join([*first, 'doc', *extra, *extracted, *picks.arrays])} FROM {relation}",
            *([f"SELECT *, {', '.join(picks.keys)} FROM {LAYER}"] if picks.keys else []),
            f"SELECT {', '.join([rest, *fields, *picks.fields])} FROM {LAYER}",
        ]

    def _json(self, path: str) -> Cell:
        if (pick := read_pick(path)) is not None:
            return Cell(self._picks.add(pick))
        self._paths.append(json_path(path))
        return Cell(f"f{len(self._paths) - 1}")

    def _column(self, path: str) -> Cell | None:
        if path in self.columns:
            return self._keep(quote_name(path), self.columns[path])
        heads = [name for name in self.columns if path.startswith((name + ".", name + "["))]
        if not heads:
            return None
        head = max(heads, key=len)
        rest, kind = path[len(head) :].lstrip("."), self.columns[head]
        source = quote_name(head) if kind in ("VARCHAR", "JSON") else f"to_json({quote_name(head)})"
        valid = f"CASE WHEN json_valid({source}) THEN {source} END" if kind == "VARCHAR" else source
        return self._keep(value_sql(valid, rest), "VARCHAR")

    def _keep(self, sql: str, kind: str) -> Cell:
        name = f"f{len(self._selected)}"
        if kind == "VARCHAR":
            sql = f"nullif(trim({sql}), '')" if self.trim else f"nullif({sql}, '')"
        self._selected.append(f"{sql} AS {name}")
        return Cell(name, kind)
