"""What the pages show of groups of journeys: maps, ways and KPIs, of as many groups as a page carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from journey_analytics.presentation import sentences, story
from journey_analytics.presentation.exports import FIGURES, Export, linked, to_csv
from journey_analytics.presentation.groups import Group, Segment
from journey_analytics.presentation.marts import Cell, EventStep, GroupMarts, Kpi, Marts, Variant

#: Lines of the journey maps together: some 250 bytes each, and as much again as CSV, in a page of under 6 MB.
MOST_LINES = 9_000


@dataclass(frozen=True)
class Map:
    """The journey map of one group."""

    lanes: list[tuple[str, str, list[story.Box]]]
    customers: int
    export: Export | None


@dataclass(frozen=True)
class Ways:
    """The commonest ways of one group, with what they say."""

    variants: list[Variant]
    said_of_variants: str
    steps: list[EventStep]
    said_of_steps: str


@dataclass(frozen=True)
class KpiTable:
    """The KPIs of one segment: a row for each value, a cell for each KPI (value, of the period before, few)."""

    title: str
    columns: list[tuple[str, str]]  # title, definition
    rows: list[tuple[str, list[tuple[str, str, bool]]]]
    left_out: int


def maps(marts: Marts, segments: Sequence[Segment], stages: Sequence[str]) -> tuple[list[Segment], dict[str, Map]]:
    """The maps by key of the group, the whole first; and the segments with the groups that have one.

    Every map of a small project is offered; of many groups or stages so many that the page stays within its size, the
    largest groups of each segment.
    """
    if not marts.cells:
        return [], {}
    own = {("all", "all"): marts.cells} | {place: group.cells for place, group in marts.groups.items() if group.cells}
    each = max(
        1, sum(len(part.lines) for _, _, boxes in story.lanes(marts.cells, stages) for b in boxes for part in b.parts)
    )
    told = [segment for segment in segments if any((segment.name, part.value or "") in own for part in segment.groups)]
    most = max(1, MOST_LINES // each // max(1, len(told)))
    kept = _kept(told, lambda segment, part: (segment.name, part.value or "") in own, most)
    found = {}
    for segment in kept:
        for part in segment.groups:
            cells = own[segment.name, part.value or ""]
            export = marts.exports.get("map") if segment.name == "all" else _export(part.key, segment.name, cells)
            people = max((cell.customers for cell in cells if cell.lane == "description"), default=0)
            found[part.key] = Map(story.lanes(cells, stages), people, export)
    return kept, found


def ways(marts: Marts, segments: Sequence[Segment]) -> tuple[list[Segment], dict[str, Ways]]:
    """The commonest ways and steps by key of the group, the whole first; and the segments with groups that have any."""
    whole = GroupMarts(variants=marts.variants, event_steps=marts.event_steps)
    own = {("all", "all"): whole} | {place: g for place, g in marts.groups.items() if g.variants or g.event_steps}
    if not (whole.variants or whole.event_steps):
        return [], {}
    kept = _kept(segments, lambda segment, part: (segment.name, part.value or "") in own, len(own))
    found = {}
    for segment in kept:
        for part in segment.groups:
            group = own[segment.name, part.value or ""]
            variants, steps = group.variants, group.event_steps
            found[part.key] = Ways(variants, sentences.variants(variants), steps, sentences.event_steps(steps))
    return kept, found


def kpi_tables(marts: Marts, segments: Sequence[Segment], currency: str | None) -> list[KpiTable]:
    """The last 28 days and the 28 before of every group but cohorts, whose journeys began in other months anyway."""
    tables = []
    for segment in segments:
        if segment.name in ("all", "cohort"):
            continue
        told = [
            (part, _by_name(marts.groups.get((segment.name, part.value or ""), GroupMarts()).kpis))
            for part in segment.groups
        ]
        told = [(part, kpis) for part, kpis in told if kpis]
        names = [name for name in story.KPIS if any(name in kpis for _, kpis in told)]
        if not told or not names:
            continue
        rows = [(part.title, [_cell(name, kpis.get(name, {}), currency) for name in names]) for part, kpis in told]
        left_out = segment.left_out + len(segment.groups) - len(told)
        tables.append(KpiTable(segment.title, [(story.KPIS[n][0], story.KPIS[n][2]) for n in names], rows, left_out))
    return tables


def _kept(segments: Sequence[Segment], has: Callable[[Segment, Group], bool], most: int) -> list[Segment]:
    """The segments with those of their groups that have something to show, at most so many each."""
    kept = []
    for segment in segments:
        groups: list[Group] = [part for part in segment.groups if has(segment, part)]
        if groups:
            left_out = segment.left_out + max(0, len(groups) - most)
            kept.append(replace(segment, groups=groups[:most], left_out=left_out))
    return kept


def _export(key: str, segment: str, cells: Sequence[Cell]) -> Export:
    """The rows behind a group's map, with the SQL that gives them and each cell's own query."""
    columns = ("stage", "lane", "rank", "item", "metric", "value", "low", "high", "customers", "is_small")
    rows = [(c.stage, c.lane, c.rank, c.item, c.metric, c.value, c.low, c.high, c.customers, c.small) for c in cells]
    quoted = [text.replace("'", "''") for text in (segment, cells[0].group)]
    sql = (
        "select stage, lane, rank, item, metric, value, low, high, customers, is_small, query from journey_map "
        f"where segment = '{quoted[0]}' and segment_value = '{quoted[1]}' order by stage_rank, lane, metric, rank, item"
    )
    return Export(f"map-{key}", FIGURES["map"][1], sql, len(rows), 0, linked(to_csv(columns, rows)))


def _by_name(kpis: Sequence[Kpi]) -> dict[str, dict[str, Kpi]]:
    found: dict[str, dict[str, Kpi]] = {}
    for row in kpis:
        found.setdefault(row.kpi, {})[row.period] = row
    return found


def _cell(name: str, rows: dict[str, Kpi], currency: str | None) -> tuple[str, str, bool]:
    form = story.KPIS[name][1]
    now, before = rows.get(story.THIS), rows.get(story.BEFORE)
    # a sum has nothing below the line: a small one is not uncertain
    few = now is not None and now.small and now.denominator is not None and now.value is not None
    return (
        story.written(now.value if now else None, form, currency),
        story.written(before.value if before else None, form, currency),
        few,
    )
