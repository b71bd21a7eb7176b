"""Customer journeys from logs: the library. It knows nothing of Dagster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journey_analytics.version import __version__

if TYPE_CHECKING:
    from journey_analytics.channels.groups import channel_groups
    from journey_analytics.warehouse import Warehouse

__all__ = ["Warehouse", "__version__", "channel_groups"]


def __getattr__(name: str) -> object:
    # Warehouse brings polars and networkx: half a second that `journey --help` and the engine need not pay.
    if name == "Warehouse":
        from journey_analytics.warehouse import Warehouse

        return Warehouse
    if name == "channel_groups":
        from journey_analytics.channels.groups import channel_groups

        return channel_groups
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
