"""The planted stories asked of published tables, as p-values: how likely so much in that direction is by chance."""

from __future__ import annotations

from scipy.stats import fisher_exact

from journey_analytics.warehouse import Warehouse


def checkout_broke(warehouse: Warehouse) -> tuple[float, int]:
    """Orders of those who began a checkout in the week of the sale, Firefox against the rest; its errors."""
    rows = warehouse.sql(
        """
        with seen as (
            select customer_id, browser = 'Firefox' as firefox, bool_or(event_name = 'order_completed') as ordered
            from events
            where source = 'web' and event_name in ('checkout_started', 'order_completed')
              and occurred_at >= timestamp '2025-11-24' and occurred_at < timestamp '2025-12-01'
            group by all
        )
        select firefox, count(*) filter (ordered), count(*) filter (not ordered) from seen group by 1
        """
    ).fetchall()
    table = {firefox: [ordered, left] for firefox, ordered, left in rows}
    errors = warehouse.sql(
        "select count(*) from events where event_name = 'error_shown' and browser = 'Firefox' "
        "and occurred_at >= timestamp '2025-11-24' and occurred_at < timestamp '2025-12-01'"
    ).fetchall()[0][0]
    return float(fisher_exact([table[True], table[False]], "less").pvalue), errors


def campaign_that_stayed(warehouse: Warehouse, stage: str) -> float:
    """Dropped against advanced, bike-to-work against everybody else."""
    rows = dict(
        (segment, (dropped, advanced))
        for segment, dropped, advanced in warehouse.sql(
            f"select segment, mature_dropped, mature_advanced from drop_off where stage = '{stage}' "
            "and (segment = 'all' or (segment = 'campaign' and segment_value = 'bike-to-work'))"
        ).fetchall()
    )
    mine = rows["campaign"]
    rest = [whole - part for whole, part in zip(rows["all"], mine, strict=True)]
    return float(fisher_exact([list(mine), rest], "less").pvalue)


def deals_stall(sales: Warehouse) -> tuple[float, float]:
    """Visits of over 30 days, and drop-off, in Bought-In against the other stages of a deal."""
    deals = "stage in ('Appointment', 'Qualified', 'Presentation', 'Bought-In', 'Contract')"
    long = dict(
        (here, [over, under])
        for here, over, under in sales.sql(
            "select stage = 'Bought-In', count(*) filter (dwell_seconds > 30 * 86400), "
            "count(*) filter (dwell_seconds <= 30 * 86400) "
            f"from stage_visits where dwell_seconds is not null and {deals} group by 1"
        ).fetchall()
    )
    lost = dict(
        (here, [dropped, advanced])
        for here, dropped, advanced in sales.sql(
            "select stage = 'Bought-In', sum(mature_dropped)::int, sum(mature_advanced)::int "
            f"from drop_off where segment = 'all' and {deals} group by 1"
        ).fetchall()
    )
    return (
        float(fisher_exact([long[True], long[False]], "greater").pvalue),
        float(fisher_exact([lost[True], lost[False]], "greater").pvalue),
    )
