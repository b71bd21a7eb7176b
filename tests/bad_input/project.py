"""A small project with room for bad files, and how it is run: the pipeline itself, without an orchestrator."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from journey_analytics import Warehouse
from tests.harness import run_pipeline

HEAD = "id,at,user,email,event,url\n"
GOOD = HEAD + "1,2026-01-02T10:00:00Z,ann,,page_viewed,\n2,2026-01-02T10:05:00Z,ann,,order_completed,\n"
CONFIG = """\
sources:
  - name: web
    connector: table
    channel: web
    class: web
    files: web/*
    columns: {occurred_at: at, event_name: event, event_id: id, url: url}
    identifiers: {user_id: user, email: email}
stages:
  - {name: Look, rules: [{events: [page_viewed]}]}
  - {name: Have, keeps: true, rules: [{events: [order_completed]}]}
"""
NOBODY = 65534


def write(folder: Path, files: dict[str, str | bytes], config: str = CONFIG) -> Path:
    """Write a project; answers the path of its `journey.yaml`."""
    (folder / "web").mkdir(parents=True)
    for name, content in files.items():
        (folder / "web" / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (folder / "journey.yaml").write_text(config, encoding="utf-8")
    return folder / "journey.yaml"


def publish(config: Path, **options: Any) -> Warehouse:
    """Run the pipeline and open what it published."""
    return Warehouse(run_pipeline(config, **options))


def ask(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    return warehouse.sql(query).fetchall()


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """Without root's right to ignore file modes; the files below the folder go to the other user."""
    if os.geteuid() != 0:
        yield
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    above = [path for path in folder.parents if path.stat().st_uid == 0 and not path.stat().st_mode & 0o001]
    if above:
        for path in above:
            if "pytest" not in path.name and not any("pytest" in part for part in path.parts):
                pytest.skip(f"{path} is closed to other users")
            path.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
