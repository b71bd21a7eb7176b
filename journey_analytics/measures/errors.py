"""The one error of the calculations: also a `ValueError`, so that it is caught like any wrong argument."""

from __future__ import annotations

from journey_analytics.errors import ConfigError


class MeasureError(ConfigError, ValueError):
    """What was asked makes no sense, or not of this log; the message says what to change."""
