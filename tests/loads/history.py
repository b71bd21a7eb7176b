"""The small history that every sequence of loads begins with, and the rows that loads add to it.

Eight people are known to the website by `u1`, `c1`, to the mailer by `p1@x.example`, to the CRM by `k1`, and only some
of them are the same customer from the start: the CRM knows the addresses, and a table of people ties users to them.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

Row = dict[str, str]

START = datetime(2025, 1, 1)
#: The clock of the first run: the history lasts 200 days.
FIRST_CLOCK = START + timedelta(days=200)
PEOPLE = range(1, 9)
#: Source -> the columns of its files.
FIELDS = {
    "web": [
        *["id", "received", "at", "event", "user", "cookie", "url", "referrer", "source", "medium", "campaign"],
        *["value", "agent", "country", "device", "nps"],
    ],
    "mail": ["at", "event", "email", "url", "campaign"],
    "crm": ["id", "received", "at", "event", "contact", "email", "user", "account", "value"],
    "people": ["contact", "email", "user"],
    "plans": ["contact", "email", "status"],
}
WEB_EVENTS = [
    *["page_viewed", "product_viewed", "search_performed", "cart_added", "checkout_started", "order_completed"],
    *["error_shown", "survey_answered", "form_submitted"],
]
MAIL_EVENTS = ["email_sent", "email_opened", "email_clicked", "email_unsubscribed"]
CRM_EVENTS = ["deal_created", "deal_stage_changed", "deal_won", "deal_lost", "call_logged", "ticket_created"]
_CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
#: Where a website's event came from: url, referrer, source, medium, campaign.
VISITS: list[dict[str, str]] = [
    {"url": "https://shop.example/a?utm_source=news&utm_medium=email"},
    {"url": "https://shop.example/b", "referrer": "https://www.google.com/"},
    {"url": "https://shop.example/c", "source": "google", "medium": "cpc", "campaign": "spring"},
    {"url": "https://shop.example/help/d"},
]


def web(number: int, at: datetime, person: int, event: str, *, who: str = "own", visit: int = 3, **more: str) -> Row:
    """An event of the website; `who` says which identifiers the row bears."""
    cookies = {"own": f"c{person}", "login": "", "anonymous": f"c{person}", "kiosk": "kiosk", "bare kiosk": "kiosk"}
    named = who not in ("anonymous", "bare kiosk")
    row = {"id": f"w{number}", "at": _text(at), "event": event, "user": f"u{person}" if named else ""}
    row["cookie"] = cookies.get(who, f"c{person % len(PEOPLE) + 1}")  # else: somebody else's machine
    row["country"] = ["NL", "DE", ""][person % 3]
    row["device"] = ["mobile", "desktop"][number % 2] if number % 5 else ""
    if event == "order_completed":
        row["value"] = str(20 + 37 * (number % 7))
    if event == "survey_answered":
        row["nps"] = str(number % 11)
    if number % 29 == 7:
        row["agent"] = _CRAWLER
    return row | VISITS[visit % len(VISITS)] | more


def mail(number: int, at: datetime, person: int, event: str, **more: str) -> Row:
    """An event of a mail; it has no id, so equal rows are told apart by nothing."""
    url = f"https://shop.example/{number % 4}" if event == "email_clicked" else ""
    return {"at": _text(at), "event": event, "email": f"p{person}@x.example", "url": url, "campaign": "news"} | more


def crm(number: int, at: datetime, person: int, event: str, *, who: str = "own", **more: str) -> Row:
    """An event of the CRM: `whole` ties it to the website's user, `other` to the next person's address."""
    row = {"id": f"k{number}", "at": _text(at), "event": event, "contact": f"k{person}", "account": f"a{person // 3}"}
    row["email"] = f"p{person % len(PEOPLE) + 1 if who == 'other' else person}@x.example"
    row["user"] = f"u{person}" if who == "whole" else ""
    row["value"] = "1000" if event == "deal_won" else ""
    return row | more


def tie(person: int, other: int) -> Row:
    """A row of the table of people: the contact and address of one are the website's user `other`."""
    return {"contact": f"k{person}", "email": f"p{person}@x.example", "user": f"u{other}"}


