"""Crawlers that read the shop: their user agents say so, and nobody is behind them."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from journey_analytics.sample.model import Device, Person, World
from journey_analytics.sample.people import cookie
from journey_analytics.sample.products import PRODUCTS
from journey_analytics.sample.segment import Visit

_AGENTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
)


def crawl(world: World, people: int) -> None:
    """Some visits of crawlers, more in a larger shop; each visit comes with a fresh cookie."""
    random = Random(f"{world.seed}:crawlers")
    for number in range(6 + people // 60):
        begin = world.begin + (world.end - world.begin) * random.random()
        device = Device("desktop", random.choice(_AGENTS), "", [(world.begin, cookie(random))], None, stays=False)
        key = f"bot{number:04}"
        bot = Person(key, "", "", "", "", "", None, "crawler", begin, "direct", [device], random)
        visit = Visit(world, bot, device, begin, machine="user agent")
        for slug, name, _ in random.sample(PRODUCTS, 4):
            visit.view(f"/bikes/{slug}", name)
            world.dirt["hits_of_crawlers"] += 1
            visit.at = visit.at.replace(microsecond=0) + timedelta(seconds=1)
