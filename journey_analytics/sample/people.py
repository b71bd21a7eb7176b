"""Who the people are: names, addresses, devices, cookies and how they found the shop."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from random import Random

from journey_analytics.sample.model import Device, Person, World
from journey_analytics.sample.personas import BUYER, PERSONAS, chosen
from journey_analytics.sample.season import arrival
from journey_analytics.sample.stories import CAMPAIGN

GIVEN = (
    "Anna", "Bram", "Chloé", "Daan", "Emma", "Finn", "Greta", "Hugo", "Iris", "Jonas", "Kim", "Lars", "Mila",
    "Noah", "Olga", "Pieter", "Quinten", "Rosa", "Sem", "Tess", "Umar", "Vera", "Wout", "Xandra", "Youssef",
    "Zoë", "Ahmed", "Björn", "Célia", "Dirk", "Eva", "Fatima", "Gijs", "Hanna", "Ilse", "Jan", "Karin",
    "Luuk", "Maria", "Nina",
)  # fmt: skip
FAMILY = (
    "Jansen", "Müller", "Visser", "Bakker", "Peeters", "Meijer", "Mulder", "Dubois", "Schmidt", "Vos",
    "Peters", "Hendriks", "Dekker", "Brouwer", "Smit", "Kok", "Koster", "Prins", "Huisman", "Kuiper",
    "Veenstra", "Wolf", "Lambert", "Öztürk", "Janssens", "Maes", "Claes", "Willems", "Goossens", "Novak",
)  # fmt: skip
COMPANIES = ("brightfield", "noordzee-logistics", "tulip-labs", "kanaal-media", "polder-energy", "veldhuis-care")
MAIL_HOSTS = ("example.com", "example.org", "example.net")
#: Of so many people in a row, those who buy for a company share the six of `COMPANIES`, with a number behind.
NEIGHBOURS = 120
_WEBKIT, _GECKO = "AppleWebKit/605.1.15 (KHTML, like Gecko)", "AppleWebKit/537.36 (KHTML, like Gecko)"
_PHONE = "Version/18.4 Mobile/15E148 Safari/604.1"
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64"
#: Browsers of each kind of device: name, user agent, weight.
AGENTS: dict[str, tuple[tuple[str, str, float], ...]] = {
    "mobile": (
        ("Safari", f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) {_WEBKIT} {_PHONE}", 5),
        ("Chrome", f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {_GECKO} Chrome/136.0.0.0 Mobile Safari/537.36", 4),
        ("Samsung Internet", f"Mozilla/5.0 (Linux; Android 14; SM-S918B) {_GECKO} SamsungBrowser/27.0 Chrome/125.0.0.0 "
         "Mobile Safari/537.36", 1.5),
    ),
    "desktop": (
        ("Chrome", f"{_WINDOWS}) {_GECKO} Chrome/136.0.0.0 Safari/537.36", 4),
        ("Safari", f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Version/18.4 Safari/605.1.15", 2),
        ("Firefox", f"{_WINDOWS}; rv:138.0) Gecko/20100101 Firefox/138.0", 3),
        ("Edge", f"{_WINDOWS}) {_GECKO} Chrome/136.0.0.0 Safari/537.36 Edg/136.0.0.0", 1.5),
    ),
    "tablet": (
        ("Safari", f"Mozilla/5.0 (iPad; CPU OS 18_4 like Mac OS X) {_WEBKIT} {_PHONE}", 1),
    ),
}  # fmt: skip
CHANNELS = {
    "search": 0.3, "ads": 0.17, "social": 0.13, "organic_social": 0.07, "direct": 0.13, "referral": 0.08, "video": 0.04,
    "display": 0.04, "assistant": 0.04,
}  # fmt: skip
#: Clocks of browsers that write local time with its offset instead of UTC.
OFFSETS = (timedelta(hours=2), timedelta(hours=1), timedelta(hours=-5), timedelta(hours=5, minutes=30))
_HOUSEHOLDS = 0.03  # share of consumers who also use the first device of the person before them


def plain(text: str) -> str:
    """A name as it stands in an e-mail address: lower case, no accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed.lower() if sign.isascii() and sign.isalnum())


def cookie(random: Random) -> str:
    """A cookie as Segment's browser library makes it."""
    digits = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def make_device(random: Random, kind: str, since: datetime) -> Device:
    """A device that its owner has had since a moment; some owners clear their cookies later."""
    cookies = [(since, cookie(random))]
    if random.random() < 0.12:
        cookies.append((since + timedelta(days=random.uniform(20, 200)), cookie(random)))
    browsers = AGENTS[kind]
    browser, agent, _ = random.choices(browsers, [weight for *_, weight in browsers])[0]
    device = Device(kind, agent, browser, cookies, None, stays=random.random() < 0.6)
    luck = random.random()
    if luck < 0.15:
        device.offset = random.choice(OFFSETS)
    elif luck < 0.18:
        device.skew = timedelta(seconds=random.randrange(20, 400) * random.choice((-1, 1)))
    return device


def make_people(world: World, count: int) -> list[Person]:
    """Everybody, in the order of their numbers; some use a device together."""
    people: list[Person] = []
    for number in range(1, count + 1):
        person = make_person(world, number)
        before = people[-1] if people else None
        if before and not (person.company or before.company) and person.random.random() < _HOUSEHOLDS:
            device = before.devices[0]
            device.shared, device.stays = True, False
            person.devices.insert(0, device)
            person.arrives = max(person.arrives, before.arrives + timedelta(hours=3))
        people.append(person)
    return people


def make_person(world: World, number: int) -> Person:
    """The n-th person. A life depends on the seed and the neighbours, not on how many others there are."""
    random = Random(f"{world.seed}:{number}")
    given, family = random.choice(GIVEN), random.choice(FAMILY)
    company = _company(random, number) if random.random() < 0.13 else None
    host = f"{company}.example" if company else random.choice(MAIL_HOSTS)
    arrives = arrival(random, world.begin, world.arrivals_end)
    channel = random.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    usual = persona = BUYER if company else random.choices(*chosen())[0]
    invited = random.random() < CAMPAIGN.effect["share_of_arrivals"]
    if not company and invited and CAMPAIGN.begin <= arrives < CAMPAIGN.end:
        channel = "affiliate"
        persona = CAMPAIGN.effect["persona"] if world.planted else persona
    return Person(
        key=f"p{number:04}",
        given=given,
        family=family,
        email=f"{plain(given)}.{plain(family)}{number}@{host}",
        user_id=f"u{20_000 + number}",
        # The smallest number on a deal is its primary contact, and that is to be the buyer, not an older colleague.
        contact_id=str(49_990_000 - number * 7),
        company=company,
        persona=persona,
        arrives=arrives,
        channel=channel,
        devices=[make_device(random, kind, arrives) for kind in _kinds(random, usual)],
        random=random,
        scanner=_pick(random, none=0.45, fast=0.2, burst=0.3, slow=0.05) if company else "none",
    )


def _company(random: Random, number: int) -> str:
    name, block = random.choice(COMPANIES), number // NEIGHBOURS
    return f"{name}-{block}" if block else name


def _kinds(random: Random, persona: str) -> list[str]:
    if persona == BUYER:
        return ["desktop", "mobile"]
    first = _pick(random, mobile=0.5 * PERSONAS[persona].mobile, desktop=0.44, tablet=0.09)
    if random.random() < 0.5:
        return [first, "desktop" if first != "desktop" else "mobile"]
    return [first]


def _pick(random: Random, **weights: float) -> str:
    return random.choices(list(weights), list(weights.values()))[0]
