"""How company buyers behave: read, download, ask for a demo; sales works the deal, wins or loses it."""

from __future__ import annotations

from datetime import datetime, timedelta

from journey_analytics.sample import hubspot
from journey_analytics.sample.model import Person, World
from journey_analytics.sample.segment import Visit
from journey_analytics.sample.stories import STALL

OPEN_STAGES = tuple(stage for stage, _, _ in hubspot.PIPELINE if not stage.startswith("closed"))


def live(world: World, person: Person, colleague: Person | None = None) -> bool:
    """One buyer's way from a first look to a deal, and what became of it.

    Args:
        world: Where it is recorded.
        person: The buyer.
        colleague: Someone of the same company, with a contact in the CRM, who stands on the deal as well.

    Returns:
        Whether the buyer became a contact in the CRM.
    """
    random = person.random
    at = read(world, person, person.arrives, person.channel)
    if random.random() < 0.25:
        return False
    at = _ask(world, person, _days(person, at, 1, 15))
    asked = at
    if not hubspot.contact(world, person, at + timedelta(minutes=2)):
        return False
    _lifecycle(world, person, "lead", asked + timedelta(minutes=2))
    at = _days(person, at, 1, 5)
    hubspot.contact_history(world, person, "hs_lead_status", "IN_PROGRESS", at)
    if random.random() < 0.18:
        at = _days(person, at, 2, 20)
        known = hubspot.contact_history(world, person, "hs_lead_status", "UNQUALIFIED", at)
        world.story["leads_disqualified"] += int(known)
        return True
    _lifecycle(world, person, "marketingqualifiedlead", at)
    _lifecycle(world, person, "salesqualifiedlead", _days(person, at, 2, 9))
    at, stage = _deal(world, person, _days(person, at, 9, 20), 1, colleague)
    if stage == "closedwon" and random.random() < 0.5:
        _deal(world, person, _days(person, at, 95, 200), 2, None)
    return True


def _deal(world: World, person: Person, at: datetime, number: int, colleague: Person | None) -> tuple[datetime, str]:
    """One deal from creation to its end, or as far as the sample reaches; gives its last change and stage."""
    random = person.random
    deal_id, amount = f"{900_000 + int(person.key[1:]) * 10 + number}", random.randrange(8, 60) * 1000
    created, stage = at, OPEN_STAGES[0]
    if at >= world.end:
        return at, stage
    _lifecycle(world, person, "opportunity", at)
    hubspot.deal_history(world, person, deal_id, "createdate", hubspot.crm_time(at), at)
    hubspot.deal_history(world, person, deal_id, "amount", str(amount), at, hubspot.OTHER_PROPERTY)
    hubspot.deal_history(world, person, deal_id, "dealstage", stage, at)
    won = random.random() < 0.55
    stages = OPEN_STAGES[1:] if won else OPEN_STAGES[1 : random.randrange(1, len(OPEN_STAGES) + 1)]
    names = [*stages, "closedwon" if won else "closedlost"]
    while names:
        name, end = names.pop(0), names[-1] if names else ""
        end = end or name
        stalls = stage == STALL.effect["stage"] and STALL.holds(world, at)
        if stalls and random.random() < STALL.effect["lost"]:
            name = end = "closedlost"
            names = []
        at = _days(person, at, *(STALL.effect["days"] if stalls else (3, 24)))
        if random.random() < 0.4:
            read(world, person, at - timedelta(days=1), "direct")
        if random.random() < 0.15 and name != end:  # sales moves it back, and forward again
            back = OPEN_STAGES[max(0, OPEN_STAGES.index(stage) - 1)]
            if hubspot.deal_history(world, person, deal_id, "dealstage", back, at):
                stage = back
            at = _days(person, at, 2, 9)
        if not hubspot.deal_history(world, person, deal_id, "dealstage", name, at):
            break
        stage = name
    hubspot.deal(world, person, deal_id, created, stage, amount)
    if colleague is not None:
        hubspot.deal_contact(world, colleague, deal_id, created + timedelta(hours=3))
    world.story[f"deals_{stage if stage.startswith('closed') else 'open'}"] += 1
    if stage == "closedwon":
        _lifecycle(world, person, "customer", at)
    return at, stage


def _lifecycle(world: World, person: Person, stage: str, at: datetime) -> None:
    hubspot.contact_history(world, person, "lifecyclestage", stage, at)


def read(world: World, person: Person, at: datetime, channel: str, campaign: str | None = None) -> datetime:
    """A visit of a company buyer that informs; gives the time of its end."""
    random = person.random
    visit = Visit(world, person, random.choice(person.devices), at, channel, campaign)
    visit.view("/business", "Bikes for companies")
    if random.random() < 0.6:
        visit.view("/business/leasing", "Leasing")
    if random.random() < 0.4:
        visit.track("content_downloaded", title="Fleet guide")
    return visit.at


def _ask(world: World, person: Person, at: datetime) -> datetime:
    visit = Visit(world, person, person.devices[0], at, "direct")
    visit.view("/business/demo", "Plan a demo")
    visit.leave_address()
    visit.track("Demo Requested", company=person.company)
    if person.random.random() < 0.6:
        person.subscribed = visit.at
    return visit.at


def _days(person: Person, at: datetime, least: float, most: float) -> datetime:
    """Some days later, in office hours."""
    later = at + timedelta(days=person.random.uniform(least, most))
    return later.replace(hour=7 + int(person.random.random() * 9), microsecond=0)
