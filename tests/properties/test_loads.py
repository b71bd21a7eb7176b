"""Random sequences of loads: after each one, every published table is that of a full rebuild with the same ledger.

`LOADS_EXAMPLES=50` draws more than the default; `ORACLE_SHRINK=1` makes a failing sequence small.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.harness import NIGHTLY
from tests.loads.actions import (
    Action,
    Append,
    AsOf,
    Configure,
    Correct,
    Export,
    Redeliver,
    Remove,
    Rename,
    Restore,
    Sighting,
    Sources,
    Tie,
)
from tests.loads.menu import MENU, SOURCES
from tests.loads.project import Project, first_load

EXAMPLES = int(os.environ.get("LOADS_EXAMPLES", "60" if NIGHTLY else "0"))
#: By default only the example that is written out, as each load is two whole runs: the first that would be drawn is
#: always the simplest, loads before which nothing happened.
FEW = settings(
    max_examples=max(EXAMPLES, 1),
    deadline=None,
    database=None,
    phases=[
        Phase.explicit,
        *([Phase.generate] if EXAMPLES else []),
        *([Phase.shrink] if "ORACLE_SHRINK" in os.environ else []),
    ],
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Load:
    """The days that pass, what happens, then a run."""

    days: int
    actions: tuple[Action, ...]


people = st.integers(1, 8)
numbers = st.integers(0, 40)
#: The days before the clock of a row: of today, within sessions and journeys under way, old, before all, in the future.
when = st.sampled_from([0, 0, 0, 1, 1, 3, 20, 31, 60, 150, 199, 260, -2])
sightings = st.builds(
    Sighting,
    source=st.sampled_from(["web", "web", "mail", "crm"]),
    person=people,
    event=st.integers(0, 9),
    who=st.sampled_from(["own", "own", "anonymous", "login", "other", "kiosk", "bare kiosk", "whole"]),
    days=when,
    second=st.sampled_from([0, 1, 5, 60, 1799, 1800, 1801, 40_000]),
)
few_rows = st.lists(sightings, min_size=1, max_size=5).map(tuple)
months = st.lists(sightings, min_size=6, max_size=6).map(
    lambda rows: tuple(
        Sighting(row.source, row.person, row.event, row.who, 200 + 20 * n, row.second) for n, row in enumerate(rows)
    )
)
appends = st.builds(Append, few_rows, grow=st.booleans())
states = st.lists(st.sampled_from(["", "new", "talks", "won", "lost"]), min_size=1, max_size=4).map(tuple)
configured = st.sampled_from(sorted(MENU)).flatmap(
    lambda key: st.builds(Configure, st.just(key), st.integers(0, len(MENU[key]) - 1))
)
#: Weighted by repetition: what happens daily, and what changes rows that are there, more often than the rest.
actions: st.SearchStrategy[Action] = st.one_of(
    appends,
    appends,
    appends,
    st.builds(Correct, numbers, numbers, st.sampled_from(["event", "time", "person", "gone"])),
    st.builds(Correct, numbers, numbers, st.sampled_from(["event", "time", "person", "gone"])),
    st.builds(Redeliver, numbers, numbers, st.sampled_from(["same", "event", "time", "person"]), st.booleans()),
    st.builds(Redeliver, numbers, numbers, st.sampled_from(["same", "event", "time", "person"]), st.booleans()),
    st.builds(Tie, people, people),
    st.builds(Tie, people, people),
    configured,
    configured,
    st.builds(Remove, numbers),
    st.builds(Rename, numbers),
    st.builds(Restore),
    st.builds(Export, st.sampled_from([0, 5, 30, 120]), states),
    st.builds(AsOf, st.sampled_from([None, None, 0, 1, 60, -40])),
    st.builds(Sources, st.integers(0, len(SOURCES) - 1)),
    st.builds(Append, months),
)
loads = st.builds(Load, st.sampled_from([0, 0, 1, 1, 7, 40]), st.lists(actions, max_size=4).map(tuple))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of 200 days that was loaded once."""
    return first_load(tmp_path_factory)


#: What tests/pipelines/test_loads.py tries one by one every night: files that change, duplicates, customers that merge.
DAILY = [
    Load(0, (Correct(4, 5, "event"), Correct(4, 9, "time"), Correct(5, 3, "gone"), Tie(3, 3))),
    Load(1, (Redeliver(3, 4, "same"), Redeliver(3, 6, "time"), Redeliver(0, 1, "event", newer=False))),
]


@FEW
@example(script=DAILY)
@given(script=st.lists(loads, min_size=3, max_size=3))
def test_every_load_says_what_a_full_rebuild_says(loaded: Project, script: list[Load]) -> None:
    with tempfile.TemporaryDirectory() as name:
        project = loaded.copied(Path(name))
        for load in script:
            project.pass_days(load.days)
            for action in load.actions:
                action.apply(project)
            project.load_and_compare()
