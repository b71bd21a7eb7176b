"""What a user agent tells: device, browser, whether it is a bot or a mail provider's picture proxy.

Two kept lists do the knowing, both matched by one linear-time engine (`ua_parser_rs`, Rust's regex), so no text can
make a pattern explode: ua-parser's rules for browser, system and device, and crawler-user-agents' patterns for bots.
Ours is only the translation into our few words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

#: Characters that are looked at. Real user agents have some 300; logs may hold anything.
LONGEST = 1024

_BROWSERS = {
    "Edge": "Edge",
    "Edge Mobile": "Edge",
    "Opera": "Opera",
    "Opera Mobile": "Opera",
    "Opera Mini": "Opera",
    "Opera Tablet": "Opera",
    "Opera GX": "Opera",
    "Samsung Internet": "Samsung Internet",
    "Firefox": "Firefox",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Chrome": "Chrome",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Chrome",
    "Chromium": "Chrome",
    "HeadlessChrome": "Chrome",
    "Safari": "Safari",
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari",
}
_DESKTOPS = frozenset(
    {"Windows", "Mac OS X", "Mac OS", "Linux", "Ubuntu", "Debian", "Fedora", "Red Hat", "Chrome OS"}
    | {"FreeBSD", "OpenBSD", "NetBSD", "Solaris"}
)
_PHONES = frozenset({"iOS", "Windows Phone", "KaiOS", "Firefox OS", "BlackBerry OS", "Symbian OS", "Bada"})
_TABLET = re.compile("ipad|tablet|kindle|silk/|playbook", re.IGNORECASE)
_PHONE = re.compile("mobi|iphone|ipod|phone", re.IGNORECASE)
_TELEVISION = re.compile(r"\btv\b|smarttv|smart-tv|googletv|appletv|bravia|\baft[a-z]", re.IGNORECASE)
#: Who fetches a mail's pictures for the reader. Apple's Mail Privacy Protection says just `Mozilla/5.0`.
_PROXY = re.compile("googleimageproxy|yahoomailproxy|yahoocachesystem", re.IGNORECASE)
_APPLE_PROXY = "Mozilla/5.0"


@dataclass(frozen=True)
class Agent:
    """What one user agent tells.

    Attributes:
        device: desktop, mobile or tablet; None where it is neither, or not told.
        browser: Edge, Opera, Samsung Internet, Firefox, Chrome or Safari; None for others.
        is_bot: A known crawler, monitor, library or headless browser.
        is_proxy: Fetches a mail's pictures for the reader.
    """

    device: str | None
    browser: str | None
    is_bot: bool
    is_proxy: bool


@cache
def _libraries() -> tuple[Any, Any]:
    """The parser and the matcher of bots; loading them takes 0.3 s, so only runs with user agents do."""
    import ua_parser_rs
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA
    from ua_parser import Parser
    from ua_parser.loaders import load_lazy_builtins
    from ua_parser.regex import Resolver

    patterns = [(item["pattern"], "bot", None, None, None, None) for item in CRAWLER_USER_AGENTS_DATA]
    return Parser(Resolver(load_lazy_builtins())), ua_parser_rs.UserAgentExtractor(patterns)


def classify(user_agent: str) -> Agent:
    """Judge one user agent by its first `LONGEST` characters."""
    text = user_agent[:LONGEST].strip()
    parser, bots = _libraries()
    found = parser.parse(text)
    is_proxy = text == _APPLE_PROXY or _PROXY.search(text) is not None
    return Agent(
        device=_device(text, found.os.family if found.os else ""),
        browser=_BROWSERS.get(found.user_agent.family) if found.user_agent else None,
        is_bot=not is_proxy
        and (bots.extract(text) is not None or bool(found.device and found.device.family == "Spider")),
        is_proxy=is_proxy,
    )


def _device(text: str, system: str) -> str | None:
    """The device by system and the words that makers agreed on: an Android without `Mobile` is a tablet."""
    if _TELEVISION.search(text):
        return None
    if system in _DESKTOPS or (system.startswith("Windows ") and system not in _PHONES):
        return "desktop"
    if _TABLET.search(text):
        return "tablet"
    if system in _PHONES or _PHONE.search(text):
        return "mobile"
    return "tablet" if system == "Android" else None
