"""Hypothesis strategies for small dirty histories: configuration and files, as a `table` project."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from hypothesis import strategies as st

Row = dict[str, str]
FIELDS = [
    *["id", "time", "event", "actor", "seq", "received", "url", "campaign", "tag", "cookie", "user", "email"],
    *["device", "key", "second", "won", "won_tag"],
]
BASE = datetime(2012, 3, 1, 10)
US = timedelta(microseconds=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
CLOCK = datetime(2026, 11, 1)  # of every run on drawn histories

#: Gaps at, just under and just over every limit that a drawn configuration may hold, from ties to years.
QUICK = [
    *[timedelta(0)] * 3,
    US,
    *[timedelta(seconds=s) for s in (1, 10, 11)],
    *[timedelta(minutes=m) for m in (5, 29)],
    *[timedelta(minutes=30) + d for d in (-US, 0 * US, 0 * US, US)],
    *[timedelta(hours=h) for h in (2, 8, 8, 16)],
    *[DAY + d for d in (-US, 0 * US, US)],
]
SLOW = [
    timedelta(0),
    timedelta(minutes=30),
    *[30 * DAY + d for d in (0 * US, US)],
    *[45 * DAY, 60 * DAY],
    *[90 * DAY + d for d in (-US, 0 * US, 0 * US, US, US)],
    *[120 * DAY, 200 * DAY],
]
GAPS = {"quick": QUICK, "slow": SLOW, "mixed": [*QUICK, *QUICK, *SLOW]}
ENGAGING = [
    "page_viewed",
    "product_viewed",
    "cart_added",
    "order_completed",
    "ticket_created",
    "ticket_solved",
    "login",
]
LOST = ["deal_lost", "subscription_cancelled"]
ALL = ["web", "app", "kassa", "crm", "leads"]
URLS = ["", "", "https://x.example/shop/a?q=1", "/shop/b", "/help/", "https://x.example/"]
GLOBS = ["/shop/*", "/help/", "*", "/?hop/a"]


@dataclass
class Project:
    """One drawn project: what goes into journey.yaml and, by path, into CSV files."""

    config: dict[str, Any]
    files: dict[str, list[Row]]
    as_of: str | None

    def write(self, folder: Path) -> Path:
        """Write it below a folder; gives the path of journey.yaml."""
        for name, rows in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as handle:
                writer = csv.DictWriter(handle, FIELDS)
                writer.writeheader()
                writer.writerows(rows)
        path = folder / "journey.yaml"
        path.write_text(yaml.safe_dump(self.config, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return path


def _sources(own_keys: bool) -> list[dict[str, Any]]:
    columns = {"occurred_at": "time", "event_name": "event", "actor": "actor", "value": "tag", "sequence": "seq"}
    columns |= {"url": "url", "utm_campaign": "campaign", "device": "device"}
    with_id = columns | {"event_id": "id", "received_at": "received"}
    web_ids = {"cookie": "cookie", "tag": "second", "user_id": "user", "email": "email"}
    head = {"connector": "table"}
    keyed = {"session_key": "key"} if own_keys else {}
    return [
        head | {"name": "web", "channel": "web", "files": "web/*.csv", "columns": with_id, "identifiers": web_ids},
        head
        | {"name": "app", "channel": "app", "files": "app/*.csv", "columns": columns | keyed}
        | {"identifiers": web_ids},
        head
        | {"name": "kassa", "channel": "store", "class": "web", "files": "kassa/*.csv", "columns": columns}
        | {"identifiers": {"user_id": "user", "cookie": "cookie"}, "dedupe": "occurrence"},
        head
        | {"name": "crm", "channel": "crm", "files": "crm/*.csv", "columns": with_id, "timezone": "Europe/Amsterdam"}
        | {"identifiers": {"email": "email", "user_id": "user"}},
        head  # a wide export: one row, several events
        | {
            "name": "leads",
            "channel": "crm",
            "files": "leads/*.csv",
            "timezone": "Europe/Amsterdam",
            "actor": "company",
        }
        | {
            "columns": {"event_id": "id", "received_at": "received"},
            "identifiers": {"email": "email", "user_id": "user"},
        }
        | {
            "events": [
                {"event": "product_viewed", "at": "time", "value": "tag"},
                {"event": "order_completed", "at": "won", "value": "won_tag", "actor": "customer"},
            ]
        },
    ]


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    """One stage rule."""
    names = [*ENGAGING, "ticket_*", "order_*", "*_added", "p??*_viewed"]
    rule: dict[str, Any] = {"events": draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))}
    extra = draw(st.sampled_from([*[""] * 8, "sources", "channels", "urls", "where"]))
    if extra == "sources":
        rule["sources"] = draw(st.sampled_from([["web"], ["web", "crm"], ["kassa"]]))
    elif extra == "channels":
        rule["channels"] = draw(st.sampled_from([["web"], ["app", "store"]]))
    elif extra == "urls":
        rule["urls"] = [draw(st.sampled_from(GLOBS))]
    elif extra == "where":
        rule["where"] = draw(st.sampled_from(["value > 100", "campaign = 'spring'"]))
    counted = draw(st.sampled_from([*[None] * 12, 1, 2, ">= 2", ">= 3", "< 3", "<= 1", "> 1", "= 2"]))
    if counted is not None:
        rule["nth"] = counted
    if draw(st.sampled_from([False, False, False, False, True])):
        rule["after"] = draw(st.sampled_from([["order_completed"], ["login", "deal_lost"], ["page_viewed"]]))
        within = draw(st.sampled_from([None, "10s", "30m", "30d", "90d"]))
        if within:
            rule["within"] = within
    back = draw(st.sampled_from([None, None, True, False]))
    if back is not None:
        rule["back"] = back
    return rule


@st.composite
def stage_models(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Two to five stages; `keeps` on any of them."""
    count = draw(st.integers(2, 5))
    stages = []
    for number in range(count):
        stage: dict[str, Any] = {"name": f"S{number + 1}"}
        if draw(st.booleans()):
            stage["keeps"] = True
        least = 0 if number == 0 else 1
        found = draw(st.lists(rules(), min_size=least, max_size=3))
        if found:
            stage["rules"] = found
        stages.append(stage)
    return stages


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    """One journey.yaml."""
    sources = _sources(own_keys=draw(st.sampled_from([False, False, False, True])))
    if draw(st.booleans()):
        sources.reverse()  # the order of the sources decides ties
    journeys: dict[str, Any] = {"timeout": draw(st.sampled_from(["90d", "90d", "30d"]))}
    if draw(st.booleans()):
        journeys["horizon"] = draw(st.sampled_from(["1d", "45d", "120d"]))
    excluded = draw(st.sampled_from([*[[]] * 5, ["p2@*"], ["u1", "c3"], ["family@x.example"]]))
    return {
        "exclude_customers": excluded,
        "timezone": draw(st.sampled_from(["UTC", "Europe/Amsterdam"])),
        "sources": sources,
        "identity": {
            "shared": draw(st.sampled_from([[], ["user_id"], ["user_id", "cookie"]])),
            "max_people": draw(st.sampled_from([1, 2, 5])),
        },
        "sessions": {
            "timeout": draw(st.sampled_from(["30m", "30m", "2h", "8h", "16h", "24h"])),
            "max_length": draw(st.sampled_from(["24h", "24h", "2h"])),
            "midnight": draw(st.sampled_from([False, False, False, True])),
            "campaign": draw(st.sampled_from([False, False, False, True])),
            "by": draw(st.sampled_from(["customer", "customer", "customer", "device"])),
        },
        "journeys": journeys,
        "key_events": draw(st.sampled_from([[], ["login"]])),
        "minimum": draw(st.sampled_from([1, 3, 30])),
        "stages": draw(stage_models()),
    }


