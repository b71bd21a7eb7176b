"""The newsletter: who gets it, whose mail program opens it by itself, whose links are checked, whom it brings back."""

from __future__ import annotations

from datetime import datetime, timedelta

from journey_analytics.sample import business, shopper
from journey_analytics.sample.model import Person, World, token
from journey_analytics.sample.segment import SITE
from journey_analytics.sample.sendgrid import APPLE_PROXY, GMAIL_PROXY, mail_event

EVERY = timedelta(days=28)
#: What stands in every issue; a link scanner follows them all.
LINKS = ("/bikes", "/stories/commuting", "/stores", "/business")
_SCANNER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118.0.0.0 Safari/537.36"
)


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
    """One issue to one subscriber; gives whether they stay subscribed."""
    random = person.random
    message = token(random, 10)
    mail_event(world, person, message, "processed", at, campaign)
    if random.random() < 0.02:
        at += timedelta(seconds=9)
        mail_event(world, person, message, "bounce", at, campaign, type="bounce", reason="550 5.1.1 unknown user")
        return False
    at += timedelta(seconds=random.randrange(2, 40))
    mail_event(world, person, message, "delivered", at, campaign)
    _scan(world, person, message, at, campaign)
    device = random.choice(person.devices)
    if int(person.key[1:]) % 3 == 0:  # mail programs that fetch every picture at once, read or not
        at += timedelta(seconds=random.randrange(3, 90))
        said = {"sg_machine_open": True} if random.random() < 0.8 else {}
        if mail_event(world, person, message, "open", at, campaign, "proxy", useragent=APPLE_PROXY, **said):
            world.dirt["machine_opens"] += 1
    if random.random() > 0.42:
        return True
    at += timedelta(minutes=random.uniform(10, 2800))
    proxied = random.random() < 0.2
    agent = GMAIL_PROXY if proxied else device.user_agent
    if mail_event(world, person, message, "open", at, campaign, useragent=agent, sg_machine_open=False) and proxied:
        world.rows[-1].note = "proxied"  # nobody can tell whether a person looked
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
        at += timedelta(seconds=3)
        if person.company:
            business.read(world, person, at, "newsletter", campaign)
            return True
        at = shopper.compare(world, person, device, at, "newsletter", campaign)
        if random.random() < 0.3:
            shopper.basket(world, person, device, at)
    return True


def _scan(world: World, person: Person, message: str, at: datetime, campaign: str) -> None:
    """A mail gateway follows links before anybody reads: at once, in a burst, or slowly (which nobody can tell)."""
    random = person.random
    if person.scanner == "none":
        return
    after, step, links = {"fast": (1, 2, 1), "burst": (40, 1, 4), "slow": (400, 200, 2)}[person.scanner]
    at += timedelta(seconds=after + random.randrange(3))
    for path in LINKS[:links]:
        url = f"{SITE}{path}?utm_source=newsletter&utm_medium=email&utm_campaign={campaign}"
        if mail_event(world, person, message, "click", at, campaign, person.scanner, useragent=_SCANNER, url=url):
            world.dirt["clicks_of_link_scanners"] += 1
        at += timedelta(seconds=step)
