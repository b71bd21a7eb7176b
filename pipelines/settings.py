"""Where a pipeline process finds its configuration and its Dagster home, from the environment.

No Dagster here and no reading of `journey.yaml`: this must be cheap, since every code location load does it.
"""

from __future__ import annotations

import os
from pathlib import Path

#: The folder above this package: the checkout, or site-packages in an installed wheel.
ROOT = Path(__file__).resolve().parent.parent

#: Names the `journey.yaml` that Dagster's UI, schedule and sensor run.
CONFIG_VARIABLE = "JOURNEY_CONFIG"


def config_path() -> Path:
    """The configuration of this code location: `JOURNEY_CONFIG`, else the sample of the checkout."""
    return Path(os.environ.get(CONFIG_VARIABLE) or ROOT / "data" / "sample" / "journey.yaml").resolve()


def checkout() -> Path | None:
    """The checkout this package runs from, or None where it is an installed wheel."""
    return ROOT if (ROOT / "dagster.yaml").is_file() and (ROOT / "sql").is_dir() else None
