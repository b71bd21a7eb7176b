"""What a run does, as a graph of steps in topological order: SQL models, and the few steps that are Python.

The orchestrator makes one asset of every step; a run without an orchestrator walks the same list. Nothing is executed
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from graphlib import TopologicalSorter

from journey_analytics.engine.models import Check, check_files, load_models

__all__ = ["Check", "Step", "column_lineage", "load_steps"]

#: Step -> (group, description, reads, tables it makes). The code is in `engine.steps`.
PYTHON_STEPS: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "staged_rows": (
        "ingest",
        "One row per event that an input row gives, for every staged file of the configured sources: files that are "
        "new or changed are read once and kept as Parquet, the others are taken as they were staged.",
        (),
        ("staged_rows", "config_files"),
    ),
    "suspicious_event_ids": (
        "staging",
        "One row per 8-byte hash of (source, event_id) that occurs more than once: the only rows that the duplicate "
        "rule has to compare in full.",
        ("good_events",),
        ("suspicious_event_ids",),
    ),
    "user_agents": (
        "staging",
        "One row per distinct user agent: the device and browser it names, and whether it is a bot or a mail "
        "provider's picture proxy. Judged once per agent by kept lists, not once per event.",
        ("good_events",),
        ("user_agents",),
    ),
    "identity_components": (
        "identity",
        "One row per identifier with its connected component, before links that would join two values of a unique kind "
        "are refused; and the identifiers of the components in which that happens.",
        ("identifier_totals", "identifier_pairs"),
        ("identity_components", "conflict_identifiers"),
    ),
    "identifier_customers": (
        "identity",
        "One row per identifier with the number of its customer; customer ids come from the ledger, so they survive "
        "full rebuilds, and a merge keeps the older id.",
        ("identity_components", "conflict_sightings", "identifier_totals", "identifier_pairs"),
        ("identifier_customers", "customer_numbers", "refused_pairs", "ledger_merges"),
    ),
    "touched_customers": (
        "core",
        "One row per customer whose accepted rows are others than at the run before: only they are computed again, "
        "and what was kept of the others stands. Empty where everything is computed.",
        (
            "owned_rows",
            "customer_rows",
            "customer_numbers",
            "event_kinds",
            "machine_events",
            "numbered_ids",
        ),
        ("touched_customers",),
    ),
    "event_counts": (
        "core",
        "What is counted from all events in their order, some customers at a time and as arrays (a fifth of the cost "
        "in SQL): moves from an event to the next with their times, touches by channel group, actions by stage visit.",
        (
            "bearing_groups",
            "event_kinds",
            "event_places",
            "journey_ends",
            "journey_parties",
            "session_traits",
            "summed_names",
            "summed_values",
            "touch_groups",
            "visit_runs",
            "visits",
        ),
        ("event_moves", "touch_counts", "action_counts"),
    ),
    "attribution": (
        "marts",
        "One row per attribution model and channel group: the conversions it is credited with, and the interval of its "
        "share. SQL sums the paths by groups of customers; the chain is solved, and groups are drawn anew, in Python.",
        ("path_credits", "path_moves", "conversions"),
        ("attribution",),
    ),
    "changes": (
        "marts",
        "One row per figure and segment value: the last 28 days beside the 28 before, and whether that is chance. "
        "SQL sums by customers and weeks; the tests are those of comparisons, Benjamini-Hochberg over all of them.",
        ("change_sums", "change_weeks", "kpis", "run_clock", "source_periods"),
        ("changes",),
    ),
    "derived_segments": (
        "marts",
        "One row per journey and segment that is told from finished tables: whether a condition of journey.yaml "
        "holds, or a column's value. Without such segments it reads nothing and is empty.",
        ("journeys", "journey_ends", "sessions", "customers", "journey_values", "journey_keys"),
        ("derived_segments", "derived_values"),
    ),
    "funnel_steps": (
        "marts",
        "One row per configured funnel, step and segment: how far each customer's best attempt came, by the "
        "library's own `funnel`. Without configured funnels it reads nothing and is empty.",
        ("events", "run_clock", "derived_segments"),
        ("funnel_steps",),
    ),
    "period_comparisons": (
        "marts",
        "One row per pair of periods, measure and stage: the last complete month and quarter, the last month that had "
        "time to be decided, beside the ones before, by the library's own `compare`.",
        ("journeys", "journey_ends", "reach_facts", "date_only_times", "run_clock"),
        ("period_comparisons",),
    ),
    "runs": (
        "marts",
        "One row per pipeline run, this one included.",
        ("run_clock", "files", "events", "touched_customers"),
        ("runs",),
    ),
}

TOUCHED = "touched_customers"
PUBLISH = "published_warehouse"
REPORT = "report"


@dataclass(frozen=True)
class Step:
    """One step of a run; an asset of the orchestrator.

    Attributes:
        name: Unique name; for a model, its table.
        group: ingest, staging, identity, core, marts or publish.
        kind: `sql` or `python`.
        description: What one row of the result is, and why it is computed so.
        depends_on: Names of the steps it needs.
        published: Whether its table is part of the published warehouse.
        checks: Invariants that run after it.
    """

    name: str
    group: str
    kind: str
    description: str
    depends_on: tuple[str, ...]
    published: bool
    checks: tuple[Check, ...] = field(default=())

    @property
    def lineage(self) -> Mapping[str, list[tuple[str, str]]]:
        """Column -> the (step, column) pairs it is made from; empty for Python steps."""
        return column_lineage().get(self.name, {})


@cache
def load_steps() -> tuple[Step, ...]:
    """All steps of a run in topological order."""
    models = load_models()
    made_by = {table: step for step, (_, _, _, tables) in PYTHON_STEPS.items() for table in tables}
    made_by |= {name: name for name in models}

    def needs(tables: tuple[str, ...], own: str) -> tuple[str, ...]:
        return tuple(sorted({made_by[t] for t in tables if t in made_by} - {own}))

    needed: dict[str, tuple[str, ...]] = {name: needs(m.reads, name) for name, m in models.items()}
    needed |= {name: needs(reads, name) for name, (_, _, reads, _) in PYTHON_STEPS.items()}
    for name, m in models.items():
        if m.by_customer:  # for whom it is made is known only then
            needed[name] = tuple(sorted({*needed[name], TOUCHED}))
    published = {name for name, m in models.items() if m.is_published} | {
        "runs",
        "funnel_steps",
        "derived_segments",
        "attribution",
        "changes",
        "period_comparisons",
    }
    # everything that is not read by something else must still be built before publishing
    needed[PUBLISH] = tuple(sorted(published))
    needed[REPORT] = (PUBLISH,)
    order = _stable_order(needed, late={name for name, m in models.items() if m.is_late})
    place = {name: i for i, name in enumerate(order)}

    checks: dict[str, list[Check]] = {}
    for name, (description, sql, reads) in check_files().items():
        steps = [made_by[t] for t in reads if t in made_by]
        last = max(steps, key=place.__getitem__)
        checks.setdefault(last, []).append(Check(name, last, description, sql))

    found: list[Step] = []
    for name in order:
        own = tuple(checks.get(name, ()))
        if name in models:
            m = models[name]
            found.append(Step(name, m.layer, "sql", m.description, needed[name], m.is_published, own))
        elif name in PYTHON_STEPS:
            group, description, _, _ = PYTHON_STEPS[name]
            found.append(Step(name, group, "python", description, needed[name], name in published, own))
        elif name == PUBLISH:
            text = "The published journeys.duckdb, put in place in one step once every check has passed."
            found.append(Step(name, "publish", "python", text, needed[name], False, own))
        else:
            text = "The pages report/index.html and its neighbours, written from the published warehouse."
            found.append(Step(name, "publish", "python", text, needed[name], False, own))
    return tuple(found)


def _stable_order(needed: dict[str, tuple[str, ...]], late: set[str]) -> list[str]:
    """Topological order, the same on every machine; a late step stands only where no other could."""
    sorter = TopologicalSorter({name: sorted(needs) for name, needs in sorted(needed.items())})
    sorter.prepare()
    order: list[str] = []
    ready: set[str] = set()
    while sorter.is_active():
        ready |= set(sorter.get_ready())
        now = sorted(ready - late) or sorted(ready)
        order += now
        sorter.done(*now)
        ready -= set(now)
    return order


@cache
def column_lineage() -> dict[str, dict[str, list[tuple[str, str]]]]:
    """For every SQL model: output column -> (upstream step, column) pairs, read from the SQL."""
    from journey_analytics.engine.lineage import lineage_of

    return lineage_of(load_models())
