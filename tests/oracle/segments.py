"""Segments of journeys: name -> value -> journeys. A cohort differs by stage, so it takes the stage."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.config import Event, OracleConfig
from tests.oracle.journeys import Journey

#: How the published tables write an unknown value.
UNKNOWN = "(unknown)"


def split(journeys: list[Journey]) -> dict[tuple[str, str], list[Journey]]:
    """The whole population, first and later journeys, and devices. "An unknown value is its own segment"."""
    result: dict[tuple[str, str], list[Journey]] = {("all", "all"): list(journeys)}
    for journey in journeys:
        result.setdefault(("journey", "first" if journey.number == 1 else "later"), []).append(journey)
        result.setdefault(("device", journey.device or UNKNOWN), []).append(journey)
    return result


def month(event: Event, config: OracleConfig) -> str:
    """The month of an event in the reporting time zone, as 2026-01."""
    local = event["ordered_at"].replace(tzinfo=UTC).astimezone(ZoneInfo(config.timezone))
    return f"{local:%Y-%m}"


def cohorts(journeys: list[Journey], stage: int, config: OracleConfig) -> dict[str, list[Journey]]:
    """ "a cohort is the period of entry into the stage": of first being at it or beyond."""
    result: dict[str, list[Journey]] = {}
    for journey in journeys:
        entry = journey.first_at_or_beyond(stage)
        if entry is not None:
            result.setdefault(month(entry, config), []).append(journey)
    return result


def device_of(journey: Journey, events: list[Event], sessions: list[dict[str, Any]]) -> str | None:
    """ "A journey's value of an event or session column is that of its first session (else first event) that has
    one".
    """
    inside = {id(event) for event in events}
    for session in sessions:
        if session["device"] is not None and any(id(event) in inside for event in session["events"]):
            return str(session["device"])
    return next((event["device"] for event in events if event["device"] is not None), None)
