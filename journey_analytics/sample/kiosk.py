"""A tablet in the store on which customers log in one after the other: one cookie, many people."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from journey_analytics.sample.model import Device, Person, World
from journey_analytics.sample.people import AGENTS, cookie
from journey_analytics.sample.segment import Visit

PEOPLE = 8


def open_kiosk(world: World, people: list[Person]) -> None:
    """Let customers with an account use the kiosk, each with one glance before the login."""
    random = Random(f"{world.seed}:kiosk")
    known = [p for p in people if p.ordered and p.ordered[0] + timedelta(days=25) < world.end]
    if len(known) < PEOPLE:
        return
    browser, agent, _ = AGENTS["tablet"][0]
    device = Device("tablet", agent, browser, [(world.begin, cookie(random))], None, stays=False, shared=True)
    for person in random.sample(known, PEOPLE):
        visit = Visit(world, person, device, person.ordered[0] + timedelta(days=random.uniform(1, 20)))
        visit.view("/stores/kiosk", "Kiosk")
        visit.login()
        visit.view("/service", "Service")
    world.dirt["people_on_the_kiosk_cookie"] = PEOPLE
