"""The newsletter: who gets it, whose mail program opens it by itself, whom it brings back to the shop."""

from __future__ import annotations

from datetime import datetime, timedelta

from journey_analytics.sample import shopper
from journey_analytics.sample.model import Person, World, token
from journey_analytics.sample.segment import SITE
from journey_analytics.sample.sendgrid import APPLE_PROXY, GMAIL_PROXY, mail_event

EVERY = timedelta(days=28)


def send_all(world: World, people: list[Person]) -> None:
    """Every issue of the newsletter, to everybody subscribed at the time."""
    at = (world.begin + timedelta(days=14)).replace(hour=8)
    number = 1
    gone: set[str] = set()
    while at < world.end:
        for person in people:
            if person.subscribed is not None and person.subscribed < at and person.key not in gone:
                delay = timedelta(seconds=person.random.randrange(5, 900))
                if not _one(world, person, at + delay, f"newsletter-{number:02}"):
                    gone.add(person.key)
        at += EVERY
        number += 1


def _one(world: World, person: Person, at: datetime, campaign: str) -> bool:
    """One mail to one person; gives whether they still want the next."""
    random = person.random
    message = token(random, 14)
    mail_event(world, person, message, "processed", at, campaign)
    if random.random() < 0.02:
        at += timedelta(seconds=9)
        mail_event(world, person, message, "bounce", at, campaign, type="bounce", reason="550 5.1.1 unknown user")
        return False
    at += timedelta(seconds=random.randrange(2, 40))
    mail_event(world, person, message, "delivered", at, campaign)
    device = random.choice(person.devices)
    if int(person.key[1:]) % 3 == 0:  # mail programs that fetch every picture at once, read or not
        at += timedelta(seconds=random.randrange(3, 90))
        if mail_event(world, person, message, "open", at, campaign, useragent=APPLE_PROXY, sg_machine_open=True):
            world.dirt["machine_opens"] += 1
    if random.random() > 0.42:
        return True
    at += timedelta(minutes=random.uniform(10, 2800))
    agent = GMAIL_PROXY if random.random() < 0.2 else device.user_agent
    mail_event(world, person, message, "open", at, campaign, useragent=agent, sg_machine_open=False)
    chance = random.random()
    if chance < 0.03:
        word = "spamreport" if chance < 0.004 else "unsubscribe"
        mail_event(world, person, message, word, at + timedelta(seconds=50), campaign)
        return False
    if chance < 0.25:
        at += timedelta(seconds=random.randrange(10, 200))
        url = f"{SITE}/bikes?utm_source=newsletter&utm_medium=email&utm_campaign={campaign}"
        if mail_event(world, person, message, "click", at, campaign, useragent=device.user_agent, url=url):
            world.story["newsletter_clicks"] += 1
        at = shopper.compare(world, person, device, at + timedelta(seconds=3), "newsletter", campaign)
        if random.random() < 0.3:
            shopper.basket(world, person, device, at)
    return True
