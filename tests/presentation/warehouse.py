"""A small published warehouse with plausible, consistent numbers, made without the pipeline.

Journeys are drawn with a fixed seed and counted in plain Python; names that would break a careless page are among
the channels, stages, files and rejected rows. The tests of the numbers themselves are not here.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import sqrt
from pathlib import Path
from statistics import median
from typing import Any

from journey_analytics.engine.duck import connect

STAGES = ("Awareness", "Consideration", "Decision", "Retention", "Loyalty")
HOSTILE = "<script>document.documentElement.dataset.owned=1</script>"
CLOSING = '</script><img src=x onerror=document.documentElement.dataset.owned=1>%{x} <b>bold</b> & "q" \''
AS_OF = datetime(2026, 3, 31, 21, 40)
#: The groups of which every table by segment has something.
GROUPS = (("all", "all"), ("device", "mobile"), ("channel_group", HOSTILE))
TIMEOUT, HORIZON, MINIMUM = timedelta(days=90), timedelta(days=120), 30

SCHEMA = """
create table runs (run_id varchar, started_at timestamp, finished_at timestamp, as_of timestamp, config_hash varchar,
    stage_model varchar, model_version varchar, engine varchar, rows_read bigint, published boolean, timezone varchar,
    currency varchar);
create table files (source varchar, file varchar, role varchar, fingerprint varchar, rows bigint, accepted bigint,
    duplicate bigint, rejected bigint, ignored bigint, events bigint, first_event_at timestamp,
    last_event_at timestamp, run_id varchar, ignored_reasons map(varchar, bigint), flags varchar[]);
create table rejected_rows (source varchar, file varchar, line bigint, reason varchar, detail varchar, raw varchar,
    run_id varchar);
create table customers (customer_id varchar, outcome varchar);
create table sessions (session_id bigint, customer_id varchar);
create table events (event_id varchar, source varchar, event_name varchar, occurred_at timestamp, customer_id varchar,
    actor varchar, flags varchar[]);
create table journeys (journey_id bigint, customer_id varchar, start_observed boolean, outcome varchar);
create table stage_visits (journey_id bigint, visit_number bigint, stage varchar, next_stage varchar);
create table transitions (segment varchar, segment_value varchar, from_stage varchar, to_stage varchar,
    transitions bigint, journeys bigint, customers bigint, probability double, median_seconds double,
    p90_seconds double, mean_seconds double);
create table drop_off (segment varchar, segment_value varchar, stage varchar, stage_rank integer, reached bigint,
    advanced bigint, dropped bigint, open bigint, left_from bigint, mature_reached bigint, mature_advanced bigint,
    mature_dropped bigint, drop_off_rate double, rate_low double, rate_high double, is_small boolean,
    customers bigint, median_seconds_to_advance double);
create table kpis (segment varchar, segment_value varchar, kpi varchar, period varchar, value double,
    numerator double, denominator double, low double, high double, is_small boolean);
create table stage_progress (segment varchar, segment_value varchar, stage varchar, stage_rank integer, day integer,
    at_risk bigint, advanced_incidence double, advanced_low double, advanced_high double, dropped_incidence double,
    dropped_low double, dropped_high double);
create table journey_map (segment varchar, segment_value varchar, stage varchar, stage_rank integer, lane varchar,
    rank bigint, item varchar, metric varchar, value double, low double, high double, customers bigint,
    is_small boolean, query varchar);
create table event_transitions (segment varchar, segment_value varchar, grain varchar, from_event varchar,
    to_event varchar, transitions bigint, customers bigint, median_seconds double);
create table contrasts (segment varchar, segment_value varchar, stage varchar, stage_rank integer, rate double,
    judged bigint, rest_rate double, rest_judged bigint, difference double, low double, high double, p_value double,
    p_adjusted double, survives boolean);
create table pain_weeks (event_name varchar, pain varchar, segment varchar, segment_value varchar, week date,
    customers bigint, usual_customers double, others bigint, p_value double, p_adjusted double, survives boolean);
