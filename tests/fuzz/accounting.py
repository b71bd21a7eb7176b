"""Stages a folder of fuzzed files and holds the pipeline to its word: every row once, with one fate."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from journey_analytics.config.model import Config, Resources
from journey_analytics.connectors.load import load_connector
from journey_analytics.engine.duck import connect
from journey_analytics.errors import JourneyError
from journey_analytics.ingest.ingest import ingest
from journey_analytics.ingest.plan import plan_for, plans
from journey_analytics.ingest.staged import Staged, StagedFile
from journey_analytics.ingest.staged_files import filled, staged_select
from tests.fuzz.families import Family
from tests.fuzz.files import counted
from tests.fuzz.mutations import Edit, damaged
from tests.ingest.staging import project

_CLOCK = datetime(2026, 6, 1)
_MEMORY = "1GB"
#: What a row comes to: its place, why it is refused or no event, and what an event must have.
_FATES = "line, part, reason, ignored, event_id, occurred_at, event_name, ident, actor"


@dataclass
class Tally:
    """What was seen so far."""

    files: int = 0
    rows: int = 0
    refused: int = 0  # files that are refused as a whole, in words
    exact: int = 0  # files whose rows were counted independently
    slowest: float = 0.0  # processor seconds that staging a folder took
    seconds: float = 0.0  # the same of all folders


def fuzz_folder(family: Family, seed: int, rows: int, edits: Sequence[Edit], tally: Tally) -> None:
    """Make a family's files, damage them, stage them and check what came out.

    Args:
        family: The family.
        seed: Of the values.
        rows: Records that each file is made of.
        edits: Damage to bytes; every other file stays whole.
        tally: Is added to.
    """
    rng = random.Random(f"{seed} {tally.files}")  # Hypothesis likes to try one seed with many edits
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made: dict[str, tuple[bytes, bool]] = {}
        for number, (base, kind) in enumerate(family.files.items()):
            content = kind.make(rng, rows)
            spoiled = damaged(content, edits) if (number + seed) % 2 == 0 else content
            made[base] = spoiled, spoiled == content
            (folder / base).write_bytes(spoiled)
        start = time.process_time()
        staged = _staged(folder, family, tally)
        spent = time.process_time() - start
        tally.seconds += spent
        tally.slowest = max(tally.slowest, spent)
        tally.files += len(made)
        if staged is None:
            return
        config = _config(folder, family)
        choices = plans(config.sources[0], load_connector(config.sources[0].connector or "table", folder))
        for file in staged.files:
            base = Path(file.file).name
            content, whole = made[base]
            plan = plan_for(base, choices)
            _check_rows(staged, file)
            expected = counted(family.files[base].form, content, plan.rows if plan else (), whole=whole)
            if expected is not None:
                assert file.rows == expected, f"{base}: {file.rows} rows, by the rule {expected}"
                tally.exact += 1
            tally.rows += file.rows


def _config(folder: Path, family: Family) -> Config:
    names = sorted(os.listdir(folder))
    source = {
        "columns": {},
        "identifiers": {},
        "name": "s",
        **family.source,
        "files": [n for n in names if n in family.files],
    }
    return project(folder, source).model_copy(update={"resources": Resources(memory=_MEMORY)})


def _staged(folder: Path, family: Family, tally: Tally) -> Staged | None:
    """Stage the folder; files that are refused, in words, are put aside. None: all of them."""
    while True:
        try:
            return ingest(_config(folder, family), clock=_CLOCK)
        except JourneyError as error:
            problems = error.problems
        named = {base for base in family.files for problem in problems if base in str(problem)}
        assert named, problems
        assert all(problem.remedy for problem in problems), problems
        tally.refused += len(named)
        for base in named:
            (folder / base).unlink()
        if not any((folder / base).exists() for base in family.files):
            return None


def _check_rows(staged: Staged, file: StagedFile) -> None:
    """Every row of a file is there once, as an event, or with the one reason why it is none."""
    if file.parquet is None:
        return  # a table that is only looked into: all its rows are ignored
    con = connect(threads=1)
    paths = [staged.folder / file.parquet]
    rows: list[Any] = con.execute(f"SELECT {_FATES} FROM ({staged_select(paths, filled(con, paths))})").fetchall()
    con.close()
    if "snapshot" in file.snapshot or file.snapshot:
        rows = [row for row in rows if row[0] > 0]  # line 0: what the snapshot lacks, no row of the file
    assert sum(part == 0 for _, part, *_ in rows) == file.rows, file.file
    assert len({row[:2] for row in rows}) == len(rows), file.file
    for _, _, reason, ignored, event_id, occurred_at, event_name, ident, actor in rows:
        assert reason is None or ignored is None
        if reason is None and ignored is None:
            assert all((event_id, occurred_at, event_name, ident))
            assert actor in ("customer", "company", "machine")
