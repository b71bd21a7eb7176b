"""One customer's journeys, the stage of every event, and stage visits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.oracle.config import Event, OracleConfig
from tests.oracle.rules import Evidence, evidence_of
from tests.oracle.text import seconds_between


@dataclass
class Journey:
    """One journey while it is walked, and what is asked of it afterwards."""

    number: int
    start_stage: int
    kept: bool  # the start stage was kept from the journey before
    engagement: list[Event] = field(default_factory=list)
    stages: list[int] = field(default_factory=list)  # of each engagement
    rules: list[int | None] = field(default_factory=list)  # of each engagement, null where carried
    lost: Event | None = None
    background: list[Event] = field(default_factory=list)
    outcome: str = ""
    start_observed: bool = True
    customer: Any = None
    device: str | None = None

    @property
    def under_way(self) -> int:
        """The stage under way at the end of what was walked so far."""
        return self.stages[-1] if self.stages else self.start_stage

    @property
    def last_event(self) -> Event:
        """ "to its last [engagement] or its `lost` event, `ended_at`"."""
        return self.lost if self.lost is not None else self.engagement[-1]

    @property
    def furthest(self) -> int:
        """The furthest stage reached: "A kept start stage counts as reached"."""
        return max([*self.stages, *([self.start_stage] if self.kept else [])])

    def first_at_or_beyond(self, stage: int) -> Event | None:
        """The engagement with which the journey was first at this stage or beyond."""
        if self.kept and self.start_stage >= stage:
            return self.engagement[0]
        for event, at in zip(self.engagement, self.stages, strict=True):
            if at >= stage:
                return event
        return None


@dataclass
class Walked:
    """One customer's history after the walk: journeys, and (journey number, stage) of each event."""

    journeys: list[Journey]
    place: dict[int, tuple[int | None, int | None]]  # id(event) -> (journey number, stage index)


def walk(events: list[Event], config: OracleConfig, as_of: datetime, source_start: dict[str, datetime]) -> Walked:
    """Walk one customer's events (in the total order, none after as_of)."""
    journeys: list[Journey] = []
    background: list[Event] = []
    for event, evidence in zip(events, evidence_of(events, config), strict=True):
        current = journeys[-1] if journeys else None
        if event["event_name"] in config.lost and not event["background"]:
            # "A `lost` event, whoever acted, is the last event of the journey whose last engagement is at most
            # the timeout before it; ... where none is under way it is a background event."
            if current is not None and _under_way(current, event, config):
                current.lost = event
            else:
                background.append(event)
        elif _is_engagement(event, evidence):
            # "a maximal run of one customer's engagement without a silence longer than the journey timeout
            # (90 days) and without a `lost` event inside"
            if current is None or not _under_way(current, event, config):
                current = _open(journeys, config)
            _take(current, event, evidence)
        else:
            background.append(event)
    order = {id(event): number for number, event in enumerate(events)}
    place: dict[int, tuple[int | None, int | None]] = {}
    for journey in journeys:
        for event, stage in zip(journey.engagement, journey.stages, strict=True):
            place[id(event)] = (journey.number, stage)
        if journey.lost is not None:
            place[id(journey.lost)] = (journey.number, journey.under_way)
        journey.outcome = _outcome(journey, config, as_of)
        # "`start_observed` is judged by the source of the first engagement, false when at most the timeout after
        # that source's first event"
        first = journey.engagement[0]
        journey.start_observed = first["ordered_at"] - source_start[first["source"]] > config.journey_timeout
    for event in background:
        home = _home(event, journeys, config)
        if home is None:
            place[id(event)] = (None, None)  # "in no journey null"
        else:
            home.background.append(event)
            place[id(event)] = (home.number, _stage_at(event, home, order))
    return Walked(journeys, place)


def _is_engagement(event: Event, evidence: Evidence | None) -> bool:
    """ "*Engagement* is a `customer` event, or a `company` event that evidences a stage"."""
    if event["background"]:
        return False
    return event["actor"] == "customer" or (event["actor"] == "company" and evidence is not None)


def _under_way(journey: Journey, event: Event, config: OracleConfig) -> bool:
    silence = event["ordered_at"] - journey.engagement[-1]["ordered_at"]
    return journey.lost is None and silence <= config.journey_timeout


