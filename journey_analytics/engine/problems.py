"""The machine's refusals (disk full, memory, permission, a locked file) as messages with a remedy."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import duckdb

from journey_analytics.errors import JourneyError, Problem


class plain_errors:
    """Turns the machine's refusals (disk full, memory, a locked file) into messages with a remedy."""

    def __init__(self, folder: Path) -> None:
        """Nothing happens before it is entered.

        Args:
            folder: The folder of the warehouse.
        """
        self._folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, JourneyError) or error is None:
            return
        problem = machine_problem(error, self._folder)
        if problem is not None:
            raise JourneyError(problem) from error


def machine_problem(error: BaseException, folder: Path) -> Problem | None:
    """The message for an error that the machine caused; None if it is ours."""
    text = str(error)
    if "No space left" in text or "disk full" in text.lower() or "disk is full" in text or "File too large" in text:
        return Problem(
            f"the disk is full: {text.splitlines()[0]}",
            file=str(folder),
            remedy="Free space and run again; the last published warehouse stands.",
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return Problem(
            f"out of memory: {text.splitlines()[0]}",
            key="resources.memory",
            remedy="Raise resources.memory, or point resources.temp at a disk with room to spill.",
        )
    if isinstance(error, PermissionError):
        return Problem(
            f"no permission: {error.filename2 or error.filename}",  # the second is where a file was to be moved
            remedy="Give the user that runs `journey` access to it and its folder, then run again.",
        )
    if isinstance(error, (NotADirectoryError, FileExistsError)):
        remedy = "Something that is no folder stands in the way: move it, or name another `warehouse`."
        return Problem(f"is no folder that could be used: {error.filename}", file=str(folder), remedy=remedy)
    if isinstance(error, IsADirectoryError):
        remedy = "A folder stands where a file belongs: move it away, then run again."
        return Problem(f"is a folder: {error.filename2 or error.filename}", file=str(folder), remedy=remedy)
    staged = str(folder / ".state" / "staged")
    if isinstance(error, duckdb.Error) and staged in text:
        return Problem(
            f"a staged file is damaged: {text.splitlines()[0]}",
            file=staged,
            remedy="Read the inputs again: journey run --full-refresh.",
        )
    if isinstance(error, duckdb.IOException) and "lock" in text.lower():
        return Problem(
            f"a database file is held by another process: {text.splitlines()[0]}",
            remedy="Close that process; open the published file read-only.",
        )
    if isinstance(error, (duckdb.IOException, OSError)):
        return Problem(f"could not read or write: {text.splitlines()[0]}", file=str(folder), remedy="See the message.")
    return None
