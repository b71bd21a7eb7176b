"""`journey.yaml` as typed models. What each key means stands in docs/interfaces.md.

No reading of files and no error texts with line numbers here: that is `config.load`.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from journey_analytics.config.durations import parse_duration
from journey_analytics.config.fields import Field as FieldForm
from journey_analytics.config.fields import Rows, Texts
from journey_analytics.config.funnels import Funnel
from journey_analytics.config.rules import Actor, Events
from journey_analytics.config.snapshot import Snapshot

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


class Strict(BaseModel):
    """Unknown keys are errors; values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """One source: where its rows are and how they become events."""

    name: str
    connector: str
    files: Texts = Field(default_factory=list)  # one glob or several, relative to journey.yaml
    streams: dict[str, Texts] = Field(default_factory=dict)  # connector's stream -> globs of the files that are it
    database: str | None = None
    query: str | None = None
    table: str | None = None
    format: Literal["csv", "json", "jsonl", "form", "lines", "parquet"] | None = None  # None: from the content
    delimiter: str | None = None
    header: list[str] = Field(default_factory=list)  # the columns' names, where the file has no row of them
    pattern: str | None = None  # of a text log: a regular expression (RE2) whose named groups are the columns
    channel: str | None = None
    session_class: str | None = Field(default=None, alias="class")  # web and app form sessions
    actor: Actor | None = None
    event: str | None = None  # constant event name
    rows: Rows = Field(default_factory=list)  # paths to the rows inside a JSON document
    columns: dict[str, FieldForm] = Field(default_factory=dict)
    identifiers: dict[str, FieldForm] = Field(default_factory=dict)
    events: Events = Field(default_factory=list)  # a wide export's events, or vendor's name -> ours
    timezone: str | None = None  # of times without an offset; None: the connector's, else UTC
    time_format: str | list[str] | None = None
    dedupe: Literal["content", "occurrence", "none"] | None = None
    mode: Literal["snapshot"] | None = None
    snapshot: Snapshot | None = None
    options: dict[str, Any] = Field(default_factory=dict)  # connector-specific, e.g. lookups' files


class Identity(Strict):
    """Which kinds of identifier there are, and the guards against wrong merges."""

    unique: list[str] = ["user_id", "crm_contact"]
    contact: list[str] = ["email", "phone"]
    shared: list[str] = []
    max_people: int = Field(default=5, ge=1)
    ignore: list[str] = []
    unlink: list[list[str]] = []  # pairs "kind:value" that must not be one person


class Sessions(Strict):
    """How events become sessions."""

    timeout: Duration = timedelta(minutes=30)
    max_length: Duration = timedelta(hours=24)
    midnight: bool = False
    campaign: bool = False
    by: Literal["customer", "device"] = "customer"


class Journeys(Strict):
    """How engagement becomes journeys, and when one is over."""

    timeout: Duration = timedelta(days=90)
    horizon: Duration | None = None  # None: timeout + 30 days
    lost: list[str] = ["deal_lost", "lead_disqualified", "subscription_cancelled"]


class Rule(Strict):
    """What evidences a stage. All keys must hold; entries of a list are alternatives."""

    events: Texts = []
    sources: Texts = []
    channels: Texts = []
    urls: Texts = []
    where: str | None = None
    nth: str | int | None = None
    after: Texts = []
    within: Duration | None = None
    back: bool | None = None  # None: false for the first stage, else true


class Stage(Strict):
    """One stage of the model, in order."""

    name: str
    description: str | None = None  # what the stage is, in people's words, for the journey map
    goal: str | None = None  # what the customer wants to have done at its end
    keeps: bool = False
    rules: list[Rule] = []


class StageModel(Strict):
    """A versioned, ordered list of stages; the last is the goal."""

    name: str
    version: int = 1
    stages: list[Stage]


class ChannelRule(Strict):
    """What gives an event its channel group, asked before the shipped rules.

    All keys must hold; entries of a list are alternatives, globs over the whole value.
    """

    CONDITIONS: ClassVar[tuple[str, ...]] = (
        "traffic_sources",
        "traffic_mediums",
        "campaigns",
        "referrers",
        "click_ids",
        "sources",
        "events",
        "channels",
    )

    channel_group: str = Field(min_length=1)
    traffic_sources: Texts = []  # these five whatever the case
    traffic_mediums: Texts = []
    campaigns: Texts = []
    referrers: Texts = []  # hosts
    click_ids: Texts = []  # names of url parameters
    sources: Texts = []  # the log's, as in stage rules
    events: Texts = []
    channels: Texts = []


