"""`simulate`: a world in which everybody has lived, before any dirt; and the rates that its chances come to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from journey_analytics.sample import business, crawlers, kiosk, newsletter, shopper
from journey_analytics.sample.lives import GOAL, STAGES, Life, acts_by_customer, live
from journey_analytics.sample.model import END, Person, Row, World
from journey_analytics.sample.people import make_people
from journey_analytics.sample.truth import customers as name_customers

_SETTLED = timedelta(days=400)  # after the end, when every outcome is known


def simulate(customers: int, days: int, seed: int, *, planted: bool = True, longer: timedelta = timedelta()) -> World:
    """Let so many people live for so many days.

    Args:
        customers: Number of people.
        days: Length of the sample, which ends at `model.END`.
        seed: Of the random numbers.
        planted: Whether the stories happen.
        longer: Go on for so long after the end, without anybody new.
    """
    return populate(World(END - timedelta(days=days), END + longer, seed, planted), customers)[0]


def populate(world: World, customers: int) -> tuple[World, list[Person]]:
    """Fill a new world with people and all that they do."""
    people = make_people(world, customers)
    colleagues: dict[str, Person] = {}
    for person in people:
        if person.company is None:
            shopper.live(world, person)
        elif business.live(world, person, colleagues.get(person.company)):
            colleagues[person.company] = person
    newsletter.send_all(world, people)
    kiosk.open_kiosk(world, people)
    crawlers.crawl(world, customers)
    return world, people


def customer_of(row: Row, named: dict[tuple[str, tuple[str, str]], str]) -> str:
    """The customer that a row belongs to, as far as the logs can tell; the person where a shared device hides it."""
    return named.get((row.person, row.identifiers[0]), row.person) if row.identifiers else row.person


def planted_rates(
    customers: int, days: int, seed: int, *, horizon: timedelta = timedelta(days=120), planted: bool = True
) -> dict[str, float]:
    """The drop-off rate of each stage that the chances come to: of many people, when every outcome is known.

    Args:
        customers: Number of people; the more, the surer.
        days: Length of the sample.
        seed: Of the random numbers; another one than that of the sample measured.
        horizon: Journeys count that reached the stage at least so long before the end of the sample.
        planted: Whether the stories happen.

    Returns:
        Stage → dropped / (dropped + advanced) of journeys, the goal left out.
    """
    world = simulate(customers, days, seed, planted=planted, longer=_SETTLED)
    # Whoever is tied together later only is not yet so at the end of the sample.
    named = name_customers(row for row in world.rows if row.at < END)
    acts = acts_by_customer((customer_of(row, named), row) for row in world.rows)
    counts = outcomes((live(each) for each in acts.values()), END - horizon, world.end)
    return {stage: dropped / (dropped + advanced) for stage, (dropped, advanced) in counts.items()}


def outcomes(lives: Iterable[Life], reached_by: datetime, as_of: datetime) -> dict[str, tuple[int, int]]:
    """Per stage how many journeys dropped there and how many advanced, of those that reached it early enough."""
    counts = {stage: [0, 0] for stage in STAGES[:GOAL]}
    for life in lives:
        for journey in life.journeys:
            outcome = journey.outcome(as_of)
            for rank, stage in enumerate(STAGES[:GOAL]):
                at = journey.reached[rank]
                if rank > journey.furthest or at is None or at > reached_by:
                    continue
                if journey.furthest > rank:
                    counts[stage][1] += 1
                elif outcome == "dropped":
                    counts[stage][0] += 1
    return {stage: (dropped, advanced) for stage, (dropped, advanced) in counts.items()}
