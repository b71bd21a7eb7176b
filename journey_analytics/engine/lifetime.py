"""When a working table has been read for the last time, so that a run holds no more than it still needs."""

from __future__ import annotations

from collections.abc import Iterable

from journey_analytics.engine.graph import PYTHON_STEPS, Step
from journey_analytics.engine.models import check_files, load_models


class Lifetimes:
    """Who still has to read which table; steps and checks are told apart by their names alone."""

    def __init__(self, steps: Iterable[Step]) -> None:
        models = load_models()
        self._waiting: dict[str, set[str]] = {name: set() for name, m in models.items() if not m.is_published}
        reads = {step.name: models[step.name].reads for step in steps if step.name in models}
        reads |= {name: tables for name, (_, _, tables, _) in PYTHON_STEPS.items()}
        reads |= {f"check {name}": tables for name, (_, _, tables) in check_files().items()}
        for reader, tables in reads.items():
            for table in tables:
                if table in self._waiting:
                    self._waiting[table].add(reader)
        self._made: set[str] = set()
        self._views: dict[str, tuple[str, ...]] = {}

    def made(self, name: str, *, is_view: bool) -> None:
        """A model was built; what reads a view reads the tables below it."""
        if name not in self._waiting:
            return
        if not is_view:
            self._made.add(name)
            return
        self._views[name] = load_models()[name].reads
        self._pass_on(name, self._waiting[name])

    def _pass_on(self, view: str, readers: set[str]) -> None:
        for table in self._views[view]:
            if table in self._waiting:
                self._waiting[table] |= readers
                if table in self._views:
                    self._pass_on(table, readers)

    def read(self, reader: str) -> list[str]:
        """A step, or `check NAME`, is done: the tables that nobody will read any more."""
        over = []
        for table, waiting in self._waiting.items():
            waiting.discard(reader)
            if not waiting and table in self._made:
                self._made.remove(table)
                over.append(table)
        return over
