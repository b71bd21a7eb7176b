"""Snapshots of a random history give back exactly the changes that are visible between them."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.staging import project, rows, stage
from tests.properties.test_core import EXAMPLES

WATCH = ("stage", "amount")
KEYS = ("a", "b", "c'", "d")
VALUES = ("new", "won", "", "a:b", 'Ω,"x"')
Row = tuple[str, str]
State = dict[str, Row]


@st.composite
def histories(draw: st.DrawFn) -> list[State]:
    """The table as it stands day by day; now and then it stays as it was."""
    row = st.tuples(st.sampled_from(VALUES), st.sampled_from(VALUES))
    state = st.dictionaries(st.sampled_from(KEYS), row, min_size=1)
    days = draw(st.lists(st.one_of(st.none(), state), min_size=1, max_size=6))
    found: list[State] = []
    for day in days:
        found.append(day if day is not None else found[-1] if found else {"a": ("new", "")})
    return found


def expected(days: list[State]) -> set[tuple[Any, ...]]:
    """Written from docs/configuration.md: every difference between one day and the next."""
    told: set[tuple[Any, ...]] = set()
    for number in range(1, len(days)):
        before, now, day = days[number - 1], days[number], f"2024-05-{number + 1:02}"
        told |= {(key, "created", day, None, None) for key in now.keys() - before.keys()}
        told |= {(key, "deleted", day, None, None) for key in before.keys() - now.keys()}
        for key in now.keys() & before.keys():
            for place, column in enumerate(WATCH):
                old, new = before[key][place] or None, now[key][place] or None
                if old != new:
                    told.add((key, f"{column}_changed", day, old, new))
    return told


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@settings(deadline=None, max_examples=max(5, EXAMPLES // 2))
@given(histories(), st.randoms(use_true_random=False), st.data())
def test_changes_between_snapshots_are_told_exactly(
    days: list[State], shuffle: random.Random, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        late = data.draw(st.sets(st.integers(0, len(days) - 1), max_size=len(days) - 1))
        for number in (n for n in range(len(days)) if n not in late):
            write(folder, number, days[number], shuffle)
        source = {
            "name": "crm",
            "mode": "snapshot",
            "files": "*.csv",
            "columns": {},
            "identifiers": {"crm_contact": "id"},
            "snapshot": {"key": "id", "watch": list(WATCH), "taken_at": "%Y-%m-%d", "max_deleted": 1},
        }
        config = project(folder, source)
        if late:  # what comes late must end as if it had been there from the start
            stage(config)
            for number in late:
                write(folder, number, days[number], shuffle)
        found = stage(config)
        told = rows(
            found, "ident", "event_name", "occurred_at::DATE::VARCHAR", "properties->>'old'", "properties->>'new'",
            "ignored", "reason", "event_id",
        )  # fmt: skip
        events = [row for row in told if row[5] is None]
        assert {row[6] for row in events} <= {None}
        assert len({row[7] for row in events}) == len(events)
        assert {row[:5] for row in events} == expected(days)
        assert len(events) == len(expected(days))
        for file, day in zip(found.files, days, strict=True):
            assert file.rows == len(day)


def write(folder: Path, number: int, day: State, shuffle: random.Random) -> None:
    lines = [",".join(map(quoted, (key, *row))) for key, row in day.items()]
    shuffle.shuffle(lines)
    text = "id,stage,amount\n" + "".join(line + "\n" for line in lines)
    (folder / f"2024-05-{number + 1:02}.csv").write_text(text, encoding="utf-8")
