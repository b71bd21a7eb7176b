"""The configuration as the models see it: variables, small `config_*` tables and macros in the working database.

Model files are plain SQL; whatever depends on journey.yaml enters through the names made here. Nothing here reads
events.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

import duckdb

from journey_analytics.channels.sql import prepare as prepare_channels
from journey_analytics.config.cohorts import cohort_definition, period_name
from journey_analytics.config.durations import microseconds
from journey_analytics.config.event_columns import CONDITION_COLUMNS, where_sql
from journey_analytics.config.model import CohortSegment, ConditionSegment, Config, Machine, Rule
from journey_analytics.config.segments import derived, known_afterwards, words
from journey_analytics.engine.duck import quote_text
from journey_analytics.engine.globs import glob_pattern, matches_any
from journey_analytics.engine.rates import RATES
from journey_analytics.ingest.staged import CONTENT_COLUMNS, STAGED_COLUMNS, Staged, StagedFile, content_hash_sql
from journey_analytics.ingest.staged_files import filled, staged_select

#: Event-level columns that a segment may name and that no session has: their journeys need a look at wide rows.
EVENT_SEGMENTS = frozenset({"source", "channel", "country", "browser", "currency"})

_NTH = re.compile(r"\s*(>=|<=|>|<|=)?\s*(\d+)\s*")


def parse_nth(nth: str | int | None) -> tuple[str | None, int | None]:
    """Read `nth`: an operator and a number, or a bare number for exactly that one.

    Raises:
        ValueError: If the text is neither.
    """
    if nth is None:
        return None, None
    match = _NTH.fullmatch(str(nth))
    if match is None:
        raise ValueError(f"{nth!r} is not of the form 3, '>= 3', '> 3', '<= 3', '< 3' or '= 3'")
    return match[1] or "=", int(match[2])


def rule_text(rule: Rule) -> str:
    """A rule as one readable line, as `stage_visits.rule` shows it."""
    parts = []
    for key in ("events", "sources", "channels", "urls"):
        values: Sequence[str] = getattr(rule, key)
        if values:
            parts.append(f"{key}: {', '.join(values)}")
    if rule.where:
        parts.append(f"where: {rule.where}")
    if rule.nth is not None:
        parts.append(f"nth: {rule.nth}")
    if rule.after:
        parts.append(f"after: {', '.join(rule.after)}")
    if rule.within:
        parts.append(f"within: {rule.within}")
    return "; ".join(parts) or "any event"


def needs_row(rule: Rule) -> bool:
    """Whether the rule looks at more of an event than its source, name and channel."""
    return bool(rule.urls or rule.where)


def _condition(rule: Rule, *, with_row: bool) -> str:
    tests = []
    if rule.events:
        tests.append(matches_any("event_name", rule.events))
    if rule.sources:
        tests.append(matches_any("source", rule.sources))
    if rule.channels:
        tests.append(matches_any("channel", rule.channels))
    if with_row and rule.urls:
        tests.append(matches_any("path", rule.urls))
    if with_row and rule.where:
        tests.append(where_sql(rule.where))
    return " AND ".join(tests) or "true"


def _mask(rules: list[tuple[int, Rule]], *, with_row: bool) -> str:
    bits = [
        f"CASE WHEN {_condition(rule, with_row=with_row)} THEN 1::HUGEINT << {no} ELSE 0::HUGEINT END"
        for no, rule in rules
    ]
    return " | ".join(bits) or "0::HUGEINT"


def numbered_rules(config: Config) -> list[tuple[int, int, Rule]]:
    """Every rule of the stage model as (rule_no from 0, stage_rank from 1, rule)."""
    flat = [(rank, rule) for rank, stage in enumerate(config.stages.stages, 1) for rule in stage.rules]
    return [(no, rank, rule) for no, (rank, rule) in enumerate(flat)]


def macros(config: Config) -> list[str]:
    """The `CREATE MACRO` statements that carry the configuration's conditions into the models."""
    rules = [(no, rule) for no, _, rule in numbered_rules(config)]
    by_kind = [(no, rule) for no, rule in rules if not needs_row(rule)]
    by_row = [(no, rule) for no, rule in rules if needs_row(rule)]
    unique, contact = [*config.identity.unique, "account_standin"], config.identity.contact
    bare = r"regexp_replace(kind, '^.*\.', '')"

    def strength(kinds: list[str]) -> str:
        listed = ", ".join(quote_text(k) for k in kinds) or "NULL"
        return f"coalesce(kind IN ({listed}) OR {bare} IN ({listed}), false)"

    kept = sum(1 << rank for rank, stage in enumerate(config.stages.stages, 1) if stage.keeps)
    cohort = next((s.cohort for s in config.segments if isinstance(s, CohortSegment)), "month")
    zone = quote_text(config.timezone)
    return [
        f"identifier_strength(kind) AS CASE WHEN {strength(unique)} THEN 1 WHEN {strength(contact)} THEN 2 ELSE 3 END",
        f"kind_rules(source, event_name, channel) AS {_mask(by_kind, with_row=False)}",
        f"row_rules({', '.join(CONDITION_COLUMNS)}) AS {_mask(by_row, with_row=True)}",
        "kind_of(code) AS (code >> 18) & 4194303",
        "name_of(code) AS code >> 40",
        # of one number: hashes of two are combined so that two rows could make up for each other in an exclusive or
        "print_of(rid, is_later) AS bit_xor(hash(CASE WHEN is_later THEN -1 - rid ELSE rid END))",
        f"is_lost_event(event_name) AS {matches_any('event_name', config.journeys.lost)}",
        f"is_key_event(event_name) AS {matches_any('event_name', config.key_events)}",
        f"is_conversion(event_name) AS {matches_any('event_name', config.conversions)}",
        f"kept_rank(rank) AS CASE WHEN ({kept} >> rank) & 1 = 1 THEN rank ELSE 1 END",
        f"local_date(moment) AS timezone({zone}, timezone('UTC', moment))::DATE",
        f"is_segment(name) AS list_contains([{', '.join(quote_text(n) for n in segment_names(config))}], name)",
        f"cohort_of(moment) AS {period_name(cohort, 'local_date(moment)')}",
        f"local_midnight(day) AS epoch_us(timezone({zone}, day::TIMESTAMP))",
        *RATES,
        f"content_hash({', '.join(CONTENT_COLUMNS)}) AS {content_hash_sql()}",
        "device_identifier(kind, identifier, others) AS "
        "CASE WHEN identifier_strength(kind) = 3 THEN concat(kind, ':', identifier) "
        "ELSE coalesce(list_extract(list_transform(list_filter(others, lambda o: identifier_strength(o.kind) = 3), "
        "lambda o: concat(o.kind, ':', o.value)), 1), '') END",
    ]


