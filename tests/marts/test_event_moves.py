"""Counts and times of moves against plain Python: over many rounds, in several passes, in numbers too large to pack."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict

import numpy as np
import pytest

from journey_analytics.engine import event_moves, move_times
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


def test_customers_count_once_for_a_value_whatever_their_combinations(rng: np.random.Generator) -> None:
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


@pytest.mark.parametrize(("per_round", "per_pass"), [(1_000_000, 12_000_000), (30, 150), (1, 1)])
def test_the_table_is_what_walking_every_part_gives(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, per_round: int, per_pass: int
) -> None:
    monkeypatch.setattr(event_moves, "EVENTS_PER_ROUND", per_round)
    monkeypatch.setattr(event_moves, "EVENTS_PER_PASS", per_pass)
    rows, parties = a_log(rng)
    with connect() as con:
        con.execute("CREATE MACRO name_of(code) AS code >> 40")
        con.execute("CREATE TABLE summed_names (segment VARCHAR, value_no INTEGER)")
        con.execute(
            "INSERT INTO summed_names VALUES ('all', 10), ('device', 10), ('month', 11), ('month', 12), ('month', -1)"
        )
        con.execute("CREATE TABLE summed_values (combination UBIGINT, value_no INTEGER)")
        con.execute("INSERT INTO summed_values VALUES (0, 10), (0, -1), (7, 10), (7, 11), (9, 10), (9, 12)")
        con.execute("CREATE TABLE journey_parties (journey_no BIGINT, combination UBIGINT, party INTEGER)")
        con.executemany("INSERT INTO journey_parties VALUES (?, ?, ?)", parties)
        con.execute(
            "CREATE TABLE event_places "
            "(pos BIGINT, ck INTEGER, t BIGINT, code BIGINT, session_no INTEGER, journey_no INTEGER)"
        )
        con.executemany(
            "INSERT INTO event_places VALUES (?, ?, ?, ?, ?, ?)", sorted(rows, key=lambda row: row[0] % 5 == 0)
        )
        event_moves.build_event_moves(con)
        found = con.execute("SELECT * FROM event_moves").fetchall()
    assert {row[:4]: row[4:] for row in found} == walked(rows, {no: of for no, of, _ in parties})
    assert len({row[:4] for row in found}) == len(found)


Row = tuple[int, int, int, int, int | None, int | None]


def a_log(rng: np.random.Generator) -> tuple[list[Row], list[tuple[int, int, int | None]]]:
    """Events of customers: sessions that interleave, no, one or several journeys, moments of which a day is known."""
    rows: list[Row] = []
    parties = []
    journey = 0
    for ck in range(25):
        journeys = int(rng.integers(0, 3))
        outside = rng.random() < 0.3
        own = [journey + 1 + no for no in range(journeys)]
        journey += journeys
        repeats = journeys > 1 or outside
        parties += [(no, int(rng.choice([7, 9])), ck if repeats else None) for no in own]
        t = 0
        for no in [*own, *([None] if outside or not own else [])]:
            for _ in range(int(rng.integers(1, 15))):
                t += int(rng.integers(0, 50_000_000_000))
                code = int(rng.integers(1, 4)) << 40 | (int(rng.random() < 0.3) << 17)
                session = (
                    None if rng.random() < 0.2 else 1000 * (ck + 1) + t // 200_000_000_000 * 2 + int(rng.integers(0, 2))
                )
                rows.append((len(rows), ck, t, code, session, no))
    return rows, parties


def walked(rows: list[Row], combination_of: dict[int, int]) -> dict[tuple[object, ...], tuple[object, ...]]:
    """What the table holds, one move at a time."""
    values = {0: (10, -1), 7: (10, 11), 9: (10, 12)}
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
                for value in values[of]:
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
