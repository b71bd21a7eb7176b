"""Customer ids are state: what later runs on the same warehouse may change about them, and what not.

Here the sides compared are runs of the pipeline, so customers have their ids and not the names of their rows.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness import run_tables
from tests.properties.histories import CLOCK, Project, projects
from tests.properties.test_core import EXAMPLES, FEW

Identifier = tuple[str, str]
SELECTED = settings(FEW, max_examples=max(2, EXAMPLES // 5))


def run(project: Project, folder: Path) -> tuple[dict[Identifier, UUID], list[tuple[Any, ...]]]:
    """Run in a folder that may hold an earlier run: the customer of every identifier, and the accepted links."""
    asked = ["identifiers", "identity_links"]
    with run_tables(project.write(folder), asked, project.as_of, clock=CLOCK.isoformat()) as con:
        found = con.sql("select kind, identifier, customer_id from identifiers").fetchall()
        ends = "left_kind, left_identifier, right_kind, right_identifier"
        links = con.sql(f"select {ends} from identity_links where accepted order by all").fetchall()
    return {(kind, identifier): customer for kind, identifier, customer in found if customer}, links


def people(ids: dict[Identifier, UUID]) -> dict[UUID, set[Identifier]]:
    """The identifiers of each customer."""
    result: dict[UUID, set[Identifier]] = defaultdict(set)
    for identifier, customer in ids.items():
        result[customer].add(identifier)
    return result


def without(project: Project, kept: int) -> Project:
    """The first rows of every file only."""
    files = {name: rows[: max(1, len(rows) * kept // 4)] for name, rows in project.files.items()}
    return Project(project.config, files, project.as_of)


@SELECTED
@given(projects(), st.integers(0, 3))
def test_ids_stay_when_files_grow(project: Project, kept: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        before, _ = run(without(project, kept), Path(name))
        after, _ = run(project, Path(name))
        again, _ = run(project, Path(name))
    assert again == after
    old = people(before)
    for customer, members in people(after).items():
        claimed = {before[member] for member in members if member in before}
        if not claimed:
            assert customer not in old, "a new person has a new id"
        elif all(before.get(member, customer) == customer for member in members):
            continue  # the id stays, whatever the person was split from or grew by
        elif all(after.get(other) == customer for one in claimed for other in old[one]):
            assert customer in claimed, "nobody was split: a merge keeps one of the ids"


@SELECTED
@given(projects(), st.randoms(use_true_random=False))
def test_an_undone_link_splits_and_comes_back(project: Project, chance: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        first, links = run(project, Path(name))
        if not links:
            return
        left_kind, left, right_kind, right = chance.choice(links)
        identity = project.config["identity"] | {"unlink": [[f"{left_kind}:{left}", f"{right_kind}:{right}"]]}
        undone = Project(project.config | {"identity": identity}, project.files, project.as_of)
        split, _ = run(undone, Path(name))
        assert run(undone, Path(name))[0] == split, "the ids of both sides stay"
        joined, _ = run(project, Path(name))
    assert joined == first, "the link is back, and so are the ids"
    known = set(first.values())
    for customer, members in people(split).items():
        if customer in known:
            assert customer in {first[member] for member in members if member in first}, "nobody has another's id"


def test_a_split_off_customer_keeps_its_id_when_an_older_sighting_appears(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "time": "2026-01-05T10:00:00Z", "cookie": "c1", "user": "u1"},
        {"id": "2", "time": "2026-01-06T10:00:00Z", "cookie": "c1", "user": "u1", "email": "a@x.example"},
        {"id": "3", "time": "2026-01-07T10:00:00Z", "email": "a@x.example", "second": "t1"},
    ]
    project = _web(rows, unlink=[])
    linked, _ = run(project, tmp_path)
    assert len(set(linked.values())) == 1
    unlink = [["email:a@x.example", "web.cookie:c1"], ["web.user_id:u1", "email:a@x.example"]]
    split, _ = run(_web(rows, unlink), tmp_path)
    assert split["web.user_id", "u1"] == linked["web.user_id", "u1"], "the founder's side keeps the id"
    assert split["email", "a@x.example"] != linked["email", "a@x.example"]
    older = {"id": "0", "time": "2026-01-01T10:00:00Z", "second": "t1"}
    later, _ = run(_web([*rows, older], unlink), tmp_path)
    assert later["email", "a@x.example"] == split["email", "a@x.example"]
    assert run(_web([*rows, older], unlink=[]), tmp_path)[0]["email", "a@x.example"] == linked["web.user_id", "u1"]


def _web(rows: list[dict[str, str]], unlink: list[list[str]]) -> Project:
    source = {
        "name": "web",
        "connector": "table",
        "channel": "web",
        "event": "page_viewed",
        "files": "web/*.csv",
        "columns": {"occurred_at": "time", "event_id": "id"},
        "identifiers": {"cookie": "cookie", "user_id": "user", "email": "email", "tag": "second"},
    }
    config = {"sources": [source], "identity": {"unlink": unlink}, "stages": [{"name": "A"}, {"name": "B"}]}
    return Project(config, {"web/1.csv": rows}, None)
