"""Who could stand in more than one group of a funnel's breakdown: each counts once, and how many they are is said."""

from __future__ import annotations

from journey_analytics.engine.duck import quote_name
from journey_analytics.measures.funnel import PARTS, mask_sql
from journey_analytics.measures.funnel_spec import FunnelSpec
from journey_analytics.measures.log import Log


def begun_under_several(log: Log, spec: FunnelSpec) -> int:
    """How many of what is counted began attempts under more than one value of `by`.

    Args:
        log: The open log.
        spec: The funnel; nobody where it has no `by`, and no attempt begins twice.
    """
    if spec.by is None or spec.count == "attempts":
        return 0
    first = mask_sql(spec.steps if spec.order == "any" else spec.steps[:1], log)
    low, high = spec.entries
    as_of = spec.as_of if spec.as_of is not None else log.as_of
    conditions = [f"{first} <> 0"]
    conditions += [f"{log.time_sql} >= {low}"] if low is not None else []
    conditions += [f"{log.time_sql} < {high}"] if high is not None else []
    conditions += [f"{log.known_sql or log.time_sql} <= {as_of}"] if as_of is not None else []
    unit, value = quote_name(PARTS.get(spec.count, "customer_id")), quote_name(spec.by)
    # an unknown value is a group, too
    values = f"count(DISTINCT {value}::VARCHAR) + bool_or({value} IS NULL)::INTEGER"
    found = log.row(
        f"SELECT count(*) FILTER (n > 1) FROM (SELECT {values} AS n FROM log WHERE {' AND '.join(conditions)} "
        f"AND {unit} IS NOT NULL GROUP BY {unit})"
    )
    return int(found[0])
