"""Arguments that several commands share, and how they are read."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from journey_analytics.errors import ConfigError, Problem

if TYPE_CHECKING:  # pydantic and the schema take half of the time of `journey --help`
    from journey_analytics.config.model import Config

DEFAULT_CONFIG = "journey.yaml"


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add `--config`."""
    parser.add_argument("--config", metavar="FILE", help=f"the configuration (default: ./{DEFAULT_CONFIG})")


def config_path(given: str | None) -> Path:
    """The configuration file to use.

    Raises:
        ConfigError: If there is no such file.
    """
    path = Path(given or DEFAULT_CONFIG)
    if not path.is_file():
        remedy = (
            "Name an existing file."
            if given
            else "Go to the folder of your journey.yaml, name one with --config FILE, or make a sample to start from: "
            "journey sample DIR."
        )
        raise ConfigError(Problem("no such file", file=str(path), remedy=remedy))
    return path.resolve()


def load(given: str | None) -> Config:
    """Read the configuration that `--config` names."""
    path = config_path(given)
    from journey_analytics.config.load import load_config

    return load_config(path)


def moment(text: str, timezone: str) -> datetime:
    """A moment as people write it: ISO 8601, without an offset in the reporting time zone.

    Raises:
        ConfigError: If the text is no moment.
    """
    try:
        value = datetime.fromisoformat(text)
        return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)
    except (ValueError, OverflowError):
        remedy = "Write it as 2026-03-31 or 2026-03-31T23:59:59+02:00."
        raise ConfigError(Problem(f"{text!r} is no moment", key="--as-of", remedy=remedy)) from None
