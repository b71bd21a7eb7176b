"""Whether two published warehouses say the same: every table of the file, every row, every column.

Left out are only run ids, and in `runs` the wall clock and the rows of earlier runs. Whole numbers, texts, times and
flags must be equal; floats to 1e-9 relative, since sums over several threads differ in their last digits.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from journey_analytics.engine.duck import connect, quote_name

Rows = list[tuple[Any, ...]]

#: Columns that tell of the run and not of the customers.
OF_THE_RUN = {"run_id", "finished_at", "recomputed_customers", "rebuilt_because"}
_CLOSE = 1e-9
_NEAR_ZERO = 1e-12  # a difference of two equal shares is 0 or some 1e-17


def differences(found: Path, wanted: Path, *, shown: int = 3) -> list[str]:
    """What the first published file says otherwise than the second; empty: the same.

    Args:
        found: The `journeys.duckdb` of the run that went on from its state.
        wanted: That of the full rebuild.
        shown: At most so many rows of each table are shown.
    """
    ours, theirs = contents(found), contents(wanted)
    told = [f"{table}: only in one of the two" for table in sorted(ours.keys() ^ theirs.keys())]
    for table in sorted(ours.keys() & theirs.keys()):
        columns, rows = ours[table]
        other_columns, other_rows = theirs[table]
        if columns != other_columns:
            told.append(f"{table}: its columns are {columns}, wanted {other_columns}")
        else:
            told += _differing(table, columns, rows, other_rows, shown)
    return told


def contents(published: Path) -> dict[str, tuple[list[tuple[str, str]], Rows]]:
    """Table -> ((name, type) of its columns, its rows in an order of their own)."""
    found = {}
    with connect(published, read_only=True) as con:
        for (table,) in con.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall():
            described = con.execute(f"DESCRIBE {quote_name(table)}").fetchall()
            columns = [(name, kind) for name, kind, *_ in described if name not in OF_THE_RUN]
            names = ", ".join(quote_name(name) for name, _ in columns)
            newest = " ORDER BY started_at DESC, finished_at DESC LIMIT 1" if table == "runs" else ""
            rows = con.execute(f"SELECT {names} FROM {quote_name(table)}{newest}").fetchall()
            found[table] = (columns, sorted(rows, key=_place))
    return found


def _place(row: tuple[Any, ...]) -> list[str]:
    """Exact values first, so that rows that differ in the last digits of a float stay side by side."""
    exact = [repr(value) for value in row if not isinstance(value, float)]
    return [*exact, *(f"{value:.6g}" for value in row if isinstance(value, float))]


def _differing(table: str, columns: list[tuple[str, str]], rows: Rows, wanted: Rows, shown: int) -> list[str]:
    if len(rows) == len(wanted):
        pairs = [(one, other) for one, other in zip(rows, wanted, strict=True) if not _same_row(one, other)]
        told = [f"{table}: {_cells(columns, one, other)}, in {_named(columns, other)}" for one, other in pairs[:shown]]
        return told + [f"{table}: {len(pairs)} of {len(rows)} rows differ"] * (len(pairs) > shown)
    left, right = {_key(row): row for row in rows}, {_key(row): row for row in wanted}
    extra = [f"{table}: must not have {_named(columns, row)}" for key, row in left.items() if key not in right]
    missing = [f"{table}: lacks {_named(columns, row)}" for key, row in right.items() if key not in left]
    return [f"{table}: {len(rows)} rows, wanted {len(wanted)}", *extra[:shown], *missing[:shown]]


def _key(row: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(_place(row))


def _cells(columns: list[tuple[str, str]], one: tuple[Any, ...], other: tuple[Any, ...]) -> str:
    both = zip(columns, one, other, strict=True)
    return ", ".join(f"{name} is {a!r}, wanted {b!r}" for (name, _), a, b in both if not _same(a, b))


def _named(columns: list[tuple[str, str]], row: tuple[Any, ...]) -> str:
    return repr({name: str(v) for (name, _), v in zip(columns, row, strict=True) if v is not None})


def _same_row(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(_same(a, b) for a, b in zip(one, other, strict=True))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=_CLOSE, abs_tol=_NEAR_ZERO)
    return bool(type(a) is type(b) and a == b)
