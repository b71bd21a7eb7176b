"""Web hits as Segment's track, page and identify calls. No behaviour here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from journey_analytics.sample.model import SHARED, Deed, Device, Identifier, Person, Row, World, token

LINKS_ONLY = "ignored: links only"
SITE = "https://www.velo.example"
#: Landing by channel: referrer, the campaign parameters if it is a campaign, and the channel group that this is.
LANDINGS: dict[str, tuple[str, tuple[str, str, str] | None, str]] = {
    "search": ("https://www.google.com/", None, "Organic Search"),
    "ads": ("https://www.google.com/", ("google", "cpc", "brand-bikes"), "Paid Search"),
    "social": ("https://www.instagram.com/", ("instagram", "paid_social", "spring-reels"), "Paid Social"),
    "organic_social": ("https://www.facebook.com/", None, "Organic Social"),
    "video": ("https://www.youtube.com/", None, "Organic Video"),
    "display": ("https://news.example/", ("adnetwork", "cpm", "always-on"), "Display"),
    "assistant": ("https://chatgpt.com/", None, "AI Assistant"),
    "affiliate": ("https://biketowork.example/", ("biketowork.example", "affiliate", "bike-to-work"), "Affiliates"),
    "direct": ("", None, "Direct"),
    "referral": ("https://bikeblog.example/reviews/", None, "Referral"),
    "newsletter": ("", ("newsletter", "email", "newsletter"), "Email"),
}
#: What the calls are in the shared vocabulary; others keep their name.
_NAMES = {
    "Products Searched": "search_performed",
    "Product Viewed": "product_viewed",
    "Product Added": "cart_added",
    "Checkout Started": "checkout_started",
    "Order Completed": "order_completed",
    "Order Refunded": "order_refunded",
    "Product Reviewed": "review_posted",
    "Form Submitted": "form_submitted",
    "Demo Requested": "demo_requested",
}
_DEEDS = {name: (Deed(name),) for name in (*_NAMES.values(), "page_viewed", "error_shown", "content_downloaded")}


def stamp(at: datetime, offset: timedelta | None = None) -> str:
    """ISO 8601 to the millisecond: UTC with Z, or a local time with its offset."""
    if offset is None:
        return at.isoformat(timespec="milliseconds") + "Z"
    minutes = int(offset.total_seconds() // 60)
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{(at + offset).isoformat(timespec='milliseconds')}{sign}{minutes // 60:02}:{minutes % 60:02}"


@dataclass(slots=True)
class Visit:
    """One visit of one person on one device: hands out the calls one after the other.

    Attributes:
        at: UTC time of the next call; each call moves it on by some seconds.
    """

    world: World
    person: Person
    device: Device
    at: datetime
    channel: str = "direct"
    campaign: str | None = None  # overrides the channel's campaign name
    known: bool = False  # logged in during this visit
    machine: str = ""  # a crawler
    page: str = field(default="/", init=False)
    landed: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        device = self.device
        self.known = self.known or (device.known_from is not None and device.known_from <= self.at and device.stays)

    def view(self, path: str, title: str) -> None:
        """A page view."""
        self.page = path
        self._call("page", {"name": title}, {"title": title, "path": path, "url": SITE + path}, _DEEDS["page_viewed"])

    def track(self, event: str, **properties: Any) -> None:
        """A track call on the page under way."""
        name = _NAMES.get(event, event)
        score = properties.get("score")
        deeds = _DEEDS[name] if score is None else (Deed(name, score=score),)
        self._call("track", {"event": event}, properties, deeds)

    def login(self) -> None:
        """Log in: from here on the calls carry the user id."""
        self.known = True
        self.device.known_from = min(self.at, self.device.known_from or self.at)
        person = self.person
        traits = {"email": person.email, "firstName": person.given, "lastName": person.family}
        self._call("identify", {"traits": traits}, None, (), (("email", person.email),))

    def leave_address(self) -> None:
        """Give an e-mail address without having an account (newsletter form, quote form)."""
        self._call("identify", {"traits": {"email": self.person.email}}, None, (), (("email", self.person.email),))

    def _call(
        self,
        kind: str,
        extra: dict[str, Any],
        properties: dict[str, Any] | None,
        deeds: tuple[Deed, ...],
        more: tuple[Identifier, ...] = (),
    ) -> None:
        random, device, at = self.person.random, self.device, self.at
        cookie = device.cookies[0][1] if len(device.cookies) == 1 else device.cookie(at)
        referrer, campaign, group = LANDINGS[self.channel]
        page = {"path": self.page, "url": SITE + self.page, "referrer": SITE + "/" if self.landed else referrer}
        context: dict[str, Any] = {"page": page, "userAgent": device.user_agent}
        if campaign and not self.landed:
            source, medium, name = campaign
            name = self.campaign or name
            context["campaign"] = {"source": source, "medium": medium, "name": name}
            page["url"] += f"?utm_source={source}&utm_medium={medium}&utm_campaign={name}"
            if self.channel == "ads":
                page["url"] += f"&gclid={token(random)}"
        received = at + timedelta(milliseconds=80 + int(random.random() * 2420))
        message_id = f"ajs-{token(random)}"
        body: dict[str, Any] = {"type": kind, **extra, "messageId": message_id, "anonymousId": cookie}
        # Whoever else uses a shared device bears the same cookie: it tells nobody.
        identifiers: tuple[Identifier, ...] = more if device.shared else (("cookie", cookie), *more)
        if self.known:
            body["userId"] = self.person.user_id
            identifiers = (("user_id", self.person.user_id), *identifiers)
        body["timestamp"] = stamp(at + device.skew if device.skew else at, device.offset)
        body["receivedAt"] = stamp(received)
        body["context"] = context
        if properties is not None:
            body["properties"] = properties
        row = Row(
            "web", at, received, body, self.person.key, identifiers, message_id, deeds=deeds, machine=self.machine
        )
        if kind == "identify":
            row.fate = LINKS_ONLY
        if device.shared:
            row.note = SHARED
        if not self.landed and not self.machine:
            row.group = group
        self.landed = True
        if self.world.add(row):
            if device.offset is not None:
                self.world.dirt["times_with_an_offset"] += 1
            elif device.skew:
                row.note = row.note or "skewed clock"
                self.world.dirt["times_of_a_wrong_clock"] += 1
        self.at = at + timedelta(milliseconds=8_000 + int(random.random() * 87_000))
