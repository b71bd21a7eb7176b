"""`journey customer`: one customer's story."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from journey_analytics.cli.bars import counted
from journey_analytics.cli.options import add_config, load
from journey_analytics.cli.output import Output, cut
from journey_analytics.cli.story import MOST_OF_A_NAME, fitted, story

if TYPE_CHECKING:
    from journey_analytics.warehouse import Customer

#: Events that are told unless all are asked for.
MOST = 200
HELP = "one customer's story: events by day, sessions, stages with the rule, outcome"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("identifier", metavar="IDENTIFIER", help="a customer id, or any identifier seen in the logs")
    parser.add_argument("--all", action="store_true", help=f"tell all events, not the newest {MOST}")
    add_config(parser)


def execute(options: argparse.Namespace, out: Output) -> int:
    """Print the timeline of whoever the identifier belongs to."""
    config = load(options.config)
    from journey_analytics.warehouse import Warehouse

    with Warehouse(config.warehouse_folder / "journeys.duckdb") as warehouse:
        customer = warehouse.customer(options.identifier)
    out.answer(_data(customer), _text(customer, config.timezone, None if options.all else MOST))
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


def _text(customer: Customer, timezone: str, most: int | None) -> str:
    summary = customer.summary
    facts = [
        ("customer", str(customer.customer_id)),
        (
            "known as",
            ", ".join(
                f"{kind}:{cut(name, MOST_OF_A_NAME)}"
                for kind, name in customer.identifiers.select("kind", "identifier").rows()
            ),
        ),
        ("stage", _stage(summary)),
        ("outcome", str(summary.get("outcome")).replace("_", " ")),
        ("in all", _counts(customer)),
    ]
    facts.append(("times", f"of {timezone}"))
    heads = [line for name, text in facts if text for line in fitted(f"  {name.ljust(8)}  {text}", 12)]
    return "\n".join([*heads, story(customer, timezone, most)])


def _stage(summary: dict[str, Any]) -> str:
    current, furthest = summary.get("current_stage"), summary.get("furthest_stage")
    if current is None:
        return "none: reached out to, never engaged"
    return str(current) if current == furthest else f"{current}, furthest {furthest}"


def _counts(customer: Customer) -> str:
    parts = [
        counted(customer.events.height, "event", "events"),
        counted(customer.sessions.height, "session", "sessions"),
        counted(customer.journeys.height, "journey", "journeys"),
    ]
    return ", ".join(parts)
