"""A small project that has published once, for all tests of what may be wrong with it later."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.bad_input.project import GOOD, publish, write
from tests.conftest import once


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `journey.yaml` of a project that has published once."""

    def make(folder: Path) -> str:
        config = write(folder / "p", {"a.csv": GOOD})
        publish(config).close()
        return str(config)

    return Path(once(tmp_path_factory, "bad_input", make))


@pytest.fixture
def config(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished project, to spoil."""
    shutil.copytree(finished.parent, tmp_path / "p")  # keeps the files' times: they are not read again
    return tmp_path / "p" / "journey.yaml"
