"""journey.yaml and the connectors beside it, on disk."""

from __future__ import annotations

import os
from pathlib import Path

from journey_analytics.guess.guess import Guesses
from journey_analytics.guess.sources import patterns
from journey_analytics.guess.write_yaml import config_text


def write_files(found: Guesses, folder: Path) -> None:
    """Write journey.yaml, and a connector for each table that journey.yaml alone can't describe."""
    absolute = Path(os.path.abspath(folder))
    absolute.mkdir(parents=True, exist_ok=True)
    for guess in found.sources:
        if guess.connector is not None:
            own = absolute / "connectors" / f"{guess.name}.yaml"
            number = 1
            while own.exists() and own.read_text(encoding="utf-8", errors="replace") != guess.connector:
                number += 1  # somebody's own connector is never overwritten
                own = own.with_name(f"{guess.name}_{number}.yaml")
            own.parent.mkdir(exist_ok=True)
            own.write_text(guess.connector, encoding="utf-8")
            guess.keys["connector"] = f"connectors/{own.name}"
    listed = [(guess, patterns(guess.files, absolute)) for guess in found.sources]
    text = config_text(listed, found.left_out, absolute)
    (absolute / "journey.yaml").write_text(text, encoding="utf-8")
