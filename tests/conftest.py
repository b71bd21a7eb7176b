"""Fixtures that several tests share: the sample, run through the whole pipeline once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

# No test has a time limit: machines differ, and so does what else they do.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SAMPLE = Path(__file__).parent.parent / "data" / "sample"


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], str]) -> str:
    """What `make` answers for a new folder; with several workers the first one makes it, the others wait for it.

    Args:
        factory: Where the folder goes.
        name: Of the folder; the same name is the same thing.
        make: Fills the folder, and answers with a text.
    """
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    done = shared / f"{name}.done"
    with FileLock(shared / f"{name}.lock"):
        if not done.exists():
            shutil.rmtree(shared / name, ignore_errors=True)  # of a worker that failed halfway
            done.write_text(make(shared / name), encoding="utf-8")
    return done.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def sample_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published warehouse of data/sample, made in a copy so that the checkout stays clean."""
    from tests.harness import run_pipeline  # here, so that tests without a pipeline start without Dagster

    def run(folder: Path) -> str:
        shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("warehouse", "report"))
        return str(run_pipeline(folder / "journey.yaml"))

    return Path(once(tmp_path_factory, "sample", run))
