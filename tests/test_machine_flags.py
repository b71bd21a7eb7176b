"""The published flags of machine activity, from files to `events`; the rules switched off say nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.harness import run_tables

_CASE = Path(__file__).parent / "cases" / "machine_mails"
_BURST, _FAST = ["machine:link_scanner_burst"], ["machine:link_scanner_fast"]
_VENDOR = {"v1": ["machine:vendor"], "v2": ["date_only", "machine:vendor"]}
_RULES = {
    "m2": _FAST,
    **dict.fromkeys(["b2", "b3", "b4"], _BURST),
    "d1": ["machine:privacy_proxy"],
    "e1": ["machine:user_agent"],
}


@pytest.mark.parametrize(("extra", "wanted"), [("", _RULES | _VENDOR), ("machine: false\n", _VENDOR)])
def test_the_rules_stand_in_the_flags(tmp_path: Path, extra: str, wanted: dict[str, list[str]]) -> None:
    folder = tmp_path / "case"
    shutil.copytree(_CASE, folder)
    with (folder / "events.csv").open("a", encoding="utf-8") as file:
        file.write("v1,2025-01-01T12:00:00Z,email_opened,machine,dee,spring,,\n")
        file.write("v2,2025-01-01,email_opened,machine,dee,spring,,\n")
    with (folder / "journey.yaml").open("a", encoding="utf-8") as file:
        file.write(extra)
    with run_tables(folder / "journey.yaml", ["events"], "2025-02-01") as con:
        found = con.sql("select event_id, actor, flags from events").fetchall()
    machines = {event_id: flags for event_id, actor, flags in found if actor == "machine"}
    assert machines == wanted
    assert {flag for _, actor, flags in found if actor != "machine" for flag in flags or ()} == set()
