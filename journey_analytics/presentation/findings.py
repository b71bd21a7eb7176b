"""Records of the tables that name what stands out: contrasts, weeks, turns; and the steps of configured funnels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Contrast:
    """One row of `contrasts` that survives: a group's drop-off rate beside that of all others."""

    segment: str
    value: str
    stage: str
    rate: float
    judged: int
    rest_rate: float
    rest_judged: int
    low: float
    high: float
    p_adjusted: float


@dataclass(frozen=True)
class Week:
    """One row of `pain_weeks` that survives: a week in which far more customers than usual met a pain."""

    event: str
    pain: str
    segment: str
    value: str
    week: date
    customers: int
    usual: float
    others: int
    p_adjusted: float


@dataclass(frozen=True)
class Turn:
    """One row of `turns`: moves back, or there and straight back, and what became of those who made them."""

    turn: str
    source: str
    target: str
    judged_stage: str
    times: int
    journeys: int
    judged_with: int
    advance_with: float | None
    with_low: float | None
    with_high: float | None
    judged_without: int
    advance_without: float | None
    without_low: float | None
    without_high: float | None
    small: bool


@dataclass(frozen=True)
class Credit:
    """One row of `attribution`."""

    model: str
    channel: str
    conversions: float
    value: float | None
    share: float
    low: float | None
    high: float | None
    customers: int
    small: bool


@dataclass(frozen=True)
class FunnelStep:
    """One row of `funnel_steps`."""

    funnel: str
    segment: str
    value: str
    step: int
    name: str
    customers: int
    from_start: float | None
    from_previous: float | None
    dropped: int
    open: int
    median_seconds: float | None
