"""One customer's sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.config import Event, OracleConfig
from tests.oracle.text import seconds_between

VIEWS = ("page_viewed", "product_viewed")


def sessions_of(events: list[Event], config: OracleConfig) -> list[dict[str, Any]]:
    """Sessions of one customer's events (in the total order, none after as_of).

    "a maximal run ... whose successive gaps are at most the timeout"; "A run longer than 24 hours is cut every 24 hours
    from its first event"; midnight and campaigns split what is left: "a session *also* ends before an event ...".
    """
    lanes: dict[Any, list[Event]] = {}
    for event in events:
        # "For sources of class `web` or `app`: ... one customer's `customer` events"; "web and app are two
        # classes, each over all its sources"; "Other events have no session."
        if event["session_class"] in ("web", "app") and event["actor"] == "customer":
            lanes.setdefault(_lane(event, config), []).append(event)
    pieces: list[list[Event]] = []
    for lane in lanes.values():
        for run in _runs(lane, config):
            if run[0]["session_key"] is not None:
                pieces.append(run)
                continue
            for piece in _cut(run, config.max_length):
                pieces.extend(_switched(piece, config))
    # "numbers count from 1; `session_number` over all classes"
    place = {id(event): number for number, event in enumerate(events)}
    pieces.sort(key=lambda piece: place[id(piece[0])])
    return [_describe(number, piece, config) for number, piece in enumerate(pieces, start=1)]


def _lane(event: Event, config: OracleConfig) -> Any:
    """What sessions never cross: the class; the source's own session key; with `by: device` the device."""
    if event["session_key"] is not None:
        return ("key", event["session_class"], event["source"], event["session_key"])
    if config.by == "device":
        weak = [(kind, value) for strength, kind, value in event["ids"] if strength == "3 weak"]
        return ("device", event["session_class"], weak[:1])[0:2] + tuple(weak[:1])
    return ("class", event["session_class"])


def _runs(lane: list[Event], config: OracleConfig) -> list[list[Event]]:
    """Maximal runs without too long a gap."""
    runs: list[list[Event]] = []
    for event in lane:
        if runs and not _ends_before(runs[-1], event, config):
            runs[-1].append(event)
        else:
            runs.append([event])
    return runs


def _ends_before(run: list[Event], event: Event, config: OracleConfig) -> bool:
    if event["session_key"] is not None:
        return False
    # "successive gaps are at most the timeout (30 minutes); a gap *strictly greater* starts a new session"
    return bool(event["ordered_at"] - run[-1]["ordered_at"] > config.session_timeout)


def _switched(piece: list[Event], config: OracleConfig) -> list[list[Event]]:
    """A piece of a run, split where a switch asks for it."""
    found: list[list[Event]] = []
    for event in piece:
        if found and not _switch_ends(found[-1], event, config):
            found[-1].append(event)
        else:
            found.append([event])
    return found


def _switch_ends(run: list[Event], event: Event, config: OracleConfig) -> bool:
    if config.midnight and _local_day(event, config) != _local_day(run[-1], config):
        return True
    # "With the campaign switch a session also ends before an event whose campaign differs from the session's last
    # non-empty one."
    earlier = [e["campaign"] for e in run if e["campaign"]]
    return bool(config.campaign and event["campaign"] and earlier and event["campaign"] != earlier[-1])


def _local_day(event: Event, config: OracleConfig) -> Any:
    at: datetime = event["ordered_at"]
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(config.timezone)).date()


def _cut(run: list[Event], max_length: timedelta) -> list[list[Event]]:
    """ "A run longer than 24 hours is cut every 24 hours from its first event."

    "Piece k of a long run holds `first + 24h·k <= t < first + 24h·(k+1)`."
    """
    first = run[0]["ordered_at"]
    if run[-1]["ordered_at"] - first <= max_length:
        return [run]
    pieces: dict[int, list[Event]] = {}
    for event in run:
        pieces.setdefault((event["ordered_at"] - first) // max_length, []).append(event)
    return list(pieces.values())


def _describe(number: int, piece: list[Event], config: OracleConfig) -> dict[str, Any]:
    length = seconds_between(piece[0], piece[-1])
    views = sum(event["event_name"] in VIEWS for event in piece)
    key = any(event["event_name"] in config.key_events for event in piece)
    return {
        "session_number": number,
        "started_at": piece[0]["occurred_at"],
        "ended_at": piece[-1]["occurred_at"],
        "event_count": len(piece),  # "`sessions.event_count` its customer events"
        # "*Engaged*: over 10 s, or a key event, or at least 2 views."
        "is_engaged": (length is not None and length > 10) or key or views >= 2,
        "device": next((event["device"] for event in piece if event["device"] is not None), None),
        "events": piece,
    }
