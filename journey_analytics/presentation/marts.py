"""The tables that a report shows where they are there: KPIs, progress, map, variants, machines, identity.

What is told by segment is read for the groups that pages may offer; `segment` and `group` say which one a row is of.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, TypeVar

import duckdb

from journey_analytics.presentation.exports import FIGURES, Export, export
from journey_analytics.presentation.findings import Change, Contrast, Credit, FunnelStep, PeriodRow, Turn, Week


@dataclass(frozen=True)
class Kpi:
    """One row of `kpis`."""

    kpi: str
    period: str
    value: float | None
    numerator: float | None
    denominator: float | None
    low: float | None
    high: float | None
    small: bool
    segment: str = "all"
    group: str = "all"


@dataclass(frozen=True)
class Progress:
    """One row of `stage_progress`: shares on a day, with their intervals."""

    segment: str
    value: str
    stage: str
    day: int
    at_risk: int
    advanced: float
    advanced_low: float | None
    advanced_high: float | None
    dropped: float
    dropped_low: float | None
    dropped_high: float | None


@dataclass(frozen=True)
class Cell:
    """One row of `journey_map`; its query is read for all journeys only, as pages show it for no other."""

    stage: str
    stage_rank: int
    lane: str
    rank: int | None
    item: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    customers: int
    small: bool
    query: str
    segment: str = "all"
    group: str = "all"


@dataclass(frozen=True)
class Variant:
    """One row of `variants`."""

    variant: str
    journeys: int
    share: float
    completed: int
    median_seconds: float | None
    segment: str = "all"
    group: str = "all"


@dataclass(frozen=True)
class EventStep:
    """One row of `event_transitions`, within journeys."""

    source: str
    target: str
    times: int
    customers: int
    median_seconds: float | None
    segment: str = "all"
    group: str = "all"


@dataclass
class GroupMarts:
    """What is told of one group of journeys: its KPIs of the last two periods, map, variants, event steps."""

    kpis: list[Kpi] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    event_steps: list[EventStep] = field(default_factory=list)


@dataclass(frozen=True)
class Marts:
    """What the optional tables say; empty lists where a table is not there.

    KPIs, cells, variants and event steps are those of all journeys; `groups` has the same of every other group.
    """

    kpis: list[Kpi] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    event_steps: list[EventStep] = field(default_factory=list)
    groups: dict[tuple[str, str], GroupMarts] = field(default_factory=dict)  # by segment and value
    contrasts: list[Contrast] = field(default_factory=list)  # those beyond chance, surest first
    weeks: list[Week] = field(default_factory=list)  # those beyond chance, surest first
    turns: list[Turn] = field(default_factory=list)
    funnels: list[FunnelStep] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)  # those beyond chance, surest first
    periods: list[PeriodRow] = field(default_factory=list)
    minimum: int = 30
    credits: list[Credit] = field(default_factory=list)
    machines: list[tuple[str, int]] = field(default_factory=list)  # rule, events
    links: list[tuple[bool, str | None, int]] = field(default_factory=list)  # accepted, reason, pairs
    definitions: dict[str, str] = field(default_factory=dict)  # segment -> what it divides by
    exports: dict[str, Export] = field(default_factory=dict)


# Of the groups with most journeys: a log may have thousands of campaigns.
_OFFERED = """semi join (
    select segment, segment_value from drop_off group by all
    order by max(reached) desc, segment, segment_value limit 300
) using (segment, segment_value)"""
_KPIS = f"""
select kpi, period, value, numerator, denominator, low, high, coalesce(is_small, false), segment, segment_value
from kpis {_OFFERED}
where segment = 'all' or contains(period, 'days')
order by segment, segment_value, kpi, period
"""
# The days that are drawn.
_PROGRESS = f"""
select
    segment, segment_value, stage, day, at_risk, advanced_incidence, advanced_low, advanced_high, dropped_incidence,
    dropped_low, dropped_high
from stage_progress
{_OFFERED}
where day <= 180
order by segment, segment_value, stage_rank, day
"""
_CONTRASTS = """
select segment, segment_value, stage, rate, judged, rest_rate, rest_judged, low, high, p_adjusted
from contrasts where survives order by p_value, segment, segment_value, stage_rank
"""
_WEEKS = """
select event_name, pain, segment, segment_value, week, customers, usual_customers, others, p_adjusted
from pain_weeks where survives order by p_value, event_name, segment, segment_value, week
"""
_TURNS = """
select
    turn, from_stage, to_stage, judged_stage, times, journeys, judged_with, advance_with, with_low, with_high,
    judged_without, advance_without, without_low, without_high, coalesce(is_small, true)
from turns order by turn, times desc, from_stage, to_stage
"""
_FUNNELS = """
select
    funnel, segment, segment_value, step, name, customers, conversion_from_start, conversion_from_previous, dropped,
    open, median_seconds
from funnel_steps order by funnel, segment, segment_value, step
"""
_CELLS = f"""
select
    stage, stage_rank, lane, rank, item, metric, value, low, high, customers, is_small,
    case when segment = 'all' then query else '' end, segment, segment_value