class CohortSegment(Strict):
    """Cohorts by the period of entry into the stage."""

    cohort: Literal["day", "week", "month", "quarter", "year"]


class ConditionSegment(Strict):
    """Journeys for which an SQL condition holds, the others, and those of which it can't be told."""

    name: str
    where: str


def _segment_form(value: Any) -> str:
    """Which form of a segment was meant, so that its mistakes are told as that form's."""
    if isinstance(value, ConditionSegment) or (isinstance(value, dict) and {"name", "where"} & set(value)):
        return "ConditionSegment"
    return "CohortSegment" if isinstance(value, CohortSegment | dict) else "str"


Segment = Annotated[
    Annotated[str, Tag("str")]
    | Annotated[CohortSegment, Tag("CohortSegment")]
    | Annotated[ConditionSegment, Tag("ConditionSegment")],
    Discriminator(_segment_form),
]


class Publish(Strict):
    """How the published file stands on disk."""

    mode: str = "0440"


class Resources(Strict):
    """What a run may use of the machine."""

    memory: str | None = None  # DuckDB's default: 80 % of the machine
    threads: int | None = Field(default=None, ge=1, le=1024)  # DuckDB starts as many as it is told
    temp: str | None = None


def _switch(default: Any) -> BeforeValidator:
    """`true` stands for the default and `false` for a rule that is off."""
    return BeforeValidator(lambda value: default if value is True else None if value is False else value)


class LinkBursts(Strict):
    """How many links of one mail, clicked within which time, are no person's."""

    links: int = Field(default=3, ge=2)
    within: Duration = timedelta(seconds=5)


class Machine(Strict):
    """Which rules tell machine activity; each can be switched off with `false`."""

    user_agents: bool = True  # known bots
    privacy_proxies: bool = True  # opens by mail providers' picture proxies
    fast_clicks: Annotated[Duration | None, _switch(timedelta(seconds=5))] = timedelta(seconds=5)
    link_bursts: Annotated[LinkBursts | None, _switch(LinkBursts())] = LinkBursts()


NO_MACHINE_RULES = Machine(user_agents=False, privacy_proxies=False, fast_clicks=None, link_bursts=None)


def _machine(value: Any) -> Any:
    return Machine() if value is True else NO_MACHINE_RULES if value is False else value


def _currency(code: str) -> str:
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise ValueError(f"{code!r} should be the three letters of ISO 4217, such as EUR")
    return code


class Config(Strict):
    """One loaded `journey.yaml`."""

    path: Path  # absolute path of journey.yaml; relative paths inside are relative to its folder
    warehouse: str = "warehouse"
    timezone: str = "UTC"
    currency: Annotated[str, AfterValidator(_currency)] | None = None
    sources: list[Source]
    identity: Identity = Identity()
    exclude_customers: list[str] = []
    sessions: Sessions = Sessions()
    journeys: Journeys = Journeys()
    machine: Annotated[Machine, BeforeValidator(_machine)] = Machine()
    stages: StageModel
    conversions: list[str] = ["order_completed", "deal_won"]  # what a journey's value adds up
    key_events: list[str] = []
    segments: list[Segment] = ["device", "channel_group", CohortSegment(cohort="month")]
    funnels: list[Funnel] = []
    channel_rules: list[ChannelRule] = []
    minimum: int = Field(default=30, ge=1)
    max_clock_skew: Duration = timedelta(hours=24)
    # only customers whose events changed are computed again, where they have at most this share of all events; 0: never
    incremental: float = Field(default=0.25, ge=0, le=1)
    publish: Publish = Publish()
    resources: Resources = Resources()

    @property
    def folder(self) -> Path:
        """The folder that relative paths in the configuration start from."""
        return self.path.parent

    @property
    def warehouse_folder(self) -> Path:
        """The folder of the published warehouse."""
        return self.folder / self.warehouse

    @property
    def state_folder(self) -> Path:
        """What the pipeline keeps between runs: staged files, the identity ledger, the lock."""
        return self.warehouse_folder / ".state"

    @property
    def horizon(self) -> timedelta:
        """The age from which a journey's outcome counts as mature."""
        return self.journeys.horizon or self.journeys.timeout + timedelta(days=30)