create table turns (turn varchar, from_stage varchar, to_stage varchar, judged_stage varchar, times bigint,
    journeys bigint, customers bigint, judged_with bigint, advanced_with bigint, advance_with double, with_low double,
    with_high double, judged_without bigint, advanced_without bigint, advance_without double, without_low double,
    without_high double, is_small boolean);
create table funnel_steps (funnel varchar, segment varchar, segment_value varchar, step integer, name varchar,
    customers bigint, conversion_from_start double, conversion_from_previous double, dropped bigint, open bigint,
    median_seconds double);
create table segments (segment varchar, definition varchar, known_afterwards boolean);
create table attribution (model varchar, channel_group varchar, conversions double, value double, share double,
    low double, high double, removal_effect double, customers bigint, is_small boolean);
create table changes (measure varchar, segment varchar, segment_value varchar, stage varchar, stage_rank integer,
    from_at timestamp, to_at timestamp, now double, before double, now_count bigint, before_count bigint,
    difference double, low double, high double, p_value double, p_adjusted double, survives boolean, since date,
    is_small boolean);
create table period_comparisons (period varchar, left_period varchar, right_period varchar, right_from_at timestamp,
    left_from_at timestamp, left_to_at timestamp, left_journeys bigint, right_journeys bigint, left_customers bigint,
    right_customers bigint, both_customers bigint, measure varchar, stage varchar, stage_rank integer, age_days double,
    left_count bigint, right_count bigint, left_events bigint, right_events bigint, left_value double,
    right_value double, difference double, low double, high double, p_value double, p_adjusted double,
    survives boolean, sooner varchar, is_small boolean, note varchar);
create table identity_links (accepted boolean, reason varchar);
create table variants (segment varchar, segment_value varchar, variant varchar, journeys bigint, share double,
    completed bigint, median_seconds double);
