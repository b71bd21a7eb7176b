"""How right the pipeline is: what it publishes of samples, beside the truth that their generator wrote.

Usage: python benchmarks/truth.py [--seeds 20] [--first 1] [--scores FILE] [--customers 400] [--days 455] [--data DIR]

`measure` reads one published sample; `main` writes samples of many seeds, runs the pipeline on each and adds up. The
goals stand in GOALS; the exit code is 1 where one is missed. For pieces of a longer whole, `--first` says with which
seed to begin and `--scores` keeps the counts so far.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import math
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from journey_analytics.sample import write_sample
from journey_analytics.sample.lives import acts_by_customer, live
from journey_analytics.sample.simulate import customer_of, outcomes, planted_rates, simulate
from journey_analytics.sample.truth import customers as name_customers
from journey_analytics.warehouse import Warehouse

HORIZON = timedelta(days=120)  # of journey.yaml, by default
#: The kinds of the truth as journey.yaml makes them.
KINDS = {
    "cookie": "web.cookie",
    "user_id": "web.user_id",
    "crm_contact": "crm.crm_contact",
    "requester": "support.user_id",
    "email": "email",
}
#: What is asked for, of all seeds together.
GOALS = {
    "identity precision": 0.99,
    "identity recall": 0.95,
    "sessions equal": 0.99,
    "visits equal": 0.99,
    "outcomes equal": 0.99,
    "channel group precision": 0.99,
    "channel group recall": 0.99,
    "machine precision": 0.99,
    "machine recall": 0.99,
    "drop-off intervals that hold the rate": 0.9,
}
_SLOW, _PROXIED = "slow", "proxied"  # nobody can tell these: a patient scanner, a person behind Gmail's proxy


@dataclass
class Score:
    """Hits among tries, to be added up over samples."""

    parts: Counter[str] = field(default_factory=Counter)
    wholes: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, part: int, whole: int) -> None:
        """Count `part` of `whole` under a name."""
        self.parts[name] += part
        self.wholes[name] += whole

    def update(self, other: Score) -> None:
        """Add another sample's."""
        self.parts.update(other.parts)
        self.wholes.update(other.wholes)

    def share(self, name: str) -> float:
        """The share; 1 where nothing was to be found."""
        return self.parts[name] / self.wholes[name] if self.wholes[name] else 1.0


def measure(published: Path, truth: Path) -> Score:
    """Compare a published warehouse with the truth of its sample.

    Args:
        published: `journeys.duckdb`.
        truth: The folder `truth` of the sample.
    """
    score = Score()
    warehouse = Warehouse(published)
    try:
        right, unsure = _identity(score, warehouse, truth)
        _sessions(score, warehouse, truth, right)
        _visits(score, warehouse, truth, right, unsure)
        _machines(score, warehouse, truth)
    finally:
        warehouse.close()
    return score


def coverage(published: Path, planted: dict[str, float]) -> Score:
    """How many of the intervals of `drop_off` hold the planted rate."""
    score = Score()
    warehouse = Warehouse(published)
    rows = warehouse.sql("select stage, rate_low, rate_high from drop_off where segment = 'all'").fetchall()
    warehouse.close()
    for stage, low, high in rows:
        if low is not None:
            score.add("drop-off intervals that hold the rate", int(low <= planted[stage] <= high), 1)
            score.add(f"drop-off intervals: {stage}", int(low <= planted[stage] <= high), 1)
    return score


def coverage_by_truth(customers: int, days: int, seed: int, planted: dict[str, float]) -> Score:
    """The same from a sample's truth and the definition of the interval, without a pipeline: quick for many seeds."""
    world = simulate(customers, days, seed)
    named = name_customers(world.rows)
    acts = acts_by_customer((customer_of(row, named), row) for row in world.rows)
    as_of = max(row.at for row in world.rows)
    by_customer: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for mine in acts.values():
        for stage, (dropped, advanced) in outcomes([live(mine)], as_of - HORIZON, as_of).items():
            if dropped + advanced:
                by_customer[stage].append((dropped, dropped + advanced))
    score = Score()
    for stage, counts in by_customer.items():
        low, high = interval(counts)
        score.add("intervals by truth", int(low <= planted[stage] <= high), 1)
    return score


def interval(counts: list[tuple[int, int]]) -> tuple[float, float]:
    """Wilson's 95 % interval with n divided by the design effect, of (dropped, journeys) per customer."""
    n, y, m = sum(size for _, size in counts), sum(dropped for dropped, _ in counts), len(counts)
    p, effect = y / n, 1.0
    if 0 < p < 1 and m > 1:
        effect = max(1.0, m / (m - 1) * sum((d - p * size) ** 2 for d, size in counts) / n**2 / (p * (1 - p) / n))
    n_eff, z = n / effect, 1.959964
    middle, width = p + z**2 / (2 * n_eff), z * math.sqrt(p * (1 - p) / n_eff + z**2 / (4 * n_eff**2))
    return (middle - width) / (1 + z**2 / n_eff), (middle + width) / (1 + z**2 / n_eff)


