"""`write_sample`: people, their lives, the dirt, the files, the truth."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from journey_analytics.errors import JourneyError, Problem
from journey_analytics.sample import business, kiosk, newsletter, shopper
from journey_analytics.sample.config_text import CONFIG
from journey_analytics.sample.dirt import soil
from journey_analytics.sample.files import Placed, write_logs
from journey_analytics.sample.model import END, Person, World
from journey_analytics.sample.people import make_person
from journey_analytics.sample.truth import customers as name_customers

LOGS = {"web": "*.jsonl.gz", "email": "*.json.gz", "crm": "*.csv", "truth": "*"}


@dataclass(frozen=True)
class SampleSummary:
    """What was written.

    Attributes:
        folder: Where.
        people: People simulated.
        customers: Customers that the logs can tell apart, without the test account.
        rows: Rows per log: web, email, crm (without the lookup of deal stages).
        fates: Rows per fate; '' is an accepted row.
        dirt: How often each kind of dirt was made.
        story: What happened: orders, deals won and lost, clicks in newsletters.
        bytes: Size of all files together.
    """

    folder: Path
    people: int
    customers: int
    rows: dict[str, int]
    fates: dict[str, int]
    dirt: dict[str, int]
    story: dict[str, int]
    bytes: int


def write_sample(folder: Path, *, customers: int, days: int, seed: int) -> SampleSummary:
    """Write synthetic logs in vendors' formats and the truth about every line of them.

    The same arguments give the same files, byte for byte. A `journey.yaml` is added if there is none.

    Args:
        folder: Made if missing; an earlier sample in it is replaced.
        customers: Number of people.
        days: Length of the sample, which always ends at `model.END`; drop-off needs well over 90.
        seed: Of the random numbers.

    Raises:
        JourneyError: If the numbers make no sense, or logs that are no sample stand in the folder.
    """
    for name, value, most in (("customers", customers, 1_000_000), ("days", days, 3_650)):
        if not 1 <= value <= most:
            raise JourneyError(Problem(f"--{name} {value} is not between 1 and {most:,}", key=name))
    _clear(folder)
    world = World(END - timedelta(days=days), END, seed)
    people = [make_person(world, number) for number in range(1, customers + 1)]
    _live(world, people)
    newsletter.send_all(world, people)
    kiosk.open_kiosk(world, people)
    soil(world)
    placed = write_logs(world, folder)
    summary = _write_truth(world, placed, folder, {"customers": customers, "days": days, "seed": seed})
    config = folder / "journey.yaml"
    if not config.exists():
        config.write_text(CONFIG, encoding="utf-8")
    return summary


def _live(world: World, people: list[Person]) -> None:
    colleagues: dict[str, Person] = {}
    for person in people:
        if person.company is None:
            shopper.live(world, person)
        elif business.live(world, person, colleagues.get(person.company)):
            colleagues[person.company] = person


def _write_truth(world: World, placed: list[Placed], folder: Path, made_with: dict[str, int]) -> SampleSummary:
    named = name_customers(row for row in sorted((p.row for p in placed), key=lambda row: row.arrives))
    lines: list[tuple[Any, ...]] = []
    seen: set[str] = set()
    for place in placed:
        row = place.row
        customer = ""
        if not row.fate.startswith("rejected"):
            customer = named[row.person, row.identifiers[0]] if row.identifiers else row.person
        if not row.fate:
            seen.add(customer)
        lines.append((place.file, place.line, row.event_id, customer, row.fate, row.note))
    truth = folder / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    _write_csv(truth / "events.csv", ("file", "line", "event_id", "customer", "fate", "note"), lines)
    known = sorted((customer, person, *pair) for (person, pair), customer in named.items())
    _write_csv(truth / "customers.csv", ("customer", "person", "kind", "identifier"), known)
    rows = Counter(place.file.split("/")[0] for place in placed)
    fates = Counter(place.row.fate for place in placed)
    content = {
        "made_with": made_with,
        "begin": world.begin.isoformat(),
        "end": world.end.isoformat(),
        "people": made_with["customers"],
        "customers": len(seen),
        "rows": dict(rows),
        "fates": {fate or "accepted": fates[fate] for fate in sorted(fates)},
        "dirt": {kind: world.dirt[kind] for kind in sorted(world.dirt)},
        "story": {kind: world.story[kind] for kind in sorted(world.story)},
    }
    (truth / "summary.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for name, kind in LOGS.items() for path in (folder / name).glob(kind))
    return SampleSummary(
        folder, made_with["customers"], len(seen), dict(rows), dict(fates), dict(world.dirt), dict(world.story), size
    )


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")


def _clear(folder: Path) -> None:
    """Remove an earlier sample, whose months might not be overwritten; never anybody's own logs."""
    found = [path for name, kind in LOGS.items() for path in sorted((folder / name).glob(kind))]
    if found and not (folder / "truth/summary.json").exists():
        raise JourneyError(
            Problem("there are logs in this folder that are no sample", str(found[0]), remedy="Name another folder.")
        )
    for path in found:
        path.unlink()
