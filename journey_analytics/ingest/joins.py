"""A plan's lookups as joins of the row with the lookup tables."""

from __future__ import annotations

from dataclasses import dataclass

from journey_analytics.engine.duck import quote_name
from journey_analytics.ingest.cells import Cells
from journey_analytics.ingest.layers import LAYER
from journey_analytics.ingest.lookups import LookupTable
from journey_analytics.ingest.plan import Plan


@dataclass(frozen=True)
class FanOut:
    """The columns of the lookup that gives an event to several customers: rank, from 1, and what tells them apart."""

    rank: str
    value: str


def lookup_joins(plan: Plan, cells: Cells, lookups: list[LookupTable | None]) -> tuple[list[str], FanOut | None]:
    """One join per lookup, in order, so that a later one can start from what an earlier one added."""
    joins: list[str] = []
    fan_out: FanOut | None = None
    for number, (lookup, table) in enumerate(zip(plan.lookups, lookups, strict=True)):
        on = cells.field(lookup.on or lookup.key)
        names = {column: f"a{number}_{index}" for index, column in enumerate(lookup.add)}
        if table is None or on is None:
            empty = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in names.values())
            joins.append(f"SELECT *, {empty} FROM {LAYER}")
        else:
            picked = [f"t.c{index} AS {name}" for index, name in enumerate(names.values())]
            if lookup.fan_out:
                picked.append(f"t.rank AS a{number}_rank")
                fan_out = FanOut(f"a{number}_rank", f"a{number}_0")
            joins.append(
                f"SELECT s.*, {', '.join(picked)} FROM {LAYER} AS s LEFT JOIN {quote_name(table.name)} AS t "
                f"ON t.key = {on.text}"  # the tables share no names: key, c…, rank there, line, f…, a… here
            )
        cells.added.update(names)
    return joins, fan_out
