"""Segments that journey.yaml describes by what is known of a journey: a column, or an SQL condition.

A condition is bound against an empty table of the columns it may name and never run on data here. It is one expression
that says the same at every run: no query inside it, no clock, no chance, no settings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import duckdb

from journey_analytics.config.model import CohortSegment, ConditionSegment
from journey_analytics.config.problems import nearest
from journey_analytics.config.yaml_source import Location, YamlSource
from journey_analytics.engine.duck import connect
from journey_analytics.errors import Problem

if TYPE_CHECKING:
    from journey_analytics.config.model import Config

#: Columns that divide the tables by themselves: a journey has the value of its first session, else event, that has one.
SEGMENTS = (
    "channel_group", "device", "browser", "country", "campaign", "channel", "source", "traffic_source",
    "traffic_medium", "currency",
)  # fmt: skip

#: Column -> DuckDB type of the published tables, as conditions may name them.
JOURNEY_COLUMNS: dict[str, str] = {
    "journey_id": "UUID",
    "customer_id": "UUID",
    "journey_number": "BIGINT",
    "started_at": "TIMESTAMP",
    "ended_at": "TIMESTAMP",
    "start_observed": "BOOLEAN",
    "event_count": "BIGINT",
    "session_count": "BIGINT",
    "furthest_stage": "VARCHAR",
    "last_stage": "VARCHAR",
    "outcome": "VARCHAR",
    "is_lost": "BOOLEAN",
    "kept_stage": "VARCHAR",
    "value": "DOUBLE",
}
SESSION_COLUMNS: dict[str, str] = {
    "session_number": "BIGINT",
    "started_at": "TIMESTAMP",
    "ended_at": "TIMESTAMP",
    "event_count": "BIGINT",
    "is_engaged": "BOOLEAN",
    "channel_group": "VARCHAR",
    "channel_rule": "VARCHAR",
    "last_non_direct_channel_group": "VARCHAR",
    "traffic_source": "VARCHAR",
    "traffic_medium": "VARCHAR",
    "campaign": "VARCHAR",
    "device": "VARCHAR",
    "entry_event": "VARCHAR",
    "exit_event": "VARCHAR",
    "entry_stage": "VARCHAR",
    "exit_stage": "VARCHAR",
}
#: Of the journey's first session, else its first event, that has a value.
EVENT_COLUMNS = ("device", "channel_group", "campaign", "source", "channel", "country", "browser", "currency")
CUSTOMER_COLUMNS: dict[str, str] = {
    "account_id": "VARCHAR",
    "first_event_at": "TIMESTAMP",
    "last_event_at": "TIMESTAMP",
    "event_count": "BIGINT",
    "session_count": "BIGINT",
    "journey_count": "BIGINT",
    "current_stage": "VARCHAR",
    "furthest_stage": "VARCHAR",
    "outcome": "VARCHAR",
    "value": "DOUBLE",
}
#: Of these the few values divide the tables, too.
DIVIDING = (
    "is_engaged", "entry_event", "exit_event", "entry_stage", "exit_stage", "last_non_direct_channel_group",
    "channel_rule", "start_observed", "outcome", "is_lost", "furthest_stage", "last_stage", "kept_stage", "account_id",
    "current_stage",
)  # fmt: skip
#: What is known of a journey only after it has begun: groups formed by it differ because they were formed so.
AFTERWARDS = (
    "outcome", "is_lost", "ended_at", "furthest_stage", "last_stage", "event_count", "session_count", "value",
    "current_stage", "journey_count", "last_event_at", "exit_event", "exit_stage", "is_engaged",
)  # fmt: skip

#: More conditions than this are more groups than anybody reads.
MOST = 20
#: What would give another answer at another run, or reach beyond the journey.
_UNSTEADY = {
    "now", "today", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp",
    "get_current_time", "get_current_timestamp", "transaction_timestamp", "random", "setseed", "uuid",
    "gen_random_uuid", "uuidv4", "uuidv7", "getvariable", "getenv", "current_setting", "nextval", "currval",
    "txid_current",
}  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def words(text: str) -> set[str]:
    """The words of an expression, any case."""
    return set(re.findall(r"\w+", text.lower()))


def known_columns() -> list[str]:
    """Every name that a condition may use, in the order in which a name that stands in several tables is meant."""
    return list(dict.fromkeys((*JOURNEY_COLUMNS, "journey", *SESSION_COLUMNS, *EVENT_COLUMNS, *CUSTOMER_COLUMNS)))


def derived(config: Config) -> dict[str, str]:
    """The segments that are told from the finished tables: name -> SQL that is text or a truth value."""
    found: dict[str, str] = {}
    for segment in config.segments:
        if isinstance(segment, ConditionSegment):
            found[segment.name] = f"TRY(({segment.where}\n)::BOOLEAN)"
        elif isinstance(segment, str) and segment not in SEGMENTS:
            found[segment] = segment
    return found


def known_afterwards(config: Config) -> set[str]:
    """Derived segments that tell what came of a journey."""
    return {name for name, sql in derived(config).items() if words(sql) & set(AFTERWARDS)}


def segment_problems(segments: Sequence[object], source: YamlSource) -> list[Problem]:
    """Unknown columns, names that can't stand beside others, conditions that don't work."""
    problems, taken = [], {"all", "journey", "cohort"}
    for number, segment in enumerate(segments):
        at: Location = ("segments", number)
        if isinstance(segment, str):
            if segment not in SEGMENTS and segment not in DIVIDING:
                close = nearest(segment, (*SEGMENTS, *DIVIDING))
                known = f"Segments are {', '.join(SEGMENTS)}, {{cohort: month}}, {{name: …, where: …}}, and "
                remedy = f"Did you mean {close!r}?" if close else f"{known}{', '.join(DIVIDING)}."
                problems.append(source.problem(f"unknown segment {segment!r}", at, remedy))
            taken.add(segment)
        elif isinstance(segment, ConditionSegment):
            problems += _condition_problems(segment, at, taken, source)
            taken.add(segment.name)
    count = sum(isinstance(segment, ConditionSegment) for segment in segments)
    if count > MOST:
        remedy = f"Keep at most {MOST}; `journey compare` takes any condition."
        problems.append(source.problem(f"{count} segments by condition", ("segments",), remedy))
    several = sum(isinstance(segment, CohortSegment) for segment in segments)
    if several > 1:
        problems.append(source.problem("two segments by cohort", ("segments",), "Keep one: its name is cohort."))
    return problems


def _condition_problems(
    segment: ConditionSegment, at: Location, taken: set[str], source: YamlSource
) -> Iterator[Problem]:
    if not _NAME.fullmatch(segment.name):
        remedy = "Use lower-case letters, digits and _, as conditions and tables name it."
        yield source.problem(f"{segment.name!r} is no name for a segment", (*at, "name"), remedy)
    elif segment.name in taken:
        yield source.problem(f"there is a segment {segment.name!r} already", (*at, "name"), "Choose another name.")
    elif segment.name in (*known_columns(), *SEGMENTS, "session", "customer"):
        remedy = "Choose another name: in conditions this one means the column."
        yield source.problem(f"{segment.name!r} is the name of a column", (*at, "name"), remedy)
    wrong = condition_problem(segment.where)
    if wrong is not None:
        message, remedy = wrong
        yield source.problem(message, (*at, "where"), remedy)


@lru_cache(maxsize=512)
def condition_problem(condition: str) -> tuple[str, str] | None:
    """What is wrong with a condition over a journey's columns, and the remedy; None if nothing is."""
    columns = ", ".join(known_columns())
    remedy = f"Write SQL that is true or false, over: {columns}; session.value and the like name a table's own."
    if not condition.strip():
        return "the condition is empty", remedy
    con = connect()
    try:
        con.execute(f"CREATE TABLE journey ({_shape()})")
        con.execute("SET enable_external_access = false; SET lock_configuration = true")
        con.extract_statements(f"SELECT {condition}\n")  # by itself, too: no parenthesis may close one of ours
        text = con.execute("SELECT json_serialize_sql(?)", [f"SELECT ({condition}\n)"]).fetchall()[0][0]
        parsed = json.loads(text)
        if parsed["error"] or len(parsed["statements"]) != 1:
            return f"the condition does not work: {parsed.get('error_message', 'it is more than one')}", remedy
        strange = _strange(parsed["statements"][0]["node"])
        if strange is not None:
            return f"the condition {strange}", "It is asked of one journey and has to say the same at every run."
        con.execute(f"SELECT count(*) FROM journey WHERE CAST(({condition}\n) AS BOOLEAN)").fetchall()
        con.execute(f"SELECT count(*) FROM journey WHERE TRY(({condition}\n)::BOOLEAN)").fetchall()
    except duckdb.Error as error:
        first = str(error).strip().splitlines()[0][:300]
        unknown = re.search(r'column(?: named)? "([^"]+)"', first)
        if unknown is not None and "not found" in first:
            close = nearest(unknown[1].lower(), known_columns())
            hint = f"Did you mean {close!r}?" if close else f"There are: {columns}."
            found = f"there is no column {unknown[1]!r} of journeys, sessions or customers"
            return found, f"{hint} A text stands in single quotes."
        return f"the condition does not work: {first}", remedy
    finally:
        con.close()
    return None


