"""`journey customer`: one customer's timeline."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from journey_analytics.cli.options import add_config, load
from journey_analytics.cli.output import Output, table

if TYPE_CHECKING:
    import polars as pl

    from journey_analytics.warehouse import Customer

HELP = "one customer's timeline: events, sessions, stage visits with the rule, outcome"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("identifier", metavar="IDENTIFIER", help="a customer id, or any identifier seen in the logs")
    add_config(parser)


def execute(options: argparse.Namespace, out: Output) -> int:
    """Print the timeline of whoever the identifier belongs to."""
    config = load(options.config)
    from journey_analytics.warehouse import Warehouse

    with Warehouse(config.warehouse_folder / "journeys.duckdb") as warehouse:
        customer = warehouse.customer(options.identifier)
    out.answer(_data(customer), _text(customer))
    return 0


def _data(customer: Customer) -> dict[str, Any]:
    return {
        "customer_id": customer.customer_id,
        "summary": customer.summary,
        "identifiers": customer.identifiers.to_dicts(),
        "events": customer.events.to_dicts(),
        "sessions": customer.sessions.to_dicts(),
        "journeys": customer.journeys.to_dicts(),
        "stage_visits": customer.stage_visits.to_dicts(),
    }


def _text(customer: Customer) -> str:
    summary = [(name.replace("_", " "), str(value)) for name, value in customer.summary.items() if value is not None]
    parts = [
        table(summary),
        "Identifiers\n" + _some(customer.identifiers, "kind", "identifier", "event_count"),
        "Journeys (times are UTC)\n"
        + _some(customer.journeys, "journey_number", "started_at", "ended_at", "furthest_stage", "outcome"),
        "Stage visits\n" + _some(customer.stage_visits, "stage", "entered_at", "left_at", "event_count", "rule"),
        "Sessions\n" + _some(customer.sessions, "session_number", "started_at", "event_count", "channel_group"),
        "Events\n" + _some(customer.events, "occurred_at", "source", "event_name", "actor", "stage", "url"),
    ]
    return "\n\n".join(parts)


def _some(frame: pl.DataFrame, *columns: str) -> str:
    """Some columns of a frame as text; times to the second."""
    if frame.is_empty():
        return "  none"
    rows = [[_short(value) for value in row] for row in frame.select(columns).iter_rows()]
    return table(rows, [column.replace("_", " ") for column in columns])


def _short(value: Any) -> Any:
    return value.isoformat(" ", "seconds") if hasattr(value, "isoformat") else value
