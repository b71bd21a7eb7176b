"""The SQL models as data: one file = one SELECT = one table; names, dependencies and descriptions read from the files.

A file's folder is its layer. Header lines start with `--`; the first sentence says what one row is. The directive
`-- materialized: view` makes a view of it; `-- order: late` has it wait until nothing else can run; `-- parts: KEY` has
it built for ranges of that column, one after the other, where it does not fit in memory as a whole; `-- by: customer`
says that the rows of a customer are told from nothing but that customer's accepted rows, so that they can be kept.
`name.variant.sql` is another form of `name`, taken when asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from journey_analytics.engine.sql_files import sql_folder
from journey_analytics.engine.syntax import tables_read

LAYERS = ("staging", "identity", "core", "marts")

#: Folder whose files become one table, each file's name in its first column: (table, that column, what one row is).
UNITED = {
    "kpis": ("kpi_counts", "kpi", "One row per KPI and period, from one file per KPI in sql/kpis."),
    "map": ("map_cells", "lane", "One row per figure of the journey map, from one file per lane in sql/map."),
}


_LATE = "order: late"
_LARGE = "rows: many"
_PARTS = "parts: "
_BY_CUSTOMER = "by: customer"


@dataclass(frozen=True)
class Model:
    """One model file.

    Attributes:
        name: Name of the table, and of the file.
        layer: The folder: staging, identity, core or marts.
        sql: The SELECT with its comments.
        description: The header comment as text.
        is_view: A view instead of a table.
        reads: Tables it selects from, sorted.
        variants: Other forms of the SELECT by name: (SQL, is a view).
        is_late: Built only when nothing else can be: by then most working tables have been read and dropped.
        is_large: About as many rows as events, sessions or customers: what its columns hold decides how it is written.
        part_key: A column of what it reads; each row is told from rows with one value of it. "" where there is none.
        by_customer: The rows of a customer depend on that customer's accepted rows alone, the configuration, and tables
            of distinct values (kinds, touches, user agents).
    """

    name: str
    layer: str
    sql: str
    description: str
    is_view: bool
    reads: tuple[str, ...]
    variants: dict[str, tuple[str, bool]]
    is_late: bool = False
    is_large: bool = False
    part_key: str = ""
    by_customer: bool = False

    @property
    def is_published(self) -> bool:
        """Whether analysts find the table in the published warehouse."""
        return self.layer == "marts"


def _header(sql: str) -> tuple[str, bool]:
    lines, is_view = [], False
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        text = line[2:].strip()
        if text == "materialized: view":
            is_view = True
        elif text not in (_LATE, _LARGE, _BY_CUSTOMER) and not text.startswith(_PARTS):
            lines.append(text)
    return " ".join(lines), is_view


@cache
def load_models() -> dict[str, Model]:
    """Every model by name, in no particular order."""
    models: dict[str, Model] = {}
    root = sql_folder()
    for layer in LAYERS:
        for path in sorted((root / layer).glob("*.sql")):
            if path.stem.count("."):
                continue
            sql = path.read_text(encoding="utf-8").rstrip().rstrip(";")
            description, is_view = _header(sql)
            variants = {
                other.stem.split(".", 1)[1]: (text := other.read_text(encoding="utf-8"), _header(text)[1])
                for other in sorted(path.parent.glob(f"{path.stem}.*.sql"))
            }
            reads = set(tables_read(sql)).union(*(tables_read(text) for text, _ in variants.values()))
            models[path.stem] = Model(
                path.stem,
                layer,
                sql,
                description,
                is_view,
                tuple(sorted(reads)),
                variants,
                is_late=f"-- {_LATE}" in sql.splitlines(),
                is_large=f"-- {_LARGE}" in sql.splitlines(),
                by_customer=f"-- {_BY_CUSTOMER}" in sql.splitlines(),
                part_key=next(
                    (line[3 + len(_PARTS) :] for line in sql.splitlines() if line.startswith(f"-- {_PARTS}")), ""
                ),
            )
    for folder in UNITED:
        model = _united(root / folder)
        models[model.name] = model
    return models


def _united(folder: Path) -> Model:
    """The model that puts the SELECTs of a folder under each other."""
    table, column, description = UNITED[folder.name]
    parts = []
    for path in sorted(folder.glob("*.sql")):
        body = path.read_text(encoding="utf-8").rstrip().rstrip(";")
        parts.append(f"SELECT '{path.stem}' AS {column}, part.* FROM (\n{body}\n) AS part")
    sql = "\nUNION ALL BY NAME\n".join(parts)
    return Model(table, "core", sql, description, False, tables_read(sql), {})


@dataclass(frozen=True)
class Check:
    """One invariant: a SELECT of the rows that break it, run after `step`.

    Attributes:
        name: Name of the file in `sql/checks`.
        step: The step after which it runs: what it reads that is made last.
        description: What must hold.
        sql: The SELECT; every row it gives is a violation.
    """

    name: str
    step: str
    description: str
    sql: str


@cache
def check_files() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Every check by name: (description, SQL, tables it reads)."""
    found = {}
    for path in sorted((sql_folder() / "checks").glob("*.sql")):
        sql = path.read_text(encoding="utf-8").rstrip().rstrip(";")
        found[path.stem] = (_header(sql)[0], sql, tables_read(sql))
    return found
