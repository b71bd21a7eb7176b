"""One run at a time on a warehouse: an operating-system lock, which dies with its process.

A small file beside it says who holds it, for the message to whoever has to wait.
"""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from journey_analytics.errors import JourneyError, Problem


class RunLock:
    """The lock of one warehouse."""

    def __init__(self, state_folder: Path) -> None:
        self._lock = FileLock(str(state_folder / "run.lock"))
        self._holder = state_folder / "run.holder.json"

    def acquire(self, wait_seconds: float) -> None:
        """Take the lock, waiting at most so long.

        Raises:
            JourneyError: If another run still holds it, saying which.
        """
        try:
            self._lock.acquire(timeout=max(wait_seconds, 0))
        except Timeout:
            raise JourneyError(
                Problem(
                    f"another run works on this warehouse{self._who()}",
                    file=str(self._holder.parent),
                    remedy="Wait for it to end, or run again with --wait SECONDS. "
                    "The published warehouse stays readable.",
                )
            ) from None
        note = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        try:
            self._holder.write_text(json.dumps(note), encoding="utf-8")
        except OSError:
            self._lock.release()
            raise

    def release(self) -> None:
        """Give the lock back."""
        self._holder.unlink(missing_ok=True)
        self._lock.release()

    def _who(self) -> str:
        try:
            note = json.loads(self._holder.read_text(encoding="utf-8"))
            return f" (process {note['pid']} on {note['host']}, since {note['since']})"
        except (OSError, ValueError, KeyError):
            return ""
