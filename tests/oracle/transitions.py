"""The transition graph of a list of journeys."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from typing import Any

from tests.oracle.config import OracleConfig
from tests.oracle.journeys import Journey, visits_of
from tests.oracle.text import median, quantile


def transitions(journeys: list[Journey], config: OracleConfig) -> list[dict[str, Any]]:
    """ "Nodes: `(start)`, the stages, `(completed)`, `(dropped)`, `(open)`. One edge per ordered pair of consecutive
    visits; the last visit leads to the node of the journey's outcome." "An edge never taken has no row."
    """
    taken: dict[tuple[str, str], list[tuple[Journey, float | None]]] = defaultdict(list)
    for journey in journeys:
        visits = visits_of(journey, config)
        # "From `(start)` the dwell is null"
        taken["(start)", visits[0]["stage"]].append((journey, None))
        for visit in visits[:-1]:
            taken[visit["stage"], visit["next_stage"]].append((journey, visit["dwell_seconds"]))
        # "those to the three end nodes carry none"
        taken[visits[-1]["stage"], f"({journey.outcome})"].append((journey, None))
    # "`probability` is the share of a node's outgoing transitions, those to `(open)` left out"
    outgoing: Counter[str] = Counter()
    for (source, target), edges in taken.items():
        if target != "(open)":
            outgoing[source] += len(edges)
    rows = []
    for (source, target), edges in taken.items():
        # "`start_observed = false` ... stay out ... of every dwell"
        dwells = [dwell for journey, dwell in edges if dwell is not None and journey.start_observed]
        rows.append(
            {
                "from_stage": source,
                "to_stage": target,
                "transitions": len(edges),
                "journeys": len({(j.customer, j.number) for j, _ in edges}),
                "customers": len({j.customer for j, _ in edges}),
                # "the edge to `(open)` has a null probability"
                "probability": None if target == "(open)" else len(edges) / outgoing[source],
                "median_seconds": median(dwells),
                "p90_seconds": quantile(dwells, Fraction(9, 10)),
                "mean_seconds": sum(dwells) / len(dwells) if dwells else None,
            }
        )
    return rows