from journey_map {_OFFERED}
order by segment, segment_value, stage_rank, lane, metric, rank nulls last, value desc nulls last, item
"""
# Most variants are rare: only those among the twelve most frequent numbers are put in order (1.4 to 0.05 s of 720,000).
_VARIANTS = f"""
select variant::varchar, journeys, share, completed, median_seconds, segment, segment_value
from variants {_OFFERED}
join (
    select segment, segment_value, list_min(max(journeys, 12)) as least from variants group by all
) using (segment, segment_value)
where journeys >= least
qualify row_number() over (partition by segment, segment_value order by journeys desc, variant) <= 12
order by segment, segment_value, journeys desc, variant
"""
_EVENT_STEPS = f"""
select from_event, to_event, transitions, customers, median_seconds, segment, segment_value
from event_transitions {_OFFERED}
where grain = 'journey' and from_event <> '(start)' and to_event <> '(end)'
qualify row_number() over (partition by segment, segment_value order by transitions desc, from_event, to_event) <= 15
order by segment, segment_value, transitions desc, from_event, to_event
"""
_MACHINES = """
select flag, count(*) from (select unnest(flags) as flag from events where actor = 'machine')
where starts_with(flag, 'machine:') group by flag order by count(*) desc, flag
"""
_CHANGES = """
select
    measure, segment, segment_value, stage, now, before, now_count, before_count, low, high, since
from changes where survives order by p_value, measure, segment, segment_value, stage_rank
"""
_PERIODS = """
select
    period, left_period, right_period, left_to_at, left_journeys, right_journeys, left_customers,
    right_customers, both_customers, measure, stage, age_days, left_count, right_count, left_events,
    right_events, left_value, right_value, difference, low, high, p_value, p_adjusted, survives, sooner,
    is_small, note
from period_comparisons order by period, stage_rank, measure
"""
_MINIMUM = """
select minimum from runs where minimum is not null order by started_at desc limit 1
"""
_CREDITS = """
select model, channel_group, conversions, value, share, low, high, customers, coalesce(is_small, true)
from attribution order by model, share desc, channel_group
"""
_SEGMENTS = """
select segment, definition from segments where definition <> segment
"""
_LINKS = """
select accepted, reason, count(*) from identity_links
group by accepted, reason order by accepted desc, count(*) desc, reason
"""


#: Tables that earlier versions published of all journeys only.
_BY_SEGMENT = frozenset({"kpis", "variants", "event_transitions", "journey_map"})
_Row = TypeVar("_Row", Kpi, Cell, Variant, EventStep)


def read_marts(con: duckdb.DuckDBPyConnection) -> Marts:
    """Read every optional table that the warehouse has."""
    found = con.execute("select table_name, list(column_name) from duckdb_columns() group by table_name").fetchall()
    tables: dict[str, set[str]] = {name: set(columns) for name, columns in found}

    def rows(table: str, sql: str, *needs: str) -> list[tuple[Any, ...]]:
        return con.execute(sql).fetchall() if set(needs) <= tables.get(table, set()) and table in tables else []

    exports = {}
    for name, (table, _, sql) in FIGURES.items():
        needs = {"flags", "actor"} if name == "machines" else {"segment"} if table in _BY_SEGMENT else set()
        if table in tables and needs <= tables[table]:
            result = con.execute(sql)
            exports[name] = export(name, [column[0] for column in result.description or []], result.fetchall())
    kpis = [Kpi(*row) for row in rows("kpis", _KPIS, "segment")]
    cells = [Cell(*row) for row in rows("journey_map", _CELLS, "segment")]
    variants = [Variant(*row) for row in rows("variants", _VARIANTS, "segment", "share", "median_seconds")]
    event_steps = [EventStep(*row) for row in rows("event_transitions", _EVENT_STEPS, "segment", "median_seconds")]
    return Marts(
        kpis=_whole(kpis),
        progress=[Progress(*row) for row in rows("stage_progress", _PROGRESS)],
        cells=_whole(cells),
        variants=_whole(variants),
        event_steps=_whole(event_steps),
        groups=_groups(kpis, cells, variants, event_steps),
        contrasts=[Contrast(*row) for row in rows("contrasts", _CONTRASTS)],
        weeks=[Week(*row) for row in rows("pain_weeks", _WEEKS)],
        turns=[Turn(*row) for row in rows("turns", _TURNS)],
        funnels=[FunnelStep(*row) for row in rows("funnel_steps", _FUNNELS)],
        changes=[Change(*row) for row in rows("changes", _CHANGES)],
        periods=[PeriodRow(*row) for row in rows("period_comparisons", _PERIODS)],
        minimum=next((row[0] for row in rows("runs", _MINIMUM, "minimum")), 30),
        credits=[Credit(*row) for row in rows("attribution", _CREDITS)],
        machines=[(row[0], row[1]) for row in rows("events", _MACHINES, "flags", "actor")],
        links=[(row[0], row[1], row[2]) for row in rows("identity_links", _LINKS)],
        definitions=dict(rows("segments", _SEGMENTS)),
        exports=exports,
    )


def _whole(rows: list[_Row]) -> list[_Row]:
    """The rows of all journeys."""
    return [row for row in rows if row.segment == "all"]


def _groups(
    kpis: list[Kpi], cells: list[Cell], variants: list[Variant], event_steps: list[EventStep]
) -> dict[tuple[str, str], GroupMarts]:
    """The rows of every group by segment and value, the whole included."""
    found: defaultdict[tuple[str, str], GroupMarts] = defaultdict(GroupMarts)
    for kpi in kpis:
        found[kpi.segment, kpi.group].kpis.append(kpi)
    for cell in cells:
        found[cell.segment, cell.group].cells.append(cell)
    for variant in variants:
        found[variant.segment, variant.group].variants.append(variant)
    for step in event_steps:
        found[step.segment, step.group].event_steps.append(step)
    return dict(found)
