"""What the ingest tests share: a project in a folder, staged, and its rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from journey_analytics.config.model import Config, Identity, Source, StageModel
from journey_analytics.engine.duck import connect
from journey_analytics.ingest.ingest import ingest
from journey_analytics.ingest.staged import Staged
from journey_analytics.ingest.staged_files import filled, staged_select

CLOCK = datetime(2024, 6, 1, 12)

TABLE: dict[str, Any] = {
    "name": "shop",
    "connector": "table",
    "files": "*.csv",
    "columns": {"occurred_at": "at", "event_name": "event"},
    "identifiers": {"email": "email"},
}


def project(folder: Path, *sources: dict[str, Any], identity: dict[str, Any] | None = None) -> Config:
    """A configuration with the given sources, each over `TABLE`."""
    return Config(
        path=folder / "journey.yaml",
        stages=StageModel(name="none", stages=[]),
        sources=[Source.model_validate({**TABLE, **source}) for source in sources or ({},)],
        identity=Identity(**(identity or {})),
    )


def stage(config: Config, **options: Any) -> Staged:
    """Ingest with the tests' clock."""
    return ingest(config, **{"clock": CLOCK, **options})


def rows(staged: Staged, *columns: str) -> list[Any]:
    """Columns of every staged row, in order of source, file and line; one column: bare values."""
    con = connect()
    found: list[Any] = []
    for file in staged.files:
        if file.parquet:
            paths = [staged.folder / file.parquet]
            whole = staged_select(paths, filled(con, paths))
            found += con.execute(f"SELECT {', '.join(columns)} FROM ({whole}) ORDER BY line, part").fetchall()
    return [row[0] for row in found] if len(columns) == 1 else found


def csv(folder: Path, text: str, *columns: str, name: str = "a.csv", **source: Any) -> list[Any]:
    """Stage one CSV text and return columns of its rows."""
    identity = source.pop("identity", None)
    (folder / name).write_text(text, encoding="utf-8")
    return rows(stage(project(folder, source, identity=identity)), *columns)
