"""What may come between two runs, one by one: the run that goes on from its state says what a full rebuild says."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.engine import steps
from journey_analytics.engine.duck import connect, quote_name
from journey_analytics.ingest.staged import Staged
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
from tests.loads.equality import contents, differences
from tests.loads.project import Project, first_load

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Project:
    """A project of 200 days that was loaded once, to go on with."""
    return first_load(tmp_path_factory).copied(tmp_path)


def day(*, late: int = 0) -> Append:
    """A day's file of every source, or one that comes late."""
    rows = [Sighting(person=p, event=p, days=late, second=20 * p) for p in (1, 2, 3, 4)]
    return Append((*rows, Sighting("mail", 2, 2, days=late), Sighting("crm", 3, 2, days=late), Sighting("crm", 4, 3)))


#: What is done before the second load, and before a third (nightly only); and the days that pass before each.
SCENARIOS: dict[str, tuple[list[Action], list[Action], int]] = {
    "a new day": ([day()], [], 1),
    "no news, but a day passes": ([], [], 1),
    "a file grows by late rows": ([Append((Sighting(days=100), Sighting("mail", 1, 2, days=80)), grow=True)], [], 0),
    "a mail's sending comes after its click": (
        [Append((Sighting("mail", 1, 2, days=5),))],
        [Append((Sighting("mail", 1, 0, days=5, second=3),))],
        0,
    ),
    "a file is corrected": ([Correct(4, 5, "event"), Correct(4, 9, "time"), Correct(5, 3, "gone")], [], 0),
    "an event belongs to somebody else": ([Correct(4, 5, "person"), Redeliver(3, 2, "person")], [], 0),
    "duplicates, some of them newer": (
        [Redeliver(3, 4, "same"), Redeliver(3, 6, "time"), Redeliver(0, 1, "event", newer=False)],
        [Redeliver(3, 6, "event"), Redeliver(3, 4, "person")],
        1,
    ),
    "a file is gone, and comes back": ([Remove(3), Remove(4), day()], [Restore()], 1),
    "a file has another name": ([Rename(3), Rename(2)], [], 0),
    "two customers are one, and then three": ([Tie(3, 3)], [Tie(4, 3), day()], 0),
    "a link is undone and made again": (
        [Configure("identity.unlink", 1)],
        [Configure("identity.unlink", 0), day()],
        1,
    ),
    "a person is removed": ([Configure("exclude_customers", 1)], [Configure("exclude_customers", 2), day()], 1),
    "the moment goes back and forth": ([AsOf(60)], [AsOf(-40)], 0),
    "months come at once, from before the first day": (
        [Append(tuple(Sighting(person=n % 8 + 1, event=n, days=205 + 9 * n) for n in range(20)))],
        [Append(tuple(Sighting("crm", n % 8 + 1, n, days=210 + 9 * n) for n in range(9)))],
        0,
    ),
    "a full export comes late": ([Export(10, ("won", "", "new"))], [Export(40, ("lost", "new", "new"))], 0),
    "another journey timeout": ([Configure("journeys", 1)], [Configure("journeys", 2)], 1),
    "other stages": ([Configure("stages", 1)], [], 1),
    "other sessions": ([Configure("sessions", 2)], [Configure("sessions", 1)], 0),
    "other segments": ([Configure("segments", 2)], [Configure("segments", 1), day()], 1),
    "sources in another order": ([Sources(1)], [Sources(2), day()], 1),
}


#: Each load is two whole runs, so by default only this one, and only its first load. What else happens daily, one after
#: another in one project, is the example of tests/properties/test_loads.py.
DAILY = {"a new day"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_load_says_what_a_full_rebuild_says(project: Project, name: str) -> None:
    if name not in DAILY and not NIGHTLY:
        pytest.skip("run with JOURNEY_NIGHTLY=1")
    first, second, days = SCENARIOS[name]
    for actions in [first, second] if second and NIGHTLY else [first]:
        project.pass_days(days)
        for action in actions:
            action.apply(project)
        project.load_and_compare()


def test_a_load_that_forgets_a_file_is_found(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Path(shutil.copytree(project.live, tmp_path / "whole"))  # the first load, which forgot nothing
    real = steps.ingest

    def forgetful(*given: Any, **more: Any) -> Staged:
        staged = real(*given, **more)
        return replace(staged, files=staged.files[1:])

    monkeypatch.setattr(steps, "ingest", forgetful)
    project.load()
    with pytest.raises(AssertionError, match=r"(?s)differs from a full rebuild.*\bfiles: \d+ rows, wanted"):
        project.compare(whole)


#: Empty in this history: nobody's id went into another yet.
EMPTY = {"customer_merges"}


def test_another_row_or_value_in_any_table_is_found(project: Project, tmp_path: Path) -> None:
    tables = contents(project.published)
    assert {table for table, (_, rows) in tables.items() if not rows} <= EMPTY
    spoilt = Path(shutil.copy(project.published, tmp_path / "spoilt.duckdb"))
    spoilt.chmod(0o600)
    with connect(spoilt) as con:
        for number, table in enumerate(sorted(tables.keys() - EMPTY)):
            name = quote_name(table)
            one = f"rowid = (SELECT max(rowid) FROM {name})"
            if number % 2:
                con.execute(f"DELETE FROM {name} WHERE {one}")
            else:
                column, kind = tables[table][0][0]
                other = "uuid()" if kind == "UUID" else "'other'" if kind == "VARCHAR" else "NULL"
                con.execute(f"UPDATE {name} SET {quote_name(column)} = {other} WHERE {one}")
    told = {line.partition(":")[0] for line in differences(spoilt, project.published)}
    assert told == tables.keys() - EMPTY
