"""How one source's files are read: journey.yaml's source and its connector's streams, put together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from journey_analytics.config.fields import FieldSpec
from journey_analytics.config.model import Source
from journey_analytics.config.rules import EventRule, WideEvent
from journey_analytics.config.snapshot import Snapshot
from journey_analytics.connectors.model import Connector, Ignore, Lookup, Mapping, Stream, Versions
from journey_analytics.ingest.readers.model import FileOptions
from journey_analytics.ingest.snapshots.columns import IGNORED, mapped, needed


@dataclass(frozen=True)
class Plan:
    """One stream of a source with every value decided.

    Attributes:
        required: Paths that journey.yaml itself names: a table without them is an error.
        names: Vendor event name -> rules; empty for wide exports and unmapped names.
        wide: The events of a wide export.
        actor: Who acts where no rule says so; None: the vocabulary tells by the event's name.
        overrules: journey.yaml names the actor of this source, whatever the connector says.
        properties: Further entries of the properties.
        named: Globs by which journey.yaml itself gives files to this stream; they come before all streams' own.
        snapshot: Rows are those of full exports, compared with the export before.
        versions: Rows are versions of a record; only those that change something are events.
    """

    source: str
    stream: str
    role: str
    files: tuple[str, ...]
    rows: tuple[str | list[str], ...]
    format: str | None
    delimiter: str | None
    header: tuple[str, ...]
    pattern: str | None
    channel: str | None
    session_class: str | None
    actor: str | None
    event: str | None
    columns: dict[str, FieldSpec]
    identifiers: dict[str, FieldSpec]
    names: dict[str, list[EventRule]]
    wide: list[WideEvent]
    timezone: str
    time_format: str | list[str] | None
    dedupe: str | None
    lookups: list[Lookup]
    ignore: list[Ignore]
    phone_country: str | None
    required: tuple[str, ...]
    overrules: bool
    properties: dict[str, FieldSpec] = field(default_factory=dict)
    versions: Versions | None = None
    snapshot: Snapshot | None = None
    named: tuple[str, ...] = ()

    def mapped_paths(self, *, but: str | None = None) -> set[str]:
        """The columns and paths that fields (`but` one), identifiers and the events of wide rows are read from."""
        fields = [spec for name, spec in self.columns.items() if name != but]
        wide = [spec for event in self.wide for spec in (event.at, event.value, event.id) if spec is not None]
        return {path for spec in [*fields, *self.identifiers.values(), *wide] for path in spec.every_path()}


def plans(source: Source, connector: Connector) -> list[Plan]:
    """The source's plans, one per stream of its connector, in the connector's order."""
    return [_plan(source, stream) for stream in connector.resolved()]


def plan_for(file_name: str, choices: list[Plan]) -> Plan | None:
    """The plan that reads a file: the first stream one of whose globs matches its name, case ignored.

    What journey.yaml says of its files (`streams`) comes before what the connector knows by its vendor's names.
    """
    name = file_name.lower()
    asked = [*((plan, plan.named) for plan in choices), *((plan, plan.files) for plan in choices)]
    return next((plan for plan, globs in asked if any(fnmatchcase(name, glob.lower()) for glob in globs)), None)


def file_options(plan: Plan, workdir: Path) -> FileOptions:
    """How the reader is to open a file of this plan."""
    return FileOptions(
        workdir=workdir,
        format=plan.format or ("lines" if plan.pattern else None),
        delimiter=plan.delimiter,
        header=not plan.header,
        columns=list(plan.header) or None,
        pattern=plan.pattern,
    )


def session_class(source: Source, connector: Connector) -> str | None:
    """The class of a source: its own, else its connector's, else the channel where that is web or app."""
    chosen = source.session_class or connector.session_class
    channel = source.channel or connector.channel
    return chosen or (channel if channel in ("web", "app") else None)


def _plan(source: Source, stream: Stream) -> Plan:
    both: dict[str, Any] = {key: getattr(stream, key) for key in Mapping.model_fields}
    own = source.events
    names = {**(stream.events if isinstance(stream.events, dict) else {}), **(own if isinstance(own, dict) else {})}
    wide = own if isinstance(own, list) and own else stream.events if isinstance(stream.events, list) else []
    phone = source.options.get("phone_country")
    plan = Plan(
        source=source.name,
        stream=stream.name,
        role=stream.role,
        files=tuple(stream.files),
        rows=tuple(source.rows or both["rows"]),
        format=source.format or both["format"],
        delimiter=source.delimiter or both["delimiter"],
        header=tuple(source.header or both["header"]),
        pattern=source.pattern or both["pattern"],
        channel=source.channel or both["channel"],
        session_class=source.session_class or both["session_class"],
        actor=source.actor or both["actor"],
        event=source.event or both["event"],
        columns={**both["columns"], **source.columns},
        # The source's own order decides between equally strong kinds, so its kinds come first.
        identifiers={
            **source.identifiers,
            **{k: v for k, v in both["identifiers"].items() if k not in source.identifiers},
        },
        names=names,
        wide=wide,
        timezone=source.timezone or both["timezone"] or "UTC",
        time_format=source.time_format or both["time_format"],
        dedupe=source.dedupe or both["dedupe"],
        lookups=both["lookups"],
        ignore=both["ignore"],
        phone_country=None if phone is None else str(phone).lstrip("+"),
        required=_required(source),
        overrules=source.actor is not None,
        properties=both["properties"],
        versions=both["versions"],
        named=tuple(source.streams.get(stream.name, ())),
    )
    snapshot = source.snapshot or stream.snapshot
    if "snapshot" not in (source.mode, stream.mode) or snapshot is None or stream.role != "events":
        return plan
    return _compared(plan, snapshot)


def _compared(plan: Plan, snapshot: Snapshot) -> Plan:
    """The plan of a table that is compared: what changed decides time, name and id, and is the company's doing."""
    return replace(
        plan,
        actor=plan.actor or "company",
        event=None,
        columns={**plan.columns, **mapped()},
        wide=[],
        ignore=[*IGNORED, *plan.ignore],
        required=tuple(dict.fromkeys([*plan.required, *needed(snapshot)])),
        versions=None,
        snapshot=snapshot,
    )


def _required(source: Source) -> tuple[str, ...]:
    """Every field that journey.yaml names for this source, as written."""
    wide = source.events if isinstance(source.events, list) else []
    times = [spec for event in wide for spec in (event.at, event.value, event.id) if spec is not None]
    specs = [*source.columns.values(), *source.identifiers.values(), *times]
    single = [one for spec in specs for one in ([spec] if spec.by is None else spec.parts()) if len(one.paths) == 1]
    paths = [one.paths[0] for one in single]
    return tuple(dict.fromkeys(paths))


def outside(value: Any) -> list[str]:
    """The paths of a plan, or of any part of it, that lead outside the row: `^.x`, `$.x`, `$`."""
    if isinstance(value, str):
        return [value] if value.startswith(("^", "$.")) or value == "$" else []
    if isinstance(value, dict):
        return [path for pair in value.items() for part in pair for path in outside(part)]
    if isinstance(value, (list, tuple)):
        return [path for part in value for path in outside(part)]
    return outside(list(vars(value).values())) if hasattr(value, "__dict__") else []
