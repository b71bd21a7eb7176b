"""Runs the fuzz of one family, in this process or, to see its memory, in one of its own."""

from __future__ import annotations

import math

from hypothesis import HealthCheck, Phase, given, settings
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


def fuzz_family(family: Family, files: int, records: int) -> Tally:
    """Fuzz about so many files of a family.

    Args:
        family: The family.
        files: How many; 0: one folder of them.
        records: Records that each is made of.
    """
    tally = Tally()
    if not files:
        fuzz_folder(family, 2, records, _FEW, tally)
        return tally

    # What fails is small already, and shrinking it would take minutes.
    @settings(
        max_examples=math.ceil(files / len(family.files)),
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32), EDITS)
    def check(seed: int, edits: list[Edit]) -> None:
        fuzz_folder(family, seed, records, edits, tally)

    check()
    return tally
