"""The dirt of real logs, put into clean ones, each kind counted.

Rows that must be refused are added, never made of a good row: the story stays as it is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from journey_analytics.sample.model import Device, Row, World, token
from journey_analytics.sample.people import AGENTS, cookie, make_person
from journey_analytics.sample.segment import LINKS_ONLY, Visit, stamp

DUPLICATE = "duplicate"
EXCLUDED = "ignored: excluded customer"
TEST_ADDRESS = "qa@ourcompany.example"
JUNK = ("undefined", "anonymous", "null", "0")


class _Picker:
    """Draws rows that nothing was done to yet."""

    def __init__(self, world: World, random: Random) -> None:
        self.random = random
        self.count = 0
        self.rows: dict[str, list[Row]] = defaultdict(list)  # by stream: most draws concern one of them
        for row in world.rows:
            if row.fate in ("", LINKS_ONLY) and not row.note:
                self.rows[row.stream].append(row)
                self.count += 1
        self.taken: set[int] = set()

    def draw(self, count: int, stream: str, wanted: Callable[[Row], bool] = lambda row: True) -> list[Row]:
        rows = [row for row in self.rows[stream] if wanted(row) and id(row) not in self.taken]
        chosen = self.random.sample(rows, min(count, len(rows)))
        self.taken.update(id(row) for row in chosen)
        return chosen


def soil(world: World) -> None:
    """Put every kind of dirt into the rows of a world."""
    random = Random(f"{world.seed}:dirt")
    pick = _Picker(world, random)
    share = max(1, pick.count // 150)
    _change(world, pick, share)
    _redeliver(world, pick, share)
    _refuse(world, pick, max(1, share // 25))
    _test_account(world)


def _change(world: World, pick: _Picker, share: int) -> None:
    """Values that have to be understood, in rows that stay good."""
    dirt, random = world.dirt, pick.random
    for row in pick.draw(share, "web", lambda row: row.body["timestamp"].endswith("Z")):
        row.body["timestamp"] = int(row.at.replace(tzinfo=UTC).timestamp() * 1000)
        dirt["times_in_epoch_milliseconds"] += 1
    for row in pick.draw(max(2, share // 4), "web", lambda row: str(row.body["timestamp"]).endswith("Z")):
        row.body["timestamp"] = int(row.at.replace(tzinfo=UTC).timestamp() * 1e6)
        dirt["times_in_epoch_microseconds"] += 1
    for row in pick.draw(max(2, share // 3), "web", lambda row: "userId" not in row.body):
        row.body["userId"] = random.choice(JUNK)
        dirt["junk_ids"] += 1
    for row in pick.draw(max(2, share // 3), "web", lambda row: row.body["type"] == "identify"):
        row.body["traits"]["email"] = f"  {row.body['traits']['email'].upper()} "
        dirt["addresses_in_capitals_or_with_spaces"] += 1
    for row in pick.draw(share, "email"):
        row.body["email"] = row.body["email"].title()
        dirt["addresses_in_capitals_or_with_spaces"] += 1
    contacts = [row for row in world.rows if row.stream == "contact"]
    for row in random.sample(contacts, len(contacts) // 4):
        row.body["property_email"] = row.body["property_email"].upper() + " "
        dirt["addresses_in_capitals_or_with_spaces"] += 1
    for row in pick.draw(share, "web", lambda row: row.at.day > 24):
        if _next_month(row.at) + timedelta(days=5) > world.end:
            continue
        row.arrives = _next_month(row.at) + timedelta(hours=random.uniform(1, 100))
        row.body["receivedAt"] = stamp(row.arrives)
        dirt["late_arrivals_in_a_later_file"] += 1


def _redeliver(world: World, pick: _Picker, share: int) -> None:
    """The same event again: of the two, the one received last is the event."""
    for row in pick.draw(share, "web", lambda row: not row.fate and row.arrives + timedelta(days=3) < world.end):
        later = row.arrives + timedelta(seconds=pick.random.randrange(2, 200_000))
        again = replace(row, body=deepcopy(row.body), arrives=later)
        again.body["receivedAt"] = stamp(again.arrives)
        row.fate = DUPLICATE
        if isinstance(row.body["timestamp"], str) and pick.random.random() < 0.2:  # the tracker mended its time later
            wrong = row.at - timedelta(seconds=pick.random.randrange(4_000, 900_000))
            row.body["timestamp"] = stamp(wrong)
            world.dirt["stamped_again"] += 1
        world.rows.append(again)
        world.dirt["redelivered"] += 1
    for row in pick.draw(max(1, share // 2), "email"):
        world.rows.append(replace(row, arrives=row.arrives + timedelta(seconds=1), fate=DUPLICATE))
        world.dirt["redelivered"] += 1


def _refuse(world: World, pick: _Picker, few: int) -> None:
    """Rows that cannot be events."""
    random = pick.random

    def spoiled(
        kind: str, fate: str, count: int, stream: str, wanted: Callable[[Row], bool] = lambda row: True
    ) -> list[Row]:
        rows = []
        for row in pick.draw(count, stream, wanted):
            bad = replace(row, body=deepcopy(row.body), event_id=token(random), fate=f"rejected: {fate}")
            bad.identifiers, bad.deeds, bad.group = (), (), ""
            for key in ("messageId", "sg_event_id"):
                if key in bad.body:
                    bad.body[key] = bad.event_id
            world.rows.append(bad)
            world.dirt[kind] += 1
            rows.append(bad)
        return rows

    def anonymous(row: Row) -> bool:
        return track(row) and "userId" not in row.body and row.note == ""

    def track(row: Row) -> bool:
        return bool(row.body["type"] == "track")

    for bad in spoiled("broken_json_lines", "unreadable_row", few, "web", track):
        line = json.dumps(bad.body, ensure_ascii=False).encode()
        bad.raw, bad.event_id = line[: len(line) // 2], ""
    for bad in spoiled("missing_times", "missing_time", 2 * few, "web", track):
        del bad.body["timestamp"]
    for bad in spoiled("year_1970", "impossible_year", few, "web", track):
        bad.body["timestamp"] = "1970-01-01T00:00:17.000Z"
    for bad in spoiled("future", "future", few, "web", track):
        bad.body["timestamp"] = stamp(bad.at).replace(f"{bad.at.year}", "2091", 1)
    for bad in spoiled("missing_event_names", "missing_event_name", few, "email"):
        del bad.body["event"]
    for bad in spoiled("without_identifier", "no_identifier", 2 * few, "web", anonymous):
        bad.body["anonymousId"] = random.choice(JUNK)
    for bad in spoiled("latin_1_lines", "not_utf8", few, "contact_property_history"):
        bad.body["source_id"] = "Jürgen Weiß"
        bad.event_id, bad.note = "", "latin-1"


def _test_account(world: World) -> None:
    """A colleague who tries the shop: kept out by `exclude_customers`."""
    person = make_person(world, 9999)
    person.key, person.email, person.user_id = "test", TEST_ADDRESS, "u1"
    random = person.random
    browser, agent, _ = AGENTS["desktop"][0]
    device = Device("desktop", agent, browser, [(world.begin, cookie(random))], None)
    before = len(world.rows)
    visit = Visit(world, person, device, world.begin + (world.end - world.begin) * 0.4)
    visit.view("/", "Home")
    visit.login()
    visit.track("Product Added", product_id="test", name="Test product", price=0.01, currency="EUR", quantity=1)
    visit.track("Order Completed", order_id="test", total=0.01, revenue=0.01, currency="EUR", products=[])
    for row in world.rows[before:]:
        row.fate = row.fate or EXCLUDED
    world.dirt["rows_of_a_test_account"] = len(world.rows) - before


def _next_month(at: datetime) -> datetime:
    return (at.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