"""


@dataclass(frozen=True)
class Journey:
    """One drawn journey: its visits as (rank, entered), and what it belongs to."""

    number: int
    customer: str
    later: bool
    device: str | None
    channel: str
    visits: list[tuple[int, datetime]]

    @property
    def furthest(self) -> int:
        return max(rank for rank, _ in self.visits)

    def first_beyond(self, rank: int) -> datetime:
        return next(at for visited, at in self.visits if visited >= rank)

    def outcome(self, goal: int) -> str:
        if self.furthest == goal:
            return "completed"
        return "dropped" if AS_OF - self.visits[-1][1] > TIMEOUT else "open"


def draw(count: int, stages: int, seed: int = 11) -> list[Journey]:
    """Draw journeys over 15 months."""
    rng = random.Random(seed)
    goes_on = (0.66, 0.55, 0.37, 0.42, 0.0)
    channels = ("Organic Search", "Email", "Paid Search", "Direct", "Referral", HOSTILE, CLOSING)
    journeys = []
    for number in range(count):
        at = AS_OF - timedelta(days=rng.uniform(0, 450), seconds=rng.randrange(86_400))
        later = rng.random() < 0.15
        rank, visits = (min(4, stages) if later else 1), []
        visits.append((rank, at))
        while rank < stages and rng.random() < goes_on[rank - 1]:
            at += timedelta(days=rng.expovariate(1 / (3 + 4 * rank)))
            if rank > 1 and rng.random() < 0.22:
                visits.append((rank - 1, at))
                at += timedelta(hours=rng.expovariate(1 / 30))
                if rng.random() < 0.6:
                    visits.append((rank, at))
                    at += timedelta(hours=rng.expovariate(1 / 50))
            rank += 1
            visits.append((rank, at))
        visits = [visit for visit in visits if visit[1] <= AS_OF]
        device = rng.choices(("desktop", "mobile", "tablet", None), (50, 38, 4, 8))[0]
        channel = rng.choices(channels, (34, 24, 16, 14, 8, 3, 1))[0]
        if visits:
            journeys.append(Journey(number, f"c{number:05}", later, device, channel, visits))
    return journeys


def drop_off_rows(segment: str, value: str | None, journeys: list[Journey], stages: tuple[str, ...]) -> list[list[Any]]:
    """The rows of `drop_off` for one group of journeys, by the definitions."""
    goal = len(stages)
    rows: list[list[Any]] = []
    for rank, stage in enumerate(stages, 1):
        reached = [j for j in journeys if j.furthest >= rank]
        outcomes = [(j, "advanced" if j.furthest > rank else j.outcome(goal)) for j in reached]
        tally = {name: sum(o == name for _, o in outcomes) for name in ("advanced", "dropped", "open")}
        mature = [o for j, o in outcomes if AS_OF - j.first_beyond(rank) >= HORIZON]
        times = [
            (j.first_beyond(rank + 1) - j.first_beyond(rank)).total_seconds() for j in reached if j.furthest > rank
        ]
        people = len({j.customer for j in reached})
        if rank == goal:
            rows.append(
                [segment, value, stage, rank, len(reached), len(reached), *([0] * 6), *([None] * 4), people, None]
            )
            continue
        on, off = mature.count("advanced"), mature.count("dropped")
        rate, low, high = wilson(off, on + off)
        left = sum(j.outcome(goal) == "dropped" and j.visits[-1][0] == rank for j in journeys)
        counts = [len(reached), tally["advanced"], tally["dropped"], tally["open"], left, len(mature), on, off]
        wait = median(times) if times else None
        rows.append([segment, value, stage, rank, *counts, rate, low, high, on + off < MINIMUM, people, wait])
    return rows


def wilson(hits: int, n: int) -> tuple[float | None, float | None, float | None]:
    """The rate with its 95 % Wilson interval; nulls where there is nothing to judge."""
    if n == 0:
        return None, None, None
    z, p = 1.959964, hits / n
    middle, half = (p + z * z / (2 * n)), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return p, max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))


def transition_rows(journeys: list[Journey], stages: tuple[str, ...]) -> list[list[Any]]:
    """The rows of `transitions` over all journeys."""
    edges: dict[tuple[str, str], list[tuple[int, float | None]]] = defaultdict(list)
    for j in journeys:
        edges["(start)", stages[j.visits[0][0] - 1]].append((j.number, None))
        for (a, at), (b, then) in pairwise(j.visits):
            edges[stages[a - 1], stages[b - 1]].append((j.number, (then - at).total_seconds()))
        edges[stages[j.visits[-1][0] - 1], f"({j.outcome(len(stages))})"].append((j.number, None))
    leaving: dict[str, int] = defaultdict(int)
    for (source, target), taken in edges.items():
        leaving[source] += len(taken) if target != "(open)" else 0
    rows: list[list[Any]] = []
    for (source, target), taken in edges.items():
        seconds = [s for _, s in taken if s is not None]
        probability = None if target == "(open)" else len(taken) / leaving[source]
        people = len({number for number, _ in taken})
        typical = median(seconds) if seconds else None
        times = [typical, typical, typical]
        rows.append(["all", "all", source, target, len(taken), people, people, probability, *times])
    return rows


def build(path: Path, *, journeys: int = 1400, stages: tuple[str, ...] = STAGES, files: bool = True) -> Path:
    """Write a warehouse; `journeys=0` and `files=False` give the empty one.

    Returns:
        `path`.
    """
    drawn = draw(journeys, len(stages))
    groups: dict[tuple[str, str | None], list[Journey]] = {("all", "all"): drawn}
    for j in drawn:
        for key in (
            ("journey", "later" if j.later else "first"),
            ("device", j.device),
            ("channel_group", j.channel),
            ("cohort", f"{j.visits[0][1]:%Y-%m}"),
        ):
            groups.setdefault(key, []).append(j)
    con = connect(path)
    con.execute(SCHEMA)
    con.begin()  # thousands of small inserts, one transaction

    def fill(table: str, rows: list[list[Any]]) -> None:
        if rows:
            con.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)

    fill("drop_off", [row for key, members in groups.items() for row in drop_off_rows(*key, members, stages)])
    if drawn:
        fill("transitions", transition_rows(drawn, stages))
    visits: list[list[Any]] = []
    for j in drawn:
        names = [stages[rank - 1] for rank, _ in j.visits]
        visits += [[j.number, n, s, t] for n, (s, t) in enumerate(zip(names, [*names[1:], None], strict=True), 1)]
    fill("stage_visits", visits)
    fill("journeys", [[j.number, j.customer, j.number % 9 > 0, j.outcome(len(stages))] for j in drawn])
    fill("customers", [[j.customer, j.outcome(len(stages))] for j in drawn])
    if drawn:
        fill("customers", [[f"r{n}", "reached_out_to"] for n in range(183)])
        fill("sessions", [[n, "c"] for n in range(700)])
        days = {"web": range(0, 455), "crm": range(0, 455), "email": range(38, 455), HOSTILE: range(3, 40)}
        for source, ago in days.items():
            fill("events", [event(source, d) for d in ago])
        for place in GROUPS:
            fill("kpis", [[*place, *row] for row in kpi_rows()])
            fill("journey_map", [[*place, *row[2:]] for row in map_rows(stages)])
        fill("stage_progress", progress_rows(stages))
        fill("contrasts", contrast_rows(stages))
        fill("pain_weeks", week_rows())
        fill("turns", turn_rows(stages))
        fill("segments", [["device", "device", False], ["cohort", f"month {CLOSING}", False]])
        fill("attribution", credit_rows())
        fill("changes", change_rows(stages))
        fill("period_comparisons", period_rows(stages))
        fill("funnel_steps", funnel_rows())
        fill("identity_links", [[True, None], [True, None], [False, HOSTILE]])
        for number, place in enumerate(GROUPS):
            fill("event_transitions", [[*place, "journey", "page_viewed", HOSTILE, 7 - number, 5, 60.0]])
            ways = [[" > ".join(stages), 40 - number, 0.5, 40, 86_400.0], [CLOSING, 40 - number, 0.5, 0, None]]
            fill("variants", [[*place, *way] for way in ways])
    finished = AS_OF + timedelta(hours=9)
    run = [
        "01-run",
        finished - timedelta(seconds=14),
        finished,
        AS_OF if drawn else None,
        "9f2c61d07ab3",
        "lifecycle",
        "1",
    ]
    fill("runs", [[*run, "duckdb", 61_240 if files else 0, True, "Europe/Amsterdam", "EUR"]])
    if files:
        fill("files", file_rows())
        con.execute(
            "update files set ignored_reasons = map {'links only': ignored - 8, '<b>none</b>': 8} where ignored > 8"
        )
        con.execute("update files set flags = ['mixed_epoch_units', '<i>odd</i>'] where source = 'email'")
        fill("rejected_rows", rejected())
    con.commit()
    con.close()
    return path


def event(source: str, days: int) -> list[Any]:
    """A page view so many days ago, every seventh by a crawler."""
    crawled = days % 7 == 3
    flags = ["machine:user_agent"] if crawled else []
    at = AS_OF - timedelta(days=days)
    return [f"{source}{days}", source, "page_viewed", at, "c", "machine" if crawled else "customer", flags]


def contrast_rows(stages: tuple[str, ...]) -> list[list[Any]]:
    """Rows of `contrasts`: one group that is worse, one that is better under two names, one within chance."""
    return [
        ["channel_group", HOSTILE, stages[0], 1, 0.7, 60, 0.3, 900, 0.4, 0.3, 0.5, 1e-9, 1e-7, True],
        ["campaign", CLOSING, stages[0], 1, 0.1, 64, 0.4, 900, -0.3, -0.36, -0.21, 1e-6, 1e-5, True],
        ["channel_group", "Affiliates", stages[0], 1, 0.1, 62, 0.4, 900, -0.3, -0.36, -0.21, 1e-6, 1e-5, True],
        ["device", "mobile", stages[0], 1, 0.4, 300, 0.39, 600, 0.01, -0.1, 0.1, 0.8, 0.9, False],
    ]


def credit_rows() -> list[list[Any]]:
    """Rows of `attribution`: two models, a hostile channel, one with few customers."""
    return [
        ["markov", HOSTILE, 60.0, 600.0, 0.6, 0.55, 0.65, 0.8, 50, False],
        ["markov", "Email", 30.0, 300.0, 0.3, 0.25, 0.35, 0.4, 40, False],
        ["markov", "=Display", 10.0, 100.0, 0.1, None, None, 0.1, 4, True],
        ["last", HOSTILE, 100.0, 1000.0, 1.0, 1.0, 1.0, None, 50, False],
    ]


def change_rows(stages: tuple[str, ...]) -> list[list[Any]]:
    """Rows of `changes`: a share that fell for all and for a hostile group, a volume that rose, one within chance."""
    span, since, sure = [AS_OF - timedelta(days=28), AS_OF], date(2026, 3, 9), [1e-6, 1e-5, True]
    share = [0.2, 0.4, 120, 130, -0.2, -0.31, -0.08]
    return [
        ["advanced", "all", "all", stages[0], 1, *span, *share, *sure, since, False],
        ["advanced", "channel_group", HOSTILE, stages[0], 1, *span, *share, *sure, since, False],
        ["orders", "device", CLOSING, None, None, *span, 90.0, 40.0, 90, 40, 50.0, None, None, *sure, since, False],
        ["revenue", "all", "all", None, None, *span, 9.0, 8.0, 9, 8, 1.0, None, None, 0.5, 0.6, False, None, True],
    ]


def period_rows(stages: tuple[str, ...]) -> list[list[Any]]:
    """Rows of `period_comparisons`: one pair of months, a drop that differs and a time that does not."""
    ends = [AS_OF - timedelta(days=90), AS_OF - timedelta(days=60), AS_OF - timedelta(days=31)]
    head = ["month", "2026-02", "2026-01", *ends, 90, 80, 85, 78, 6]
    counts = [100.0, 90, 80, 40, 20]
    return [
        [*head, "dropped", stages[0], 1, *counts, 0.5, 0.25, 0.25, 0.1, 0.4, 0.001, 0.002, True, None, False, None],
        [*head, "time_to_advance", stages[0], 1, *counts, 4.0, 5.0, -1.0, -3.0, 1.0, 0.4, 0.4, False, "left", False,
         None],
    ]  # fmt: skip


def week_rows() -> list[list[Any]]:
    """Rows of `pain_weeks`: one week in which something broke for two groups, one within chance."""
    week = date(2025, 11, 24)
    return [
        ["error_shown", f"Error shown: {HOSTILE}", "browser", CLOSING, week, 19, 0.2, 1, 1e-12, 1e-10, True],
        ["error_shown", "Error shown: a", "device", "desktop", week, 19, 3.4, 1, 1e-6, 1e-4, True],
        ["ticket_created", "Ticket opened", "device", "mobile", week, 2, 1.0, 1, 0.4, 1.0, False],
    ]


def turn_rows(stages: tuple[str, ...]) -> list[list[Any]]:
    """Rows of `turns`: a step back and a ping-pong that can be judged, where there are stages enough."""
    if len(stages) < 3:
        return []
    judged = [80, 40, 0.5, 0.4, 0.6, 100, 60, 0.6, 0.5, 0.7, False]
    low, high = stages[1], stages[2]
    return [["step back", high, low, high, 90, 85, 84, *judged], ["ping-pong", high, low, high, 50, 45, 44, *judged]]


def funnel_rows() -> list[list[Any]]:
    """Rows of `funnel_steps`: a funnel with a hostile name, in the whole and by device."""
    rows: list[list[Any]] = []
    for segment, value, many in (("all", "all", 300), ("device", "mobile", 100), ("device", HOSTILE, 200)):
        rows.append([HOSTILE, segment, value, 1, "product_viewed", many, 1.0, 1.0, many // 2, 0, None])
        rows.append([HOSTILE, segment, value, 2, CLOSING, many // 2, 0.5, 0.5, 0, 0, 3600.0])
    return rows


def kpi_rows() -> list[list[Any]]:
    """Rows of `kpis`: a count that rose, a share whose intervals overlap, one that is too young, one without words."""
    rows: list[list[Any]] = [
        ["orders", f"2026-0{month}", 10.0 * month, 10.0 * month, None, None, None, False] for month in (1, 2, 3)
    ]
    for period, orders, share in (("last 28 days", 31.0, 0.4), ("28 days before", 20.0, 0.35)):
        rows.append(["orders", period, orders, orders, None, None, None, False])
        rows.append(["revenue", period, 90 * orders, 90 * orders, None, None, None, False])
        rows.append(["conversion_rate", period, share, share * 100, 100.0, share - 0.1, share + 0.1, False])
        rows.append(["repeat_rate", period, None, 0.0, 0.0, None, None, True])
        rows.append([HOSTILE, period, 3.0, 3.0, None, None, None, False])
    return rows


def progress_rows(stages: tuple[str, ...]) -> list[list[Any]]:
    """Rows of `stage_progress`: half go on at once, a quarter is dropped after the timeout."""
    return [
        ["all", "all", stage, rank, day, risk, 0.5, 0.4, 0.6, off, 0.2 if off else None, 0.3 if off else None]
        for rank, stage in enumerate(stages[:-1], 1)
        for day, risk, off in ((0, 100, 0.0), (90, 50, 0.25))
    ]


def map_rows(stages: tuple[str, ...]) -> list[list[Any]]:
    """Rows of `journey_map`: one item in some lanes, hostile ones among them, one of them small."""
    rows: list[list[Any]] = []
    for rank, stage in enumerate(stages, 1):
        head = ["all", "all", stage, rank]
        rows += [
            [*head, "description", 1, CLOSING, "customers", 90.0, None, None, 90, False, "select 90"],
            [*head, "actions", 1, "=cmd|' /C calc'!A0", "share_of_visits", 0.5, None, None, 90, False, "select 0.5"],
            [*head, "actions", 1, "=cmd|' /C calc'!A0", "lift", 2.0, None, None, 90, False, "select 2"],
            [*head, "emotion", None, "no evidence", "answers", 0.0, None, None, 0, True, "select 0"],
            [*head, "opportunities", 1, HOSTILE, "customers_not_advanced", 40.0, None, None, 40, False, "select 40"],
            [*head, "pain_points", None, "x" * 5000, "customers", 4.0, None, None, 4, True, "select 4"],
        ]
    return rows


def file_rows() -> list[list[Any]]:
    """Rows of `files`, each of which adds up."""
    first, last = AS_OF - timedelta(days=455), AS_OF
    rows = [
        ["web", f"web/2026-{month:02}.jsonl.gz", "events", "f", 12_400 + month, 12_000, 350 + month, 50, 0, 12_000]
        for month in (1, 2, 3)
    ]
    rows += [
        ["email", "email/sendgrid.jsonl", "events", "f", 15_200, 14_800, 310, 40, 50, 14_800],
        ["crm", "crm/contacts.csv", "lookup", "f", 640, 0, 0, 0, 640, 0],
        ["crm", "crm/links.csv", "links", "f", 500, 0, 0, 2, 498, 0],
        ["crm", "crm/deals.csv", "events", "f", 900, 880, 13, 7, 0, 2150],
        [HOSTILE, CLOSING, "events", "f", 40, 37, 0, 3, 0, 37],
    ]
    return [[*row, first if row[5] else None, last if row[5] else None, "01-run", None, None] for row in rows]


def rejected() -> list[list[Any]]:
    """Rows of `rejected_rows` that agree with `file_rows`."""
    rows = []
    for source, file, reason, count, raw in (
        ("web", "web/2026-01.jsonl.gz", "unparsable_time", 50, '{"type":"page","timestamp":"yesterday"}'),
        ("web", "web/2026-02.jsonl.gz", "no_identifier", 50, '{"type":"page","anonymousId":"undefined"}'),
        ("web", "web/2026-03.jsonl.gz", "unreadable_row", 50, '{"type":"page","name":' + "x" * 900),
        ("email", "email/sendgrid.jsonl", "missing_event_name", 40, f'{{"email":"***","event":"{HOSTILE}"}}'),
        ("crm", "crm/links.csv", "no_identifier", 2, ",,"),
        ("crm", "crm/deals.csv", "future", 7, "D-1,2031-05-05,won"),
        (HOSTILE, CLOSING, HOSTILE, 3, CLOSING),
    ):
        rows += [[source, file, line * 7 + 2, reason, f"found {raw[:20]!r}", raw, "01-run"] for line in range(count)]
    return rows
