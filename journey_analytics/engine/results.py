"""What steps, checks and runs say of themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from journey_analytics.errors import Problem


@dataclass(frozen=True)
class StepResult:
    """What a step did.

    Attributes:
        step: Its name.
        rows: Rows of its table; None where it makes none.
        seconds: Wall time.
        columns: (name, type, comment) of its table.
    """

    step: str
    rows: int | None
    seconds: float
    columns: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class CheckResult:
    """What a check found: the number of violations and the first few."""

    check: str
    passed: bool
    violations: int
    sample: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class RunSummary:
    """What a run read and made."""

    run_id: str
    rows: int
    accepted: int
    duplicate: int
    rejected: int
    ignored: int
    events: int
    customers: int
    sessions: int
    journeys: int
    stage_visits: int
    seconds: float
    warehouse: Path
    report: Path | None
    warnings: list[str]
    recomputed: int | None = None  # customers; None: all, and `rebuilt_because` says why
    rebuilt_because: str | None = None


def failed_check(result: CheckResult) -> Problem:
    """A failed check as a message for people."""
    example = f", for example {result.sample[0]}" if result.sample else ""
    return Problem(
        f"check {result.check} failed: {result.violations} violation(s){example}",
        remedy="Nothing was published; the last published warehouse stands. Report this with the check's name.",
    )
