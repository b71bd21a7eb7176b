"""A small published file whose journeys are known in plain Python: kept stages, lost events, unobserved starts."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from journey_analytics.engine.duck import connect

STAGES = ("Awareness", "Consideration", "Decision", "Retention")
AS_OF = datetime(2026, 6, 30, 12)
TIMEOUT = timedelta(days=90)
MINIMUM = 5

_SCHEMA = """
create table runs (run_id varchar, finished_at timestamp, as_of timestamp, journey_timeout_seconds double,
    minimum bigint);
create table customers (customer_id varchar, account_id varchar, outcome varchar, value double);
create table sessions (session_id integer, customer_id varchar, session_number integer, started_at timestamp,
    ended_at timestamp, device varchar, channel_group varchar, event_count integer);
create table journeys (journey_id integer, customer_id varchar, journey_number integer, started_at timestamp,
    ended_at timestamp, start_observed boolean, outcome varchar, is_lost boolean, kept_stage varchar, value double);
create table stage_visits (journey_id integer, visit_number integer, stage varchar, stage_rank integer,
    entered_at timestamp, left_at timestamp, next_stage varchar);
create table journey_stages (journey_id integer, customer_id varchar, stage varchar, stage_rank integer,
    reached_at timestamp, outcome varchar);
create table drop_off (stage varchar, stage_rank integer);
create table events (customer_id varchar, event_name varchar, occurred_at timestamp, position integer,
    journey_id integer, source varchar, event_id varchar, country varchar, value double);
"""


@dataclass
class Made:
    """One journey."""

    number: int
    customer: str
    order: int
    visits: list[tuple[int, datetime]]
    ended_at: datetime
    is_lost: bool
    start_observed: bool
    kept: int | None
    outcome: str
    device: str | None
    country: str | None
    steps: list[tuple[str, datetime]] = field(default_factory=list)


def journeys(seed: int, customers: int = 60) -> list[Made]:
    """Journeys of some customers, up to three each."""
    draw = random.Random(seed)
    made: list[Made] = []
    for person in range(customers):
        at = datetime(2025, 1, 1) + timedelta(days=draw.uniform(0, 500))
        kept: int | None = None
        for order in range(1, draw.choice((1, 1, 2, 3)) + 1):
            if at > AS_OF:
                break
            visits = [(draw.choice((1, 1, 1, 2, 3)), at)]
            while draw.random() < 0.65:
                at += timedelta(days=draw.expovariate(1 / 12))
                rank = draw.choice([r for r in (1, 2, 2, 3, 3, 4) if r != visits[-1][0]])
                if at > AS_OF:
                    break
                visits.append((rank, at))
            ended = visits[-1][1]
            is_lost = draw.random() < 0.15
            if is_lost:
                ended = min(AS_OF, ended + timedelta(days=draw.uniform(0, 20)))
            furthest = max([kept or 0, *(rank for rank, _ in visits)])
            dropped = is_lost or AS_OF - ended > TIMEOUT
            outcome = "completed" if furthest == 4 else "dropped" if dropped else "open"
            device = draw.choice(("mobile", "desktop", None))
            made.append(
                Made(
                    len(made), f"c{person:03}", order, visits, ended, is_lost, draw.random() < 0.9, kept, outcome,
                    device, draw.choice(("NL", "BE", None)), _steps(draw, visits[0][1]),
                )
            )  # fmt: skip
            kept = 3 if visits[-1][0] == 3 else None
            at = ended + TIMEOUT + timedelta(days=draw.uniform(1, 60))
    return made


def _steps(draw: random.Random, at: datetime) -> list[tuple[str, datetime]]:
    steps = [("viewed", at)]
    for name in ("carted", "bought"):
        if draw.random() < 0.6:
            at += timedelta(days=draw.expovariate(1 / 5))
            steps.append((name, at))
    return [step for step in steps if step[1] <= AS_OF]


def write(path: Path, made: list[Made]) -> Path:
    """The published file of these journeys."""
    con = connect(path)
    con.execute(_SCHEMA)
    con.execute("insert into runs values ('r', ?, ?, ?, ?)", [AS_OF, AS_OF, TIMEOUT.total_seconds(), MINIMUM])
    con.executemany("insert into drop_off values (?, ?)", [[name, rank] for rank, name in enumerate(STAGES, 1)])
    for customer in sorted({journey.customer for journey in made}):
        con.execute("insert into customers values (?, 'acme', 'open', 7)", [customer])
    position = 0
    for j in made:
        kept = None if j.kept is None else STAGES[j.kept - 1]
        con.execute(
            "insert into journeys values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            [j.number, j.customer, j.order, j.visits[0][1], j.ended_at, j.start_observed, j.outcome, j.is_lost, kept],
        )
        for place, (rank, entered) in enumerate(j.visits):
            following = j.visits[place + 1] if place + 1 < len(j.visits) else None
            con.execute(
                "insert into stage_visits values (?, ?, ?, ?, ?, ?, ?)",
                [j.number, place + 1, STAGES[rank - 1], rank, entered, following and following[1],
                 following and STAGES[following[0] - 1]],
            )  # fmt: skip
        started = j.visits[0][1]
        seen = [(j.kept or 0, started), *j.visits]
        furthest = max(rank for rank, _ in seen)
        for rank in range(1, furthest + 1):
            reached = next(at for further, at in seen if further >= rank)
            con.execute(
                "insert into journey_stages values (?, ?, ?, ?, ?, ?)",
                [j.number, j.customer, STAGES[rank - 1], rank, reached, "advanced" if rank < furthest else j.outcome],
            )
        con.execute(
            "insert into sessions values (?, ?, ?, ?, ?, ?, 'Email', 3)",
            [j.number, j.customer, j.order, started, started, j.device],
        )
        for name, at in j.steps:
            position += 1
            con.execute(
                "insert into events values (?, ?, ?, ?, ?, 'web', ?, ?, 1)",
                [j.customer, name, at, position, j.number, f"e{position}", j.country],
            )
    con.close()
    return path
