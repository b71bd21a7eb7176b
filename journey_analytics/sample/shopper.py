"""How consumers behave: browse, compare, put into the basket, hesitate, buy or stay away, come back.

The chances below and those of `personas` are the story that the drop-off page tells: most who leave do so with a
full basket, on a phone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from journey_analytics.sample import stores, support, surveys
from journey_analytics.sample.model import Device, Person, World
from journey_analytics.sample.personas import PERSONAS
from journey_analytics.sample.products import PRODUCTS
from journey_analytics.sample.segment import Visit
from journey_analytics.sample.stories import CHECKOUT

READING = (
    ("/", "Home"), ("/stories/commuting", "Commuting by bike"), ("/stores", "Stores"), ("/about", "About us"),
    ("/stories/e-bike-guide", "Which e-bike?"), ("/service", "Service"),
)  # fmt: skip
#: Chance that a basket becomes an order, and, where it does not, that the visitor never returns to it.
ORDERS = {"mobile": 0.24, "tablet": 0.38, "desktop": 0.54}
GIVES_UP = {"mobile": 0.66, "tablet": 0.45, "desktop": 0.36}
#: In the week of the sale people decide within hours, planted or not.
_HURRY = 0.1


def live(world: World, person: Person) -> None:
    """One consumer's journeys, from the first visit to the end of the sample or of their interest."""
    random = person.random
    at = person.arrives
    for number in range(4):
        channel = person.channel if number == 0 else random.choice(("direct", "search", "direct"))
        at = _journey(world, person, at, channel)
        if random.random() > (0.5 if person.ordered else 0.3):
            return
        at += timedelta(days=random.uniform(93, 190))  # long enough that it is another journey
        if at >= world.end:
            return


def _journey(world: World, person: Person, at: datetime, channel: str) -> datetime:
    random, persona = person.random, PERSONAS[person.persona]
    device = person.devices[0]
    if not person.ordered:
        for visit in range(random.choice((1, 1, 1, 2, 2, 3))):
            at = read(world, person, device, at, channel if visit == 0 else "direct")
            at = _later(person, at, 0.2, 12)
        if random.random() < persona.loses_interest[0] + (0.12 if person.channel == "social" else 0):
            return at
    for round_number in range(persona.rounds):
        for _ in range(random.choice(persona.looks)):
            at = compare(world, person, device, at, channel if person.ordered and round_number == 0 else "direct")
            at = _later(person, at, 0.3, 14)
            if random.random() < 0.3:
                device = random.choice(person.devices)
        if random.random() < persona.loses_interest[1] * (1 if round_number == 0 else 0.6):
            return at
        if random.random() < persona.stores and at < world.end:
            if stores.visit(world, person, at):  # bought there
                return after_order(world, person, device, at)
            at = _later(person, at, 0.2, 5)
        at, bought = basket(world, person, device, at)
        if bought:
            return after_order(world, person, device, at)
        if random.random() < _gives_up(world, person, device, at):
            return at
        at = _later(person, at, 0.2, 18)
        device = random.choice(person.devices)
    return at


def _gives_up(world: World, person: Person, device: Device, at: datetime) -> float:
    if device.browser == CHECKOUT.effect["browser"] and CHECKOUT.holds(world, at):
        return float(CHECKOUT.effect["gives_up"])
    return GIVES_UP[device.kind] * PERSONAS[person.persona].gives_up


def read(world: World, person: Person, device: Device, at: datetime, channel: str) -> datetime:
    """A visit that only reads; gives the time of its end."""
    visit = Visit(world, person, device, at, channel)
    for path, title in person.random.sample(READING, person.random.choice((1, 2, 2, 3))):
        visit.view(path, title)
    return visit.at


