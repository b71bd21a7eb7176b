"""What the page knows: the rows of the published tables as typed records, and nothing derived beyond sums.

How they are read stands in `queries`; how they are worded in `words`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from journey_analytics.presentation.marts import Marts

START, COMPLETED, DROPPED, OPEN = "(start)", "(completed)", "(dropped)", "(open)"


@dataclass(frozen=True)
class DropOff:
    """One row of `drop_off`: a stage within one value of one segment."""

    segment: str
    value: str | None
    stage: str
    rank: int
    reached: int
    advanced: int
    dropped: int
    open: int
    mature_reached: int
    mature_advanced: int
    mature_dropped: int
    rate: float | None
    low: float | None
    high: float | None
    small: bool
    customers: int
    seconds_to_advance: float | None

    @property
    def judged(self) -> int:
        """Mature journeys that are not open any more: the denominator of the rate."""
        return self.mature_advanced + self.mature_dropped

    @property
    def mature_open(self) -> int:
        """Journeys old enough to be judged that are still open here."""
        return self.mature_reached - self.judged


@dataclass(frozen=True)
class Move:
    """One row of `transitions`."""

    source: str
    target: str
    times: int
    journeys: int
    probability: float | None
    median_seconds: float | None


@dataclass(frozen=True)
class PingPong:
    """Journeys that went from one stage to another and straight back."""

    stage: str
    other: str
    times: int
    journeys: int


@dataclass(frozen=True)
class InputFile:
    """One row of `files`."""

    source: str
    file: str
    role: str
    rows: int
    accepted: int
    duplicate: int
    rejected: int
    ignored: int
    events: int
    first_event_at: datetime | None
    last_event_at: datetime | None
    ignored_reasons: dict[str, int] | None = None  # why rows were ignored; None: the warehouse does not say
    flags: list[str] | None = None  # e.g. mixed_epoch_units


@dataclass(frozen=True)
class Rejects:
    """How many rows of a source were rejected for one reason."""

    source: str
    reason: str
    rows: int


@dataclass(frozen=True)
class RejectedRow:
    """One rejected row, as an example."""

    source: str
    file: str
    line: int | None
    reason: str
    detail: str | None
    raw: str | None


@dataclass(frozen=True)
class Silence:
    """A source whose last event is longer ago than is usual for it."""

    source: str
    last_event_at: datetime
    days: int
    usual_days: int


@dataclass(frozen=True)
class Run:
    """The run that published the warehouse. Times are UTC."""

    run_id: str
    started_at: datetime | None
    finished_at: datetime | None
    as_of: datetime | None
    config_hash: str | None
    model: str | None  # the stage model and its version
    engine: str | None
    rows_read: int | None
    timezone: str | None = None  # newer warehouses say; None: dates are shown in UTC
    currency: str | None = None  # None: none is configured, amounts stand without one
    recomputed_customers: int | None = None  # None: all were
    rebuilt_because: str | None = None  # why all were computed


@dataclass(frozen=True)
class Totals:
    """The counts of the whole warehouse."""

    customers: int
    reached_out_to: int
    journeys: int
    completed: int
    dropped: int
    open: int
    sessions: int
    events: int
    first_event_at: datetime | None
    last_event_at: datetime | None
    unobserved_starts: int


@dataclass(frozen=True)
class Facts:
    """Everything one page is written from: one published version of the warehouse."""

    run: Run | None
    totals: Totals
    drop_off: list[DropOff] = field(default_factory=list)  # by segment, value, stage rank
    moves: list[Move] = field(default_factory=list)  # of all journeys
    ping_pongs: list[PingPong] = field(default_factory=list)
    files: list[InputFile] = field(default_factory=list)
    rejects: list[Rejects] = field(default_factory=list)
    examples: list[RejectedRow] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    marts: Marts = field(default_factory=Marts)

    @property
    def overall(self) -> list[DropOff]:
        """The stages over all journeys, in the order of the model."""
        return [row for row in self.drop_off if row.segment == "all"]