def segment_names(config: Config) -> list[str]:
    """The segments of every segmented table: the whole, first and later journeys, then the configured ones."""
    return list(dict.fromkeys(["all", "journey", *(_segment_name(s) for s in config.segments)]))


def _segment_name(segment: str | CohortSegment | ConditionSegment) -> str:
    return "cohort" if isinstance(segment, CohortSegment) else segment if isinstance(segment, str) else segment.name


def segment_rows(config: Config) -> list[list[str | int | bool | None]]:
    """The rows of `config_segments`: name, place among the derived ones, what it divides by, is that an outcome."""
    told = {"all": "all journeys", "journey": "first or later journey of the customer"}
    for segment in config.segments:
        if isinstance(segment, CohortSegment):
            told["cohort"] = cohort_definition(segment.cohort)
        elif isinstance(segment, ConditionSegment):
            told[segment.name] = segment.where
    places = {name: no for no, name in enumerate(derived(config), 1)}
    late = known_afterwards(config)
    return [[name, places.get(name), told.get(name, name), name in late] for name in segment_names(config)]


def machine_variables(machine: Machine) -> dict[str, bool | int | None]:
    """The rules for machine activity as the models ask them; a rule that is off is false, or null and never met."""
    fast, bursts = machine.fast_clicks, machine.link_bursts
    return {
        "machine_user_agents": machine.user_agents,
        "machine_privacy_proxies": machine.privacy_proxies,
        "machine_mail_rules": bool(machine.privacy_proxies or fast or bursts),
        "machine_fast_us": microseconds(fast) if fast else None,
        "machine_burst_us": microseconds(bursts.within) if bursts else 0,
        "machine_burst_links": bursts.links if bursts else None,
    }


