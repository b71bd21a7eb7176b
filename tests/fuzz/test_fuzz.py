"""Mutated samples of every format: each row accounted for, no exception but one clear error, memory bounded.

A few files of each family by default; `JOURNEY_FUZZ=200` (files per family, with 50 rows to a file) for the long form,
which `python -m tests.fuzz` also runs, with a table of what it saw.
"""

from __future__ import annotations

import os

import pytest

from journey_analytics.connectors.load import shipped
from tests.fuzz.families import FAMILIES
from tests.fuzz.run import fuzz_family

FILES = int(os.environ.get("JOURNEY_FUZZ", "0"))


def test_every_shipped_connector_has_a_family() -> None:
    assert {family.source["connector"] for family in FAMILIES.values()} == set(shipped())


@pytest.mark.parametrize("name", FAMILIES)
def test_every_row_is_accounted_for(name: str) -> None:
    tally = fuzz_family(FAMILIES[name], files=FILES, rows=50 * FILES or 12)
    assert tally.rows > 0
