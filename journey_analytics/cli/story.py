"""A customer's history as a text to read: days, sessions, stage changes with the rule that fired, how journeys end."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from journey_analytics.cli.bars import counted, duration, width
from journey_analytics.cli.output import cut, printable

if TYPE_CHECKING:
    from journey_analytics.warehouse import Customer

#: Columns of a name from a log that are told; more of it says little, and some go on for pages.
MOST_OF_A_NAME = 60


def story(customer: Customer, timezone: str, most: int | None) -> str:
    """The events of a customer, day by day, with what they meant.

    Args:
        customer: Whose.
        timezone: The reporting time zone; days are its days.
        most: How many events are told, the newest; None: all.
    """
    zone = ZoneInfo(timezone)
    events = list(customer.events.iter_rows(named=True))
    hidden = 0 if most is None else max(len(events) - most, 0)
    marks = _Marks(customer, events)
    lines: list[str] = []
    day = None
    for place, event in enumerate(events):
        before, after = marks.around(place, event)
        if place < hidden:
            continue
        at = _local(event["occurred_at"], zone)
        if at.date() != day:
            day = at.date()
            lines += ["", f"{at:%A} {at.day} {at:%B %Y}"]
        lines += [f"  {text}" for text in before]
        lines.append(_event(event, at))
        lines += [f"  {text}" for text in after]
    if hidden:
        lines.insert(
            0, f"… {counted(hidden, 'earlier event is', 'earlier events are')} not shown; --all tells everything"
        )
    return "\n".join(part for line in lines for part in fitted(line, 9))


class _Marks:
    """What stands before and after an event: a journey or a session begins, a stage is entered, a journey ends."""

    def __init__(self, customer: Customer, events: list[dict[str, Any]]) -> None:
        self._journeys = {row["journey_id"]: row for row in customer.journeys.iter_rows(named=True)}
        self._sessions = {row["session_id"]: row for row in customer.sessions.iter_rows(named=True)}
        self._visits: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for row in customer.stage_visits.iter_rows(named=True):
            self._visits[row["journey_id"]].append(row)
        self._last = {event.get("journey_id"): place for place, event in enumerate(events)}
        self._seen: set[Any] = set()

    def around(self, place: int, event: dict[str, Any]) -> tuple[list[str], list[str]]:
        """The lines before and after an event; to be asked once of each, in order."""
        journey_id, session_id = event.get("journey_id"), event.get("session_id")
        journey = self._journeys.get(journey_id)
        before, after = [], []
        if journey is not None and journey_id not in self._seen:
            before.append(f"■ Journey {journey['journey_number']} begins")
        session = self._sessions.get(session_id)
        if session is not None and session_id not in self._seen:
            before.append("┌ " + ", ".join(self._session(session)))
        before += self._stage(journey_id, event)
        if journey is not None and self._last[journey_id] == place:
            after.append(f"■ Journey {journey['journey_number']} {_outcome(journey)}")
        self._seen |= {journey_id, session_id}
        return before, after

    def _stage(self, journey_id: Any, event: dict[str, Any]) -> Iterator[str]:
        """A visit begins at the first event of its moment that bears its stage."""
        waiting = self._visits.get(journey_id)
        if waiting and event["stage"] == waiting[0]["stage"] and event["occurred_at"] >= waiting[0]["entered_at"]:
            visit = waiting.pop(0)
            stayed = duration(visit.get("dwell_seconds"))
            for_long = f", for {stayed}" if stayed else ""
            rule = f", by the rule {visit['rule']}" if visit["rule"] is not None else ", no rule of its own"
            yield f"▶ Stage {visit['stage']}{for_long}{rule}"

    @staticmethod
    def _session(session: dict[str, Any]) -> Iterator[str]:
        yield f"Session {session['session_number']}"
        for name in ("channel_group", "campaign", "device"):
            if session.get(name) is not None:
                yield str(session[name])
        yield counted(session["event_count"], "event", "events")
        if session["ended_at"] > session["started_at"]:
            yield duration((session["ended_at"] - session["started_at"]).total_seconds())


def _outcome(journey: dict[str, Any]) -> str:
    lasted = duration((journey["ended_at"] - journey["started_at"]).total_seconds())
    how = {
        "completed": "is completed",
        "dropped": "is dropped, by the lost event" if journey.get("is_lost") else "is dropped: nothing followed",
        "open": "is still open",
    }[journey["outcome"]]
    last = f"last stage {journey['last_stage']}"
    furthest = "" if journey["furthest_stage"] == journey["last_stage"] else f", furthest {journey['furthest_stage']}"
    return f"{how} ({last}{furthest}, {lasted} from first to last)"


def _event(event: dict[str, Any], at: datetime) -> str:
    clock = "     " if "date_only" in (event.get("flags") or ()) else f"{at:%H:%M}"
    who = "" if event.get("actor") in (None, "customer") else f" ({event['actor']})"
    facts = [cut(event["event_name"], MOST_OF_A_NAME) + who, event.get("channel") or event["source"]]
    if event.get("value") is not None:
        facts.append(f"{event['value']:,.2f} {event.get('currency') or ''}".strip())
    facts += [cut(str(event[name]), MOST_OF_A_NAME) for name in ("path", "campaign") if event.get(name)]
    return f"  {clock}  " + "  ".join(facts)


def fitted(line: str, indent: int) -> list[str]:
    """The line without what a terminal would obey, wrapped where it is wider than the terminal."""
    clean = printable(line).replace("\n", " ")
    return textwrap.wrap(clean, width(), subsequent_indent=" " * indent, drop_whitespace=True) or [""]


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(zone)
