"""Aalen-Johansen by day for one stage. Readings beyond semantics.md stand in README.md, 17."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import exp, inf, log, sqrt
from typing import Any

from tests.oracle.config import OracleConfig
from tests.oracle.drop_off import design_effect, is_mature
from tests.oracle.journeys import Journey

Z = 1.959964
DAY = timedelta(days=1)


def lived(journey: Journey, stage: int, config: OracleConfig, as_of: datetime) -> tuple[int, str] | None:
    """Whole days from first at S or beyond to what ended it: advanced, dropped or censored.

    "by days since first being at S or beyond (who skips S advances on day 0). A silent drop happens at last
    engagement + timeout, when it becomes known ...; a `lost` one at its event. Neither: censored at `as_of`."
    """
    entry = journey.first_at_or_beyond(stage)
    if entry is None or not journey.start_observed:
        return None
    beyond = journey.first_at_or_beyond(stage + 1)
    if beyond is not None:
        end, what = beyond["ordered_at"], "advanced"
    elif journey.outcome == "dropped" and journey.lost is not None:
        end, what = journey.lost["ordered_at"], "dropped"
    elif journey.outcome == "dropped":
        end, what = journey.engagement[-1]["ordered_at"] + config.journey_timeout, "dropped"
    else:
        end, what = max(as_of, entry["ordered_at"]), "censored"
    return (end - entry["ordered_at"]) // DAY, what


def stage_progress(
    stage: int, journeys: list[Journey], everybody: list[Journey], config: OracleConfig, as_of: datetime
) -> list[dict[str, Any]]:
    """Cumulative incidence of advancing and dropping on each day on which something happens."""
    effect = worth(stage, journeys, config, as_of, config.minimum) or worth(stage, everybody, config, as_of) or 1.0
    times = [found for journey in journeys if (found := lived(journey, stage, config, as_of)) is not None]
    days = sorted({day for day, _ in times})
    rows = []
    steps: list[tuple[int, int, int]] = []  # (at risk, advanced, dropped) of every day so far
    for day in days:
        at_risk = sum(d >= day for d, _ in times)
        steps.append((at_risk, times.count((day, "advanced")), times.count((day, "dropped"))))
        row: dict[str, Any] = {"stage": config.stages[stage].name, "day": day, "at_risk": at_risk}
        for number, what in ((1, "advanced"), (2, "dropped")):
            incidence, variance = aalen_johansen(steps, number)
            low, high = log_log(incidence, variance * effect)
            row |= {f"{what}_incidence": incidence, f"{what}_low": low, f"{what}_high": high}
        rows.append(row)
    return rows


def worth(stage: int, journeys: list[Journey], config: OracleConfig, as_of: datetime, minimum: int = 0) -> float | None:
    """ "of the variance times the design effect of the stage's drop-off rate (of groups under the minimum, and where
    that rate is 0 or 1, of the whole's), taken to the journeys followed: 1 + min(1, (deff - 1)/(j - 1))·(f - 1)".
    """
    mature = [journey for journey in journeys if is_mature(journey, stage, config, as_of)]
    advanced = [journey for journey in mature if journey.furthest > stage]
    dropped = [journey for journey in mature if journey.furthest == stage and journey.outcome == "dropped"]
    if not advanced or not dropped or len(advanced) + len(dropped) < minimum:
        return None
    followed = [journey for journey in journeys if lived(journey, stage, config, as_of) is not None]
    return scaled(
        design_effect(advanced, dropped),
        company([journey.customer for journey in advanced + dropped]),
        company([journey.customer for journey in followed]),
    )


def company(customers: list[Any]) -> float:
    """ "how many journeys of its customer there are among them in the mean over journeys"."""
    return sum(customers.count(customer) for customer in customers) / len(customers) if customers else 0.0


def scaled(effect: float, judged: float, followed: float) -> float:
    """The design effect of the judged journeys, as it would be among those that the curve follows."""
    if judged <= 1 or followed == 0:
        return effect
    return 1 + min(1.0, (effect - 1) / (judged - 1)) * (followed - 1)


def aalen_johansen(steps: list[tuple[int, int, int]], cause: int) -> tuple[float, float]:
    """The estimate and its variance (Aalen's form, the delta method) after the last of the steps."""
    survival_before, survival = [], 1.0
    incidence = [0.0]
    for step in steps:
        survival_before.append(survival)
        incidence.append(incidence[-1] + survival * step[cause] / step[0])
        survival *= 1 - (step[1] + step[2]) / step[0]
    final = incidence[-1]
    variance = 0.0
    for index, step in enumerate(steps):
        at_risk, events, own = step[0], step[1] + step[2], step[cause]
        ahead = final - incidence[index + 1]
        if at_risk > events:
            variance += ahead**2 * events / (at_risk * (at_risk - events))
        variance += survival_before[index] ** 2 * own * (at_risk - own) / at_risk**3
        variance -= 2 * ahead * survival_before[index] * own / at_risk**2
    return final, max(variance, 0.0)


def log_log(estimate: float, variance: float) -> tuple[float | None, float | None]:
    """The 95 % interval on the scale log(-log(1 - F)), which stays within 0 and 1."""
    if estimate <= 1e-12 or estimate >= 1 - 1e-12:  # 0 or 1, but for rounding
        return None, None
    survival = 1 - estimate
    width = Z * sqrt(variance) / (survival * abs(log(survival))) if variance < inf else inf
    return 1 - survival ** exp(-width), 1 - survival ** exp(width)
