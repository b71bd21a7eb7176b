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


def where_sql(condition: str) -> str:
    """A rule's condition as the models ask it: true or false, never null.

    TRY: a value that can't be cast makes the condition null, and null does not match.
    """
    return f"coalesce(TRY(({condition}\n)::BOOLEAN), false)"