def apply_settings(
    con: duckdb.DuckDBPyConnection, config: Config, *, run_id: str, clock: datetime, as_of: datetime | None
) -> None:
    """Make the variables, tables and macros that the models read. Times are naive UTC."""
    segments = segment_names(config)
    variables = {
        "run_id": run_id,
        "clock": clock,
        "as_of_asked": as_of,
        "latest_allowed": clock + config.max_clock_skew,
        "session_timeout": microseconds(config.sessions.timeout),
        "session_max_length": microseconds(config.sessions.max_length),
        "session_midnight": config.sessions.midnight,
        "session_campaign": config.sessions.campaign,
        "session_by_device": config.sessions.by == "device",
        "journey_timeout": microseconds(config.journeys.timeout),
        "horizon": microseconds(config.horizon),
        "minimum": config.minimum,
        **machine_variables(config.machine),
        "event_segments": bool(EVENT_SEGMENTS & {*segments, *words("\n".join(derived(config).values()))}),
    }
    for name, value in variables.items():
        con.execute(f"SET VARIABLE {name} = ?", [value])
    for statement in macros(config):
        con.execute(f"CREATE OR REPLACE MACRO {statement}")
    prepare_channels(con, config.channel_rules)

    stages = config.stages.stages
    con.execute(
        "CREATE OR REPLACE TABLE config_stages (stage_rank INTEGER, stage VARCHAR, keeps BOOLEAN, is_goal BOOLEAN, "
        "description VARCHAR, goal VARCHAR)"
    )
    con.executemany(
        "INSERT INTO config_stages VALUES (?, ?, ?, ?, ?, ?)",
        [[rank, s.name, s.keeps, rank == len(stages), s.description, s.goal] for rank, s in enumerate(stages, 1)],
    )
    con.execute(
        "CREATE OR REPLACE TABLE config_rules (rule_no INTEGER, stage_rank INTEGER, rule VARCHAR, back BOOLEAN, "
        "is_sequential BOOLEAN, nth_operator VARCHAR, nth BIGINT, has_after BOOLEAN, within_us BIGINT)"
    )
    con.execute("CREATE OR REPLACE TABLE config_triggers (rule_no INTEGER, pattern VARCHAR)")
    for no, rank, rule in numbered_rules(config):
        operator, nth = parse_nth(rule.nth)
        back = rule.back if rule.back is not None else rank > 1
        within = microseconds(rule.within) if rule.within else None
        con.execute(
            "INSERT INTO config_rules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                no,
                rank,
                rule_text(rule),
                back,
                nth is not None or bool(rule.after),
                operator,
                nth,
                bool(rule.after),
                within,
            ],
        )
        for glob in rule.after:
            con.execute("INSERT INTO config_triggers VALUES (?, ?)", [no, glob_pattern(glob)])
    con.execute(
        "CREATE OR REPLACE TABLE config_segments (segment VARCHAR, derived_no INTEGER, definition VARCHAR, "
        "known_afterwards BOOLEAN)"
    )
    con.executemany("INSERT INTO config_segments VALUES (?, ?, ?, ?)", segment_rows(config))
    con.execute("CREATE OR REPLACE TABLE known_kinds (kind_hash UBIGINT, kind BIGINT)")
    con.execute("CREATE OR REPLACE TABLE known_names (event_name VARCHAR, name_no BIGINT)")
    con.execute("CREATE OR REPLACE TABLE config_exclusions (pattern VARCHAR)")
    for glob in config.exclude_customers:
        con.execute("INSERT INTO config_exclusions VALUES (?)", [glob_pattern(glob)])


