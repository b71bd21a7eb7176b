"""A small project of its own, and the command `journey` as a process, for tests of whole runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_CONFIG = """\
sources:
  - name: web
    connector: table
    channel: web
    class: web
    files: web/*.csv
    columns: {occurred_at: at, event_name: event, event_id: id}
    identifiers: {user_id: user}
    timezone: UTC
stages:
  - {name: Look, rules: [{events: [page_viewed]}]}
  - {name: Want, rules: [{events: [cart_added]}]}
  - {name: Have, keeps: true, rules: [{events: [order_completed]}]}
"""

#: Three customers: one buys, one leaves a cart and is silent for longer than the timeout, one is still looking.
_ROWS = """\
id,at,user,event
1,2026-01-02T10:00:00Z,ann,page_viewed
2,2026-01-02T10:05:00Z,ann,cart_added
3,2026-01-02T10:09:00Z,ann,order_completed
4,2026-01-05T09:00:00Z,bob,page_viewed
5,2026-01-05T09:01:00Z,bob,cart_added
6,2026-06-01T12:00:00Z,cem,page_viewed
7,not a time,dee,page_viewed
"""


def write_project(folder: Path, config: str = _CONFIG) -> Path:
    """Write a configuration and a log of seven rows, one of them bad.

    Returns:
        The path of `journey.yaml`.
    """
    (folder / "web").mkdir(parents=True)
    (folder / "web" / "a.csv").write_text(_ROWS, encoding="utf-8")
    path = folder / "journey.yaml"
    path.write_text(config, encoding="utf-8")
    return path


def add_rows(folder: Path, name: str, count: int) -> None:
    """Add a file of `count` page views, one customer each."""
    lines = [f"{name}-{i},2026-06-02T12:00:{i % 60:02}Z,{name}{i},page_viewed" for i in range(count)]
    (folder / "web" / f"{name}.csv").write_text("\n".join(["id,at,user,event", *lines, ""]), encoding="utf-8")


def command(*arguments: str, root: Path = ROOT) -> tuple[list[str], dict[str, str]]:
    """The command line and environment of `journey`, with the sources of `root`."""
    environment = {key: value for key, value in os.environ.items() if key not in ("DAGSTER_HOME", "JOURNEY_CONFIG")}
    environment["PYTHONPATH"] = str(root)
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # the checkout stays clean
    return [sys.executable, "-m", "journey_analytics", *arguments], environment


def journey(*arguments: str, folder: Path, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run `journey` in a folder to its end."""
    line, environment = command(*arguments, root=root)
    return _finish(line, folder, environment)


def python(code: str, *arguments: str, folder: Path, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run Python code in a folder to its end, with the sources of `root`."""
    _, environment = command(root=root)
    return _finish([sys.executable, "-c", code, *arguments], folder, environment)


def _finish(line: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        line, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=900, check=False
    )


def begin(code: str, folder: Path, root: Path = ROOT) -> subprocess.Popen[str]:
    """Start Python code in a folder, with the sources of `root`, and leave it running; what it prints can be read."""
    _, environment = command(root=root)
    line = [sys.executable, "-c", code]
    return subprocess.Popen(line, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8")


def start(*arguments: str, folder: Path, root: Path = ROOT) -> subprocess.Popen[bytes]:
    """Start `journey` in a folder and leave it running."""
    line, environment = command(*arguments, root=root)
    return subprocess.Popen(line, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
