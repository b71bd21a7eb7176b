"""Records of the tables that name what stands out: contrasts, weeks, turns; and the steps of configured funnels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


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
class Change:
    """One row of `changes` that survives: a figure of the last 28 days beside that of the 28 before."""

    measure: str
    segment: str
    value: str
    stage: str | None
    now: float
    before: float
    now_count: int
    before_count: int
    low: float | None
    high: float | None
    since: date | None


@dataclass(frozen=True)
class PeriodRow:
    """One row of `period_comparisons`, named as there."""

    period: str
    left_period: str
    right_period: str
    left_to_at: datetime
    left_journeys: int
    right_journeys: int
    left_customers: int
    right_customers: int
    both_customers: int
    measure: str
    stage: str
    age_days: float | None
    left_count: int
    right_count: int
    left_events: int | None
    right_events: int | None
    left_value: float | None
    right_value: float | None
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    p_adjusted: float | None
    survives: bool
    sooner: str | None
    is_small: bool
    note: str | None


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
