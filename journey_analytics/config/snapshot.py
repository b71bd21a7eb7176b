"""How daily full exports of a table become change events: the key `snapshot`, typed. docs/configuration.md explains."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from journey_analytics.config.fields import Field as FieldForm
from journey_analytics.config.fields import Paths
from journey_analytics.config.rules import Form

#: strptime's directives that a file name may hold, and what they match.
DIRECTIVES = {
    "%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{2}", "%d": r"\d{2}", "%j": r"\d{3}",
    "%H": r"\d{2}", "%M": r"\d{2}", "%S": r"\d{2}", "%b": r"[A-Za-z]{3}", "%B": r"[A-Za-z]+",
}  # fmt: skip
_DAYS = ({"%d", "%m"}, {"%d", "%b"}, {"%d", "%B"}, {"%j"})


class TakenAt(Form):
    """When a snapshot was taken: by a pattern over the file's name, or by a column."""

    name: str | None = None  # strptime pattern, found anywhere in the file's path relative to journey.yaml
    column: FieldForm | None = None


def _read_taken_at(value: Any) -> Any:
    """A text with % is a pattern over the name, any other a column."""
    if isinstance(value, str):
        value = {"name": value} if "%" in value else {"column": value}
    if not isinstance(value, dict) or set(value) not in ({"name"}, {"column"}):
        raise ValueError(
            "write a pattern over the file's name, as in 'deals_%Y-%m-%d.csv', or {column: name}; "
            "without either the file's own time counts"
        )
    if "name" in value:
        check_pattern(str(value["name"]))
    return value


def check_pattern(pattern: str) -> None:
    """Refuse a pattern that tells no day.

    Raises:
        ValueError: With what to write instead.
    """
    used = set(re.findall(r"%.", pattern))
    if unknown := sorted(used - set(DIRECTIVES)):
        raise ValueError(f"{unknown[0]} is not known in a file's name; known are {', '.join(DIRECTIVES)}")
    if not ({"%Y", "%y"} & used and any(day <= used for day in _DAYS)):
        raise ValueError(f"{pattern!r} tells no day; write year, month and day, as in 'deals_%Y-%m-%d.csv'")


class Snapshot(Form):
    """How rows of one full export are compared with those of the one before."""

    key: FieldForm  # what identifies a row
    watch: Paths = Field(default_factory=list)  # columns whose changes are events
    taken_at: Annotated[TakenAt, BeforeValidator(_read_taken_at)] = TakenAt()  # neither: the file's time
    created_at: FieldForm | None = None  # when the row came into being, where the table says so
    order: Paths = Field(default_factory=list)  # of several rows with one key the first; "-column": descending
    max_deleted: float = Field(default=0.5, ge=0, le=1)  # a snapshot that lacks a greater share is set aside
