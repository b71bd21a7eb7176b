"""What commands ask of the published warehouse, and its tables as text. The figures are the marts' own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from journey_analytics.cli.output import percent, table


def rows(warehouse: Path, query: str) -> list[dict[str, Any]]:
    """The rows of a query on the published file.

    Raises:
        JourneyError: If there is no published warehouse.
    """
    from journey_analytics.warehouse import Warehouse

    with Warehouse(warehouse) as wh:
        return list(wh.sql(query).pl().iter_rows(named=True))


def drop_off(warehouse: Path) -> list[dict[str, Any]]:
    """The table `drop_off` for the whole population, in the order of the stages."""
    return rows(
        warehouse,
        """select stage, reached, advanced, dropped, open, left_from, mature_advanced, mature_dropped,
                  drop_off_rate, rate_low, rate_high, is_small
           from drop_off where segment = 'all' order by stage_rank""",
    )


def drop_off_table(stages: list[dict[str, Any]]) -> str:
    """Drop-off as people read it: a rate has its interval, or says that it is too early."""
    header = ("stage", "reached", "advanced", "dropped", "open", "drop-off", "95 % interval", "")
    last = len(stages) - 1
    lines = []
    for number, stage in enumerate(stages):
        rate, low, high = stage["drop_off_rate"], stage["rate_low"], stage["rate_high"]
        note = "small" if stage["is_small"] else ""
        if rate is None:
            note = "goal" if number == last else "too early to say"
        interval = f"{percent(low)} to {percent(high)}" if low is not None else ""
        counts = [stage[name] for name in ("reached", "advanced", "dropped", "open")]
        lines.append((stage["stage"], *counts, percent(rate), interval, note))
    return table(lines, header)
