"""Customer journeys from logs: the library. It knows nothing of Dagster."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from journey_analytics.version import __version__

if TYPE_CHECKING:
    from journey_analytics.channels.groups import channel_groups
    from journey_analytics.measures.attribute import attribute
    from journey_analytics.measures.compare import compare
    from journey_analytics.measures.event_graph import event_graph
    from journey_analytics.measures.funnel import funnel
    from journey_analytics.measures.resolve import resolve
    from journey_analytics.measures.sessionize import sessionize
    from journey_analytics.warehouse import Warehouse

__all__ = [
    "Warehouse",
    "__version__",
    "attribute",
    "channel_groups",
    "compare",
    "event_graph",
    "funnel",
    "resolve",
    "sessionize",
]

#: Where each public name lives. They bring polars and networkx: half a second that `journey --help` needn't pay.
_HOMES = {
    "Warehouse": "journey_analytics.warehouse",
    "attribute": "journey_analytics.measures.attribute",
    "channel_groups": "journey_analytics.channels.groups",
    "compare": "journey_analytics.measures.compare",
    "event_graph": "journey_analytics.measures.event_graph",
    "funnel": "journey_analytics.measures.funnel",
    "resolve": "journey_analytics.measures.resolve",
    "sessionize": "journey_analytics.measures.sessionize",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
