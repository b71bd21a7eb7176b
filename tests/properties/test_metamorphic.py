"""The same rows in another guise give the same tables: shuffled, in two files, with another number of threads."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness import run_tables
from tests.properties.histories import CLOCK, Project, projects
from tests.properties.test_core import EXAMPLES, FEW

TABLES = [
    *["events", "customers", "sessions", "journeys", "stage_visits", "transitions", "drop_off", "stage_progress"],
    *["identifiers", "identity_links"],
]


def published_tables(project: Project) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the tables that hold no run ids and no files, in a fixed order."""
    with (
        tempfile.TemporaryDirectory() as name,
        run_tables(project.write(Path(name)), TABLES, project.as_of, clock=CLOCK.isoformat()) as con,
    ):
        return {table: con.sql(f"from {table} order by all").fetchall() for table in TABLES}


def shuffled(project: Project, chance: random.Random) -> Project:
    """The rows of every file in another order."""
    files = {name: chance.sample(rows, len(rows)) for name, rows in project.files.items()}
    return Project(project.config, files, project.as_of)


def split(project: Project, chance: random.Random) -> Project:
    """Every file in two; not where equal rows of one file are counted, as that is another meaning."""
    files = {}
    for name, rows in project.files.items():
        if name.startswith("kassa/") or len(rows) < 2:
            files[name] = rows
        else:
            cut = chance.randint(1, len(rows) - 1)
            files[name.replace(".csv", "a.csv")], files[name.replace(".csv", "b.csv")] = rows[cut:], rows[:cut]
    return Project(project.config, files, project.as_of)


def other_threads(project: Project, chance: random.Random) -> Project:
    """One thread, or four."""
    config = project.config | {"resources": {"threads": chance.choice([1, 4])}}
    return Project(config, project.files, project.as_of)


CHANGES: list[Callable[[Project, random.Random], Project]] = [shuffled, split, other_threads]


# two at least, as the first that is drawn is the simplest
@settings(FEW, max_examples=max(2, EXAMPLES // 5))
@given(project=projects(), seed=st.integers(0, 2**32))
def test_tables_stay_equal(project: Project, seed: int) -> None:
    before = published_tables(project)
    for change in CHANGES:
        after = published_tables(change(project, random.Random(seed)))
        for table, rows in before.items():
            assert after[table] == rows, (change.__name__, table)
