"""Runs the fuzz of one family until so many files and rows have been seen."""

from __future__ import annotations

import math
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.accounting import Tally, fuzz_folder
from tests.fuzz.families import Family
from tests.fuzz.mutations import EDITS, Edit

#: What is tried where no long form is asked for.
_FEW: list[Edit] = [
    ("insert", 0.3, 0.0, b'"'),
    ("flip", 0.5, 0.0, b"{"),
    ("drop", 0.6, 0.02, b""),
    ("insert", 0.8, 0.0, b"\0"),
]
_ROUNDS = 8  # the records of a file are fitted anew in each: how many rows one gives is not known before
_FOLDERS = 5  # of the first round, which only tells that
_MOST = 2000  # records in a file


def fuzz_family(family: Family, files: int, rows: int, before: Callable[[], None] = lambda: None) -> Tally:
    """Fuzz at least so many files of a family, which hold at least so many rows.

    Args:
        family: The family.
        files: How many; 0: one folder of them, with `rows` records in each.
        rows: How many in all. Files that are refused as a whole count as files and have none.
        before: Is called before each folder.

    Returns:
        What was seen; fewer rows than asked for where records hold hardly any.
    """
    tally = Tally()
    if not files:
        fuzz_folder(family, 2, rows, _FEW, tally)
        return tally
    made = 0  # records
    for number in range(_ROUNDS):
        left = max(files - tally.files, 1)
        per_record = tally.rows / made if tally.rows else 1.0
        records = max(math.ceil(1.05 * (rows - tally.rows) / left / per_record), 5)
        records = min(records, _MOST)
        folders = math.ceil(left / len(family.files))
        if not number:
            folders = min(folders, _FOLDERS)
        elif records == _MOST or folders < _FOLDERS:
            folders = max(folders, _FOLDERS)
            missing = (rows - tally.rows) / per_record / len(family.files) / folders
            records = min(max(math.ceil(1.05 * missing), 5), _MOST)
        _round(family, number, folders, records, tally, before)
        made += folders * len(family.files) * records
        if tally.files >= files and tally.rows >= rows:
            break
    return tally


def _round(family: Family, number: int, folders: int, records: int, tally: Tally, before: Callable[[], None]) -> None:
    # What fails is small already, and shrinking it would take minutes.
    @seed(number)
    @settings(
        max_examples=folders,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32), EDITS)
    def check(value: int, edits: list[Edit]) -> None:
        before()
        fuzz_folder(family, value, records, edits, tally)

    check()
