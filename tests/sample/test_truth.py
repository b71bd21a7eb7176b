"""The whole pipeline against the truth of the sample: what was refused, what was kept, and whose it is."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from journey_analytics.warehouse import Warehouse

TRUTH = Path(__file__).parents[2] / "data" / "sample" / "truth"
SHARED_DEVICE = "shared device"  # on the kiosk nobody can know who looked before logging in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def warehouse(sample_warehouse: Path) -> Warehouse:
    return Warehouse(sample_warehouse)


@pytest.fixture(scope="module")
def truth() -> list[dict[str, str]]:
    with (TRUTH / "events.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_refused_row_is_refused_for_its_reason(warehouse: Warehouse, truth: list[dict[str, str]]) -> None:
    expected = {
        (row["file"], int(row["line"]), row["fate"].removeprefix("rejected: "))
        for row in truth
        if row["fate"].startswith("rejected")
    }
    assert set(warehouse.sql("select file, line, reason from rejected_rows").fetchall()) == expected


def test_duplicates_source_by_source(warehouse: Warehouse, truth: list[dict[str, str]]) -> None:
    expected = Counter(row["file"].split("/")[0] for row in truth if row["fate"] == "duplicate")
    found = dict(warehouse.sql("select source, sum(duplicate)::int from files group by source").fetchall())
    assert {source: count for source, count in found.items() if count} == expected


def test_every_file_reconciles_with_the_truth(warehouse: Warehouse, truth: list[dict[str, str]]) -> None:
    written = Counter(row["file"] for row in truth)
    refused = Counter(row["file"] for row in truth if row["fate"].startswith("rejected"))
    left_out = Counter(row["file"] for row in truth if row["fate"].startswith("ignored"))
    for file, rows, accepted, duplicate, rejected, ignored in warehouse.sql(
        "select file, rows, accepted, duplicate, rejected, ignored from files"
    ).fetchall():
        assert rows == accepted + duplicate + rejected + ignored, file
        if "pipeline_stage" not in file:
            assert (rows, rejected, ignored) == (written.pop(file), refused[file], left_out[file]), file
    assert not written


def test_events_belong_to_whom_the_truth_says(warehouse: Warehouse, truth: list[dict[str, str]]) -> None:
    events = dict(warehouse.sql("select event_id, customer_id from events where source in ('web', 'email')").fetchall())
    expected = {row["event_id"]: row["customer"] for row in truth if row["event_id"] and row["fate"] == ""}
    assert events.keys() == expected.keys()
    ids, names = defaultdict(set), defaultdict(set)
    for row in truth:
        if row["event_id"] in expected and row["note"] != SHARED_DEVICE:
            ids[expected[row["event_id"]]].add(events[row["event_id"]])
            names[events[row["event_id"]]].add(expected[row["event_id"]])
    assert {name: found for name, found in ids.items() if len(found) > 1} == {}  # nobody torn apart
    assert {found: name for found, name in names.items() if len(name) > 1} == {}  # no two people in one


def test_there_are_as_many_customers_as_people_can_be_told_apart(warehouse: Warehouse) -> None:
    summary = json.loads((TRUTH / "summary.json").read_text())
    assert warehouse.sql("select count(*) from customers").fetchall() == [(summary["customers"],)]


def test_orders_and_deals_are_those_that_happened(warehouse: Warehouse) -> None:
    story = json.loads((TRUTH / "summary.json").read_text())["story"]
    found = dict(
        warehouse.sql(
            # A deal stands on the timeline of each of its contacts, there with @ and the contact behind its id.
            "select event_name, count(distinct split_part(event_id, '@', 1)) from events "
            "where event_name in ('order_completed', 'deal_won', 'deal_lost', 'lead_disqualified') group by 1"
        ).fetchall()
    )
    assert found == {
        "order_completed": story["orders"],
        "deal_won": story["deals_closedwon"],
        "deal_lost": story["deals_closedlost"],
        "lead_disqualified": story["leads_disqualified"],
    }


def test_a_mail_opened_by_a_machine_is_no_engagement(warehouse: Warehouse) -> None:
    machines = json.loads((TRUTH / "summary.json").read_text())["dirt"]["machine_opens"]
    found = warehouse.sql(
        "select count(*) from events where event_name = 'email_opened' and actor = 'machine' "
        "and properties->>'sg_machine_open' = 'true'"
    ).fetchall()
    assert found[0][0] == machines


def test_the_story_is_in_the_drop_off(warehouse: Warehouse) -> None:
    """What the page has to show: most who leave do so in Decision, and much more often on a phone."""
    stages = {
        row[0]: row[1:]
        for row in warehouse.sql(
            "select stage, reached, dropped, open, drop_off_rate from drop_off where segment = 'all'"
        ).fetchall()
    }
    assert max(stages, key=lambda stage: stages[stage][1]) == "Decision"
    assert all(reached > 30 for reached, *_ in stages.values())
    assert sum(still_open for _, _, still_open, _ in stages.values()) > 30
    rates = dict(
        warehouse.sql(
            "select segment_value, drop_off_rate from drop_off where segment = 'device' and stage = 'Decision'"
        ).fetchall()
    )
    assert rates["mobile"] > rates["desktop"] + 0.2
    assert warehouse.stage_graph().edges["Decision", "Consideration"]["transitions"] > 30


def test_the_kiosk_joins_nobody(warehouse: Warehouse) -> None:
    joined = warehouse.sql(
        "select customer_id from identifiers where kind like '%user_id' group by customer_id having count(*) > 1"
    )
    assert joined.fetchall() == []
