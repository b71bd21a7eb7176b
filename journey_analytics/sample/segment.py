"""Web hits as Segment's track, page and identify calls. No behaviour here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from journey_analytics.sample.model import Device, Identifier, Person, Row, World, token

LINKS_ONLY = "ignored: links only"
SITE = "https://www.velo.example"
#: Landing by channel: referrer, and the campaign parameters if it is a campaign.
LANDINGS: dict[str, tuple[str, tuple[str, str, str] | None]] = {
    "search": ("https://www.google.com/", None),
    "ads": ("https://www.google.com/", ("google", "cpc", "brand-bikes")),
    "social": ("https://www.instagram.com/", ("instagram", "paid_social", "spring-reels")),
    "direct": ("", None),
    "referral": ("https://bikeblog.example/reviews/", None),
    "newsletter": ("", ("newsletter", "email", "newsletter")),
}


def stamp(at: datetime, offset: timedelta | None = None) -> str:
    """ISO 8601 to the millisecond: UTC with Z, or a local time with its offset."""
    if offset is None:
        return at.isoformat(timespec="milliseconds") + "Z"
    minutes = int(offset.total_seconds() // 60)
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{(at + offset).isoformat(timespec='milliseconds')}{sign}{minutes // 60:02}:{minutes % 60:02}"


@dataclass
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
    cookie: str | None = None  # overrides the device's own (a kiosk)
    known: bool = False  # logged in during this visit
    page: str = field(default="/", init=False)
    landed: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        device = self.device
        remembered = device.known_from is not None and device.known_from <= self.at and device.stays
        self.known = self.known or (remembered and self.cookie is None)

    def view(self, path: str, title: str) -> None:
        """A page view."""
        self.page = path
        self._call("page", {"name": title}, {"title": title, "path": path, "url": SITE + path})

    def track(self, event: str, **properties: Any) -> None:
        """A track call on the page under way."""
        self._call("track", {"event": event}, properties)

    def login(self) -> None:
        """Log in: from here on the calls carry the user id."""
        self.known = True
        if self.cookie is None:
            self.device.known_from = min(self.at, self.device.known_from or self.at)
        person = self.person
        traits = {"email": person.email, "firstName": person.given, "lastName": person.family}
        self._call("identify", {"traits": traits}, None, (("email", person.email),))

    def leave_address(self) -> None:
        """Give an e-mail address without having an account (newsletter form, quote form)."""
        self._call("identify", {"traits": {"email": self.person.email}}, None, (("email", self.person.email),))

    def _call(
        self,
        kind: str,
        extra: dict[str, Any],
        properties: dict[str, Any] | None,
        more: tuple[Identifier, ...] = (),
    ) -> None:
        random = self.person.random
        cookie = self.cookie or self.device.cookie(self.at)
        referrer, campaign = LANDINGS[self.channel]
        page = {"path": self.page, "url": SITE + self.page, "referrer": SITE + "/" if self.landed else referrer}
        context: dict[str, Any] = {"page": page, "userAgent": self.device.user_agent}
        if campaign and not self.landed:
            source, medium, name = campaign
            name = self.campaign or name
            context["campaign"] = {"source": source, "medium": medium, "name": name}
            page["url"] += f"?utm_source={source}&utm_medium={medium}&utm_campaign={name}"
        self.landed = True
        received = self.at + timedelta(milliseconds=random.randrange(80, 2500))
        message_id = f"ajs-{token(random)}"
        body: dict[str, Any] = {"type": kind, **extra, "messageId": message_id, "anonymousId": cookie}
        identifiers: tuple[Identifier, ...] = (("cookie", cookie), *more)
        if self.known:
            body["userId"] = self.person.user_id
            identifiers = (("user_id", self.person.user_id), *identifiers)
        body["timestamp"] = stamp(self.at, self.device.offset)
        body["receivedAt"] = stamp(received)
        body["context"] = context
        if properties is not None:
            body["properties"] = properties
        row = Row("web", self.at, received, body, self.person.key, identifiers, message_id)
        if kind == "identify":
            row.fate = LINKS_ONLY
        if self.world.add(row) and self.device.offset is not None:
            self.world.dirt["times_with_an_offset"] += 1
        self.at += timedelta(milliseconds=random.randrange(8_000, 95_000))
