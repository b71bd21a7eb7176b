"""The declarative connector format, typed. docs/connectors.md explains it to those who write one.

No reading of files (that is `connectors.load`) and no SQL (that is `ingest`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from journey_analytics.config.fields import Field as FieldForm
from journey_analytics.config.fields import Texts
from journey_analytics.config.model import Actor, Strict, WideEvent

Dedupe = Literal["content", "occurrence", "none"]
Role = Literal["events", "links", "lookup"]
Scalar = str | int | float | bool | None


def _read_condition(value: Any) -> Any:
    """Check a condition's form: field -> wanted value, list of values, or {not: …}."""
    if not isinstance(value, dict) or not value:
        raise ValueError(
            "a condition reads {column: value}; a value may be a text with * and ?, a list, null or {not: …}"
        )
    for name, wanted in value.items():
        inner = wanted["not"] if isinstance(wanted, dict) and set(wanted) == {"not"} else wanted
        items = inner if isinstance(inner, list) else [inner]
        if not isinstance(name, str) or any(isinstance(item, (dict, list)) for item in items):
            raise ValueError(
                f"{name!r}: {wanted!r} is no condition; write a value, a list of values, null or {{not: …}}"
            )
    return value


Condition = Annotated[dict[str, Any], BeforeValidator(_read_condition)]


class EventRule(Strict):
    """What a vendor's event becomes, where its condition holds."""

    event: str | None = None  # None: it keeps the vendor's name
    actor: Actor | None = None
    where: Condition | None = None
    background: bool = False
    value: FieldForm | None = None  # its amount, where only this event has one
    ignore: str | None = None  # the reason why such a row is no event


def _read_rules(value: Any) -> Any:
    """`open: email_opened` and `open: {event: …}` stand for a list of one rule."""
    if isinstance(value, str):
        return [{"event": value}]
    return [value] if isinstance(value, dict) else value


EventRules = Annotated[list[EventRule], BeforeValidator(_read_rules)]


def _events_form(value: Any) -> str:
    return "wide" if isinstance(value, list) else "names"


Events = Annotated[
    Annotated[dict[str, EventRules], Tag("names")] | Annotated[list[WideEvent], Tag("wide")],
    Discriminator(_events_form),
]


class Ignore(Strict):
    """Rows that are no events, with the reason that reconciliation shows."""

    where: Condition
    reason: str


class Lookup(Strict):
    """Columns that another table of the source adds to each row."""

    stream: str  # the stream whose files are looked into
    key: str  # its column that identifies a row
    on: str | None = None  # the row's column with that value, own or added before; None: called like `key`
    add: dict[str, str]  # new column of the row -> column of the table
    order: Texts = Field(default_factory=list)  # of several rows with one key the first; "-column": descending
    fan_out: bool = False  # the others give the same event again, in the background
    where: Condition | None = None  # only rows of the table that meet this


class Mapping(Strict):
    """How rows become events: the keys that a connector and each of its streams share."""

    rows: Texts = Field(default_factory=list)  # paths to the rows inside a JSON document, tried in order
    format: Literal["csv", "json", "jsonl", "lines", "parquet"] | None = None
    delimiter: str | None = None
    header: list[str] = Field(default_factory=list)  # the columns' names, where the file has no row of them
    pattern: str | None = None  # of a text log: a regular expression (RE2) whose named groups are the columns
    channel: str | None = None
    session_class: str | None = Field(default=None, alias="class")
    actor: Actor | None = None
    event: str | None = None
    columns: dict[str, FieldForm] = Field(default_factory=dict)
    identifiers: dict[str, FieldForm] = Field(default_factory=dict)
    events: Events = Field(default_factory=dict)
    timezone: str | None = None
    time_format: str | None = None
    dedupe: Dedupe | None = None
    lookups: list[Lookup] = Field(default_factory=list)
    ignore: list[Ignore] = Field(default_factory=list)


class Mark(Strict):
    """What tells a format from all others: fields that its rows have, and values they then hold."""

    has: list[str] = Field(min_length=1)  # columns or dotted paths, all present in the file's first rows
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
