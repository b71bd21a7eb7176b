"""What the oracle needs to know of a configuration, as plain dataclasses. No reading of files here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.machine import MachineRules

#: One accepted (or not yet judged) event; the keys are listed in README.md.
Event = dict[str, Any]


@dataclass
class Rule:
    """What evidences a stage. `where` is a Python function here and SQL in journey.yaml."""

    events: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    where: Callable[[Event], bool | None] | None = None
    nth: str | int | None = None
    after: list[str] = field(default_factory=list)
    within: timedelta | None = None
    back: bool | None = None


@dataclass
class Stage:
    """One stage of the model, in order; the last is the goal."""

    name: str
    keeps: bool = False
    rules: list[Rule] = field(default_factory=list)


@dataclass
class OracleConfig:
    """The parts of journey.yaml that decide a number."""

    sources: list[str]
    stages: list[Stage]
    dedupe: dict[str, str] = field(default_factory=dict)  # source -> content, occurrence, none
    timezone: str = "UTC"
    unique: list[str] = field(default_factory=lambda: ["user_id", "crm_contact"])
    contact: list[str] = field(default_factory=lambda: ["email", "phone"])
    shared: list[str] = field(default_factory=list)
    max_people: int = 5
    ignore: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)  # globs; `exclude_customers`
    session_timeout: timedelta = timedelta(minutes=30)
    max_length: timedelta = timedelta(hours=24)
    midnight: bool = False
    campaign: bool = False
    by: str = "customer"
    key_events: list[str] = field(default_factory=list)
    journey_timeout: timedelta = timedelta(days=90)
    horizon: timedelta | None = None
    lost: list[str] = field(default_factory=lambda: ["deal_lost", "lead_disqualified", "subscription_cancelled"])
    machine: MachineRules = field(default_factory=MachineRules)
    minimum: int = 30
    max_clock_skew: timedelta = timedelta(hours=24)
    clock: datetime = datetime(2026, 11, 1)  # naive UTC; the run's clock
    as_of: datetime | None = None  # naive UTC; the moment given

    @property
    def goal(self) -> int:
        """Index of the goal stage: "the last is its goal"."""
        return len(self.stages) - 1

    @property
    def mature_after(self) -> timedelta:
        """The horizon: "default timeout + 30 days"."""
        return self.horizon if self.horizon is not None else self.journey_timeout + timedelta(days=30)
