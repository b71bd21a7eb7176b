"""The examples in the public docstrings run, and importing the library brings none of what they need."""

from __future__ import annotations

import doctest
import subprocess
import sys
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["attribute", "event_graph", "funnel", "paths", "resolve", "sessionize"])
def test_examples_run(name: str) -> None:
    found = doctest.testmod(import_module(f"journey_analytics.measures.{name}"))
    assert found.attempted > 0
    assert found.failed == 0


def test_the_library_starts_light() -> None:
    heavy = "'polars', 'networkx', 'scipy', 'duckdb', 'numpy'"
    code = f"import sys, journey_analytics; sys.exit(str([m for m in ({heavy}) if m in sys.modules] or ''))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
