"""What the simulated world consists of: people, their devices, and the rows that they leave in logs.

No behaviour (`shopper`, `business`, `newsletter`) and no file formats (`segment`, `sendgrid`, `hubspot`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

#: The sample ends here whatever its length, so that the same seed gives the same files on any day.
END = datetime(2026, 9, 1)

Identifier = tuple[str, str]  # kind and normalised value


@dataclass
class Row:
    """One row of one log file, and the truth about it."""

    stream: str  # 'web', 'email' or a CRM file name without .csv
    at: datetime  # UTC, when it happened
    arrives: datetime  # UTC, when the log got it: decides the file and the order in it
    body: dict[str, Any]
    person: str
    identifiers: tuple[Identifier, ...]
    event_id: str = ""
    fate: str = ""  # '' accepted; 'duplicate', 'rejected: …', 'ignored: …'
    note: str = ""
    raw: bytes | None = None  # written in place of the body


@dataclass
class Device:
    """A browser on a device. Its cookie changes when its owner clears it."""

    kind: str  # mobile, desktop, tablet
    user_agent: str
    cookies: list[tuple[datetime, str]]  # since when, value
    offset: timedelta | None  # the clock that the tracker writes times in; None: UTC with Z
    known_from: datetime | None = None  # first login here
    stays: bool = True  # still logged in at later visits

    def cookie(self, at: datetime) -> str:
        """The cookie in use at a time."""
        return next((value for since, value in reversed(self.cookies) if since <= at), self.cookies[0][1])


@dataclass
class Person:
    """Someone who shops, or who buys for a company."""

    key: str
    given: str
    family: str
    email: str
    user_id: str
    contact_id: str
    company: str | None  # None: a consumer
    arrives: datetime
    channel: str  # how they found the shop
    devices: list[Device]
    random: Random
    subscribed: datetime | None = None
    ordered: list[datetime] = field(default_factory=list)


@dataclass
class World:
    """Everything that happened, and how often each kind of dirt was made."""

    begin: datetime
    end: datetime
    seed: int
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
