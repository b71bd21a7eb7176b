"""The table `changes`: every figure of the last 28 days beside the 28 before, and which of them moved beyond chance."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

import duckdb

from journey_analytics.config.model import Config
from journey_analytics.engine.rounding import twelve_digits
from journey_analytics.measures.bh import adjusted
from journey_analytics.measures.change import Sums, moved_mean, moved_share, since_week
from journey_analytics.measures.comparison_rows import Q
from journey_analytics.measures.two_shares import Difference
from journey_analytics.measures.volume import SPAN, moved_volume

_TABLE = """
CREATE TABLE pub.main.changes (
    measure VARCHAR, segment VARCHAR, segment_value VARCHAR, stage VARCHAR, stage_rank INTEGER, from_at TIMESTAMP,
    to_at TIMESTAMP, now DOUBLE, before DOUBLE, now_count BIGINT, before_count BIGINT, difference DOUBLE, low DOUBLE,
    high DOUBLE, p_value DOUBLE, p_adjusted DOUBLE, survives BOOLEAN, since DATE, is_small BOOLEAN
)
"""
VOLUMES = ("journeys_begun", "orders", "new_customers", "revenue")
MEDIAN = "median_seconds_to_convert"
Key = tuple[str, int | None, str, str]  # measure, stage rank, segment, value


def build_changes(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Make the table.

    Args:
        con: The run's connection, with `change_sums` and `change_weeks` made.
        config: Whose horizon and minimum.
    """
    con.execute(_TABLE)
    as_of = con.execute("SELECT as_of FROM run_clock").fetchall()[0][0]
    if as_of is None:
        return
    stages = dict(con.execute("SELECT stage_rank, stage FROM config_stages").fetchall())
    weeks = _weeks(con)
    sums = con.execute("SELECT * FROM change_sums").fetchall()
    medians = _medians(con) if _is_settled(con, config, as_of) else {}
    rows = [
        *_outcomes([row for row in sums if row[0] not in VOLUMES], config, as_of, weeks, medians),
        *_volumes([row for row in sums if row[0] in VOLUMES], config, as_of, weeks),
    ]
    for row, p in zip(rows, adjusted([row["p_value"] for row in rows]), strict=True):
        row["p_adjusted"], row["survives"] = p, p is not None and p <= Q
    local = con.execute(
        "SELECT d, local_date(d) FROM (SELECT unnest(?::TIMESTAMP[]) AS d)",
        [sorted({row["since_at"] for row in rows})],
    ).fetchall()
    dates: dict[datetime, date] = dict(local)
    if rows:
        con.executemany(
            "INSERT INTO pub.main.changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                [
                    row["key"][0], row["key"][2], row["key"][3], stages.get(row["key"][1]), row["key"][1],
                    row["from_at"], row["to_at"], row["now"], row["before"], row["now_count"], row["before_count"],
                    row["difference"],
                    row["low"], row["high"], row["p_value"], row["p_adjusted"], row["survives"],
                    dates[row["since_at"]] if row["survives"] else None, row["is_small"],
                ]
                for row in sorted(rows, key=lambda row: _order(row["key"]))
            ],
        )  # fmt: skip


def _order(key: Key) -> tuple[str, int, str, str]:
    return key[0], key[1] or 0, key[2], key[3]


def _weeks(con: duckdb.DuckDBPyConnection) -> dict[Key, tuple[list[float], list[float]]]:
    """(how many, what happened) by week, the newest first, as many weeks as are known."""
    found = con.execute(
        "SELECT measure, stage_rank, segment, segment_value, weeks, week, n, amount FROM change_weeks "
        "ORDER BY measure, stage_rank, segment, segment_value, week"
    ).fetchall()
    answer: dict[Key, tuple[list[float], list[float]]] = {}
    for key, rows in groupby(found, key=lambda row: (row[0], row[1], row[2], row[3])):
        of_key = list(rows)
        n, amount = [0.0] * of_key[0][4], [0.0] * of_key[0][4]
        for *_, week, count, total in of_key:
            n[week], amount[week] = float(count), float(total)
        answer[key] = n, amount
    return answer


