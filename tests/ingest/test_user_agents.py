"""What real user agents are taken for, and that hostile ones cost nothing."""

from __future__ import annotations

import re
import time

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from journey_analytics.ingest.user_agents import Agent, classify

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/120.0.0.0 Safari/537.36"
_IOS = "like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
PEOPLE = {
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 {_IOS}": ("mobile", "Safari"),
    f"Mozilla/5.0 (iPad; CPU OS 16_0 {_IOS}": ("tablet", "Safari"),
    f"Mozilla/5.0 (Linux; Android 13; SM-X700) {_WEBKIT} Chrome/120.0.0.0 Safari/537.36": ("tablet", "Chrome"),
    f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/120.0.0.0 Mobile Safari/537.36": ("mobile", "Chrome"),
    f"Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S918B) {_WEBKIT} SamsungBrowser/21.0 Chrome/110.0.0.0 Mobile "
    "Safari/537.36": ("mobile", "Samsung Internet"),
    _WINDOWS: ("desktop", "Chrome"),
    f"{_WINDOWS} Edg/120.0.0.0": ("desktop", "Edge"),
    f"{_WINDOWS} OPR/106.0.0.0": ("desktop", "Opera"),
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0": ("desktop", "Firefox"),
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_WEBKIT} Chrome/120.0.0.0 Safari/537.36": ("desktop", "Chrome"),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 "
    "Safari/605.1.15": ("desktop", "Safari"),
    "": (None, None),
}
BOTS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "curl/8.1.2",
    "python-requests/2.31.0",
    f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} HeadlessChrome/120.0.0.0 Safari/537.36",
]
PROXIES = [
    "Mozilla/5.0",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
]


@pytest.mark.parametrize("text", PEOPLE)
def test_a_persons_device_and_browser(text: str) -> None:
    assert classify(text) == Agent(*PEOPLE[text], is_bot=False, is_proxy=False)


@pytest.mark.parametrize("text", BOTS)
def test_a_bot(text: str) -> None:
    assert (classify(text).is_bot, classify(text).is_proxy) == (True, False)


@pytest.mark.parametrize("text", PROXIES)
def test_a_picture_proxy_is_no_bot(text: str) -> None:
    assert (classify(text).is_bot, classify(text).is_proxy) == (False, True)


def test_the_fast_matcher_knows_every_bot_of_the_list() -> None:
    """The list is written for Python's patterns; every tenth entry's own examples tell that ours reads them alike."""
    for entry in CRAWLER_USER_AGENTS_DATA[::10]:
        for text in entry.get("instances", [])[:2]:
            if len(text) <= 1024 and re.search(entry["pattern"], text):
                agent = classify(text)
                assert agent.is_bot or agent.is_proxy, text


@pytest.mark.parametrize("text", ["(" * 10**6, "Mozilla/5.0 (" + "; Android " * 10**5, "a " * 10**6, "\0\n" * 9])
def test_hostile_texts_end_at_once(text: str) -> None:
    classify("")  # loads the lists
    begun = time.process_time()
    classify(text)
    assert time.process_time() - begun < 0.5
