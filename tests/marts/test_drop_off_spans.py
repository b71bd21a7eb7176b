"""On 120, 180 and 365 days of data the drop-off rate holds the planted one wherever it is not too early to say."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.harness import run_tables

PLANTED = {"Look": 0.4, "Want": 0.25}
BEGIN = datetime(2025, 1, 1)
_CONFIG = """\
sources:
  - {name: web, connector: table, channel: web, class: web, files: web.csv, timezone: UTC, identifiers: {user_id: user},
     columns: {occurred_at: at, event_name: event, event_id: id}}
stages:
  - {name: Look}
  - {name: Want, rules: [{events: [cart_added]}]}
  - {name: Have, rules: [{events: [order_completed]}]}
segments: [{name: even, where: "date_part('day', started_at) % 2 = 0"}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of customers, eight a day, who go on after up to two months or never."""
    where, draw = tmp_path_factory.mktemp("spans"), random.Random(20261124)
    lines = ["id,at,user,event"]
    for person in range(8 * 365):
        at = BEGIN + timedelta(days=draw.uniform(0, 365))
        for event, dropping in (
            ("page_viewed", PLANTED["Look"]),
            ("cart_added", PLANTED["Want"]),
            ("order_completed", 1),
        ):
            lines.append(f"{person}-{event},{at.isoformat()}Z,u{person},{event}")
            if draw.random() < dropping:
                break
            at += timedelta(days=min(60.0, draw.expovariate(1 / 9)))
    (where / "journey.yaml").write_text(_CONFIG, encoding="utf-8")
    (where / "web.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return where


@pytest.mark.parametrize("days", [120, 180, 365])
def test_the_rate_holds_what_was_planted(folder: Path, days: int) -> None:
    as_of = (BEGIN + timedelta(days=days)).isoformat()
    with run_tables(folder / "journey.yaml", ["drop_off"], as_of) as con:
        rows = con.sql(
            "select stage, drop_off_rate, rate_low, rate_high, is_small, segment from drop_off "
            "where stage <> 'Have' and segment in ('all', 'even')"
        ).fetchall()
        look = "from drop_off where stage = 'Look' and segment ="
        begun = con.sql(f"select sum(reached)::bigint {look} 'even'").fetchall()
        whole = con.sql(f"select reached {look} 'all'").fetchall()
    assert begun == whole
    told = [row for row in rows if row[1] is not None and not row[4]]
    if days == 120:
        assert not told  # nobody has had the time
    else:
        assert {row[0] for row in told} == set(PLANTED)
    for stage, rate, low, high, _, segment in told:
        if segment == "all":
            assert rate == pytest.approx(happened(folder, stage, BEGIN + timedelta(days=days)))
        wider = 0.5 * (high - low)  # three errors for two: of several intervals of 95 % one may just miss
        assert low - wider <= PLANTED[stage] <= high + wider, (days, stage, segment)


def happened(folder: Path, stage: str, as_of: datetime) -> float:
    """Of those who came to the stage at least 120 days before as_of, the share that never went on, from the log."""
    here, beyond = {"Look": ("page_viewed", "cart_added"), "Want": ("cart_added", "order_completed")}[stage]
    came, went = {}, set()
    for line in (folder / "web.csv").read_text(encoding="utf-8").splitlines()[1:]:
        _, at, user, event = line.split(",")
        if event == here and as_of - datetime.fromisoformat(at.rstrip("Z")) >= timedelta(days=120):
            came[user] = at
        if event == beyond:
            went.add(user)
    return sum(user not in went for user in came) / len(came)