def _medians(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[float, float]]:
    """Segment and value -> the median time to convert of the last 28 days and of the 28 before, as `kpis` has it."""
    rows = con.execute(
        "SELECT segment, segment_value, max(value) FILTER (period = 'last 28 days'), max(value) FILTER (period = "
        "'28 days before') FROM pub.main.kpis WHERE kpi = ? GROUP BY segment, segment_value",
        [MEDIAN],
    ).fetchall()
    return {(segment, value): (now, before) for segment, value, now, before in rows}


def _is_settled(con: duckdb.DuckDBPyConnection, config: Config, as_of: datetime) -> bool:
    """Whether journeys as old as a horizon could be known all through both spans: else times grow with the log."""
    since = con.execute("SELECT max(first_event_at) FROM source_periods").fetchall()[0][0]
    needed = config.journeys.timeout + config.horizon + timedelta(weeks=2 * SPAN)
    return since is not None and as_of - since >= needed


def _outcomes(
    sums: list[tuple[Any, ...]],
    config: Config,
    as_of: datetime,
    weeks: dict[Key, tuple[list[float], list[float]]],
    medians: dict[tuple[str, str], tuple[float, float]],
) -> list[dict[str, Any]]:
    """Shares, means and medians, by customers."""
    told = []
    for row in sums:
        key: Key = row[0], row[1], row[2], row[3]
        now, before = Sums(*row[4:10]), Sums(*row[10:16])
        if now.n == 0 or before.n == 0 or (key[0] == MEDIAN and (key[2], key[3]) not in medians):
            continue
        both = dict(zip(("yy", "yn", "ny", "nn"), row[16:20], strict=True))
        small = min(now.m, before.m) < config.minimum
        moved = _moved(key[0], now, before, both)
        values, limits = (now.mean, before.mean), (moved.low, moved.high) if moved is not None else (None, None)
        if key[0] == MEDIAN:  # tested as shares above the common median; their interval is none of the medians
            values, limits = medians[key[2], key[3]], (None, None)
        lag = timedelta(days=14) if key[0] == "advanced" else timedelta(0)
        until = as_of - (lag if key[0] in ("advanced", "order_value", MEDIAN) else config.horizon)
        since = since_week(*weeks[key]) if key in weeks else SPAN
        p = None if small or moved is None else moved.p_value
        told.append(_row(key, until, *values, int(now.n), int(before.n), small, since, p, *limits))
    return told


def _moved(measure: str, now: Sums, before: Sums, both: dict[str, float]) -> Difference | None:
    if measure == "order_value":
        return moved_mean(now, before, both)
    return moved_share(now, before, both, halves=measure == MEDIAN)


def _volumes(
    sums: list[tuple[Any, ...]], config: Config, as_of: datetime, weeks: dict[Key, tuple[list[float], list[float]]]
) -> list[dict[str, Any]]:
    """Amounts, by what customers did and by how much they usually move."""
    told = []
    for row in sums:
        key: Key = row[0], row[1], row[2], row[3]
        n, amount = weeks[key]
        if len(n) < 2 * SPAN or (key[0] in ("revenue", "new_customers") and key[2] != "all"):
            continue
        counts = int(sum(n[:SPAN])), int(sum(n[SPAN : 2 * SPAN]))
        now, before = Sums(*row[4:10]), Sums(*row[10:16])
        # who comes back as a rule does the same in both spans; still nothing is surer than half of what chance brings
        spread = max(now.yy + before.yy - 2 * row[16], row[20] / 2)
        small = sum(counts) < config.minimum
        p = None if small else moved_volume(amount, spread)
        since = since_week([1.0] * len(amount[: 3 * SPAN]), amount[: 3 * SPAN])
        totals = sum(amount[:SPAN]), sum(amount[SPAN : 2 * SPAN])
        told.append(_row(key, as_of, *totals, *counts, small, since, p, None, None))
    return told


def _row(
    key: Key, until: datetime, now: float, before: float, now_count: int, before_count: int, small: bool, since: int,
    p: float | None, low: float | None, high: float | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "key": key,
        "from_at": until - timedelta(weeks=SPAN),
        "to_at": until,
        "now": twelve_digits(now),
        "before": twelve_digits(before),
        "now_count": now_count,
        "before_count": before_count,
        "difference": twelve_digits(now - before),
        "low": twelve_digits(low),
        "high": twelve_digits(high),
        "p_value": twelve_digits(p),
        "since_at": until - timedelta(weeks=since),
        "is_small": small,
    }
