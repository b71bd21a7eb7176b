"""Fixtures that several tests share: the sample, run through the whole pipeline once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

# No test has a time limit: machines differ, and so does what else they do.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SAMPLE = Path(__file__).parent.parent / "data" / "sample"


@pytest.fixture(scope="session")
def sample_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published warehouse of data/sample, made in a copy so that the checkout stays clean.

    With several workers the first one runs the pipeline; the others wait for it.
    """
    from tests.harness import run_pipeline  # here, so that tests without a pipeline start without Dagster

    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "sample"
    done = shared / "sample.done"
    with FileLock(shared / "sample.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed halfway
            shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("warehouse", "report"))
            done.write_text(str(run_pipeline(folder / "journey.yaml")))
    return Path(done.read_text())