@st.composite
def _identifiers(draw: st.DrawFn, person: int, tidy: bool) -> Row:
    """What one row says about who acted: now and then nothing, junk, or somebody else's."""
    if tidy:  # long histories of few people, for everything that comes after identity
        return {"cookie": draw(st.sampled_from(["", f"c{person}", f"d{person}"])), "user": f"u{person}", "email": ""}
    cookie = draw(st.sampled_from(["", f"c{person}", f"c{person}", "c1", "kiosk"]))
    user = draw(st.sampled_from(["", "", f"u{person}", f"u{person}", "null"]))
    email = draw(st.sampled_from(["", "", f"p{person}@x.example", f" P{person}@X.example", "family@x.example"]))
    if not (cookie or user or email) and draw(st.integers(0, 4)):
        cookie = f"c{person}"
    # a second weak kind: links between weak identifiers, also where the first is a kiosk
    second = draw(st.sampled_from([*[""] * 4, "t1", f"t{person}"]))
    return {"cookie": cookie, "user": user, "email": email, "second": second}


@st.composite
def _person(draw: st.DrawFn, person: int, source_names: list[str], tidy: bool) -> list[tuple[str, datetime, Row]]:
    """One person's rows in time, as (source, time, row without place)."""
    at = BASE + draw(st.sampled_from([0 * DAY, 1 * DAY, 90 * DAY, 91 * DAY, 91 * DAY]))
    gaps = GAPS[draw(st.sampled_from(["quick", "slow", "mixed"]))]
    result = []
    for _ in range(draw(st.sampled_from([1, 2, 4, 8, 12]))):
        at += draw(st.sampled_from(gaps))
        source = draw(st.sampled_from(source_names))
        actor = draw(st.sampled_from([*["customer"] * 5, "company", "company", "machine"]))
        name = draw(st.sampled_from([*ENGAGING * 3, *LOST, "email_sent"]))
        row = {"event": name, "actor": actor} | draw(_identifiers(person, tidy))
        row["url"] = draw(st.sampled_from(URLS))
        row["campaign"] = draw(st.sampled_from(["", "", "spring", "autumn"]))
        row["device"] = draw(st.sampled_from(["", "", "", "mobile", "desktop"]))
        row["key"] = draw(st.sampled_from(["", "k1", "k1", "k2"]))
        result.append((source, at, row))
    return result


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """A whole project: configuration, files with dirt, and perhaps an `as_of`."""
    config = draw(configs())
    tidy = draw(st.booleans())
    if tidy:
        config["identity"]["shared"] = ["user_id"]
    names = draw(st.sampled_from([["web"], ["web", "crm"], ["web", "leads"], ALL, ALL]))
    people = [row for person in range(draw(st.integers(1, 5))) for row in draw(_person(person + 1, names, tidy))]
    numbers = draw(st.permutations(range(len(people))))
    rows: dict[str, list[Row]] = {name: [] for name in ALL}
    for (source, at, row), number in zip(people, numbers, strict=True):
        for copy in _finish(draw, source, at, row, number):
            rows[source].append(copy)
    files: dict[str, list[Row]] = {}
    for source, found in rows.items():
        found = draw(st.permutations(found))
        cut = draw(st.sampled_from([len(found), len(found) // 2]))
        files[f"{source}/1.csv"] = found[:cut]
        if found[cut:]:
            files[f"{source}/2.csv"] = found[cut:]
    # An empty log is another test's matter: every configured source has a row.
    config["sources"] = [source for source in config["sources"] if rows[source["name"]]]
    files = {name: found for name, found in files.items() if found}
    return Project(config, files, draw(_as_ofs([at for _, at, _ in people])))


def _as_ofs(times: list[datetime]) -> st.SearchStrategy[str | None]:
    later = [0 * US, -US, 30 * DAY, 90 * DAY, 90 * DAY + US, 120 * DAY, 200 * DAY]
    moments = st.builds(lambda at, gap: (at + gap).isoformat() + "Z", st.sampled_from(times), st.sampled_from(later))
    return st.one_of(st.none(), moments)


def _finish(draw: st.DrawFn, source: str, at: datetime, row: Row, number: int) -> list[Row]:
    """The row with its place, and its duplicates. `tag` (the value column) names each distinct row."""
    tag = number + draw(st.sampled_from([0, 1000]))
    full = row | {"time": at.isoformat() + "Z", "tag": str(tag), "id": "", "received": "", "seq": ""}
    if source == "leads" and draw(st.booleans()):
        won = at + draw(st.sampled_from([0 * US, 10 * MINUTE, DAY, 60 * DAY]))
        full["won"] = draw(st.sampled_from([won.isoformat() + "Z", f"{won:%Y-%m-%d}"]))
        full["won_tag"] = str(tag + 5000)
    if source in ("web", "crm", "leads"):
        full["id"] = draw(st.sampled_from(["a", "Z", "é", "10"])) + str(number)
        full["seq"] = draw(st.sampled_from(["", "", "9", "10", "9.5"]))
        full["received"] = (BASE + 4000 * DAY + timedelta(seconds=2 * number)).isoformat() + "Z"
    else:
        # Without ids nothing but the sequence tells rows of one moment apart, so it is always there and unique.
        full["seq"] = str(number)
    if source == "crm" and draw(st.booleans()):
        full["time"] = f"{at.replace(tzinfo=UTC).astimezone(ZoneInfo('Europe/Amsterdam')):%Y-%m-%d}"
    result = [full]
    kind = draw(st.sampled_from([*[""] * 8, "copy", "version", "future"]))
    if kind == "copy":
        result.append(dict(full))
    elif kind == "version" and full["id"]:
        newer = draw(st.booleans())
        received = datetime.fromisoformat(full["received"]) + timedelta(seconds=1 if newer else -1)
        other = {"received": received.isoformat(), "tag": str(tag + 500), "event": draw(st.sampled_from(ENGAGING))}
        if "won" in full:
            other["won_tag"] = str(tag + 5500)
        result.append(full | other)
    elif kind == "future":
        late = CLOCK + DAY + draw(st.sampled_from([0 * US, US, 1000 * DAY]))  # a day late is just accepted
        other = {"time": late.isoformat() + "Z", "tag": str(tag + 2000), "id": full["id"] and f"f{number}"}
        if "won" in full:
            other["won_tag"] = str(tag + 7000)  # the other event of the row is not in the future
        result.append(full | other)
    return result
