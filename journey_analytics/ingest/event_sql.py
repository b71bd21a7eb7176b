"""When and what: the SQL of a row's one event, or of the several events of a wide row, and why it is rejected."""

from __future__ import annotations

from dataclasses import dataclass

from journey_analytics.config.rules import WideEvent
from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.amounts import AmountSql, amount_sql
from journey_analytics.ingest.cells import Cell, Cells
from journey_analytics.ingest.conditions import condition_sql
from journey_analytics.ingest.event_rules import EventRulesSql
from journey_analytics.ingest.layers import LAYER
from journey_analytics.ingest.plan import Plan
from journey_analytics.ingest.times import END_TIME, FIRST_TIME, TimeSql, other_unit, time_sql
from journey_analytics.ingest.values import object_sql, with_entries

_PART = (
    "occurred TIMESTAMP, ordered TIMESTAMP, found VARCHAR, name VARCHAR, actor VARCHAR, id VARCHAR, value DOUBLE, "
    "flags VARCHAR[], entries VARCHAR"
)
_DETAIL = 200  # characters of a value shown in `detail`


@dataclass(frozen=True)
class EventSql:
    """What differs between rows that are one event and wide rows."""

    layers: list[list[dict[str, str]]]
    occurred: str
    ordered: str
    missing: str  # whether there is no time at all
    found: str  # the time as it stood, as text
    name: str
    actor: str
    event_id: str | None
    flags: str | dict[str, str]
    value: str
    unreadable: str | None = None  # whether the mapped value holds a text that is no amount
    part: str = "0"
    width: int = 1
    unnest: str | None = None
    entries: str | None = None  # what the event sets in the properties, as a JSON object
    quiet: str | None = None  # whether the row has times, and no event's condition holds


def single_event(plan: Plan, mapped: dict[str, Cell | None], rules: EventRulesSql, first_unit: str | None) -> EventSql:
    """A row that is one event."""
    cell = mapped["occurred_at"]
    time = (
        time_sql(cell, plan.timezone, plan.time_format, "t_")
        if cell
        else TimeSql([], "CAST(NULL AS TIMESTAMP)", "CAST(NULL AS TIMESTAMP)", {}, None)
    )
    event_id = mapped["event_id"]
    amount = amount_sql(mapped["value"], "v_")
    value, unreadable = amount.number, [amount.unreadable]
    if rules.amount is not None:
        value = f"coalesce({value}, {rules.amount.number})"
        unreadable.append(rules.amount.unreadable)
    return EventSql(
        layers=[time.layers, amount.layers],
        occurred=time.occurred,
        ordered=time.ordered,
        missing="true" if cell is None else f"{cell.sql} IS NULL",
        found="CAST(NULL AS VARCHAR)" if cell is None else cell.text,
        name=rules.name,
        actor=rules.actor,
        event_id=None if event_id is None else event_id.text,
        flags=_flags(time, first_unit, value, unreadable),
        value=value,
        unreadable=amount.unreadable,
    )


def wide_events(plan: Plan, cells: Cells, event_id: Cell | None, first_unit: str | None) -> EventSql:
    """One part per time cell that is not empty; a row without any is one part without time."""
    chains, parts, times = [], [], []
    seen: dict[str, int] = {}
    any_id = event_id is not None or any(wide.id for wide in plan.wide)
    for number, wide in enumerate(plan.wide):
        seen[wide.event] = seen.get(wide.event, 0) + 1
        suffix = ":" + wide.event + (f"#{seen[wide.event]}" if seen[wide.event] > 1 else "")
        at = cells.field(wide.at)
        if at is None:
            continue
        chain: list[dict[str, str]] = []
        if cells.is_json:
            chain, at = [{f"w{number}_at": _first_of(at.text)}], Cell(f"w{number}_at")
        time = time_sql(at, plan.timezone, plan.time_format, f"w{number}_")
        amount = amount_sql(cells.field(wide.value) if wide.value else None, f"w{number}_v")
        chains += [[*chain, *time.layers], amount.layers]
        times.append(f"{at.sql} IS NOT NULL")
        own = cells.field(wide.id) if wide.id else event_id
        fields = {
            "occurred": time.occurred,
            "ordered": time.ordered,
            "found": at.text,
            "name": quote_text(wide.event),
            "actor": f"CAST({quote_text(wide.actor) if wide.actor else 'NULL'} AS VARCHAR)",
            "id": "CAST(NULL AS VARCHAR)" if own is None else f"{own.text} || {quote_text(suffix)}",
            "value": amount.number,
            "flags": f"CAST({flags_sql(_flags(time, first_unit, amount.number, [amount.unreadable]))} AS VARCHAR[])",
            "entries": _entries(wide, cells, amount),
        }
        struct = ", ".join(f"'{key}': {sql}" for key, sql in fields.items())
        holds = f" AND {condition_sql(wide.where, cells)}" if wide.where else ""
        parts.append(f"CASE WHEN {at.sql} IS NOT NULL{holds} THEN {{{struct}}} END")
    if not parts:
        parts = [f"CAST(NULL AS STRUCT({_PART}))"]
    listed = f"list_filter([{', '.join(parts)}], lambda x: x IS NOT NULL)"
    # The second list numbers the parts; unnested side by side they stay in step.
    unnest = (
        "SELECT * EXCLUDE (ws), unnest(CASE WHEN len(ws) = 0 THEN [NULL] ELSE ws END) AS w, "
        f"unnest(range(greatest(len(ws), 1))) AS w_part FROM (SELECT *, {listed} AS ws FROM {LAYER})"
    )
    return EventSql(
        layers=chains,
        occurred="w.occurred",
        ordered="w.ordered",
        missing="w.found IS NULL",
        found="w.found",
        name="w.name",
        actor="w.actor",
        event_id="w.id" if any_id else None,
        flags="w.flags",
        value="w.value",
        part="w_part",
        width=len(plan.wide),
        unnest=unnest,
        entries="w.entries" if any(wide.set or wide.value for wide in plan.wide) else None,
        quiet=f"w IS NULL AND ({' OR '.join(times)})" if times and any(wide.where for wide in plan.wide) else None,
    )