def _open(journeys: list[Journey], config: OracleConfig) -> Journey:
    """ "The first journey starts in the first stage ...; a later one starts in the stage under way at the end of
    the one before if that stage is marked `keeps` ..., else in the first stage".
    """
    before = journeys[-1] if journeys else None
    kept = before is not None and config.stages[before.under_way].keeps
    start = before.under_way if before is not None and kept else 0
    journeys.append(Journey(len(journeys) + 1, start, kept))
    return journeys[-1]


def _take(journey: Journey, event: Event, evidence: Evidence | None) -> None:
    """Give one engagement its stage."""
    under_way = journey.under_way
    # "One that matches none belongs to the stage under way."
    stage, rule = under_way, None
    # "`back: false`: it only moves forward; if the stage under way ranks higher, the event belongs to that one"
    if evidence is not None and (evidence.back or evidence.stage >= under_way):
        stage, rule = evidence.stage, evidence.rule
    journey.engagement.append(event)
    journey.stages.append(stage)
    journey.rules.append(rule)


def _outcome(journey: Journey, config: OracleConfig, as_of: datetime) -> str:
    """ "*Completed*: the journey reached the goal stage, from that moment, whatever follows. *Dropped*: it did not,
    and a `lost` event ended it, or `as_of` is more than the timeout after its last engagement. *Open*: neither."
    """
    if journey.furthest == config.goal:
        return "completed"
    silent = as_of - journey.engagement[-1]["ordered_at"] > config.journey_timeout
    return "dropped" if journey.lost is not None or silent else "open"


def _home(event: Event, journeys: list[Journey], config: OracleConfig) -> Journey | None:
    """The journey of a background event."""
    at = event["ordered_at"]
    # "a background event with a time between, ends included, falls in"; "at the very end of one journey and
    # start of the next belongs to the earlier"
    for journey in journeys:
        if journey.engagement[0]["ordered_at"] <= at <= journey.last_event["ordered_at"]:
            return journey
    # "else to the next one if within the timeout before it"
    for journey in journeys:
        if at < journey.engagement[0]["ordered_at"]:
            if journey.engagement[0]["ordered_at"] - at <= config.journey_timeout:
                return journey
            break
    # "else to the earlier one if within the timeout after it; else to none"
    for journey in reversed(journeys):
        if journey.last_event["ordered_at"] < at:
            return journey if at - journey.last_event["ordered_at"] <= config.journey_timeout else None
    return None


def _stage_at(event: Event, journey: Journey, order: dict[int, int]) -> int:
    """ "Its stage is the one under way." "Before the first engagement its stage is the start stage"."""
    stage = journey.start_stage
    for engagement, at in zip(journey.engagement, journey.stages, strict=True):
        if order[id(engagement)] < order[id(event)]:
            stage = at
    return stage


def visits_of(journey: Journey, config: OracleConfig) -> list[dict[str, Any]]:
    """ "A *stage visit* is a maximal run of consecutive engagement of one journey in the same stage."""
    runs: list[list[int]] = []
    for position in range(len(journey.engagement)):
        if runs and journey.stages[runs[-1][0]] == journey.stages[position]:
            runs[-1].append(position)
        else:
            runs.append([position])
    visits = []
    for number, run in enumerate(runs):
        first, last = journey.engagement[run[0]], journey.engagement[run[-1]]
        following = journey.engagement[runs[number + 1][0]] if number + 1 < len(runs) else None
        stage = journey.stages[run[0]]
        visits.append(
            {
                "journey_number": journey.number,
                "visit_number": number + 1,
                "stage": config.stages[stage].name,
                "stage_rank": stage + 1,
                "entered_at": first["occurred_at"],
                # "The last visit has null left_at, dwell_seconds and next_stage."
                "left_at": following["occurred_at"] if following else None,
                # "Dwell: from a visit's first event to the next visit's first event."
                "dwell_seconds": seconds_between(first, following) if following else None,
                "observed_seconds": seconds_between(first, last),
                "event_count": len(run),
                "rule": journey.rules[run[0]],
                "next_stage": config.stages[journey.stages[runs[number + 1][0]]].name if following else None,
            }
        )
    return visits