def compare(
    world: World, person: Person, device: Device, at: datetime, channel: str, campaign: str | None = None
) -> datetime:
    """A visit that looks at products, perhaps searches, perhaps subscribes; gives the time of its end."""
    random = person.random
    visit = Visit(world, person, device, at, channel, campaign)
    visit.view("/bikes", "All bikes")
    member = any(other.known_from is not None and other.known_from < at for other in person.devices)
    if member and not visit.known and random.random() < 0.4:
        visit.login()
    if random.random() < 0.25:
        visit.track("Products Searched", query=random.choice(("e-bike", "lock", "cargo", "second battery")))
    for slug, name, price in random.sample(PRODUCTS, random.choice((1, 2, 2, 3))):
        visit.page = f"/bikes/{slug}"
        visit.track("Product Viewed", product_id=slug, name=name, price=price, currency="EUR")
    if person.subscribed is None and random.random() < 0.22:
        visit.page = "/newsletter"
        visit.leave_address()
        person.subscribed = visit.at
        visit.track("Form Submitted", form="newsletter")
    return visit.at


def basket(world: World, person: Person, device: Device, at: datetime) -> tuple[datetime, bool]:
    """A visit that fills the basket; gives the time of its end and whether it ended in an order."""
    random = person.random
    visit = Visit(world, person, device, at)
    slug, name, price = random.choice(PRODUCTS)
    visit.page = f"/bikes/{slug}"
    visit.track("Product Viewed", product_id=slug, name=name, price=price, currency="EUR")
    visit.track("Product Added", product_id=slug, name=name, price=price, currency="EUR", quantity=1)
    visit.page = "/cart"
    orders = PERSONAS[person.persona].orders if person.company is None else 1.0
    buys = random.random() < min(0.9, ORDERS[device.kind] * orders + (0.25 if person.ordered else 0))
    broken = device.browser == CHECKOUT.effect["browser"] and CHECKOUT.holds(world, at)
    if not buys and random.random() < 0.45:
        return visit.at, False
    if not visit.known and (buys or random.random() < 0.5):
        visit.login()
    visit.page = "/checkout"
    visit.track("Checkout Started", value=price, currency="EUR")
    if not buys or broken:
        for _ in range(random.choice((1, 2, 3)) if broken else int(random.random() < 0.12)):
            visit.track("error_shown", message="Payment form did not load" if broken else "Payment was refused")
        return visit.at, False
    order = f"o{person.key[1:]}-{len(person.ordered) + 1}"
    person.ordered.append(visit.at)
    visit.page = "/checkout/thanks"
    visit.track("Order Completed", order_id=order, total=price, revenue=price, currency="EUR", products=[
        {"product_id": slug, "name": name, "price": price, "quantity": 1}
    ])  # fmt: skip
    if visit.at < world.end:
        world.story["orders"] += 1
    return visit.at, True


def after_order(world: World, person: Person, device: Device, at: datetime) -> datetime:
    """What a customer does after an order: ask for help, review it, order again, send it back, or nothing."""
    random, persona = person.random, PERSONAS[person.persona]
    if random.random() < 0.05:
        visit = Visit(world, person, device, _later(person, at, 4, 14), known=True)
        visit.page = "/account/orders"
        visit.track("Order Refunded", order_id=f"o{person.key[1:]}-{len(person.ordered)}", total=49.0, currency="EUR")
        support.ask(world, person, visit.at + timedelta(hours=2), "refund")
        return visit.at
    if random.random() < persona.asks:
        support.ask(world, person, _later(person, at, 2, 20), "")
    if random.random() < 0.2:
        surveys.ask(world, person, _later(person, at, 10, 30), happy=persona.again > 0.6)
    if random.random() < persona.reviews:
        at = _later(person, at, 8, 40)
        visit = Visit(world, person, device, at, known=True)
        visit.page = "/account/review"
        stars = random.choice((5, 5, 5, 4, 4, 3, 2))
        visit.track("Product Reviewed", product_id="last-order", rating=stars, score=stars)
    while random.random() < persona.again and len(person.ordered) < 7:
        at = _later(person, at, 12, 70)
        at, bought = basket(world, person, device, at)
        if not bought:
            break
    return at


def _later(person: Person, at: datetime, least: float, most: float) -> datetime:
    """Some days later, mostly few, in the hours when people shop."""
    random = person.random
    days = least + (most - least) * random.random() ** 2
    at += timedelta(days=days * _HURRY if CHECKOUT.begin <= at < CHECKOUT.end else days)
    if at.hour < 6:  # hardly anybody shops at night
        at += timedelta(hours=random.uniform(7, 13))
    return at