def first_files() -> dict[str, list[Row]]:
    """File -> rows of the first load: two hundred days, the same on every machine."""
    chance = random.Random(20261125)
    rows: dict[str, list[tuple[datetime, Row]]] = {"web": [], "mail": [], "crm": []}
    number = 0
    for person in PEOPLE:
        for _ in range(6):
            at = START + timedelta(days=chance.randrange(199), minutes=chance.randrange(1000))
            visit, who = chance.randrange(4), chance.choice(["own", "own", "own", "anonymous", "login", "kiosk"])
            for _ in range(chance.randrange(1, 6)):
                event = chance.choice(WEB_EVENTS)
                rows["web"].append((at, web(number, at, person, event, who=who, visit=visit)))
                at += timedelta(seconds=chance.choice([0, 5, 40, 600, 1700, 2400]))
                number += 1
        for _ in range(5):
            at = START + timedelta(days=chance.randrange(199), minutes=chance.randrange(1000))
            rows["mail"].append((at, mail(number, at, person, "email_sent")))
            for seconds in chance.choice([[], [3], [900], [60, 61, 62]]):
                clicked = at + timedelta(seconds=seconds)
                rows["mail"].append((clicked, mail(number + seconds, clicked, person, "email_clicked")))
            number += 1
        for event in chance.sample(CRM_EVENTS, 3):
            at = START + timedelta(days=chance.randrange(199), minutes=chance.randrange(1000))
            rows["crm"].append((at, crm(number, at, person, event)))
            number += 1
    files: dict[str, list[Row]] = {}
    for source, found in rows.items():
        found.sort(key=lambda pair: pair[0])
        half = len(found) // 2
        files[f"{source}/1.csv"] = [row for _, row in found[:half]]
        files[f"{source}/2.csv"] = [row for _, row in found[half:]]
    files["web/2.csv"] += [
        web(900, FIRST_CLOCK, 1, "page_viewed") | {"at": "soon"},
        web(901, FIRST_CLOCK, 2, "cart_added"),
    ]
    files["web/2.csv"][-1]["at"] = _text(
        FIRST_CLOCK + timedelta(days=3)
    )  # in the future, until the clock has come so far
    files["crm/people1.csv"] = [tie(1, 1), tie(2, 2)]
    files["plans/2025-02-01.csv"] = [_plan(1, "new"), _plan(3, "new"), _plan(5, "new")]
    files["plans/2025-04-01.csv"] = [_plan(1, "won"), _plan(3, "talks"), _plan(6, "new")]
    return files


def _plan(person: int, status: str) -> Row:
    return {"contact": f"k{person}", "email": f"p{person}@x.example", "status": status}


def plans(states: list[str]) -> list[Row]:
    """A full export of plans: the state of every person in turn, empty where the person has none."""
    return [_plan(person, status) for person, status in zip(PEOPLE, states, strict=False) if status]


_CONNECTOR = """\
streams:
  - name: people
    files: "people*.csv"
    role: links
    identifiers: {crm_contact: contact, email: email, user_id: user}
  - name: log
    files: "*"
    channel: crm
    columns: {occurred_at: at, event_name: event, event_id: id, received_at: received, value: value}
    identifiers: {crm_contact: contact, email: email, user_id: user, account: account}
"""
#: Files that are configuration and not logs.
OTHER_FILES = {"crm.yaml": _CONNECTOR}


def first_config() -> dict[str, Any]:
    """The journey.yaml of the first load, to be changed at will."""
    web_columns = {"occurred_at": "at", "event_name": "event", "event_id": "id", "received_at": "received"}
    web_columns |= {"url": "url", "referrer": "referrer", "utm_source": "source", "utm_medium": "medium"}
    web_columns |= {"utm_campaign": "campaign", "value": "value", "user_agent": "agent", "country": "country"}
    mail_columns = {"occurred_at": "at", "event_name": "event", "url": "url", "utm_campaign": "campaign"}
    moved = [{"event": "deal_won", "where": {"status": "won"}}, {"event": "deal_stage_changed"}]
    return {
        "timezone": "Europe/Amsterdam",
        "sources": [
            {"name": "web", "connector": "table", "channel": "web", "files": "web/*.csv"}
            | {"columns": web_columns | {"device": "device"}, "identifiers": {"user_id": "user", "cookie": "cookie"}},
            {"name": "mail", "connector": "table", "channel": "email", "files": "mail/*.csv"}
            | {"columns": mail_columns, "identifiers": {"email": "email"}},
            {"name": "crm", "connector": "crm.yaml", "files": "crm/*.csv"},
            {"name": "plans", "connector": "table", "channel": "crm", "mode": "snapshot", "files": "plans/*.csv"}
            | {"snapshot": {"key": "contact", "watch": ["status"], "taken_at": "%Y-%m-%d", "max_deleted": 1}}
            | {"identifiers": {"crm_contact": "contact", "email": "email"}}
            | {"events": {"created": "lead_created", "status_changed": moved, "deleted": "lead_disqualified"}},
        ],
        "identity": {"shared": ["user_id", "crm_contact"], "max_people": 5, "unlink": []},
        "exclude_customers": [],
        "sessions": {"timeout": "30m"},
        "journeys": {"timeout": "30d", "horizon": "45d"},
        "key_events": ["form_submitted"],
        "segments": ["device", "channel_group", {"cohort": "month"}, {"name": "dear", "where": "value > 100"}],
        "minimum": 1,
        "incremental": 1,  # however many customers are touched
        "funnels": [{"name": "buy", "steps": ["product_viewed", "cart_added", "order_completed"], "window": "14d"}],
        "stages": [
            {"name": "Look"},
            {"name": "Want", "rules": [{"events": ["product_viewed", "search_performed", "email_clicked"]}]},
            {"name": "Choose", "rules": [{"events": ["cart_added", "checkout_started", "deal_*"]}]},
            {"name": "Have", "keeps": True, "rules": [{"events": ["order_completed", "deal_won"]}]},
            {"name": "Love", "keeps": True, "rules": [{"events": ["order_completed"], "nth": ">= 3"}]},
        ],
    }


def _text(at: datetime) -> str:
    return at.isoformat() + "Z"
