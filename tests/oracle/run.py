"""From rows to all tables, in the order of semantics.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.oracle.accept import accept, decide_as_of
from tests.oracle.config import Event, OracleConfig
from tests.oracle.drop_off import drop_off, stage_row
from tests.oracle.identity import Identifier, Resolved, resolve
from tests.oracle.journeys import Journey, visits_of, walk
from tests.oracle.progress import stage_progress
from tests.oracle.segments import cohorts, device_of, split
from tests.oracle.sessions import sessions_of
from tests.oracle.text import any_glob
from tests.oracle.transitions import transitions

Row = dict[str, Any]


@dataclass
class Truth:
    """Everything the oracle says. Customers are named by the frozen set of their identifiers."""

    as_of: datetime
    accepted: list[Event]
    duplicates: list[Event]
    rejected: list[tuple[Event, str]]
    excluded: list[Event]  # good events of customers that the configuration leaves out
    identity: Resolved
    events: list[Row]  # one per accepted event: event, customer, session_number, journey_number, stage
    customers: list[Row]
    sessions: list[Row]
    journeys: list[Row]
    stage_visits: list[Row]
    journey_stages: list[Row]
    transitions: list[Row]
    drop_off: list[Row]
    stage_progress: list[Row]
    walked: list[Journey]


def run(rows: list[Event], config: OracleConfig) -> Truth:
    """All tables of one run."""
    accepted, duplicates, rejected = accept(rows, config)
    identity = resolve(accepted, config)
    excluded = _leave_out(identity, accepted, config)
    as_of = decide_as_of(accepted, config)
    source_start: dict[str, datetime] = {}
    for event in accepted:
        source_start[event["source"]] = min(event["ordered_at"], source_start.get(event["source"], datetime.max))
    truth = Truth(as_of, accepted, duplicates, rejected, excluded, identity, [], [], [], [], [], [], [], [], [], [])
    by_customer: dict[frozenset[Identifier], list[Event]] = {}
    for event, customer in zip(accepted, identity.customer, strict=True):
        by_customer.setdefault(customer, []).append(event)
    for customer, history in by_customer.items():
        _one_customer(customer, history, config, source_start, truth)
    for (segment, value), journeys in split(truth.walked).items():
        head = {"segment": segment, "segment_value": value}
        truth.drop_off += [head | row for row in drop_off(journeys, config, as_of)]
        truth.transitions += [head | row for row in transitions(journeys, config)]
        for stage in range(len(config.stages) - 1):  # nobody goes on from the goal
            truth.stage_progress += [head | row for row in stage_progress(stage, journeys, truth.walked, config, as_of)]
    for stage in range(len(config.stages)):
        for value, journeys in cohorts(truth.walked, stage, config).items():
            head = {"segment": "cohort", "segment_value": value}
            truth.drop_off.append(head | stage_row(stage, journeys, config, as_of))
            if stage < len(config.stages) - 1:
                truth.stage_progress += [
                    head | row for row in stage_progress(stage, journeys, truth.walked, config, as_of)
                ]
    return truth


def _leave_out(identity: Resolved, accepted: list[Event], config: OracleConfig) -> list[Event]:
    """Take the events of excluded customers out of the accepted ones: "`ignored` has a reason (... excluded customer)".

    They count for identity, which is what tells whose they are.
    """
    out = [
        any(any_glob(config.excluded, value) for _, value in customer if config.excluded)
        for customer in identity.customer
    ]
    left = [event for event, gone in zip(accepted, out, strict=True) if gone]
    identity.customer = [customer for customer, gone in zip(identity.customer, out, strict=True) if not gone]
    accepted[:] = [event for event, gone in zip(accepted, out, strict=True) if not gone]
    return left


def _one_customer(
    customer: frozenset[Identifier],
    history: list[Event],
    config: OracleConfig,
    source_start: dict[str, datetime],
    truth: Truth,
) -> None:
    # "Events after `as_of` stand in `events` with a customer but without session, journey and stage"
    events = [event for event in history if event["occurred_at"] <= truth.as_of]
    sessions = sessions_of(events, config)
    session_of = {id(event): s["session_number"] for s in sessions for event in s["events"]}
    walked = walk(events, config, truth.as_of, source_start)
    for event in history:
        number, stage = walked.place.get(id(event), (None, None))
        truth.events.append(
            {
                "event": event,
                "customer": customer,
                "session_number": session_of.get(id(event)),
                "journey_number": number,
                "stage": config.stages[stage].name if stage is not None else None,
            }
        )
    for session in sessions:
        truth.sessions.append({"customer": customer} | session)
    for journey in walked.journeys:
        journey.customer = customer
        inside = [event for event in events if walked.place[id(event)][0] == journey.number]
        journey.device = device_of(journey, inside, sessions)
        truth.walked.append(journey)
        truth.journeys.append({"customer": customer} | _journey_row(journey, inside, config))
        truth.stage_visits += [{"customer": customer} | visit for visit in visits_of(journey, config)]
        truth.journey_stages += [
            {"customer": customer} | _stage_of_journey(journey, stage, config) for stage in range(journey.furthest + 1)
        ]
    latest = walked.journeys[-1] if walked.journeys else None
    truth.customers.append(
        {
            "customer": customer,
            "session_count": len(sessions),
            "journey_count": len(walked.journeys),
            # "A customer's outcome is the latest journey's, else `reached_out_to`; `current_stage` its last stage,
            # `furthest_stage` the furthest of all; null without a journey."
            "outcome": latest.outcome if latest else "reached_out_to",
            "current_stage": config.stages[latest.under_way].name if latest else None,
            "furthest_stage": config.stages[max(j.furthest for j in walked.journeys)].name if latest else None,
        }
    )


def _journey_row(journey: Journey, inside: list[Event], config: OracleConfig) -> Row:
    return {
        "journey_number": journey.number,
        "started_at": journey.engagement[0]["occurred_at"],
        "ended_at": journey.last_event["occurred_at"],
        "start_observed": journey.start_observed,
        # "`journeys.event_count` counts all events that bear its id"
        "event_count": len(inside),
        "furthest_stage": config.stages[journey.furthest].name,
        "last_stage": config.stages[journey.under_way].name,
        "outcome": journey.outcome,
        "kept_stage": config.stages[journey.start_stage].name if journey.kept and journey.start_stage else None,
    }


def _stage_of_journey(journey: Journey, stage: int, config: OracleConfig) -> Row:
    """What became of a journey from a stage it reached; `*_at` columns show 00:00 of a date-only value."""
    entry = journey.first_at_or_beyond(stage)
    assert entry is not None
    return {
        "journey": journey.number,
        "stage": config.stages[stage].name,
        "stage_rank": stage + 1,
        "reached_at": entry["occurred_at"],
        "outcome": "advanced" if journey.furthest > stage else journey.outcome,
    }
