"""The truth beside the logs: who each row belongs to, who people are, what became of them, what was planted."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journey_analytics.sample.files import Placed
from journey_analytics.sample.lives import STAGES, acts_by_customer, live
from journey_analytics.sample.model import Person, World
from journey_analytics.sample.simulate import customer_of
from journey_analytics.sample.stories import told
from journey_analytics.sample.truth import customers as name_customers


@dataclass(frozen=True)
class SampleSummary:
    """What was written.

    Attributes:
        folder: Where.
        people: People simulated.
        customers: Customers that the logs can tell apart, without the test account.
        rows: Rows per log: web, email, crm (without the lookup of deal stages), support, surveys, stores.
        fates: Rows per fate; '' is an accepted row.
        dirt: How often each kind of dirt was made.
        story: What happened: orders, deals won and lost, clicks in newsletters, tickets.
        bytes: Size of all logs together.
    """

    folder: Path
    people: int
    customers: int
    rows: dict[str, int]
    fates: dict[str, int]
    dirt: dict[str, int]
    story: dict[str, int]
    bytes: int


def write_truth(
    world: World, people: list[Person], placed: list[Placed], folder: Path, made_with: dict[str, Any], size: int
) -> SampleSummary:
    """Write `truth/`: tables as gzipped CSV, `planted.json` and `summary.json`."""
    truth = folder / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    named = name_customers(row for row in sorted((p.row for p in placed), key=lambda row: row.arrives))
    owners = ["" if p.row.fate.startswith("rejected") else customer_of(p.row, named) for p in placed]
    seen = {owner for owner, p in zip(owners, placed, strict=True) if not p.row.fate}
    _write_csv(
        truth / "events.csv.gz",
        ("file", "line", "event_id", "customer", "fate", "note", "machine"),
        (
            (p.file, p.line, p.row.event_id, owner, p.row.fate, p.row.note, p.row.machine)
            for owner, p in zip(owners, placed, strict=True)
        ),
    )
    known = sorted((customer, person, *pair) for (person, pair), customer in named.items())
    _write_csv(truth / "customers.csv.gz", ("customer", "person", "kind", "identifier"), known)
    _write_csv(
        truth / "people.csv.gz",
        ("person", "persona", "company", "arrives", "channel", "device", "browser", "shares_a_device"),
        (
            (
                *(p.key, p.persona, p.company or "", p.arrives.isoformat(timespec="seconds"), p.channel),
                *(p.devices[0].kind, p.devices[0].browser, int(any(device.shared for device in p.devices))),
            )
            for p in people
        ),
    )
    _write_lives(world, placed, owners, truth)
    (truth / "planted.json").write_text(json.dumps(told(world), indent=2) + "\n", encoding="utf-8")
    rows = Counter(place.file.split("/")[0] for place in placed)
    fates = Counter(place.row.fate for place in placed)
    content = {
        "made_with": made_with,
        "begin": world.begin.isoformat(),
        "end": world.end.isoformat(),
        "people": len(people),
        "customers": len(seen),
        "rows": {name: rows[name] for name in sorted(rows)},
        "fates": {fate or "accepted": fates[fate] for fate in sorted(fates)},
        "dirt": {kind: world.dirt[kind] for kind in sorted(world.dirt)},
        "story": {kind: world.story[kind] for kind in sorted(world.story)},
    }
    (truth / "summary.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return SampleSummary(
        folder, len(people), len(seen), dict(rows), dict(fates), dict(world.dirt), dict(world.story), size
    )


def _write_lives(world: World, placed: list[Placed], owners: list[str], truth: Path) -> None:
    """What became of each customer, by what they truly did and when, as of the last thing that happened."""
    rows = [p.row for p in placed]
    acts = acts_by_customer(zip(owners, rows, strict=True))
    as_of = max((row.at for row in rows if not row.fate), default=world.end)
    sessions: list[tuple[Any, ...]] = []
    journeys: list[tuple[Any, ...]] = []
    visits: list[tuple[Any, ...]] = []
    for customer in sorted(acts):
        life = live(acts[customer])
        for number, (at, events, group) in enumerate(life.sessions, 1):
            sessions.append((customer, number, at.isoformat(timespec="milliseconds"), events, group))
        for number, journey in enumerate(life.journeys, 1):
            started = journey.started.isoformat(timespec="milliseconds")
            furthest, last = STAGES[journey.furthest], STAGES[journey.under]
            journeys.append((customer, number, started, furthest, last, journey.outcome(as_of)))
            for visit, (stage, entered) in enumerate(journey.visits, 1):
                visits.append((customer, number, visit, STAGES[stage], entered.isoformat(timespec="milliseconds")))
    _write_csv(truth / "sessions.csv.gz", ("customer", "number", "started_at", "events", "channel_group"), sessions)
    header = ("customer", "number", "started_at", "furthest_stage", "last_stage", "outcome")
    _write_csv(truth / "journeys.csv.gz", header, journeys)
    _write_csv(truth / "visits.csv.gz", ("customer", "journey", "number", "stage", "entered_at"), visits)


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    # No time and no name inside, so that equal content gives equal files.
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed:
        packed.write(buffer.getvalue().encode())
