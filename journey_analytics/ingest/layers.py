"""A chain of SELECTs, each over the one before: how the mapping's SQL is put together."""

from __future__ import annotations

from itertools import zip_longest

#: Stands for the name of the layer before, in SQL that is not yet put together. No YAML text can hold it.
LAYER = "\x01layer\x01"


def nested(selects: list[str]) -> str:
    """SELECTs that each read the one before, as one."""
    sql = selects[0]
    for select in selects[1:]:
        sql = select.replace(LAYER, f"({sql})")
    return sql


def side_by_side(chains: list[list[dict[str, str]]]) -> list[dict[str, str]]:
    """Several chains of layers as one: the first layers of all together, then the second ones."""
    levels = zip_longest(*chains, fillvalue={})
    return [{name: sql for columns in level for name, sql in columns.items()} for level in levels]


class Layers:
    """A chain of SELECTs, each over the one before."""

    def __init__(self) -> None:
        self._ctes: list[str] = []

    def raw(self, sql: str) -> None:
        """Add a whole SELECT that reads `LAYER`."""
        previous = f"l{len(self._ctes) - 1}"
        self._ctes.append(sql.replace(LAYER, previous) if self._ctes else sql)

    def add(self, columns: dict[str, str]) -> None:
        """Add columns to what is there."""
        if columns:
            self.raw(f"SELECT *, {', '.join(f'{sql} AS {name}' for name, sql in columns.items())} FROM {LAYER}")

    def add_all(self, chains: list[list[dict[str, str]]]) -> None:
        """Add several chains of layers side by side."""
        for columns in side_by_side(chains):
            self.add(columns)

    def final(self, select: str) -> str:
        """The whole statement, ending in a SELECT over the last layer."""
        ctes = ", ".join(f"l{number} AS ({sql})" for number, sql in enumerate(self._ctes))
        return f"WITH {ctes} {select.replace(LAYER, f'l{len(self._ctes) - 1}')}"
