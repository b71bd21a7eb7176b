"""The staging store on disk: one Parquet file and one JSON sidecar per input file, each replaced in one step.

A Parquet file's name holds the fingerprint of its content and mapping, so a new version never overwrites the one that
a sidecar names; the sidecar is written last. What a killed run left behind has no sidecar and is removed at the start.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from journey_analytics.ingest.staged import StagedFile

_TEMP = ".tmp"
_WORK = ".reading"


def file_key(source: str, file: str) -> int:
    """The stable, positive key of an input file."""
    digest = hashlib.sha256(f"{source}\0{file}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


class Store:
    """The staged files of one warehouse."""

    def __init__(self, folder: Path) -> None:
        """Open the store, making its folder and removing what a killed run left.

        Args:
            folder: The folder of the staged files.
        """
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._files = {staged.file_key: staged for staged in self._load()}
        self._clean()

    @staticmethod
    def peek(folder: Path) -> set[str]:
        """The sources of a store that is not opened, because opening tidies it."""
        return {staged.source for staged in Store._sidecars(folder).values() if staged is not None}

    @property
    def work(self) -> Path:
        """A folder for the readers' intermediate files, emptied between input files."""
        path = self.folder / _WORK
        path.mkdir(exist_ok=True)
        return path

    def empty_work(self) -> None:
        """Remove the readers' intermediate files."""
        shutil.rmtree(self.folder / _WORK, ignore_errors=True)

    def get(self, key: int) -> StagedFile | None:
        """The staged form of a file, if there is one."""
        return self._files.get(key)

    def of_source(self, source: str) -> list[StagedFile]:
        """Every staged file of a source, by name."""
        return sorted((f for f in self._files.values() if f.source == source), key=lambda f: f.file)

    def sources(self) -> set[str]:
        """The sources that have staged files."""
        return {staged.source for staged in self._files.values()}

    def size_of(self, staged: StagedFile) -> int:
        """The bytes of a staged file's Parquet file; 0: it has none."""
        if staged.parquet is None:
            return 0
        path = self.folder / staged.parquet
        return path.stat().st_size if path.exists() else 0

    def temp_parquet(self, key: int) -> Path:
        """Where a Parquet file is written before it is saved."""
        return self.folder / f"{key:016x}.parquet{_TEMP}"

    def parquet_name(self, key: int, fingerprint: str, mapping: str) -> str:
        """The name of the Parquet file for one content under one mapping."""
        version = hashlib.sha256(f"{fingerprint}\0{mapping}".encode()).hexdigest()[:12]
        return f"{key:016x}-{version}.parquet"

    def save(self, staged: StagedFile) -> None:
        """Put a staged file in place: its Parquet file from the temporary name, then its sidecar."""
        before = self._files.get(staged.file_key)
        if staged.parquet is not None:
            temporary = self.temp_parquet(staged.file_key)
            if temporary.exists():
                os.replace(temporary, self.folder / staged.parquet)
        sidecar = self._sidecar(staged.file_key)
        temporary = sidecar.with_name(sidecar.name + _TEMP)
        temporary.write_text(json.dumps(staged.to_json(), indent=1, ensure_ascii=False), encoding="utf-8")
        os.replace(temporary, sidecar)
        self._files[staged.file_key] = staged
        if before is not None and before.parquet not in (None, staged.parquet):
            (self.folder / str(before.parquet)).unlink(missing_ok=True)

    def remove(self, staged: StagedFile) -> None:
        """Forget a staged file: its sidecar first, so that no sidecar ever names a missing Parquet file."""
        self._sidecar(staged.file_key).unlink(missing_ok=True)
        if staged.parquet is not None:
            (self.folder / staged.parquet).unlink(missing_ok=True)
        self._files.pop(staged.file_key, None)

    def _sidecar(self, key: int) -> Path:
        return self.folder / f"{key:016x}.json"

    def _load(self) -> Iterator[StagedFile]:
        for path, staged in self._sidecars(self.folder).items():
            if staged is None or (staged.parquet is not None and not _is_whole(self.folder / staged.parquet)):
                path.unlink()  # of another version, or damaged: the input is staged again
            else:
                yield staged

    @staticmethod
    def _sidecars(folder: Path) -> dict[Path, StagedFile | None]:
        """Every sidecar; None for one that can't be used."""
        known = {field.name for field in fields(StagedFile)}
        found: dict[Path, StagedFile | None] = {}
        for path in sorted(folder.glob("*.json")):
            try:
                data = json.loads(path.read_text(encoding="utf-8"))
                staged = StagedFile(**{name: value for name, value in data.items() if name in known})
                found[path] = staged if _is_sound(staged) else None
            except (ValueError, TypeError, AttributeError):
                found[path] = None
        return found

    def _clean(self) -> None:
        kept = {staged.parquet for staged in self._files.values()}
        for path in self.folder.iterdir():
            stray = path.suffix == ".parquet" and path.name not in kept
            if path.is_file() and (stray or path.suffix == _TEMP):
                path.unlink()
        self.empty_work()


def _is_whole(parquet: Path) -> bool:
    """Whether a Parquet file is there and has its end, which a file cut short has not."""
    try:
        with parquet.open("rb") as file:
            start = file.read(4)
            file.seek(-4, os.SEEK_END)
            return start == file.read(4) == b"PAR1"
    except OSError:
        return False


def _is_sound(staged: StagedFile) -> bool:
    """Whether what a sidecar says has the types it was written with, and names a file of this folder only."""
    numbers = (staged.file_key, staged.size, staged.mtime_ns, staged.rows)
    texts = (staged.source, staged.file, staged.role, staged.fingerprint, staged.mapping, staged.dedupe)
    return (
        all(isinstance(number, int) for number in numbers)
        and all(isinstance(text, str) for text in texts)
        and isinstance(staged.flags, list)
        and isinstance(staged.snapshot, dict)
        and (
            staged.parquet is None or (isinstance(staged.parquet, str) and Path(staged.parquet).name == staged.parquet)
        )
    )
