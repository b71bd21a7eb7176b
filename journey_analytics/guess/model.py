"""What guessing hands from one step to the next. No guessing here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Sample:
    """The first rows of one file, as text, nested values flattened to dotted paths.

    Attributes:
        path: The file.
        part: The file that holds the sample: the file itself where it is small.
        format: `csv`, `json`, `jsonl`, `form` or `parquet`.
        delimiter: Of CSV.
        header: Whether a CSV file names its columns.
        rows: The sampled rows.
        columns: Their columns, in the order of the file.
        types: DuckDB's type of a Parquet column.
        row_path: Where the rows are inside a JSON document; None: a record is a row.
        share: Of the file, how much the sample is, about (1: all of it).
        documents: Of JSON and forms, the first records as they are.
        lines: Of text, the first lines as they are.
    """

    path: Path
    part: Path
    format: str
    delimiter: str | None
    header: bool
    rows: list[dict[str, str]]
    columns: list[str]
    types: dict[str, str]
    row_path: str | None
    share: float
    documents: list[Any] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """What the sampled values of one column look like.

    Attributes:
        values: Those that are not empty, in order.
        filled: Their share of all rows.
        distinct: How many different ones there are.
    """

    name: str
    type: str
    values: list[str]
    filled: float
    distinct: int

    @property
    def plain(self) -> str:
        """The last step of the name in lower case with underscores: `context.userId` is `user_id`."""
        return plain_name(self.name)

    @property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return bool(self.values) and self.filled == 1.0 and self.distinct == len(self.values)

    def share(self, test: Any) -> float:
        """The share of values that meet a test."""
        return sum(bool(test(value)) for value in self.values) / len(self.values) if self.values else 0.0


@dataclass(frozen=True)
class TimeGuess:
    """How a column writes times.

    Attributes:
        format: strptime format, where it is neither ISO 8601 nor a number.
        zone: Why the times are read in the zone they are read in.
        sure: Whether the values themselves tell the zone (and the order of day and month).
        doubts: What to check.
    """

    column: str
    written: str
    format: str | None
    zone: str
    sure: bool
    doubts: tuple[str, ...] = ()


@dataclass
class SourceGuess:
    """One source as it will stand in journey.yaml.

    Attributes:
        keys: Key of the source -> value, in the order of writing.
        remarks: Key, or `key.entry` -> why.
        checks: What people are to look at, key -> doubt.
        connector: Content of a connector file to write beside journey.yaml, if one is needed.
    """

    name: str
    files: list[Path]
    keys: dict[str, Any]
    what: str
    remarks: dict[str, str] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    connector: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """A file that is no source, and why."""

    file: Path
    reason: str


def plain_name(name: str) -> str:
    """A column's name brought to `lower_case`, its folders dropped."""
    last = name.split(".")[-1].strip()
    out = []
    for place, letter in enumerate(last):
        if letter.isupper() and place and last[place - 1].islower():
            out.append("_")
        out.append(letter.lower() if letter.isalnum() else "_")
    return "_".join(part for part in "".join(out).split("_") if part)
