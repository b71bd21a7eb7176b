"""A file's bytes in, its rows and rejects out; every reading is checked to account for each row once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from journey_analytics.engine.duck import connect, quote_name
from journey_analytics.ingest.readers import FileOptions, RawFile, Scan, read_file, scan


@dataclass(frozen=True)
class Reading:
    """What `read_file` gave for one file."""

    raw: RawFile
    path: Path
    rows: list[tuple[Any, ...]]  # line, then the columns

    @property
    def names(self) -> list[str]:
        return list(self.raw.columns)

    @property
    def rejects(self) -> list[tuple[int, str, str]]:
        return [(reject.line, reject.reason, reject.detail) for reject in self.raw.rejects]

    @property
    def reasons(self) -> list[tuple[int, str]]:
        return [(reject.line, reject.reason) for reject in self.raw.rejects]


Reader = Callable[..., Reading]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(threads=2)
    yield connection
    connection.close()


@pytest.fixture
def read(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Reader:
    numbers = itertools.count()

    def reader(
        content: bytes | Path, change: Callable[[Scan], Scan] | None = None, name: str = "log", **options: Any
    ) -> Reading:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        path = content if isinstance(content, Path) else folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        seen = change(scan(path, folder)) if change else None
        raw = read_file(con, path, FileOptions(workdir=folder, **options), seen)
        columns = ", ".join(quote_name(column) for column in (raw.line_column, *raw.columns))
        rows = con.sql(f"SELECT {columns} FROM {raw.relation}").fetchall()
        lines = [row[0] for row in rows]
        assert lines == sorted(set(lines)), "rows out of order, or one twice"
        assert raw.rows == len(rows) + raw.reject_count
        assert raw.reject_count == len(raw.rejects)
        assert not set(lines) & {reject.line for reject in raw.rejects}
        return Reading(raw, path, rows)

    return reader
