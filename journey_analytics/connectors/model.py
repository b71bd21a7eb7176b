"""The declarative connector format, typed. docs/connectors.md explains it to those who write one.

No reading of files (that is `connectors.load`) and no SQL (that is `ingest`).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from journey_analytics.config.fields import Field as FieldForm
from journey_analytics.config.fields import Paths, Rows, Texts
from journey_analytics.config.model import Strict
from journey_analytics.config.rules import Actor, Condition, Events
from journey_analytics.config.snapshot import Snapshot

Dedupe = Literal["content", "occurrence", "none"]
Role = Literal["events", "links", "lookup"]
Scalar = str | int | float | bool | None


class Ignore(Strict):
    """Rows that are no events, with the reason that reconciliation shows."""

    where: Condition
    reason: str


class Lookup(Strict):
    """Columns that another table of the source adds to each row."""

    stream: str  # the stream whose files are looked into
    key: FieldForm  # what identifies a row of it
    on: FieldForm | None = None  # the row's field with that value, own or added before; None: called like `key`
    add: dict[str, FieldForm]  # new column of the row -> field of the table
    order: Paths = Field(default_factory=list)  # of several rows with one key the first; "-column": descending
    fan_out: bool = False  # the others give the same event again, in the background
    where: Condition | None = None  # only rows of the table that meet this


class Versions(Strict):
    """A history table with one row per version of a record: only a version that changes something is an event."""

    key: FieldForm  # what identifies the record
    watch: list[FieldForm] = Field(min_length=1)  # a version equal in all of these to the one before is ignored


class Mapping(Strict):
    """How rows become events: the keys that a connector and each of its streams share."""

    rows: Rows = Field(default_factory=list)  # paths to the rows inside a JSON document, tried in order
    format: Literal["csv", "json", "jsonl", "form", "lines", "parquet"] | None = None
    delimiter: str | None = None
    header: list[str] = Field(default_factory=list)  # the columns' names, where the file has no row of them
    pattern: str | None = None  # of a text log: a regular expression (RE2) whose named groups are the columns
    channel: str | None = None
    session_class: str | None = Field(default=None, alias="class")
    actor: Actor | None = None
    event: str | None = None
    columns: dict[str, FieldForm] = Field(default_factory=dict)
    properties: dict[str, FieldForm] = Field(default_factory=dict)  # further entries of the properties
    identifiers: dict[str, FieldForm] = Field(default_factory=dict)
    events: Events = Field(default_factory=dict)
    timezone: str | None = None
    time_format: str | list[str] | None = None
    dedupe: Dedupe | None = None
    lookups: list[Lookup] = Field(default_factory=list)
    ignore: list[Ignore] = Field(default_factory=list)
    versions: Versions | None = None
    mode: Literal["snapshot"] | None = None
    snapshot: Snapshot | None = None


class Mark(Strict):
    """What tells a format from all others: fields that its rows have, and values they then hold."""

    has: Paths = Field(min_length=1)  # columns or dotted paths, all present in the file's first rows
    where: Condition | None = None  # and at least one of the first rows meets this


class Stream(Mapping):
    """One table or row type of a vendor."""

    name: str
    files: Texts = Field(default_factory=lambda: ["*"])  # globs over the file's name, case ignored
    role: Role = "events"
    recognise: list[Mark] = Field(default_factory=list)  # any of these


class Connector(Mapping):
    """One vendor's format. What a stream leaves out, it takes from here."""

    name: str
    note: str | None = None
    recognise: list[Mark] = Field(default_factory=list)  # any of these; for all streams without marks of their own
    streams: list[Stream] = Field(default_factory=list)

    def resolved(self) -> list[Stream]:
        """The streams with the connector's own values filled in; one stream where none is named."""
        shared = {key: getattr(self, key) for key in Mapping.model_fields if key in self.model_fields_set}
        if not self.streams:
            return [Stream.model_construct(name="events", files=["*"], role="events", **_complete(shared))]
        streams = []
        for stream in self.streams:
            update = {key: value for key, value in shared.items() if key not in stream.model_fields_set}
            for key in ("columns", "identifiers"):  # these two are filled in entry by entry
                update[key] = {**shared.get(key, {}), **getattr(stream, key)}
            streams.append(stream.model_copy(update=update))
        return streams


def _complete(values: dict[str, Any]) -> dict[str, Any]:
    """The values with every other mapping key at its default."""
    return {
        key: values.get(key, field.get_default(call_default_factory=True))
        for key, field in Mapping.model_fields.items()
    }
