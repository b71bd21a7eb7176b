"""Visits to the stores, as the till exports them: a CSV of visits and purchases in local time.

The loyalty card names the customer by e-mail; who shows none cannot be told, and such rows are refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from journey_analytics.sample.model import Deed, Person, Row, World
from journey_analytics.sample.products import PRODUCTS

COLUMNS = ("receipt", "local_time", "store", "what", "amount", "card_email")
STORES = ("Amsterdam", "Utrecht", "Gent")
_ZONE, _UTC = ZoneInfo("Europe/Amsterdam"), ZoneInfo("UTC")
_DEEDS = {"visit": (Deed("store_visited"),), "purchase": (Deed("order_completed"),)}


def local_time(at: datetime) -> str:
    """A local time to the minute, without saying which zone."""
    return at.replace(tzinfo=_UTC).astimezone(_ZONE).strftime("%Y-%m-%d %H:%M")


def visit(world: World, person: Person, at: datetime) -> bool:
    """Somebody tries a bicycle in a store; gives whether they bought there."""
    random = person.random
    at = at.replace(hour=8 + int(random.random() * 8), minute=int(random.random() * 60), second=0, microsecond=0)
    store = STORES[int(random.random() * len(STORES))]
    shown = random.random() < 0.7
    _row(world, person, at, store, "visit", "", shown)
    if random.random() > 0.25:
        return False
    price = random.choice(PRODUCTS)[2]
    at += timedelta(minutes=random.randrange(10, 60))
    if _row(world, person, at, store, "purchase", f"{price:.2f}", True):
        world.story["store_orders"] += 1
    person.ordered.append(at)
    return True


def _row(world: World, person: Person, at: datetime, store: str, what: str, amount: str, shown: bool) -> bool:
    receipt = f"S{person.key[1:]}-{person.random.getrandbits(28):07x}"
    body = {"receipt": receipt, "local_time": local_time(at), "store": store, "what": what, "amount": amount}
    body["card_email"] = person.email if shown else ""
    identifiers = (("email", person.email),) if shown else ()
    row = Row("stores", at, at, body, person.key, identifiers, receipt, deeds=_DEEDS[what])
    if not shown:
        row.fate = "rejected: no_identifier"
    return world.add(row)