def stage_files(
    con: duckdb.DuckDBPyConnection,
    config: Config,
    staged: Staged,
    known: Mapping[tuple[str, str, str, int], int] | None = None,
) -> bool:
    """Make `config_files`, the view `staged_rows` over the staged Parquet files, and `config_unfilled`: empty columns.

    `rid` numbers every staged row: the file's number in the upper bits, the row in the lower 36. Files are numbered in
    the order of their names, each source with numbers of its own, so that new files take nobody's.

    Args:
        con: The run's connection.
        config: Whose sources.
        staged: What ingest hands on.
        known: Numbers that files had before, by source, file, Parquet file and its time.

    Returns:
        Whether the known files keep their numbers. They can't where a new file comes before one of its source: which of
        two equal rows counts would not be the same as where all files are numbered anew.
    """
    order = {source.name: no for no, source in enumerate(config.sources)}
    files = sorted(staged.files, key=lambda f: (order[f.source], f.file))
    marks = [_mark(staged, file) for file in files]
    numbers = _numbers(files, marks, order, known or {})
    rising = all(a < b or x.source != y.source for (a, x), (b, y) in pairwise(zip(numbers, files, strict=True)))
    if known and not rising:
        stage_files(con, config, staged)
        return False
    con.execute(
        "CREATE OR REPLACE TABLE config_files (file_no BIGINT, source_no INTEGER, source VARCHAR, file VARCHAR, "
        "role VARCHAR, fingerprint VARCHAR, rows BIGINT, flags VARCHAR[], dedupe VARCHAR, parquet VARCHAR, "
        "parquet_mtime_ns BIGINT)"
    )
    selects = []
    for no, file, mark in zip(numbers, files, marks, strict=True):
        con.execute(
            "INSERT INTO config_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                no,
                order[file.source],
                file.source,
                file.file,
                file.role,
                file.fingerprint,
                file.rows,
                file.flags,
                file.dedupe,
                *mark[2:],
            ],
        )
    columns: set[str] = set()
    for name, source_no in order.items():
        with_rows = [(no, f) for no, f in zip(numbers, files, strict=True) if f.source == name and f.parquet]
        if not with_rows:
            continue
        # the files of a source are numbered without holes inside each list, so file_index tells the file
        for chunk in _runs(with_rows):
            first = chunk[0][0]
            paths = [staged.folder / str(f.parquet) for _, f in chunk]
            held = filled(con, paths)
            columns |= held.columns
            selects.append(
                staged_select(
                    paths,
                    held,
                    f"{source_no}::INTEGER AS source_no",
                    f"{quote_text(name)} AS source",
                    f"{first} + file_index::BIGINT AS file_no",
                    f"(({first} + file_index::BIGINT) << 36) | file_row_number AS rid",
                )
            )
    if not selects:
        nulls = ", ".join(f"NULL::{kind} AS {name}" for name, kind in STAGED_COLUMNS.items())
        selects = [
            "SELECT NULL::INTEGER AS source_no, NULL::VARCHAR AS source, NULL::BIGINT AS file_no, NULL::BIGINT AS rid, "
            f"{nulls} WHERE false"
        ]
    con.execute(f"CREATE OR REPLACE VIEW staged_rows AS {' UNION ALL '.join(selects)}")
    con.execute("CREATE OR REPLACE TABLE config_unfilled (column_name VARCHAR)")
    for column in sorted(set(STAGED_COLUMNS) - columns - ({"ordered_at"} if "occurred_at" in columns else set())):
        con.execute("INSERT INTO config_unfilled VALUES (?)", [column])
    return True


def _mark(staged: Staged, file: StagedFile) -> tuple[str, str, str, int]:
    """What tells a staged file from an earlier form of it: (source, file, its Parquet file, when that was written)."""
    written = (staged.folder / file.parquet).stat().st_mtime_ns if file.parquet else 0
    return file.source, file.file, file.parquet or "", written


def _numbers(
    files: Sequence[StagedFile],
    marks: Sequence[tuple[str, str, str, int]],
    order: Mapping[str, int],
    known: Mapping[tuple[str, str, str, int], int],
) -> list[int]:
    """A number for each file: the one it had, else the next one of its source."""
    room = (1 << 27) // max(1, len(order))  # numbers have 27 bits
    following = {source: no * room for source, no in order.items()}
    for (source, *_), number in known.items():
        following[source] = max(following[source], number + 1)
    numbers = []
    for file, mark in zip(files, marks, strict=True):
        if mark not in known:
            following[file.source] += 1
        numbers.append(known.get(mark, following[file.source] - 1))
    return numbers


def _runs(numbered: list[tuple[int, StagedFile]]) -> list[list[tuple[int, StagedFile]]]:
    """Consecutive numbers together: lookups between event files leave holes."""
    runs: list[list[tuple[int, StagedFile]]] = []
    for item in numbered:
        if runs and runs[-1][-1][0] + 1 == item[0]:
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs
