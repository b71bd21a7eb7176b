"""One SELECT per input file: raw rows in, rows of the common event shape out.

The SELECT is a chain of layers, each adding columns to the one before, so that nothing is computed twice: fields,
lookups, parsed times and identifiers, parts of wide rows, event rules, the staged columns, the id. Values of the log
never become SQL; names and constants of the configuration go through `quote_name` and `quote_text`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from journey_analytics.config.fields import COLUMN_NAMES
from journey_analytics.config.model import Identity
from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.actors import actor_sql
from journey_analytics.ingest.cells import Cell, Cells
from journey_analytics.ingest.event_rules import EventRulesSql
from journey_analytics.ingest.event_sql import flags_sql, reason_sql, single_event, wide_events
from journey_analytics.ingest.identifiers import identifiers_sql
from journey_analytics.ingest.joins import lookup_joins
from journey_analytics.ingest.layers import LAYER, Layers
from journey_analytics.ingest.lookups import LookupTable
from journey_analytics.ingest.plan import Plan
from journey_analytics.ingest.rows import is_empty_sql
from journey_analytics.ingest.snapshots.columns import ADDED, GIVEN, PART
from journey_analytics.ingest.staged import STAGED_COLUMNS, content_hash_sql
from journey_analytics.ingest.staged_files import in_order, kept
from journey_analytics.ingest.times import time_sql
from journey_analytics.ingest.values import (
    default_sql,
    object_sql,
    path_sql,
    properties_sql,
    session_class_sql,
    with_entries,
)
from journey_analytics.ingest.versions import same_version_sql, versions_sql

#: Part of the mapping hash: raise it when the same configuration gives other staged rows.
MAPPING_VERSION = 8


@dataclass(frozen=True)
class MappingSql:
    """The SELECT of one file, and what the caller must know about it."""

    sql: str
    columns: frozenset[str]  # the staged columns it gives; the others are null (`ordered_at`: equal to `occurred_at`)
    dedupe: str  # as StagedFile.dedupe
    reordered: bool  # joins may have changed the order of rows


def mapping_sql(
    plan: Plan,
    relation: str,
    columns: dict[str, str],
    *,
    line: str,
    is_json: bool,
    text: bool,
    identity: Identity,
    lookups: list[LookupTable | None],
    first_unit: str | None = None,
    embeds: bool = True,
    levels: int | None = None,
) -> MappingSql:
    """The SELECT that stages one file.

    Args:
        plan: How the file's rows are read.
        relation: The raw relation, quoted.
        columns: Its columns and types, without the line.
        line: Its line column.
        is_json: Rows are JSON documents in `doc`.
        text: A text format: cells are trimmed, empty ones are null.
        identity: Kinds of identifiers and what to ignore.
        lookups: For each of `plan.lookups` its table; None: the source has no file of that stream.
        first_unit: Epoch unit of the file's first time; rows of another unit are flagged.
        embeds: As `RawFile.embeds`.
        levels: The relation has the columns `surroundings(levels)`.
    """
    cells = Cells(columns, is_json, trim=text, embeds=embeds, levels=levels)
    compared: list[str] = []
    if plan.snapshot is not None:
        cells.added, cells.given = dict(ADDED), dict(GIVEN)
        compared = [*ADDED.values(), *GIVEN.values(), PART]
    joins, fan_out = lookup_joins(plan, cells, lookups)
    mapped = {name: None if (spec := plan.columns.get(name)) is None else cells.field(spec) for name in COLUMN_NAMES}
    people = {kind: cells.candidates(spec) for kind, spec in plan.identifiers.items()}
    identifiers = identifiers_sql(people, plan.source, identity, plan.phone_country)
    received = (
        None if (cell := mapped["received_at"]) is None else time_sql(cell, plan.timezone, plan.time_format, "g_")
    )
    name_cell = mapped["event_name"]
    if plan.event:
        name_cell = Cell(default_sql(name_cell, plan.event))
    rules = EventRulesSql(plan, cells, name_cell)

    def text_of(name: str) -> str:
        cell = mapped[name]
        return "NULL" if cell is None else cell.text

    event = (
        wide_events(plan, cells, mapped["event_id"], first_unit)
        if plan.wide
        else single_event(plan, mapped, rules, first_unit)
    )
    properties, extra = properties_sql(plan, cells, mapped["properties"])
    patches = [object_sql(plan.properties, cells)] if plan.properties else []
    properties = with_entries(properties, [*patches, *(sql for sql in (rules.entries, event.entries) if sql)])
    if event.unreadable is not None and not cells.is_json and mapped["properties"] is None:
        # a column that is mapped stands nowhere else, and a text that is no amount must not be lost
        column = f"json_object({quote_text(plan.columns['value'].paths[0])}, {text_of('value')})"
        properties = f"CASE WHEN {event.unreadable} THEN {with_entries(properties, [column])} ELSE {properties} END"
    record = versions_sql(plan, cells)

    if plan.snapshot is not None:  # a row may have changed in all that is watched
        event = replace(event, part=PART, width=len(plan.snapshot.watch) + 2)

    layers = Layers()
    for select in cells.select(relation, [*extra, *compared], line):
        layers.raw(select)
    for join in joins:
        layers.raw(join)
    layers.add_all([identifiers.layers, received.layers if received else [], *event.layers])
    if event.unnest:
        layers.raw(event.unnest)
    for layer in rules.layers:
        layers.add(layer)
    part = event.part if fan_out is None else f"({event.part} + (coalesce({fan_out.rank}, 1) - 1) * {event.width})"
    reason, detail = reason_sql(plan, event, identifiers.value)
    ignored = rules.ignored if plan.role == "events" else f"coalesce({rules.ignored}, 'links only')"
    background = rules.background if fan_out is None else f"({rules.background} OR coalesce({fan_out.rank}, 1) > 1)"
    if event.quiet is not None:
        ignored = f"coalesce({ignored}, CASE WHEN {event.quiet} THEN 'no event of ours' END)"
    if is_json and plan.rows:
        ignored = f"coalesce({ignored}, CASE WHEN {is_empty_sql('doc', plan.rows)} THEN 'empty' END)"
    if record is not None:
        layers.add({"x_same": same_version_sql(record, event.occurred, None if fan_out is None else fan_out.rank)})
        ignored = f"coalesce({ignored}, CASE WHEN x_same THEN 'unchanged' END)"
    layers.add({"x_ignored": ignored})
    layers.add({"x_reason": f"CASE WHEN x_ignored IS NULL THEN {reason} END"})
    event_id = event.event_id
    if fan_out is not None and event_id is not None:
        event_id = f"{event_id} || CASE WHEN coalesce({fan_out.rank}, 1) > 1 THEN '@' || {fan_out.value} ELSE '' END"

    cut, path = path_sql(text_of("url"))
    layers.add(cut)
    actor = f"CASE WHEN {text_of('actor')} IN ('customer', 'company', 'machine') THEN {text_of('actor')} END"
    default_actor = actor_sql(plan, event)
    staged = {
        "line": "line",
        "part": part,
        "reason": "x_reason",
        "detail": f"CASE WHEN x_reason IS NOT NULL THEN {detail} END",
        "raw": "NULL",
        "ignored": "x_ignored",
        "occurred_at": event.occurred,
        "ordered_at": event.ordered,
        "event_name": event.name,
        "actor": default_actor if mapped["actor"] is None else f"coalesce({actor}, {default_actor})",
        "background": background,
        "sequence": f"try_cast({text_of('sequence')} AS DECIMAL(38, 9))" if mapped["sequence"] else "NULL",
        "received_at": received.occurred if received else "NULL",
        "flags": flags_sql(event.flags),
        "ident_kind": identifiers.kind,
        "ident": identifiers.value,
        "other_idents": identifiers.others,
        "account_id": identifiers.account,
        "channel": default_sql(mapped["channel"], plan.channel),
        "session_class": session_class_sql(plan, mapped["channel"]),
        "session_key": text_of("session_key"),
        "url": text_of("url"),
        "path": path,
        "referrer": text_of("referrer"),
        "utm_source": text_of("utm_source"),
        "utm_medium": text_of("utm_medium"),
        "utm_campaign": text_of("utm_campaign"),
        "value": event.value,
        "currency": text_of("currency"),
        "user_agent": text_of("user_agent"),
        "device": text_of("device"),
        "country": text_of("country"),
        # Most rows of a full export tell no change: nobody reads their properties, which cost most to write.
        "properties": f"CASE WHEN x_ignored IS NULL THEN {properties} END" if compared else properties,
    }
    shaped = ", ".join(f"CAST({sql} AS {STAGED_COLUMNS[name]}) AS {name}" for name, sql in staged.items())
    own_id = event_id or "NULL"
    layers.raw(f"SELECT {shaped}, CAST({own_id} AS VARCHAR) AS x_id FROM {LAYER}")
    id_sql, dedupe = _identify(layers, plan, has_id=event_id is not None)
    given = kept(staged) | {"event_id"}
    listed = ", ".join(f"CAST({id_sql} AS VARCHAR) AS event_id" if c == "event_id" else c for c in in_order(given))
    sql = layers.final(f"SELECT {listed} FROM {LAYER}")
    return MappingSql(sql, given, dedupe, reordered=bool(joins or compared or record))


def _identify(layers: Layers, plan: Plan, *, has_id: bool) -> tuple[str, str]:
    """SQL of the event id over the last layer, and the file's `dedupe`."""
    hashed = content_hash_sql()
    dedupe = plan.dedupe or "content"
    if has_id:
        return f"coalesce(x_id, {hashed})", "id"
    if dedupe != "occurrence":
        return hashed, dedupe
    layers.add({"x_hash": hashed})
    return "x_hash || '#' || row_number() OVER (PARTITION BY x_hash ORDER BY line, part)", dedupe
