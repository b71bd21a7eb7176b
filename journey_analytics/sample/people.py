"""Who the people are: names, addresses, devices, cookies and how they found the shop."""

from __future__ import annotations

import unicodedata
import uuid
from datetime import datetime, timedelta
from random import Random

from journey_analytics.sample.model import Device, Person, World

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
CHANNELS = ("search", "ads", "social", "direct", "referral")
AGENTS = {
    "mobile": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/18.4 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 "
        "Mobile Safari/537.36",
    ),
    "desktop": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 "
        "Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 "
        "Safari/605.1.15",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:138.0) Gecko/20100101 Firefox/138.0",
    ),
    "tablet": (
        "Mozilla/5.0 (iPad; CPU OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 "
        "Mobile/15E148 Safari/604.1",
    ),
}
#: Clocks of browsers that write local time with its offset instead of UTC.
OFFSETS = (timedelta(hours=2), timedelta(hours=1), timedelta(hours=-5), timedelta(hours=5, minutes=30))


def plain(text: str) -> str:
    """A name as it stands in an e-mail address: lower case, no accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed.lower() if sign.isascii() and sign.isalnum())


def cookie(random: Random) -> str:
    """A cookie as Segment's browser library makes it."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def make_device(random: Random, kind: str, since: datetime) -> Device:
    """A device that its owner has had since a moment; some owners clear their cookies later."""
    cookies = [(since, cookie(random))]
    if random.random() < 0.12:
        cookies.append((since + timedelta(days=random.uniform(20, 200)), cookie(random)))
    offset = random.choice(OFFSETS) if random.random() < 0.15 else None
    return Device(kind, random.choice(AGENTS[kind]), cookies, offset, stays=random.random() < 0.6)


def make_person(world: World, number: int) -> Person:
    """The n-th person. A life depends on the seed and the number only, not on how many others there are."""
    random = Random(f"{world.seed}:{number}")
    given, family = random.choice(GIVEN), random.choice(FAMILY)
    company = random.choice(COMPANIES) if random.random() < 0.13 else None
    host = f"{company}.example" if company else random.choice(MAIL_HOSTS)
    length = world.end - world.begin
    arrives = world.begin + length * random.random() * 0.97
    kinds = ["desktop", "mobile"] if company else [_pick(random, mobile=0.56, desktop=0.34, tablet=0.10)]
    if not company and random.random() < 0.55:
        kinds.append("desktop" if kinds[0] != "desktop" else "mobile")
    return Person(
        key=f"p{number:04}",
        given=given,
        family=family,
        email=f"{plain(given)}.{plain(family)}{number}@{host}",
        user_id=f"u{20_000 + number}",
        # The smallest number on a deal is its primary contact, and that is to be the buyer, not an older colleague.
        contact_id=str(49_990_000 - number * 7),
        company=company,
        arrives=arrives,
        channel=_pick(random, search=0.34, ads=0.2, social=0.2, direct=0.14, referral=0.12),
        devices=[make_device(random, kind, arrives) for kind in kinds],
        random=random,
    )


def _pick(random: Random, **weights: float) -> str:
    return random.choices(list(weights), list(weights.values()))[0]
