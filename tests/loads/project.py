"""A project that is loaded again and again, and what a full rebuild of each of its loads says."""

from __future__ import annotations

import copy
import csv
import io
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from journey_analytics.engine.duck import connect
from tests.conftest import once
from tests.harness import run_pipeline
from tests.loads.equality import differences
from tests.loads.history import FIELDS, FIRST_CLOCK, OTHER_FILES, Row, first_config, first_files

_LEDGER = Path("warehouse", ".state", "identity_ledger.parquet")


@dataclass
class Project:
    """The files and configuration of now. Change them, then call `load`.

    Attributes:
        folder: Where it lies; `live` in it is the project that goes on from its state.
        files: File -> rows, as they lie in the folder now.
        config: What stands in journey.yaml now.
        clock: The clock of the next run.
        as_of: The moment that the next run is asked for, ISO 8601; None: the newest event, or the clock.
    """

    folder: Path
    files: dict[str, list[Row]] = field(default_factory=first_files)
    config: dict[str, Any] = field(default_factory=first_config)
    clock: datetime = FIRST_CLOCK
    as_of: str | None = None
    gone: dict[str, list[Row]] = field(default_factory=dict)  # files that were removed, and may come back
    _count: int = 1000
    _read: dict[str, str] = field(default_factory=dict)  # file -> its text, of all that the warehouse has read

    @property
    def live(self) -> Path:
        """The project whose runs go on from their state."""
        return self.folder / "live"

    @property
    def published(self) -> Path:
        """What the last load published."""
        return self.live / "warehouse" / "journeys.duckdb"

    @classmethod
    def resumed(cls, folder: Path) -> Project:
        """The project after its first load, which another process may have made in this folder."""
        project = cls(folder)
        project._remember(project._texts())
        return project

    def load(self) -> None:
        """Run on what lies there now."""
        self.write()
        run_pipeline(self.live / "journey.yaml", self.as_of, clock=self.clock.isoformat())

    def write(self) -> None:
        """Put the files and journey.yaml in place for the next run."""
        texts = self._texts()
        self._remember(texts)
        _write(self.live, texts, self.config)

    def load_and_compare(self) -> None:
        """Run, rebuild from nothing but the same files and the ledger as it was before, and compare every table.

        Raises:
            AssertionError: If a table, or the ledger that the next run goes on from, is not the same.
        """
        again = self.folder / "again"
        shutil.rmtree(again, ignore_errors=True)
        (again / _LEDGER).parent.mkdir(parents=True)
        shutil.copy(self.live / _LEDGER, again / _LEDGER)
        self.load()
        _write(again, self._read, self.config)
        run_pipeline(again / "journey.yaml", self.as_of, clock=self.clock.isoformat(), full_refresh=True)
        self.compare(again)

    def compare(self, again: Path) -> None:
        """Compare every table, and the ledger, with those of a full rebuild in another folder.

        Raises:
            AssertionError: If they are not the same.
        """
        told = differences(self.published, again / "warehouse" / "journeys.duckdb")
        if _ledger(self.live) != _ledger(again):
            told.append("the identity ledger is another one")
        assert told == [], "\n".join(["The load differs from a full rebuild.", *told])

    def pass_days(self, days: int) -> None:
        """Let the clock of the next run move on."""
        self.clock += timedelta(days=days)

    def number(self) -> int:
        """A number that no row and no file of the project has."""
        self._count += 1
        return self._count

    def restore(self) -> None:
        """Bring back every file that was removed."""
        self.files = self.gone | self.files
        self.gone = {}

    def copied(self, folder: Path) -> Project:
        """The same project with the same state in another folder."""
        shutil.copytree(self.live, folder / "live")  # keeps the files' times: they are not read again
        changed = copy.deepcopy(self)
        changed.folder = folder
        return changed

    def _texts(self) -> dict[str, str]:
        return {name: _as_csv(name, rows) for name, rows in self.files.items()}

    def _remember(self, texts: dict[str, str]) -> None:
        """What the warehouse will have read: a file that is gone stays, unless it only got another name.

        Of a source that the configuration no longer names, nothing is read and nothing forgotten.
        """
        configured = {source["name"] for source in self.config["sources"]}
        before = dict(self._read)
        now = {name: text for name, text in texts.items() if _source(name) in configured}
        new = {(_source(name), text) for name, text in now.items() if name not in before}
        for name, text in before.items():
            if name not in texts and _source(name) in configured and (_source(name), text) in new:
                del self._read[name]
        self._read |= now


def first_load(factory: pytest.TempPathFactory) -> Project:
    """A project of 200 days that was loaded once, by whichever test process came first. Go on with a copy."""

    def load(folder: Path) -> str:
        Project(folder).load()
        return str(folder)

    return Project.resumed(Path(once(factory, "first_load", load)))


def _source(name: str) -> str:
    return name.partition("/")[0]


def _as_csv(name: str, rows: list[Row]) -> str:
    out = io.StringIO()
    fields = FIELDS["people" if "/people" in name else _source(name)]
    writer = csv.DictWriter(out, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _write(folder: Path, texts: dict[str, str], config: dict[str, Any]) -> None:
    """Bring the inputs below a folder up to date; what is as it was is not touched."""
    there = {str(path.relative_to(folder)): path for path in folder.glob("*/*.csv")}
    for name, path in there.items():
        if name not in texts:
            path.unlink()
    wanted = texts | OTHER_FILES | {"journey.yaml": yaml.safe_dump(config, sort_keys=False)}
    for name, text in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _ledger(folder: Path) -> list[tuple[Any, ...]]:
    with connect() as con:
        return con.read_parquet(str(folder / _LEDGER)).order("all").fetchall()
