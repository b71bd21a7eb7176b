"""What the simulated world consists of: people, their devices, and the rows that they leave in logs.

No behaviour (`shopper`, `business`, `newsletter` …) and no file formats (`segment`, `sendgrid`, `hubspot` …).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

#: The sample ends here whatever its length, so that the same seed gives the same files on any day.
END = datetime(2026, 9, 1)
SHARED = "shared device"  # nobody can know who it was before a login

Identifier = tuple[str, str]  # kind and normalised value


@dataclass(slots=True, frozen=True)
class Deed:
    """What truly happened, in the shared vocabulary.

    Attributes:
        name: The event.
        actor: customer, company or machine.
        score: Of a review or an NPS answer; what decides about Loyalty.
        at: UTC, where it is another time than the row's.
    """

    name: str
    actor: str = "customer"
    score: float | None = None
    at: datetime | None = None


@dataclass(slots=True)
class Row:
    """One row of one log file, and the truth about it."""

    stream: str  # 'web', 'email', 'stores' …, or a CRM file name without .csv
    at: datetime  # UTC, when it happened
    arrives: datetime  # UTC, when the log got it: decides the file and the order in it
    body: dict[str, Any]
    person: str
    identifiers: tuple[Identifier, ...]
    event_id: str = ""
    fate: str = ""  # '' accepted; 'duplicate', 'rejected: …', 'ignored: …'
    note: str = ""
    raw: bytes | None = None  # written in place of the body
    deeds: tuple[Deed, ...] = ()
    group: str = ""  # the channel group that a landing came through; '' on other rows
    machine: str = ""  # what kind of machine did it; '' for people and for what the company's own programs log


@dataclass(slots=True)
class Device:
    """A browser on a device. Its cookie changes when its owner clears it."""

    kind: str  # mobile, desktop, tablet
    user_agent: str
    browser: str
    cookies: list[tuple[datetime, str]]  # since when, value
    offset: timedelta | None  # the clock that the tracker writes times in; None: UTC with Z
    skew: timedelta = timedelta()  # how far its clock is wrong
    known_from: datetime | None = None  # first login here
    stays: bool = True  # still logged in at later visits
    shared: bool = False  # by several people of a household, or a kiosk

    def cookie(self, at: datetime) -> str:
        """The cookie in use at a time."""
        return next((value for since, value in reversed(self.cookies) if since <= at), self.cookies[0][1])


@dataclass(slots=True)
class Person:
    """Someone who shops, or who buys for a company."""

    key: str
    given: str
    family: str
    email: str
    user_id: str
    contact_id: str
    company: str | None  # None: a consumer
    persona: str
    arrives: datetime
    channel: str  # how they found the shop
    devices: list[Device]
    random: Random
    scanner: str = ""  # what checks the links in their mail: fast, burst, slow
    subscribed: datetime | None = None
    ordered: list[datetime] = field(default_factory=list)
    tickets: int = 0


@dataclass
class World:
    """Everything that happened, and how often each kind of dirt was made.

    Attributes:
        begin: Nothing happens before.
        end: Nothing is logged from then on.
        seed: Of all random numbers.
        planted: Whether the stories of `stories` happen; without them nothing sets their segments apart.
        arrivals_end: Nobody new comes from then on.
    """

    begin: datetime
    end: datetime
    seed: int
    planted: bool = True
    arrivals_end: datetime = END
    rows: list[Row] = field(default_factory=list)
    dirt: Counter[str] = field(default_factory=Counter)
    story: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row) -> bool:
        """Record a row, unless it would happen after the sample's end."""
        if not self.begin <= row.at < self.end or row.arrives >= self.end:
            return False
        self.rows.append(row)
        return True


def token(random: Random, digits: int = 12) -> str:
    """A random hexadecimal id of so many digits."""
    return f"{random.getrandbits(digits * 4):0{digits}x}"
