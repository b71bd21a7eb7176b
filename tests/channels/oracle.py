"""Channel groups in slow plain Python, written from docs/semantics.md and not from the models.

The lists of sites and click ids are data that both share.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from journey_analytics.channels.data import click_ids, sites

PAID = r"^(.*cp.*|ppc|retargeting|paid.*)$"
SHOP = r"^(.*(([^a-df-z]|^)shop|shopping).*)$"
SHARED = (
    "blogspot.com",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "myshopify.com",
    "netlify.app",
    "pages.dev",
    "tumblr.com",
    "vercel.app",
    "web.app",
    "firebaseapp.com",
    "wixsite.com",
    "wordpress.com",
    "substack.com",
    "weebly.com",
    "webflow.io",
    "azurewebsites.net",
    "cloudfront.net",
    "amazonaws.com",
    "appspot.com",
)


def host(address: str | None) -> str | None:
    """The host that an address leads to, without www."""
    text = (address or "").strip(" ").lower()
    before, slashes, rest = text.partition("//")
    if slashes and (before == "" or before.endswith(":")):
        name = re.split(r"[/?#]", rest)[0]
        name = re.split(r"[:\s]", name.rpartition("@")[2])[0]
    else:
        name = re.split(r"[/?#:]", text)[0]
        if not re.fullmatch(r"([a-z0-9_-]+\.)+[a-z]{2,}", name):
            return None
    return name.removeprefix("www.").rstrip(".") or None


def own_domain(name: str) -> str | None:
    """What its owner registered."""
    if name[-1:].isdigit() or any(name == s or name.endswith("." + s) for s in SHARED):
        return None
    words = name.split(".")
    if len(words) < 2:
        return None
    second = ("co", "com", "org", "net", "ac", "gov", "edu", "ne", "or", "go")
    size = 3 if len(words) > 2 and words[-2] in second and len(words[-1]) == 2 else 2
    return ".".join(words[-size:])


def outside(referrer: str | None, url: str | None) -> str | None:
    """The referring host, unless it is the page's own site."""
    there, here = host(referrer), host(url)
    if there is None or here is None:
        return there
    own = own_domain(there)
    if there == here or there.endswith("." + here) or here.endswith("." + there) or (own and own == own_domain(here)):
        return None
    return there


def listed(name: str | None) -> tuple[str | None, str | None]:
    """Category and brand of a source or host."""
    text = (name or "").strip(" ").lower()
    where = host(text) or text
    found: list[tuple[int, str, str]] = []
    brand = None
    word = re.fullmatch(r"(?:m\.)?([^.]+)\.(?:com?\.)?[a-z]{2,3}", where)
    for site, kind, category in sites():
        if kind == "brand":
            fits = site == text or bool(word and word[1] == site)
            brand = site if fits else brand
        elif kind == "site":
            fits = where == site or where.endswith("." + site)
        elif kind == "name":
            fits = site == text
        else:
            fits = site == where
        if fits:
            found.append((len(site), site, category))
    return (max(found)[2] if found else None), brand


def parameter(url: str | None, name: str) -> str | None:
    """A parameter of a url."""
    match = re.search(rf"[?&#;]{name}=([^&#;]+)", url or "", re.IGNORECASE)
    try:
        return unquote(match[1].replace("+", " "), errors="strict").strip(" ") or None if match else None
    except UnicodeDecodeError:
        return None  # no text


def traffic(
    source: str | None, medium: str | None, campaign: str | None, referrer: str | None, url: str | None
) -> tuple[str, str, str | None]:
    """Source, medium and campaign, lower case."""
    source = (source or "").strip(" ") or parameter(url, "utm_source")
    medium = (medium or "").strip(" ") or parameter(url, "utm_medium")
    campaign = (campaign or "").strip(" ") or parameter(url, "utm_campaign")
    names = "|".join(c.parameter for c in click_ids())
    hit = re.search(rf"[?&#;]({names})=[^&#;]", url or "", re.IGNORECASE)
    click = next((c for c in click_ids() if hit and c.parameter == hit[1].lower()), None)
    campaign = campaign.lower() if campaign else None
    if click:
        same = (source or "").lower() in ("(direct)", click.source, click.source + ".com") or (
            source is not None and listed(source)[1] is not None and listed(source)[1] == listed(click.source)[1]
        )
        free = (medium or "(none)").lower() in ("(none)", "(not set)", "organic", "referral")
        if (source is None and medium is None) or (click.paid and same and free):
            return click.source, click.medium, campaign
    if source is not None or medium is not None:
        if source is None:
            return "(not set)", str(medium).lower(), campaign
        if medium is None:
            medium = "(not set)"
            if source.lower() == "(direct)":
                medium = "(none)"
            elif listed(source)[0] == "assistant":
                medium = "ai-assistant"
        return source.lower(), medium.lower(), campaign
    there = outside(referrer, url)
    if there is None and campaign not in (None, "(direct)", "(none)", "(not set)"):
        return "(not set)", "(not set)", campaign
    if there is None:
        return "(direct)", "(none)", campaign
    category, brand = listed(there)
    if category == "assistant":
        return there, "ai-assistant", campaign or "(ai-assistant)"
    if category == "search":
        return brand or there, "organic", campaign
    return there, "referral", campaign


def group(
    source: str | None = None,
    medium: str | None = None,
    campaign: str | None = None,
    referrer: str | None = None,
    url: str | None = None,
) -> str:
    """The channel group of a visit, without configured rules."""
    s, m, c = traffic(source, medium, campaign, referrer, url)
    c = c or ""
    kind = listed(s)[0]
    paid, shop = re.fullmatch(PAID, m), re.fullmatch(SHOP, c)
    if s == "(direct)" and m in ("(none)", "(not set)"):
        return "Direct"
    if re.fullmatch(".*cross-network.*", c):
        return "Cross-network"
    if paid:
        if kind == "shopping" or shop:
            return "Paid Shopping"
        if kind in ("search", "social", "video"):
            return f"Paid {kind.title()}"
    if m in ("display", "banner", "expandable", "interstitial", "cpm"):
        return "Display"
    if paid:
        return "Paid Other"
    if kind == "shopping" or shop:
        return "Organic Shopping"
    if kind == "social" or m in ("social", "social-network", "social-media", "sm", "social network", "social media"):
        return "Organic Social"
    if kind == "video" or re.fullmatch(".*video.*", m):
        return "Organic Video"
    if kind == "search" or m == "organic":
        return "Organic Search"
    if m in ("referral", "app", "link"):
        return "Referral"
    if {s, m} & {"email", "e-mail", "e_mail", "e mail"}:
        return "Email"
    if m in ("affiliate", "affiliates"):
        return "Affiliates"
    if m == "audio":
        return "Audio"
    if "sms" in (s, m):
        return "SMS"
    if m.endswith("push") or "mobile" in m or "notification" in m or s == "firebase":
        return "Mobile Push Notifications"
    if m == "ai-assistant":
        return "AI Assistant"
    return _ours(s, m)


def _ours(s: str, m: str) -> str:
    words = {
        "Phone": {"phone", "call", "telephone"},
        "Meeting": {"meeting"},
        "In-store": {"in-store", "in_store", "in store", "instore"},
        "Direct mail": {"direct-mail", "direct_mail", "direct mail", "directmail"},
        "Support": {"support", "helpdesk"},
        "Survey": {"survey"},
        "Review": {"review", "reviews"},
        "Partner": {"partner", "partners"},
    }
    return next((name for name, known in words.items() if {s, m} & known), "Unassigned")
