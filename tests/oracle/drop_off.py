"""Drop-off by stage for a list of journeys, with counts, mature rate, design effect and interval."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from math import sqrt
from typing import Any

from tests.oracle.config import OracleConfig
from tests.oracle.journeys import Journey
from tests.oracle.text import median, seconds_between

Z = 1.959964


def drop_off(journeys: list[Journey], config: OracleConfig, as_of: datetime) -> list[dict[str, Any]]:
    """ "Every stage has a row."""
    return [stage_row(stage, journeys, config, as_of) for stage in range(len(config.stages))]


def stage_row(stage: int, journeys: list[Journey], config: OracleConfig, as_of: datetime) -> dict[str, Any]:
    """One stage of `drop_off`."""
    # "`reached(S)`: journeys whose furthest stage is S or later."
    reached = [j for j in journeys if j.furthest >= stage]
    row: dict[str, Any] = {
        "stage": config.stages[stage].name,
        "stage_rank": stage + 1,
        "reached": len(reached),
        "customers": len({j.customer for j in reached}),
    }
    if stage == config.goal:
        # "Goal row: advanced = reached, dropped, open, left_from and the mature counts 0, ... rate, interval and
        # is_small null."
        return row | {
            "advanced": len(reached),
            **dict.fromkeys(("dropped", "open", "left_from"), 0),
            **dict.fromkeys(("mature_reached", "mature_advanced", "mature_dropped"), 0),
            **dict.fromkeys(("drop_off_rate", "rate_low", "rate_high", "is_small", "median_seconds_to_advance")),
        }
    advanced = [j for j in reached if j.furthest > stage]
    stopped = [j for j in reached if j.furthest == stage]
    mature = [j for j in reached if is_mature(j, stage, config, as_of)]
    mature_advanced = [j for j in mature if j.furthest > stage]
    mature_dropped = [j for j in mature if j.furthest == stage and j.outcome == "dropped"]
    rate, low, high = rate_with_interval(mature_advanced, mature_dropped)
    return row | {
        "advanced": len(advanced),
        "dropped": sum(j.outcome == "dropped" for j in stopped),
        "open": sum(j.outcome == "open" for j in stopped),
        # "`left_from(S)`: dropped journeys whose *last* visit was S"
        "left_from": sum(j.outcome == "dropped" and j.stages[-1] == stage for j in journeys),
        "mature_reached": len(mature),
        "mature_advanced": len(mature_advanced),
        "mature_dropped": len(mature_dropped),
        "drop_off_rate": rate,
        "rate_low": low,
        "rate_high": high,
        # "`is_small`: mature_advanced + mature_dropped below `minimum`"
        "is_small": len(mature_advanced) + len(mature_dropped) < config.minimum,
        "median_seconds_to_advance": median(times_to_advance(stage, advanced)),
    }


def is_mature(journey: Journey, stage: int, config: OracleConfig, as_of: datetime) -> bool:
    """ "first reached S or beyond at least the horizon ... before `as_of`"; "inclusive at the horizon"."""
    entry = journey.first_at_or_beyond(stage)
    return entry is not None and as_of - entry["ordered_at"] >= config.mature_after


def times_to_advance(stage: int, advanced: list[Journey]) -> list[float]:
    """ "from first at S or beyond to first beyond S, 0 for who skips S, over those who advanced"; journeys whose
    start was not observed stay out.
    """
    times = []
    for journey in advanced:
        entry, beyond = journey.first_at_or_beyond(stage), journey.first_at_or_beyond(stage + 1)
        if not journey.start_observed or entry is None or beyond is None:
            continue
        seconds = seconds_between(entry, beyond)  # 0 where one event is both
        if seconds is not None:
            times.append(seconds)
    return times


def rate_with_interval(
    advanced: list[Journey], dropped: list[Journey]
) -> tuple[float | None, float | None, float | None]:
    """ "drop_off_rate(S) = mature_dropped / (mature_dropped + mature_advanced)", with a 95 % Wilson interval "with p
    and n/deff, z = 1.959964, no continuity correction".
    """
    n = len(advanced) + len(dropped)
    if n == 0:
        return None, None, None
    p = len(dropped) / n
    size = n / design_effect(advanced, dropped)
    middle = (p + Z * Z / (2 * size)) / (1 + Z * Z / size)
    half = Z / (1 + Z * Z / size) * sqrt(p * (1 - p) / size + Z * Z / (4 * size * size))
    return p, middle - half, middle + half


def design_effect(advanced: list[Journey], dropped: list[Journey]) -> float:
    """ "with m customers, n journeys, n_c and y_c per customer, p = y/n: max(1, [m/(m-1) · sum((y_c - p·n_c)²)/n²] /
    [p(1-p)/n]), 1 where p is 0 or 1 or m < 2".
    """
    journeys_of: dict[Any, int] = defaultdict(int)
    dropped_of: dict[Any, int] = defaultdict(int)
    for journey in advanced + dropped:
        journeys_of[journey.customer] += 1
    for journey in dropped:
        dropped_of[journey.customer] += 1
    m, n = len(journeys_of), len(advanced) + len(dropped)
    p = len(dropped) / n
    if len(dropped) in (0, n) or m < 2:
        return 1.0
    squares = sum((dropped_of[c] - p * journeys_of[c]) ** 2 for c in journeys_of)
    return max(1.0, (m / (m - 1) * squares / n**2) / (p * (1 - p) / n))
