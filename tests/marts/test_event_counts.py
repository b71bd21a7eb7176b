"""Moves, touches and actions against plain Python: in many rounds, times on disk, numbers too large to pack."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from journey_analytics.engine import event_counts, event_rounds, move_counts, move_times
from journey_analytics.engine.duck import connect
from journey_analytics.engine.move_counts import MoveCounts, Segments
from journey_analytics.engine.move_times import MoveTimes

#: Three segments of five combinations: the whole, one of two values, one that is missing from the last combination.
SEGMENTS = Segments([np.zeros(5, dtype=np.int64), np.array([1, 1, 2, 2, 2]), np.array([3, 4, 5, 3, -1])], 6)
EDGES = 7


@pytest.fixture(params=range(3))
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


def values_of(combination: int) -> list[int]:
    return [int(column[combination]) for column in SEGMENTS.columns if column[combination] >= 0]


def cells(edge: np.ndarray, combination: np.ndarray) -> np.ndarray:
    found: np.ndarray = (edge << SEGMENTS.bits) | combination
    return found


@pytest.mark.parametrize("parts", [1_000_000, 50])
def test_customers_count_once_for_a_value_whatever_their_combinations(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, parts: int
) -> None:
    monkeypatch.setattr(move_counts, "PARTS", parts)
    counts = MoveCounts(SEGMENTS)
    moves: dict[int, int] = defaultdict(int)
    people: dict[int, set[int]] = defaultdict(set)
    for start in range(0, 300, 30):
        several = rng.random(30) < 0.4
        customer = rng.integers(0, 30, 400)
        combination = np.where(several[customer], rng.integers(0, 5, 400), customer % 5)
        edge = rng.integers(0, EDGES, 400)
        counts.add(cells(edge, combination).astype(np.int32), customer, several)
        for who, of, place in zip(customer.tolist(), combination.tolist(), edge.tolist(), strict=True):
            for value in values_of(of):
                moves[place * 6 + value] += 1
                people[place * 6 + value].add(start + who)
    keys, found, customers = counts.totals()
    assert dict(zip(keys.tolist(), found.tolist(), strict=True)) == moves
    assert dict(zip(keys.tolist(), customers.tolist(), strict=True)) == {key: len(who) for key, who in people.items()}


# microseconds in 62 bits leave no room beside them, first for the combination, then for the edge
@pytest.mark.parametrize("longest", [10, 1 << 40, 1 << 58, 1 << 61])
@pytest.mark.parametrize("sums", [1 << 21, 40])
def test_quantiles_and_means_are_exact(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, longest: int, sums: int
) -> None:
    monkeypatch.setattr(move_times, "SUMS", sums)
    monkeypatch.setattr(move_times, "SLICE", 1000)
    size = 4000
    edge = (rng.random(size) ** 3 * EDGES).astype(np.int64)
    combination, us = rng.integers(0, 5, size), rng.integers(0, longest, size)
    times = MoveTimes(SEGMENTS, size + 5, np.int64)
    for part in range(0, size, 777):
        rows = slice(part, part + 777)
        times.add(cells(edge[rows], combination[rows]), us[rows])
    expected: dict[int, list[int]] = defaultdict(list)
    for place, of, time in zip(edge.tolist(), combination.tolist(), us.tolist(), strict=True):
        for value in values_of(of):
            expected[place * 6 + value].append(time)
    found = {}
    for some in times.by_value():
        for key, median, high, mean in zip(
            some.key.tolist(), *some.quantiles.tolist(), some.mean.tolist(), strict=True
        ):
            assert key not in found
            found[key] = (median, high, mean)
    assert found.keys() == expected.keys()
    for key, (median, high, mean) in found.items():
        ranked = sorted(expected[key])
        place = 0.9 * (len(ranked) - 1)
        low, top = ranked[int(place)], ranked[min(int(place) + 1, len(ranked) - 1)]
        assert median == pytest.approx(statistics.median(ranked), rel=1e-15)
        assert high == pytest.approx(low + (top - low) * (place - int(place)), rel=1e-14)
        assert mean == pytest.approx(sum(ranked) / len(ranked), rel=1e-15)


@pytest.mark.parametrize(("per_round", "per_share"), [(1_000_000, 12_000_000), (30, 150), (1, 1)])
def test_tables_are_what_walking_every_part_gives(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, per_round: int, per_share: int
) -> None:
    monkeypatch.setattr(event_rounds, "EVENTS_PER_ROUND", per_round)
    monkeypatch.setattr(event_counts, "memory_limit", lambda _: per_share * 24 * event_counts.PART_OF_MEMORY)
    log = a_log(rng)
    with connect() as con:
        con.execute("CREATE MACRO name_of(code) AS code >> 40; CREATE MACRO kind_of(code) AS (code >> 18) & 4194303")
        for name, columns, rows in tables(log):
            con.execute(f"CREATE TABLE {name} ({columns})")
            if rows:
                con.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        event_counts.build_event_counts(con, folder=tmp_path / "not" / "made")
        moves, touches, actions = (
            con.execute(f"SELECT * FROM {table}").fetchall()
            for table in ("event_moves", "touch_counts", "action_counts")
        )
    assert len({row[:4] for row in moves}) == len(moves)
    assert {row[:4]: row[4:] for row in moves} == walked(log.rows, log.combination)
    assert {row[:-2]: row[-2:] for row in [*touches, *actions]} == counted(log)


Row = tuple[int, int, int, int, int | None, int | None]


@dataclass
class ALog:
    """A random log as the tables that the step reads.

    Attributes:
        rows: Position, customer, moment, code, session and journey of events.
        stage: Stage of each event, or None.
        run: Stage run of each event.
        runs: (run, journey, customer, position, stage) in order; a run is a visit here.
        combination: Of each journey.
        parties: The customer's number, of journeys of customers who may be of several combinations.
        dropped: The stage where a journey dropped, if it did.
        groups: Channel group of each session, and of each kind.
    """

    rows: list[Row]
    stage: list[int | None]
    run: list[int]
    runs: list[tuple[int, int, int, int, int]]
    combination: dict[int, int]
    parties: dict[int, int | None]
    dropped: dict[int, int]
    sessions: dict[int, str | None]
    bearing: dict[int, str | None]


#: Kind: its name, who did it, its channel group.
KINDS = {0: (1, "customer", "Email"), 1: (2, "customer", None), 2: (3, "company", "Email"), 3: (1, "machine", "Direct")}
VALUES = {0: (10, -1), 7: (10, 11), 9: (10, 12)}


def a_log(rng: np.random.Generator) -> ALog:
    """Sessions that interleave; no, one or several journeys; moments of which a day is known; traffic sources."""
    log = ALog([], [], [], [], {}, {}, {}, {}, {})
    for ck in range(25):
        journeys = int(rng.integers(0, 3))
        outside = rng.random() < 0.3
        own = [len(log.combination) + 1 + no for no in range(journeys)]
        t = 0
        for journey in own:
            log.combination[journey] = int(rng.choice([7, 9]))
            log.parties[journey] = ck if journeys > 1 or outside else None
            if rng.random() < 0.5:
                log.dropped[journey] = int(rng.integers(1, 4))
        places: list[int | None] = [*own, *([None] if outside or not own else [])]
        for no in places:
            begun = False
            for _ in range(int(rng.integers(1, 15))):
                t += int(rng.integers(0, 50_000_000_000))
                kind = int(rng.integers(0, 4))
                bears = rng.random() < 0.2
                code = KINDS[kind][0] << 40 | kind << 18 | (int(rng.random() < 0.3) << 17) | (int(bears) << 15)
                session = 1000 * (ck + 1) + t // 200_000_000_000 * 2 + int(rng.integers(0, 2))
                pos, stage = len(log.rows), int(rng.integers(1, 4)) if no else None
                if session not in log.sessions:
                    log.sessions[session] = str(rng.choice(["Direct", "Social"])) if rng.random() < 0.8 else None
                in_session = rng.random() < 0.8
                if bears and (not in_session or rng.random() < 0.5):
                    log.bearing[pos] = str(rng.choice(["Direct", "Paid"])) if rng.random() < 0.8 else None
                # where two journeys meet, an event may be of the one before that of the run under way
                late = bool(begun and rng.random() < 0.1 and no and no - 1 in own)
                if (
                    no
                    and (not log.runs or log.runs[-1][1] != no or log.runs[-1][4] != stage)
                    and (begun or rng.random() < 0.7)
                ):
                    log.runs.append((len(log.runs) + 1, no, ck, pos, int(stage or 0)))
                    begun = True
                log.rows.append((pos, ck, t, code, session if in_session else None, no - 1 if no and late else no))
                log.stage.append(stage)
                log.run.append(len(log.runs))
    return log


def tables(log: ALog) -> list[tuple[str, str, list[tuple[Any, ...]]]]:
    """Name, columns and rows of everything that the step reads."""
    visits = []
    for place, (run, journey, ck, pos, stage) in enumerate(log.runs):
        following = log.runs[place + 1] if place + 1 < len(log.runs) and log.runs[place + 1][1] == journey else None
        number = sum(other[1] == journey for other in log.runs[: place + 1])
        visits.append((run, number, journey, ck, pos, stage, following[4] if following else None))
    places = [(*row, stage, run) for row, stage, run in zip(log.rows, log.stage, log.run, strict=True)]
    return [
        ("summed_names", "segment VARCHAR, value_no INTEGER",
         [("all", 10), ("device", 10), ("month", 11), ("month", 12), ("month", -1)]),
        ("summed_values", "combination UBIGINT, value_no INTEGER",
         [(of, value) for of, values in VALUES.items() for value in values]),
        ("journey_parties", "journey_no BIGINT, combination UBIGINT, party INTEGER",
         [(no, of, log.parties[no]) for no, of in log.combination.items()]),
        ("journey_ends", "journey_no BIGINT, outcome VARCHAR, last_rank INTEGER",
         [(no, "dropped" if no in log.dropped else "open", log.dropped.get(no, 1)) for no in log.combination]),
        ("event_places", "pos BIGINT, ck INTEGER, t BIGINT, code BIGINT, session_no INTEGER, journey_no INTEGER, "
         "stage_rank UTINYINT, run_no INTEGER", sorted(places, key=lambda row: row[0] % 5 == 0)),
        ("event_kinds", "kind BIGINT, name_no BIGINT, actor VARCHAR",
         [(kind, name, actor) for kind, (name, actor, _) in KINDS.items()]),
        ("touch_groups", "touch_key UBIGINT, channel_group VARCHAR",
         [(kind, group) for kind, (_, _, group) in KINDS.items()] + [(99, "Paid")]),
        ("session_traits", "session_no BIGINT, channel_group VARCHAR", list(log.sessions.items())),
        ("bearing_groups", "ck INTEGER, pos BIGINT, channel_group VARCHAR",
         [(log.rows[pos][1], pos, group) for pos, group in log.bearing.items()]),
        ("visits", "visit_no BIGINT, visit_number BIGINT, journey_no BIGINT, ck INTEGER, pos BIGINT, "
         "stage_rank INTEGER, next_rank INTEGER", visits),
        ("visit_runs", "run_no BIGINT, visit_no BIGINT, journey_no BIGINT, ck INTEGER",
         [(run, run, journey, ck) for run, journey, ck, *_ in log.runs]),
        ("config_stages", "stage_rank INTEGER", [(1,), (2,), (3,)]),
    ]  # fmt: skip


def counted(log: ALog) -> dict[tuple[object, ...], tuple[int, int]]:
    """What `touch_counts` and `action_counts` hold, one event at a time."""
    who: dict[tuple[object, ...], list[int]] = defaultdict(list)

    def add(journey: int, ck: int, key: tuple[object, ...]) -> None:
        for value in VALUES[log.combination[journey]]:
            who[value, *key].append(ck)

    groups, last = [], {}
    for row, stage in zip(log.rows, log.stage, strict=True):
        pos, ck, _, code, session, journey = row
        kind = code >> 18 & 4194303
        group = log.sessions[session] if session else None
        if pos in log.bearing:
            group = log.bearing[pos]
        elif not code >> 15 & 1:
            group = group or KINDS[kind][2]
        groups.append(group)
        if journey and group and KINDS[kind][1] == "customer":
            add(journey, ck, ("share_of_touches", stage, group))
            last[journey] = (ck, group)
    for place, (_, journey, ck, pos, stage) in enumerate(log.runs):
        add(journey, ck, (stage, 0))
        before = log.runs[place - 1][4] if place and log.runs[place - 1][1] == journey else 0
        if group := groups[pos]:
            add(journey, ck, ("brings_in", stage, group))
            if 0 < before < stage:
                add(journey, ck, ("takes_on", before, group))
    for journey, (ck, group) in last.items():
        if journey in log.dropped:
            add(journey, ck, ("last_before_drop_off", log.dropped[journey], group))
    done = set()
    for row, number in zip(log.rows, log.run, strict=True):
        kind = row[3] >> 18 & 4194303
        if row[5] is None or KINDS[kind][1] != "customer" or not number:
            continue
        run = log.runs[number - 1]
        if run[1] == row[5] + 1:
            run = next((other for other in reversed(log.runs) if other[1] == row[5]), run)
        if run[1] == row[5]:
            done.add((run, KINDS[kind][0]))
    for (_, journey, ck, _, stage), name in done:
        add(journey, ck, (stage, name))
    return {key: (len(cks), len(set(cks))) for key, cks in who.items()}


def walked(rows: list[Row], combination_of: dict[int, int]) -> dict[tuple[object, ...], tuple[object, ...]]:
    """What the table holds, one move at a time."""
    times: dict[tuple[object, ...], list[int]] = defaultdict(list)
    moves: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for grain, place in (("session", 4), ("journey", 5)):
        parts: dict[int, list[Row]] = defaultdict(list)
        for row in sorted(rows):
            part = row[place]
            if part is not None:
                parts[part].append(row)
        for events in parts.values():
            first = 0 if (no := events[0][5]) is None else combination_of[no]
            for before, after in zip([None, *events], [*events, None], strict=True):
                last = after or before
                assert last is not None
                of = first if grain == "session" else combination_of[last[5] or 0]
                for value in VALUES[of]:
                    key = (value, grain, before[3] >> 40 if before else 0, after[3] >> 40 if after else 0)
                    moves[key].append(last[1])
                    if before and after:
                        us = after[2] - before[2]
                        if us >= 86_400_000_000 or not (before[3] | after[3]) >> 17 & 1:
                            times[key].append(us)
    return {key: (len(who), len(set(who)), *of_times(times[key])) for key, who in moves.items()}


def of_times(us: list[int]) -> tuple[float | None, ...]:
    if not us:
        return (None, None, None)
    ranked = sorted(us)
    found = []
    for quantile in (0.5, 0.9):
        place = quantile * (len(us) - 1)
        low, high = ranked[math.floor(place)], ranked[math.ceil(place)]
        found.append(low + (high - low) * (place - math.floor(place)))
    return (*found, sum(us) / len(us))
