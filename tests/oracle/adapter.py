"""From a `journey.yaml` with `table` sources over CSV to oracle input. Only what the tests' own files use."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import yaml

from tests.oracle.config import Event, OracleConfig, Rule, Stage

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

#: The SQL conditions that test configurations may use, each with its meaning in Python.
WHERE: dict[str, Callable[[Event], bool | None]] = {
    "value > 100": lambda e: None if e["value"] is None else e["value"] > 100,
    "value is null": lambda e: e["value"] is None,
    "campaign = 'spring'": lambda e: None if e["campaign"] is None else e["campaign"] == "spring",
}


def duration(text: str) -> timedelta:
    """`30m`, `24h`, `14d`."""
    return timedelta(**{UNITS[text[-1]]: float(text[:-1])})


def listed(value: Any) -> list[Any]:
    """A single entry stands for a list of one."""
    return [] if value is None else value if isinstance(value, list) else [value]


def load_config(raw: dict[str, Any], as_of: str | None, clock: str | None) -> OracleConfig:
    """The configuration as the oracle wants it."""
    sessions, journeys, identity = raw.get("sessions", {}), raw.get("journeys", {}), raw.get("identity", {})
    config = OracleConfig(
        sources=[source["name"] for source in raw["sources"]],
        stages=[_stage(stage) for stage in raw["stages"]],
        dedupe={source["name"]: source.get("dedupe", "content") for source in raw["sources"]},
        timezone=raw.get("timezone", "UTC"),
        key_events=raw.get("key_events", []),
        minimum=raw.get("minimum", 30),
        session_timeout=duration(sessions.get("timeout", "30m")),
        max_length=duration(sessions.get("max_length", "24h")),
        midnight=sessions.get("midnight", False),
        campaign=sessions.get("campaign", False),
        journey_timeout=duration(journeys.get("timeout", "90d")),
        horizon=duration(journeys["horizon"]) if "horizon" in journeys else None,
        as_of=moment(as_of, "UTC")[0] if as_of else None,
    )
    if clock:
        config.clock = moment(clock, "UTC")[0]
    config.by = sessions.get("by", config.by)
    config.excluded = raw.get("exclude_customers", [])
    config.lost = journeys.get("lost", config.lost)
    config.unique = identity.get("unique", config.unique)
    config.shared = identity.get("shared", config.shared)
    config.max_people = identity.get("max_people", config.max_people)
    config.ignore = identity.get("ignore", config.ignore)
    return config


def _stage(raw: dict[str, Any]) -> Stage:
    rules = []
    for rule in raw.get("rules", []):
        rules.append(
            Rule(
                events=listed(rule.get("events")),
                sources=listed(rule.get("sources")),
                channels=listed(rule.get("channels")),
                urls=listed(rule.get("urls")),
                where=WHERE[rule["where"]] if "where" in rule else None,
                nth=rule.get("nth"),
                after=listed(rule.get("after")),
                within=duration(rule["within"]) if "within" in rule else None,
                back=rule.get("back"),
            )
        )
    return Stage(raw["name"], raw.get("keeps", False), rules)


def moment(text: str, timezone: str) -> tuple[datetime, datetime, bool]:
    """A time as (shown, ordered, date_only) in naive UTC."""
    zone = ZoneInfo(timezone)
    if len(text) == 10:
        day = date.fromisoformat(text)
        shown, following = (
            datetime(d.year, d.month, d.day, tzinfo=zone).astimezone(UTC) for d in (day, day + timedelta(days=1))
        )
        return shown.replace(tzinfo=None), (following - timedelta(microseconds=1)).replace(tzinfo=None), True
    at = datetime.fromisoformat(text)
    at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)
    return at, at, False


def load(folder: Path, as_of: str | None = None, clock: str | None = None) -> tuple[list[Event], OracleConfig]:
    """All rows that have a time and an event name, and the configuration."""
    raw = yaml.safe_load((folder / "journey.yaml").read_text(encoding="utf-8"))
    events: list[Event] = []
    for source in raw["sources"]:
        for pattern in listed(source["files"]):
            for path in sorted(folder.glob(pattern)):
                with path.open(encoding="utf-8", newline="") as handle:
                    for line, row in enumerate(csv.DictReader(handle), start=2):
                        place = {"file": path.relative_to(folder).as_posix(), "line": line}
                        # "One row may give several events": a wide export lists them
                        for wide in source.get("events", [None]):
                            event = _event(source, row, wide)
                            if event is not None:
                                events.append(event | place)
    return events, load_config(raw, as_of, clock)


def _event(source: dict[str, Any], row: dict[str, str], wide: dict[str, str] | None) -> Event | None:
    columns: dict[str, str] = source["columns"]
    if wide is not None:
        columns = columns | {"occurred_at": wide["at"]} | ({"value": wide["value"]} if "value" in wide else {})

    def cell(field: str) -> str | None:
        text = (row.get(columns[field]) or "").strip() if field in columns else ""
        return text or None

    at, name = cell("occurred_at"), wide["event"] if wide else cell("event_name")
    event_id, actor = cell("event_id"), cell("actor") or source.get("actor", "customer")
    if wide is not None:
        actor = wide.get("actor", actor)
        event_id = f"{event_id}:{name}" if event_id else None
    if at is None or name is None:
        return None
    shown, ordered, date_only = moment(at, source.get("timezone", "UTC"))
    channel = cell("channel") or source.get("channel")
    received, sequence, value, url = cell("received_at"), cell("sequence"), cell("value"), cell("url")
    kind_of_sessions = source.get("class", channel)
    return {
        "source": source["name"],
        "event_id": event_id,
        "sequence": Decimal(sequence) if sequence else None,
        "occurred_at": shown,
        "ordered_at": ordered,
        "date_only": date_only,
        "received_at": moment(received, "UTC")[0] if received else None,
        "event_name": name,
        "actor": actor,
        "background": False,
        "channel": channel,
        "session_class": kind_of_sessions if kind_of_sessions in ("web", "app") else None,
        "session_key": cell("session_key"),
        "identifiers": [(kind, row.get(column)) for kind, column in source["identifiers"].items()],
        "campaign": cell("utm_campaign"),
        "device": cell("device"),
        "user_agent": cell("user_agent"),
        "url": url,
        "path": urlsplit(url).path if url else None,
        "value": float(value) if value else None,
        "properties": dict(row),
    }