def read(path: Path) -> list[dict[str, str]]:
    """A table of the truth."""
    with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _identity(score: Score, warehouse: Warehouse, truth: Path) -> tuple[dict[str, str], set[str]]:
    """Score pairs of identifiers.

    Returns:
        Truth's customer → published id for those who are exactly right, and the customers whose logs are wrong about
        times or hide a machine, so that nobody can tell from them what happened.
    """
    found = {
        (kind, value): str(customer)
        for kind, value, customer in warehouse.sql(
            "select kind, identifier, customer_id from identifiers where customer_id is not null"
        ).fetchall()
    }
    people: dict[str, str] = {}
    customers: dict[str, str] = {}
    members: dict[str, set[str]] = defaultdict(set)
    homes: dict[str, set[str]] = defaultdict(set)
    for number, row in enumerate(read(truth / "customers.csv.gz")):
        home = found.get((KINDS[row["kind"]], row["identifier"]))
        if home is None:
            continue
        key = str(number)
        people[key], customers[key] = row["person"], row["customer"]
        members[home].add(key)
        homes[row["customer"]].add(home)
    home_of = {key: home for home, keys in members.items() for key in keys}
    told = read(truth / "events.csv.gz")
    together, same = _pairs(home_of), _pairs(customers)
    score.add("identity precision", _pairs({key: (home_of[key], people[key]) for key in home_of}), together)
    score.add("identity recall", _pairs({key: (home_of[key], customers[key]) for key in home_of}), same)
    score.add("identity recall of all people", _pairs({k: (home_of[k], people[k]) for k in home_of}), _pairs(people))
    # Right is who has all of their identifiers and events, and nobody else's.
    named = {home: {customers[key] for key in keys} for home, keys in members.items()}
    right = {
        name: next(iter(where))
        for name, where in homes.items()
        if len(where) == 1 and named[next(iter(where))] == {name}
    }
    owner = {row["event_id"]: row for row in told if row["event_id"] and not row["fate"]}
    unsure = {row["customer"] for row in told if row["machine"] == _SLOW or row["note"] == "skewed clock"}
    wrong: set[str] = set()
    names = {home: name for name, home in right.items()}
    sure = shared = sure_right = shared_right = 0
    for event_id, customer in warehouse.sql(
        "select event_id, customer_id from events where source in ('web', 'email', 'surveys', 'stores')"
    ).fetchall():
        row = owner[event_id]
        name = row["customer"]
        fits = str(customer) in homes[name] if homes[name] else True
        if row["note"] == "shared device":
            shared, shared_right = shared + 1, shared_right + fits
        else:
            sure, sure_right = sure + 1, sure_right + fits
        if right.get(name) != str(customer):
            wrong |= {name, names.get(str(customer), name)}
    score.add("events with their customer", sure_right, sure)
    score.add("events with their customer, shared devices", shared_right, shared)
    score.add("customers exactly right", len(right.keys() - wrong), len(homes))
    return {name: home for name, home in right.items() if name not in wrong}, unsure


def _pairs(groups: dict[str, Hashable] | dict[str, str] | dict[str, tuple[str, str]]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(groups.values()).values())


def _sessions(score: Score, warehouse: Warehouse, truth: Path, right: dict[str, str]) -> None:
    found = _by_customer(
        warehouse.sql("select customer_id, event_count, channel_group from sessions order by session_number").fetchall()
    )
    expected: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for row in read(truth / "sessions.csv.gz"):
        expected[row["customer"]].append((int(row["events"]), row["channel_group"]))
    groups: Counter[tuple[object, object]] = Counter()
    for name, home in right.items():
        mine, theirs = expected[name], found.get(home, [])
        score.add("sessions equal", _equal([row[:1] for row in mine], [row[:1] for row in theirs]), len(mine))
        if len(mine) == len(theirs):
            groups.update((one[1], other[1]) for one, other in zip(mine, theirs, strict=True))
    _macro(score, "channel group", groups)


def _macro(score: Score, what: str, pairs: Counter[tuple[object, object]]) -> None:
    """Precision and recall of every class but Direct, which is what is left where nothing is known."""
    hits = sum(count for (one, other), count in pairs.items() if one == other != "Direct")
    score.add(f"{what} precision", hits, sum(count for (_, other), count in pairs.items() if other != "Direct"))
    score.add(f"{what} recall", hits, sum(count for (one, _), count in pairs.items() if one != "Direct"))