def _shape() -> str:
    """The columns a condition sees, each under its own name, those of one table also as `session.…`, `customer.…`."""
    flat: dict[str, str] = {**JOURNEY_COLUMNS, "journey": "VARCHAR"}
    for table in (SESSION_COLUMNS, dict.fromkeys(EVENT_COLUMNS, "VARCHAR"), CUSTOMER_COLUMNS):
        flat |= {name: kind for name, kind in table.items() if name not in flat}
    structs = {"session": SESSION_COLUMNS, "customer": CUSTOMER_COLUMNS}
    nested = [
        f"{name} STRUCT({', '.join(f'{c} {kind}' for c, kind in table.items())})" for name, table in structs.items()
    ]
    return ", ".join([*(f"{name} {kind}" for name, kind in flat.items()), *nested])


def _strange(node: Any) -> str | None:
    """What a parsed condition must not hold."""
    if isinstance(node, list):
        return next((found for part in node if (found := _strange(part)) is not None), None)
    if not isinstance(node, dict):
        return None
    kind = node.get("class")
    if kind in ("SUBQUERY", "WINDOW", "PARAMETER", "STAR", "DEFAULT"):
        return f"holds a {kind.lower()}"
    name = str(node.get("function_name", "")).lower()
    if kind == "COLUMN_REF":
        name = str(node["column_names"][-1]).lower()
    if kind in ("FUNCTION", "COLUMN_REF") and name in _UNSTEADY:
        return f"asks {name}, which is no trait of a journey"
    return _strange(list(node.values()))
