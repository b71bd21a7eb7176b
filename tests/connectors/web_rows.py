"""What the tests of the web connectors share: the vendors' excerpts, staged, and GA4's nested rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from journey_analytics.ingest.staged import Staged
from tests.ingest.staging import project, stage

WEB = Path(__file__).parent.parent / "data" / "vendors" / "web"

#: Connector -> its excerpts.
EXCERPTS: dict[str, list[str]] = {
    "ga4": ["ga4_event_data.csv"],
    "snowplow": ["snowplow_enriched.tsv", "snowplow_enriched.json"],
    "posthog": ["posthog_events.json"],
    "mixpanel": ["mixpanel_event.csv"],
    "amplitude": ["amplitude_event_data.csv"],
    "access_log": ["access.log"],
}


def staged(folder: Path, connector: str, *files: str, **source: Any) -> Staged:
    """Stage files with a connector; the clock is later than every sample."""
    bare: dict[str, Any] = {"columns": {}, "identifiers": {}}
    config = project(folder, {"name": connector, "connector": connector, "files": list(files), **bare, **source})
    return stage(config, clock=datetime(2026, 6, 1))


def ga4(name: str, *, micros: int = 1_714_557_600_000_000, **params: str | int | float) -> dict[str, Any]:
    """A row of GA4's export as BigQuery writes it, whole numbers as text."""
    kinds = {str: "string_value", int: "int_value", float: "double_value"}
    listed = [
        {"key": key, "value": {kinds[type(value)]: str(value) if isinstance(value, int) else value}}
        for key, value in params.items()
    ]
    return {
        "event_date": "20240501",
        "event_timestamp": str(micros),
        "event_name": name,
        "event_params": listed,
        "event_bundle_sequence_id": "7",
        "batch_event_index": "1",
        "user_id": None,
        "user_pseudo_id": "123.456",
        "device": {"category": "mobile"},
        "geo": {"country": "Netherlands"},
        "traffic_source": {"source": "first-ever"},
        "collected_traffic_source": {"manual_source": "news", "manual_medium": "email", "manual_campaign_name": None},
    }
