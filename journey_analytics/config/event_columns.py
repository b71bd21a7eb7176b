"""The columns of an event that a condition in journey.yaml may name: what is known before identity and stages are."""

from __future__ import annotations

#: Column -> DuckDB type, in the order in which the models hand them to a rule.
CONDITION_COLUMNS: dict[str, str] = {
    "source": "VARCHAR",
    "event_name": "VARCHAR",
    "actor": "VARCHAR",
    "occurred_at": "TIMESTAMP",
    "event_id": "VARCHAR",
    "channel": "VARCHAR",
    "account_id": "VARCHAR",
    "url": "VARCHAR",
    "path": "VARCHAR",
    "referrer": "VARCHAR",
    "utm_source": "VARCHAR",
    "utm_medium": "VARCHAR",
    "utm_campaign": "VARCHAR",
    "value": "DOUBLE",
    "currency": "VARCHAR",
    "user_agent": "VARCHAR",
    "device": "VARCHAR",
    "country": "VARCHAR",
    "properties": "JSON",
    "campaign": "VARCHAR",
}

#: Column -> DuckDB type of the published events, which a funnel's conditions may name.
PUBLISHED_COLUMNS: dict[str, str] = {
    "event_id": "VARCHAR",
    "source": "VARCHAR",
    "channel": "VARCHAR",
    "event_name": "VARCHAR",
    "actor": "VARCHAR",
    "occurred_at": "TIMESTAMP",
    "position": "BIGINT",
    "customer_id": "UUID",
    "account_id": "VARCHAR",
    "session_id": "UUID",
    "journey_id": "UUID",
    "stage": "VARCHAR",
    "channel_group": "VARCHAR",
    "campaign": "VARCHAR",
    "traffic_source": "VARCHAR",
    "traffic_medium": "VARCHAR",
    "url": "VARCHAR",
    "path": "VARCHAR",
    "referrer": "VARCHAR",
    "device": "VARCHAR",
    "browser": "VARCHAR",
    "country": "VARCHAR",
    "value": "DOUBLE",
    "currency": "VARCHAR",
    "received_at": "TIMESTAMP",
    "flags": "VARCHAR[]",
    "properties": "JSON",
}


def where_sql(condition: str) -> str:
    """A rule's condition as the models ask it: true or false, never null.

    TRY: a value that can't be cast makes the condition null, and null does not match.
    """
    return f"coalesce(TRY(({condition}\n)::BOOLEAN), false)"
