"""The published tables and the oracle's truth in one comparable form.

Customers are opaque on both sides, so both name a customer by the rows that are theirs: the sorted
`source:tag` of their events. Equal names for all customers are equal partitions of the events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import Any

import duckdb

from tests.oracle.published import tables
from tests.oracle.run import Truth

Row = dict[str, Any]

#: Table -> the columns that are compared.
COMPARED: dict[str, list[str]] = {
    "events": ["source", "value", "occurred_at", "event_name", "customer", "session", "journey", "stage"],
    "customers": ["customer", "session_count", "journey_count", "outcome", "current_stage", "furthest_stage"],
    "sessions": ["customer", "session_number", "started_at", "ended_at", "event_count", "is_engaged"],
    "journeys": [
        *["customer", "journey_number", "started_at", "ended_at", "start_observed", "event_count"],
        *["furthest_stage", "last_stage", "outcome", "kept_stage"],
    ],
    "stage_visits": [
        *["customer", "journey", "visit_number", "stage", "stage_rank", "entered_at", "left_at"],
        *["dwell_seconds", "observed_seconds", "event_count", "next_stage"],
    ],
    "transitions": [
        *["segment", "segment_value", "from_stage", "to_stage", "transitions", "journeys", "customers"],
        *["probability", "median_seconds", "p90_seconds", "mean_seconds"],
    ],
    "drop_off": [
        *["segment", "segment_value", "stage", "stage_rank", "reached", "advanced", "dropped", "open", "left_from"],
        *["mature_reached", "mature_advanced", "mature_dropped", "drop_off_rate", "rate_low", "rate_high"],
        *["is_small", "customers", "median_seconds_to_advance"],
    ],
    "stage_progress": [
        *["segment", "segment_value", "stage", "day", "at_risk", "advanced_incidence", "advanced_low"],
        *["advanced_high", "dropped_incidence", "dropped_low", "dropped_high"],
    ],
    "identifiers": ["kind", "identifier", "customer"],
    "identity_links": ["left_kind", "left_identifier", "right_kind", "right_identifier", "times_seen", "accepted"],
    "sums": ["source", "accepted", "duplicate", "ignored"],
}
#: The tables of a run that this takes.
ASKED = [*(set(COMPARED) - {"sums"}), "files"]
_SEGMENTS = {
    "transitions": ("all", "journey", "device"),
    "drop_off": ("all", "journey", "device", "cohort"),
    "stage_progress": ("all", "journey", "device", "cohort"),
}
_SUMS = """select source, sum(accepted)::bigint as accepted, sum(duplicate)::bigint as duplicate,
           sum(ignored)::bigint as ignored
           from files where role = 'events' group by source"""


def kiosks_of(truth: Truth) -> set[tuple[str, str]]:
    """Identifiers that link nobody: whose customer they themselves bear is nobody's business."""
    refused = {ends for pair, verdict in truth.identity.links.items() if verdict == "kiosk" for ends in pair}
    return {(kind, value) for kind, value in refused if len(truth.identity.component[kind, value]) == 1}


def of_oracle(truth: Truth) -> dict[str, list[Row]]:
    """The oracle's tables in comparable form."""
    found = {table: [dict(row) for row in rows] for table, rows in tables(truth).items()}
    return _comparable(found, lambda row: row["customer"], kiosks_of(truth))


def of_pipeline(con: duckdb.DuckDBPyConnection, truth: Truth) -> dict[str, list[Row]]:
    """The published tables in comparable form."""
    found = {table: rows_of(con, _SUMS if table == "sums" else f"from {table}") for table in COMPARED}
    journeys = {row["journey_id"]: row["journey_number"] for row in found["journeys"]}
    sessions = {row["session_id"]: row["session_number"] for row in found["sessions"]}
    for row in found["events"]:
        row["session"] = sessions[row["session_id"]] if row["session_id"] is not None else None
    for row in found["events"] + found["stage_visits"]:
        row["journey"] = journeys[row["journey_id"]] if row["journey_id"] is not None else None
    return _comparable(found, lambda row: row["customer_id"], kiosks_of(truth))


def rows_of(con: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    """A query's rows as dicts."""
    result = con.sql(query)
    return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]


def _comparable(
    found: dict[str, list[Row]], customer: Callable[[Row], Hashable], kiosks: set[tuple[str, str]]
) -> dict[str, list[Row]]:
    names: dict[Hashable, list[str]] = defaultdict(list)
    for row in found["events"]:
        names[customer(row)].append(f"{row['source']}:{row['value']:.0f}")
    with_customer = [table for table, columns in COMPARED.items() if "customer" in columns]
    for table in with_customer:
        for row in found[table]:
            row["customer"] = " ".join(sorted(names.get(customer(row), ["nobody"])))
    # A customer without any event of their own may have a row or not; it says nothing.
    found["customers"] = [row for row in found["customers"] if row["customer"] != "nobody"]
    found["identifiers"] = [row for row in found["identifiers"] if (row["kind"], row["identifier"]) not in kiosks]
    for table, segments in _SEGMENTS.items():
        found[table] = [row for row in found[table] if row["segment"] in segments]
    # A cohort belongs to a stage; for the stages that nobody entered in that month a row says nothing.
    found["drop_off"] = [row for row in found["drop_off"] if row["segment"] != "cohort" or row["reached"]]
    for row in found["identity_links"]:
        left, right = sorted((row[f"{side}_kind"], row[f"{side}_identifier"]) for side in ("left", "right"))
        row["left_kind"], row["left_identifier"] = left
        row["right_kind"], row["right_identifier"] = right
    return found
