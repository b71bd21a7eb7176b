"""What tests of the Dagster side share: small projects, Dagster homes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.project import write_project


@pytest.fixture(autouse=True)
def no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dagster's history goes beside the warehouse; a run sets DAGSTER_HOME for what Dagster starts itself."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The `journey.yaml` of a small project."""
    return write_project(tmp_path / "project")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance in a temporary folder."""
    with dg.instance_for_test(temp_dir=str(tmp_path)) as made:
        yield made
