"""Numbers that wait on disk: added part by part, taken back once as one array."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np


class Spool:
    """An array in a file without a name: whatever ends the process, nothing of it is left in the folder."""

    def __init__(self, folder: Path | None, kind: type[np.integer]) -> None:
        """Nothing yet.

        Args:
            folder: Where the file lies, made if need be; the system's folder of temporary files otherwise.
            kind: The type of the numbers.

        Raises:
            OSError: The folder can't be written to.
        """
        self._kind = kind
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - taken() closes it, and so does its end

    def add(self, some: np.ndarray) -> None:
        """Put numbers behind those that are there, shape (n,); an OSError where the disk is full."""
        self._file.write(np.ascontiguousarray(some, dtype=self._kind).data)

    def taken(self) -> np.ndarray:
        """All numbers in the order in which they came, shape (n,); the disk is free again then."""
        with self._file as file:
            file.seek(0)
            return np.fromfile(file, dtype=self._kind)