def _visits(score: Score, warehouse: Warehouse, truth: Path, right: dict[str, str], unsure: set[str]) -> None:
    found = _by_customer(
        warehouse.sql(
            "select j.customer_id, j.journey_number, v.visit_number, v.stage from stage_visits v "
            "join journeys j using (journey_id) order by 2, 3"
        ).fetchall()
    )
    ends = _by_customer(
        warehouse.sql("select customer_id, furthest_stage, outcome from journeys order by journey_number").fetchall()
    )
    visits: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for row in read(truth / "visits.csv.gz"):
        visits[row["customer"]].append((int(row["journey"]), int(row["number"]), row["stage"]))
    journeys: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for row in read(truth / "journeys.csv.gz"):
        journeys[row["customer"]].append((row["furthest_stage"], row["outcome"]))
    for name, home in right.items():
        where = ", wrong clocks and slow scanners" if name in unsure else ""
        score.add(f"visits equal{where}", _equal(visits[name], found.get(home, [])), len(visits[name]))
        score.add(f"outcomes equal{where}", _equal(journeys[name], ends.get(home, [])), len(journeys[name]))


def _by_customer(rows: Iterable[tuple[object, ...]]) -> dict[str, list[tuple[object, ...]]]:
    found: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for customer, *rest in rows:
        found[str(customer)].append(tuple(rest))
    return found


def _equal(mine: list[tuple[object, ...]], theirs: list[tuple[object, ...]]) -> int:
    """How many of mine stand at their place among theirs; too many of theirs count against it."""
    same = sum(one == other for one, other in zip(mine, theirs, strict=False))
    return max(0, same - max(0, len(theirs) - len(mine)))


def _machines(score: Score, warehouse: Warehouse, truth: Path) -> None:
    found = dict(
        warehouse.sql("select event_id, actor = 'machine' from events where source in ('web', 'email')").fetchall()
    )
    for row in read(truth / "events.csv.gz"):
        if row["fate"] or row["event_id"] not in found:
            continue
        flagged, is_machine = found[row["event_id"]], row["machine"] != ""
        if row["machine"] == _SLOW:
            score.add("slow link scanners found", int(flagged), 1)
            continue
        if row["note"] == _PROXIED:
            score.add("people behind Gmail's proxy taken for one", int(flagged), 1)
            continue
        if flagged:
            score.add("machine precision", int(is_machine), 1)
        if is_machine:
            score.add("machine recall", int(flagged), 1)
            score.add(f"machine recall: {row['machine']}", int(flagged), 1)


def main() -> int:
    """Measure samples of many seeds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="how many samples")
    parser.add_argument("--first", type=int, default=1, help="seed of the first of them")
    parser.add_argument("--scores", type=Path, help="JSON with the counts of earlier pieces, to which these are added")
    parser.add_argument("--customers", type=int, default=400)
    parser.add_argument("--days", type=int, default=455)
    parser.add_argument("--population", type=int, default=20_000, help="people whose rates are the planted ones")
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent / ".data" / "truth")
    options = parser.parse_args()
    planted = planted_rates(options.population, options.days, seed=0)
    print("planted drop-off:", json.dumps({stage: round(rate, 4) for stage, rate in planted.items()}), flush=True)
    total = Score()
    if options.scores and options.scores.exists():
        parts, wholes = json.loads(options.scores.read_text())
        total = Score(Counter(parts), Counter(wholes))
    for seed in range(options.first, options.first + options.seeds):
        folder = options.data / str(seed)
        write_sample(folder, customers=options.customers, days=options.days, seed=seed)
        published = run(folder)
        total.update(measure(published, folder / "truth"))
        total.update(coverage(published, planted))
        if options.scores:
            options.scores.write_text(json.dumps([total.parts, total.wholes]))
        print(f"seed {seed}: done", flush=True)
    print(table(total))
    return int(any(total.share(name) < goal for name, goal in GOALS.items()))


def run(folder: Path) -> Path:
    """The pipeline on one sample, as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    environment.pop("DAGSTER_HOME", None)
    command = [sys.executable, "-m", "journey_analytics", "run", "--config", str(folder / "journey.yaml")]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / "warehouse" / "journeys.duckdb"


def table(score: Score) -> str:
    """Everything measured, as a Markdown table."""
    names = [*GOALS, *sorted(score.wholes.keys() - GOALS.keys())]
    lines = ["| measure | share | of | goal |", "|---|---|---|---|"]
    for name in names:
        goal = f"≥ {GOALS[name]:.2f}" if name in GOALS else ""
        lines.append(f"| {name} | {score.share(name):.4f} | {score.wholes[name]:,} | {goal} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
