"""The reads of the page: the published tables, over one read-only connection that can reach nothing else.

No rate is computed here. The only derived thing is which sources are silent, which no table holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from journey_analytics.engine.duck import connect, why_not_opened
from journey_analytics.errors import JourneyError, Problem
from journey_analytics.presentation.facts import (
    DropOff,
    Facts,
    InputFile,
    Move,
    PingPong,
    RejectedRow,
    Rejects,
    Run,
    Silence,
    Totals,
)
from journey_analytics.presentation.marts import read_marts

#: Examples of rejected rows: per source and reason, and in all.
EXAMPLES_EACH, EXAMPLES = 2, 12
#: Silences up to two days are usual for every source: as_of is a moment, and weekends are short.
_QUIET_DAYS = 2

_RUN = """
select
    run_id::varchar, started_at, finished_at, as_of, config_hash::varchar,
    concat_ws(', version ', {stage_model}, model_version)::varchar, engine::varchar, rows_read, {timezone}, {currency},
    {recomputed_customers}, {rebuilt_because}
from runs
order by started_at desc nulls last, run_id desc
limit 1
"""
_TOTALS = """
select
    (select count(*) from customers),
    (select count(*) from customers where outcome = 'reached_out_to'),
    (select count(*) from journeys),
    (select count(*) from journeys where outcome = 'completed'),
    (select count(*) from journeys where outcome = 'dropped'),
    (select count(*) from journeys where outcome = 'open'),
    (select count(*) from sessions),
    (select count(*) from events),
    (select min(occurred_at) from events),
    (select max(occurred_at) from events where $as_of is null or occurred_at <= $as_of),
    (select count(*) from journeys where not start_observed)
"""
_DROP_OFF = """
select
    segment, segment_value, stage, stage_rank, reached, advanced, dropped, open, mature_reached, mature_advanced,
    mature_dropped, drop_off_rate, rate_low, rate_high, coalesce(is_small, false), customers, median_seconds_to_advance
from drop_off
order by segment, segment_value nulls last, stage_rank
"""
_MOVES = """
select from_stage, to_stage, transitions, journeys, probability, median_seconds
from transitions
where segment = 'all'
order by transitions desc, from_stage, to_stage
"""
_PING_PONGS = """
select from_stage, to_stage, times, journeys from turns
where turn = 'ping-pong'
order by times desc, from_stage, to_stage
"""
# Earlier versions published no table of them.
_COUNTED_PING_PONGS = """
select a.stage, b.stage, count(*) as times, count(distinct a.journey_id)
from stage_visits as a
join stage_visits as b on b.journey_id = a.journey_id and b.visit_number = a.visit_number + 1
where b.next_stage = a.stage and a.next_stage is not null
group by a.stage, b.stage
order by times desc, a.stage, b.stage
"""
_FILES = """
select
    source, file, role, rows, accepted, duplicate, rejected, ignored, events, first_event_at, last_event_at,
    {ignored_reasons}, {flags}
from files
order by source, file
"""
_REJECTS = """
select source, reason, count(*) as rows
from rejected_rows
group by source, reason
order by source, rows desc, reason
"""
_EXAMPLES = """
select source, file, line, reason, detail, raw
from (
    select
        source, file, line, reason, left(detail, 300) as detail, left(raw, 300) as raw,
        row_number() over (partition by source, reason order by file, line, raw) as number
    from rejected_rows
)
where number <= $each
order by number, source, reason, file, line, raw
limit $examples
"""
# The usual gap: 98 of 100 gaps between two days with events are no longer. One long outage in a year of
# data does not make the next one usual; the weekends of a source that is quiet on weekends are.
_SILENCES = """
with days as (
    select source, occurred_at::date as day, max(occurred_at) as last_at
    from events
    where occurred_at <= $as_of
    group by source, occurred_at::date
),
gaps as (
    select source, last_at, day - lag(day) over (partition by source order by day) as gap
    from days
),
sources as (
    select
        source, max(last_at) as last_at, quantile_disc(gap, 0.98) as usual,
        date_diff('microsecond', max(last_at), $as_of) // 86400000000 as silent
    from gaps
    group by source
)
select source, last_at, silent, greatest(usual, $quiet)
from sources
where silent > greatest(usual, $quiet)
order by silent desc, source
"""


def read(warehouse: Path) -> Facts:
    """Read what the page says from one published version of the warehouse.

    Args:
        warehouse: The published `journeys.duckdb`.

    Raises:
        JourneyError: If the file is not there, or is no warehouse of this version.
    """
    if not warehouse.is_file():
        remedy = "Publish one first: journey run."
        raise JourneyError(Problem("There is no published warehouse.", file=str(warehouse), remedy=remedy))
    try:
        con = connect(warehouse, read_only=True)
    except duckdb.Error as error:
        raise _unreadable(warehouse, error) from error
    try:
        con.execute("SET enable_external_access = false; SET lock_configuration = true")
        return _facts(con)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise _unreadable(warehouse, error) from error
    finally:
        con.close()


def _unreadable(warehouse: Path, error: Exception) -> JourneyError:
    outside = why_not_opened(error)
    if outside is not None:
        return JourneyError(Problem(outside[0], file=str(warehouse), remedy=outside[1]))
    reason = str(error).splitlines()[0]
    remedy = "Write it again with this version: journey run --full-refresh."
    return JourneyError(
        Problem(f"This is no warehouse the report can read: {reason}", file=str(warehouse), remedy=remedy)
    )


def _facts(con: duckdb.DuckDBPyConnection) -> Facts:
    run = _run(con)
    as_of = run.as_of if run else None
    silences = _rows(con, _SILENCES, {"as_of": as_of, "quiet": _QUIET_DAYS}) if as_of else []
    examples = _rows(con, _EXAMPLES, {"each": EXAMPLES_EACH, "examples": EXAMPLES})
    optional = {name: _column(con, "files", name) for name in ("ignored_reasons", "flags")}
    files = _FILES.format(**optional)
    ping_pongs = _COUNTED_PING_PONGS if _column(con, "turns", "turn") == "null" else _PING_PONGS
    return Facts(
        run=run,
        totals=Totals(*_rows(con, _TOTALS, {"as_of": as_of})[0]),
        drop_off=[DropOff(*row) for row in _rows(con, _DROP_OFF)],
        moves=[Move(*row) for row in _rows(con, _MOVES)],
        ping_pongs=[PingPong(*row) for row in _rows(con, ping_pongs)],
        files=[InputFile(*row) for row in _rows(con, files)],
        rejects=[Rejects(*row) for row in _rows(con, _REJECTS)],
        examples=[RejectedRow(*row) for row in examples],
        silences=[Silence(*row) for row in silences],
        marts=read_marts(con),
    )


def _rows(con: duckdb.DuckDBPyConnection, sql: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    return con.execute(sql, values).fetchall() if values else con.execute(sql).fetchall()


def _run(con: duckdb.DuckDBPyConnection) -> Run | None:
    names = ("stage_model", "timezone", "currency", "recomputed_customers", "rebuilt_because")
    optional = {name: _column(con, "runs", name) for name in names}
    rows = _rows(con, _RUN.format(**optional))
    return Run(*rows[0]) if rows else None


def _column(con: duckdb.DuckDBPyConnection, table: str, column: str) -> str:
    """The column, or a null where the table does not have it: the contract does not promise this one."""
    found = "select 1 from duckdb_columns() where table_name = $table and column_name = $column"
    return column if _rows(con, found, {"table": table, "column": column}) else "null"
