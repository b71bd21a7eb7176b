"""What goes into a reader and what comes out. No reading here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from journey_analytics.errors import JourneyError, Problem

#: Characters of a row's original text that are kept.
RAW_CHARACTERS = 4000
#: Rejects that `RawFile.rejects` holds at most; all of them stand in `RawFile.rejects_relation`.
LISTED_REJECTS = 100_000
#: The name of the line column, unless the file has a column of that name.
LINE_COLUMN = "__line"


@dataclass(frozen=True)
class FileOptions:
    """How a file is to be read.

    Attributes:
        workdir: Existing folder for decompressed and cleaned copies and for rejects. `RawFile` needs them until the
            caller has finished; then the caller deletes the folder.
        format: `csv`, `json`, `jsonl`, `form`, `lines` or `parquet`; None: from the content, never from the name.
        delimiter: Of CSV; None: judged from the first lines.
        header: Whether the first row of a CSV file names the columns; None: judged from the first rows.
        columns: Names for a CSV file without a header, or for lines split at the delimiter.
        pattern: Of lines: a regular expression (RE2) with named groups, which become the columns.
        max_line: Bytes; a longer line is rejected as `too_long`.
        max_document: Bytes; the same for JSON that is not one record per line (arrays, pretty-printed objects).
    """

    workdir: Path
    format: str | None = None
    delimiter: str | None = None
    header: bool | None = True
    columns: list[str] | None = None
    pattern: str | None = None
    max_line: int = 1_000_000
    max_document: int = 32_000_000


@dataclass(frozen=True)
class Reject:
    """One row that could not be read: `unreadable_row`, `not_utf8` or `too_long`."""

    line: int
    reason: str
    detail: str
    raw: str


@dataclass(frozen=True)
class RawFile:
    """A file as rows of text (or Parquet's own types), and every row that is not among them.

    Attributes:
        relation: Name of a temporary view: the good rows, streamed from the file each time it is read.
        line_column: Its BIGINT column with the 1-based line (text) or record number (JSON documents, Parquet).
        columns: The other columns and their DuckDB types, in the file's order; for JSON only `doc` VARCHAR.
        is_json: Whether the rows are JSON objects or arrays in `doc`.
        rows: All rows, rejects included; header and blank lines not.
        reject_count: How many rows are rejected.
        rejects: The first of them, at most `LISTED_REJECTS` and 64 MB.
        rejects_relation: Name of a temporary view with all of them: line, reason, detail, raw; in order of line.
        flags: `truncated`, where a compressed file ends early.
        raw_lines: The original text of the given lines or records, read again from the file.
        format: `csv`, `json`, `jsonl`, `form`, `lines` or `parquet`.
        salvaged: Whether the tolerant reader was needed.
        embeds: Of JSON: whether a text in it may itself hold JSON; asking for nothing in there plans far faster.
    """

    relation: str
    line_column: str
    columns: dict[str, str]
    is_json: bool
    rows: int
    reject_count: int
    rejects: list[Reject]
    rejects_relation: str
    raw_lines: Callable[[Collection[int]], dict[int, str]]
    format: str
    flags: list[str] = field(default_factory=list)
    salvaged: bool = False
    embeds: bool = True

    @property
    def is_text(self) -> bool:
        """Whether the file is written text, in which blanks around a value mean nothing."""
        return self.format in ("csv", "json", "jsonl", "form", "lines")


def printable(raw: bytes) -> str:
    r"""The text of raw bytes, at most `RAW_CHARACTERS`; NULs and bytes that are no UTF-8 as `\xNN`."""
    text = raw[: 4 * RAW_CHARACTERS].decode("utf-8", "backslashreplace")
    return text[:RAW_CHARACTERS].replace("\0", "\\x00")[:RAW_CHARACTERS]


@contextmanager
def read_errors(path: Path) -> Iterator[None]:
    """Turn what the system or DuckDB says while reading `path` into one clear error.

    Raises:
        JourneyError: If the file is missing, may not be read, is broken, or the disk is full.
    """
    name = str(path)
    try:
        yield
    except PermissionError as error:
        raise JourneyError(
            Problem("no permission to read this file", name, remedy="Give the user that runs journey read permission.")
        ) from error
    except FileNotFoundError as error:
        raise JourneyError(Problem("file not found", name, remedy="Check the path.")) from error
    except IsADirectoryError as error:
        raise JourneyError(Problem("is a folder", name, remedy="Name files, as in folder/*.csv.")) from error
    except OSError as error:
        raise JourneyError(
            Problem(f"cannot be read: {error.strerror or error}", name, remedy="Check the disk and its free space.")
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise JourneyError(
            Problem("not enough memory to read this file", name, key="resources.memory", remedy="Raise the limit.")
        ) from error
    except duckdb.Error as error:
        first = str(error).strip().splitlines()[0][:300]
        raise JourneyError(
            Problem(f"cannot be read: {first}", name, remedy="Check that the file is whole; export it again.")
        ) from error