def _entries(wide: WideEvent, cells: Cells, amount: AmountSql) -> str:
    """SQL of what an event of a wide row sets in the properties: of a table also a text that is no amount."""
    entries = object_sql(wide.set, cells) if wide.set else "CAST(NULL AS VARCHAR)"
    cell = cells.field(wide.value) if wide.value else None
    if wide.value is None or cell is None or amount.unreadable is None or cells.is_json:
        return entries
    kept = with_entries(entries, [f"json_object({quote_text(wide.value.paths[0])}, {cell.text})"])
    return f"CASE WHEN {amount.unreadable} THEN {kept} ELSE {entries} END"


def _first_of(text: str) -> str:
    """SQL of a text, or of the first element of the JSON array that it is."""
    listed = f"CASE WHEN json_valid({text}) THEN nullif(json_extract_string({text}, '$[0]'), '') ELSE {text} END"
    return f"CASE WHEN starts_with({text}, '[') THEN {listed} ELSE {text} END"


def _flags(time: TimeSql, first_unit: str | None, value: str, unreadable: list[str | None]) -> dict[str, str]:
    flags = dict(time.flags)
    if time.number is not None and first_unit is not None:
        flags["epoch_unit_differs"] = other_unit(time.number, first_unit)
    if texts := [sql for sql in unreadable if sql is not None]:
        flags["unreadable_value"] = f"({value} IS NULL AND ({' OR '.join(texts)}))"
    return flags


def flags_sql(flags: str | dict[str, str]) -> str:
    """The names of the flags that hold as a list; null where none does."""
    if isinstance(flags, str):
        return flags
    if not flags:
        return "NULL"
    cases = ", ".join(f"CASE WHEN {sql} THEN {quote_text(name)} END" for name, sql in flags.items())
    some = " OR ".join(f"({sql})" for sql in flags.values())
    return f"CASE WHEN {some} THEN list_filter([{cases}], lambda x: x IS NOT NULL) END"


def reason_sql(plan: Plan, event: EventSql, ident: str) -> tuple[str, str]:
    """Why a row is rejected and what was found; time first, then name, then identifier."""
    empty = ", ".join(plan.identifiers) or "none configured"
    tests = [
        (event.missing, "missing_time", "NULL"),
        (
            f"{event.occurred} IS NULL OR NOT isfinite({event.occurred})",
            "unparsable_time",
            f"left({event.found}, {_DETAIL})",
        ),
        (
            f"{event.occurred} < TIMESTAMP '{FIRST_TIME}' OR {event.occurred} >= TIMESTAMP '{END_TIME}'",
            "impossible_year",
            f"left({event.found}, {_DETAIL}) || ' read as ' || CAST({event.occurred} AS VARCHAR)",
        ),
        (f"{event.name} IS NULL", "missing_event_name", "NULL"),
        (f"{ident} IS NULL", "no_identifier", quote_text(f"empty or junk: {empty}")),
    ]
    reason = "CASE " + " ".join(f"WHEN {test} THEN '{name}'" for test, name, _ in tests) + " END"
    detail = "CASE x_reason " + " ".join(f"WHEN '{name}' THEN {text}" for _, name, text in tests) + " END"
    return reason, detail
