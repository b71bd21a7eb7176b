"""The first rows of an input as events, read by the very code that a run reads them with."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

import duckdb

from journey_analytics.config.model import Config, Source
from journey_analytics.config.rows_check import lists_within, rows_fault
from journey_analytics.connectors.load import shipped
from journey_analytics.engine.duck import quote_name
from journey_analytics.ingest.inputs import Input
from journey_analytics.ingest.plan import Plan
from journey_analytics.ingest.readers import RawFile
from journey_analytics.ingest.stage_file import stage_file
from journey_analytics.ingest.staged_files import filled, staged_select

SHOWN = 5
HASHES = 4096  # at most so many per kind: enough for an estimate within 2 percent, whatever the number of files
_WIDTH = 60
_UNREAD = {"unreadable_row", "not_utf8", "too_long"}  # refused before any mapping


@dataclass(frozen=True)
class FirstRow:
    """One event that a row would become, or why it becomes none."""

    line: int
    occurred_at: datetime | None  # naive UTC
    event_name: str | None
    actor: str | None
    identifier: str | None
    verdict: str  # accepted, or "rejected: reason (detail)" or "ignored: reason"


@dataclass(frozen=True)
class FirstRows:
    """What the first rows of one input are.

    Attributes:
        rows: How many were looked at.
        documents: How many lines or documents they stand in; the same number where each is one row.
        known: How many of these the whole input has.
        accepted: How many events they give.
        rejected: Reason -> rows, of which any part was refused.
        ignored: Reason -> rows.
        people: Kind of identifier -> how many different ones the rows looked at have.
        hashes: The same, as the smallest hashes of their values: those of several files are put together.
        events: Names of the accepted events -> how many, most frequent first.
        needs_lookups: Rows may find more in the tables that they look into at a run.
        problem: Where no time can be read: how many, a detail, the reason.
        nobody: Where no row has an identifier: how many rows.
        rows_fault: Where `rows` leads nowhere: what is wrong, and the remedy.
        lists: Where nothing was accepted: names under which the documents hold lists, maybe of events.
        unlisted: Names of accepted events that `events` does not list, the most frequent first.
    """

    source: str
    file: str
    stream: str
    role: str
    rows: int
    documents: int
    known: int
    accepted: int
    rejected: dict[str, int]
    ignored: dict[str, int]
    first_event_at: datetime | None
    last_event_at: datetime | None
    people: dict[str, int]
    needs_lookups: bool
    problem: tuple[int, str | None, str | None] | None = None
    nobody: int | None = None
    rows_fault: tuple[str, str] | None = None
    lists: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    shown: list[FirstRow] = field(default_factory=list)
    hashes: dict[str, list[int]] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)


def first_rows(
    con: duckdb.DuckDBPyConnection, config: Config, source: Source, item: Input, plan: Plan, raw: RawFile, limit: int
) -> FirstRows:
    """Stage the first rows and look at them; nothing is kept.

    Args:
        con: The connection that holds the raw relation.
        config: The loaded configuration.
        source: The source.
        item: The input.
        plan: How it is read.
        raw: Its rows.
        limit: How many rows (documents, where rows are inside documents) to look at.
    """
    con.execute(f"CREATE OR REPLACE TEMP TABLE first_rows AS SELECT * FROM {quote_name(raw.relation)} LIMIT {limit}")
    count = int(con.sql("SELECT count(*) FROM first_rows").fetchall()[0][0])
    refused = raw.reject_count if count + raw.reject_count == raw.rows else 0  # only where all was looked at
    first = RawFile(
        relation="first_rows",
        line_column=raw.line_column,
        columns=raw.columns,
        is_json=raw.is_json,
        rows=count + refused,
        reject_count=refused,
        rejects=[],
        rejects_relation=raw.rejects_relation,
        raw_lines=lambda lines: {},
        format=raw.format,
        embeds=raw.embeds,
    )
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "first.parquet"
        stage_file(
            con,
            plan,
            first,
            target,
            name=item.name,
            identity=config.identity,
            lookups=[None] * len(plan.lookups),
            future_after=datetime.max,
        )
        con.execute(f"CREATE OR REPLACE TEMP TABLE first_events AS {staged_select([target], filled(con, [target]))}")
    found = _looked_at(con, source, item, plan, first.rows, raw.rows)
    if not raw.is_json or found.accepted or not set(found.rejected) - _UNREAD:
        return found
    if plan.rows:
        return replace(found, rows_fault=rows_fault(con, "first_rows", raw.line_column, plan.rows))
    return replace(found, lists=lists_within(con, "first_rows"))


def _looked_at(
    con: duckdb.DuckDBPyConnection, source: Source, item: Input, plan: Plan, documents: int, known: int
) -> FirstRows:
    accepted, first, last = con.sql(
        "SELECT count(*) FILTER (reason IS NULL AND ignored IS NULL), "
        "min(occurred_at) FILTER (reason IS NULL), max(occurred_at) FILTER (reason IS NULL) FROM first_events"
    ).fetchall()[0]
    tests = "'missing_time', 'unparsable_time', 'impossible_year'"
    unread = ", ".join(f"'{word}'" for word in sorted(_UNREAD))
    judged, bad, detail, reason, people_known = con.sql(
        f"SELECT count(*), count(*) FILTER (reason IN ({tests})), min_by(detail, line) FILTER (reason IN ({tests}) "
        f"AND reason <> 'missing_time'), min_by(reason, line), count(ident) FROM first_events "
        f"WHERE ignored IS NULL AND coalesce(reason NOT IN ({unread}), true)"
    ).fetchall()[0]
    # As a run counts: a row of several parts is rejected if any of them is, and counts once.
    by_row = (
        "(SELECT line, min(reason) AS reason, CASE WHEN bool_and(reason IS NULL AND ignored IS NOT NULL) "
        "THEN min(ignored) END AS ignored FROM first_events GROUP BY line)"
    )
    rows = con.sql(f"SELECT count(*) FROM {by_row}").fetchall()[0][0]
    counts = f"SELECT {{0}}, count(*) FROM {by_row} WHERE {{0}} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    names = con.sql(
        "SELECT event_name FROM first_events WHERE reason IS NULL AND ignored IS NULL "
        "GROUP BY 1 ORDER BY count(*) DESC, 1"
    ).fetchall()
    people = con.sql(
        f"SELECT kind, count(DISTINCT value), list_sort(list(DISTINCT hash(value)))[:{HASHES}] FROM ("
        "SELECT ident_kind AS kind, ident AS value FROM first_events "
        "UNION ALL SELECT o.kind, o.value FROM (SELECT unnest(other_idents) AS o FROM first_events)) "
        "WHERE value IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    events = con.sql(
        "SELECT event_name, count(*) FROM first_events WHERE reason IS NULL AND ignored IS NULL "
        "AND event_name IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50"
    ).fetchall()
    # Good rows first, then the first of each kind of refusal: that is what people have to see.
    shown = con.sql(
        "SELECT line, occurred_at, event_name, actor, ident_kind || ':' || ident, reason, detail, ignored FROM "
        "(SELECT *, row_number() OVER (PARTITION BY reason, ignored ORDER BY line, part) AS place FROM first_events) "
        f"WHERE (reason IS NULL AND ignored IS NULL AND place <= {SHOWN}) OR (place = 1) ORDER BY line, part LIMIT 12"
    ).fetchall()
    return FirstRows(
        source=source.name,
        file=item.name,
        stream=plan.stream,
        role=plan.role,
        rows=rows,
        documents=documents,
        known=known,
        accepted=accepted,
        rejected=dict(con.sql(counts.format("reason")).fetchall()),
        ignored=dict(con.sql(counts.format("ignored")).fetchall()),
        first_event_at=first,
        last_event_at=last,
        people={kind: number for kind, number, _ in people},
        events=dict(events),
        hashes={kind: hashes for kind, _, hashes in people},
        needs_lookups=bool(plan.lookups),
        problem=(judged, detail, reason) if judged and bad == judged else None,
        nobody=judged if judged and not people_known and plan.role == "events" and not plan.lookups else None,
        unlisted=_unlisted(source, plan, [str(name) for (name,) in names]),
        shown=[_row(values) for values in shown],
    )


def different(hashes: list[list[int]]) -> int:
    """How many different values several inputs have together: exact below `HASHES`, an estimate from there."""
    together = sorted({value for some in hashes for value in some})
    if len(together) < HASHES:
        return len(together)
    return round((HASHES - 1) / (together[HASHES - 1] / 2**64))


def _unlisted(source: Source, plan: Plan, names: list[str]) -> list[str]:
    """Names that `events` does not list, where people wrote it themselves: shipped connectors' are known."""
    if not plan.names or (source.connector in shipped() and not source.events):
        return []
    ours = {rule.event for rules in plan.names.values() for rule in rules}
    listed = [name.lower() for name in plan.names]
    return [
        name
        for name in names
        if name not in ours and not any(fnmatchcase(name.lower(), _bracketless(glob)) for glob in listed)
    ]


def _bracketless(glob: str) -> str:
    """A glob in which only `*` and `?` mean anything."""
    return glob.replace("[", "[[]")


def _row(values: tuple[object, ...]) -> FirstRow:
    line, at, name, actor, ident, reason, detail, ignored = values
    verdict = "accepted"
    if ignored is not None:
        verdict = f"ignored: {ignored}"
    elif reason is not None:
        verdict = f"rejected: {reason}" + (f" ({str(detail)[:_WIDTH]})" if detail else "")
    moment = at if isinstance(at, datetime) else None
    text_name, text_actor, text_ident = (None if v is None else str(v)[:_WIDTH] for v in (name, actor, ident))
    return FirstRow(int(str(line)), moment, text_name, text_actor, text_ident, verdict)
