"""Compares tables with a case's `expected/` folder. The same for the oracle's and the pipeline's tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

from tests.oracle.compare import assert_same_rows, read_csv

Row = dict[str, Any]
CASES = Path(__file__).resolve().parent.parent / "cases"


def cases() -> list[Path]:
    """The folders of all hand-computed cases."""
    return sorted(path.parent for path in CASES.glob("*/journey.yaml"))


def given(case: Path, what: str) -> str | None:
    """The case's `as_of` or `clock`, if it gives one."""
    path = case / f"{what}.txt"
    return path.read_text(encoding="utf-8").strip() if path.exists() else None


def check(case: Path, table: str, rows: list[Row], resolve: Callable[[str], Hashable]) -> None:
    """Compare one table with its expected file.

    Args:
        case: The case's folder.
        table: The name of the expected file without `.csv`.
        rows: What was found; `customer` holds an opaque name of the customer.
        resolve: From an identifier's value to that opaque name.
    """
    wanted: list[Row] = [dict(row) for row in read_csv(case / "expected" / f"{table}.csv")]
    columns = list(wanted[0])
    if table == "persons":
        found = {frozenset(row["identifiers"]) for row in rows}
        missing = [row["identifiers"] for row in wanted if frozenset(row["identifiers"].split()) not in found]
        assert not missing, f"{case.name}: no such persons: {missing}; found {found}"
        return
    for row in wanted:
        if "customer" in row:
            row["customer"] = resolve(row["customer"])
    # Expected files hold whole segments (for rejected rows: whole reasons), but not all of them.
    for key in ("segment_value", "reason"):
        if key in columns:
            chosen = {row[key] for row in wanted}
            rows = [row for row in rows if row[key] in chosen]
    if table == "identity_links":
        rows, wanted = [_sorted_ends(row) for row in rows], [_sorted_ends(row) for row in wanted]
    assert_same_rows(rows, wanted, columns, f"{case.name}/{table}")


def _sorted_ends(row: Row) -> Row:
    """A link has no direction: the lesser end on the left."""
    left, right = ((row[f"{side}_kind"], row[f"{side}_identifier"]) for side in ("left", "right"))
    low, high = sorted([left, right])
    ends = {"left_kind": low[0], "left_identifier": low[1], "right_kind": high[0], "right_identifier": high[1]}
    return row | ends
