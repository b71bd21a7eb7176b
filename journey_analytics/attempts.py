"""How the last run on a warehouse went, failed and killed ones included: one small file in the state folder.

The table `runs` of the published warehouse holds only runs that published; this is what `journey status` says of
the others. The full history is Dagster's.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

_FILE = "last_run.json"


@dataclass(frozen=True)
class Attempt:
    """The last run that got the lock.

    Attributes:
        run_id: Dagster's id of the run.
        started_at: ISO 8601, UTC.
        finished_at: ISO 8601, UTC; None: still running, or killed.
        error: Why it failed; None: it did not, or it has not finished.
    """

    run_id: str
    started_at: str
    finished_at: str | None = None
    error: str | None = None

    @property
    def state(self) -> str:
        """`succeeded`, `failed`, or `unfinished`: running now, or killed."""
        if self.finished_at is None:
            return "unfinished"
        return "failed" if self.error else "succeeded"


def begin(state_folder: Path, run_id: str) -> None:
    """Note that a run has begun. Only who holds the lock of the warehouse may call this."""
    _write(state_folder, Attempt(run_id, _now()))


def end(state_folder: Path, run_id: str, error: str | None) -> None:
    """Note that the run has ended, and why it failed if it did."""
    started = last_attempt(state_folder)
    if started is not None and started.run_id == run_id:
        _write(state_folder, replace(started, finished_at=_now(), error=error))


def last_attempt(state_folder: Path) -> Attempt | None:
    """The last run, or None where there was none or the file is unreadable."""
    try:
        return Attempt(**json.loads((state_folder / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(state_folder: Path, attempt: Attempt) -> None:
    state_folder.mkdir(parents=True, exist_ok=True)
    part = state_folder / f"{_FILE}.part"
    part.write_text(json.dumps(asdict(attempt), indent=2) + "\n", encoding="utf-8")
    os.replace(part, state_folder / _FILE)  # in one step: a kill leaves the old text or the new


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
