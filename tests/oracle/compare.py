"""Comparing tables as unordered rows of normalised values. Knows nothing of what the columns mean."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?")
_WORDS = {"true": "true", "false": "false"}


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a small CSV file."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def plain(value: Any) -> str:
    """One form for a value, whether it comes from a file, from Python or from DuckDB. Null is empty text.

    Numbers keep five significant digits below one and four decimals above, so that 1/3 can be written in a file, and a
    median between two microseconds, which ends in half of one, is not rounded up on one side and down on the other.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    text = str(value)
    if isinstance(value, int | float | Decimal) or _NUMBER.fullmatch(text):
        number = round(float(text), 12)  # the two sides of a Wilson interval at 0 or 1 end 1e-17 apart
        number += 0.0  # no minus zero
        return f"{number:.5g}" if abs(number) < 1 else f"{number:.4f}".rstrip("0").rstrip(".")
    if _TIME.fullmatch(text):
        return datetime.fromisoformat(text).isoformat(" ")
    return text


def picked(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> Counter[tuple[str, ...]]:
    """The rows cut down to some columns, normalised, as a multiset."""
    names = list(columns)
    return Counter(tuple(plain(row[name]) for name in names) for row in rows)


def assert_same_rows(
    actual: Iterable[Mapping[str, Any]], expected: Iterable[Mapping[str, Any]], columns: Iterable[str], what: str
) -> None:
    """Fail with the differing rows, if the two tables differ as unordered rows."""
    names = list(columns)
    found, wanted = picked(actual, names), picked(expected, names)
    if found != wanted:
        missing = "\n".join(f"  - {row} x{n}" for row, n in sorted((wanted - found).items()))
        extra = "\n".join(f"  + {row} x{n}" for row, n in sorted((found - wanted).items()))
        raise AssertionError(f"{what} {names}\nexpected, not found:\n{missing}\nfound, not expected:\n{extra}")
