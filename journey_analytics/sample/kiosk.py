"""A tablet in the store on which customers log in one after the other: one cookie, many people."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from journey_analytics.sample.model import Device, Person, World
from journey_analytics.sample.people import AGENTS, cookie
from journey_analytics.sample.segment import Visit

PEOPLE = 8
SHARED = "shared device"


def open_kiosk(world: World, people: list[Person]) -> None:
    """Let customers with an account use the kiosk, each with one glance before the login."""
    random = Random(f"{world.seed}:kiosk")
    known = [p for p in people if p.ordered and p.ordered[0] + timedelta(days=25) < world.end]
    if len(known) < PEOPLE:
        return
    value = cookie(random)
    device = Device("tablet", AGENTS["tablet"][0], [(world.begin, value)], None)
    for person in random.sample(known, PEOPLE):
        at = person.ordered[0] + timedelta(days=random.uniform(1, 20))
        before = len(world.rows)
        visit = Visit(world, person, device, at, cookie=value)
        visit.view("/stores/kiosk", "Kiosk")
        visit.login()
        visit.view("/service", "Service")
        for row in world.rows[before:]:
            row.note = SHARED
            row.identifiers = tuple(pair for pair in row.identifiers if pair != ("cookie", value))
    world.dirt["people_on_the_kiosk_cookie"] = PEOPLE
