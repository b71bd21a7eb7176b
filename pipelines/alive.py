"""Which Dagster runs are alive, and repair of those that are not.

A run that was killed stays STARTED in Dagster's storage for ever. Each run therefore holds an operating-system
lock on a file of its name, which dies with its process; whoever comes next and gets the lock knows. A process
number would not do: in containers the next process often has the same one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout


def _folder(instance: dg.DagsterInstance) -> Path:
    return Path(instance.root_directory).resolve() / "alive"


@contextmanager
def alive(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Hold the lock of a run. May be nested within one process."""
    folder = _folder(instance)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / run_id, is_singleton=True)
    with lock:
        yield
        if lock.lock_counter == 1:
            (folder / run_id).unlink(missing_ok=True)


def repair(instance: dg.DagsterInstance) -> list[str]:
    """Report runs whose process is gone as failed.

    Returns:
        The ids of the runs that were repaired.
    """
    repaired = []
    for file in sorted(_folder(instance).glob("*")):
        try:
            with FileLock(file, is_singleton=True).acquire(timeout=0) as lock:
                if lock.lock_counter > 1:  # held by this very process
                    continue
                run = instance.get_run_by_id(file.name)
                if run is not None and not run.is_finished:
                    instance.report_run_failed(run, "Its process ended without a word, for example by kill -9.")
                    repaired.append(run.run_id)
                file.unlink(missing_ok=True)
        except Timeout:
            continue
    return repaired
