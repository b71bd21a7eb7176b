"""What the command loads before it is asked for anything: `journey --help` is the first thing that people try."""

from __future__ import annotations

import subprocess
import sys

_HEAVY = ("dagster", "duckdb", "networkx", "numpy", "plotly", "polars", "pyarrow", "pydantic", "scipy", "sqlglot")


def test_help_loads_no_library_that_it_does_not_need() -> None:
    code = f"""
import sys
from journey_analytics.cli.main import main
try:
    main(["--help"])
except SystemExit:
    pass
print([name for name in {_HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "COMMAND" in found.stdout
    assert found.stderr.strip() == "[]"


def test_a_run_loads_no_library_for_a_few_functions_of_it() -> None:
    code = (
        "import sys, pipelines.run, journey_analytics.engine.changes, journey_analytics.engine.period_comparisons, "
        "journey_analytics.engine.attribution, journey_analytics.presentation.report\n"
        "print([name for name in ('scipy.stats', 'pandas', 'matplotlib') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
