"""The oracle's truth in the form in which cases write the published tables: customers named by identifiers."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from tests.oracle.run import Truth

Row = dict[str, Any]


def tables(truth: Truth) -> dict[str, list[Row]]:
    """Tables with `customer` (the frozen set of identifiers), `journey` and `session` (numbers)."""
    events = []
    for row in truth.events:
        event = row["event"]
        events.append(
            {key: event[key] for key in ("source", "event_id", "occurred_at", "event_name", "actor", "value")}
            | {"customer": row["customer"], "journey": row["journey_number"]}
            | {"session": row["session_number"], "stage": row["stage"]}
        )
    return {
        "events": events,
        "customers": truth.customers,
        "sessions": truth.sessions,
        "journeys": truth.journeys,
        "stage_visits": [visit | {"journey": visit["journey_number"]} for visit in truth.stage_visits],
        "journey_stages": truth.journey_stages,
        "transitions": truth.transitions,
        "drop_off": truth.drop_off,
        "stage_progress": truth.stage_progress,
        "identifiers": _identifiers(truth),
        "identity_links": _links(truth),
        "sums": _sums(truth),
        "rejected_rows": [{"file": e["file"], "line": e["line"], "reason": reason} for e, reason in truth.rejected],
    }


def _identifiers(truth: Truth) -> list[Row]:
    counts = Counter((kind, value) for event in truth.accepted + truth.excluded for _, kind, value in event["ids"])
    return [
        {"kind": kind, "identifier": value, "event_count": counts[kind, value], "customer": component}
        for (kind, value), component in truth.identity.component.items()
    ]


def _links(truth: Truth) -> list[Row]:
    seen: dict[Any, int] = defaultdict(int)
    for event in truth.accepted + truth.excluded:
        ids = sorted(event["ids"])
        for number, (_, *left) in enumerate(ids):
            for _, *right in ids[number + 1 :]:
                seen[tuple(left), tuple(right)] += 1
    return [
        {
            "left_kind": left[0],
            "left_identifier": left[1],
            "right_kind": right[0],
            "right_identifier": right[1],
            "times_seen": seen[left, right],
            "accepted": verdict == "accepted",
        }
        for (left, right), verdict in truth.identity.links.items()
    ]


def _sums(truth: Truth) -> list[Row]:
    # By row and not by event: of a row that gave several, what became of any is told in this order.
    status: dict[tuple[str, str, int], str] = {}
    told = [("rejected", [event for event, _ in truth.rejected]), ("accepted", truth.accepted)]
    for name, events in [*told, ("duplicate", truth.duplicates), ("ignored", truth.excluded)]:
        for event in events:
            status.setdefault((event["source"], event["file"], event["line"]), name)
    count = Counter((source, name) for (source, _, _), name in status.items())
    return [
        {"source": source} | {name: count[source, name] for name in ("accepted", "duplicate", "ignored")}
        for source in sorted({source for source, _, _ in status})
    ]
