"""All events in their order, some customers at a time, as arrays; and what is known of kinds, sessions and journeys.

What needs every event in order (moves between events, touches and actions at stages) is counted from these arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from journey_analytics.engine.move_counts import Bools, Ints, Segments, Whole

#: Events that are looked at at once, but for a customer who has more: their arrays stay in the processor's cache.
EVENTS_PER_ROUND = 250_000

Columns = dict[str, np.ndarray]

# None is -1: of a session, and of a journey; of a stage it is 0.
_EVENTS = """
SELECT
    pos, ck, t, kind_of(code)::INTEGER AS kind, (code >> 17) & 1 = 1 AS is_date_only,
    (code >> 15) & 1 = 1 AS bears_traffic, coalesce(session_no, -1)::INTEGER AS session,
    coalesce(journey_no, -1)::INTEGER AS journey, coalesce(stage_rank, 0)::UTINYINT AS stage, run_no
FROM event_places
WHERE ck >= ? AND ck < ?
"""
_VISITS = """
SELECT
    visit_no, visit_number, journey_no::INTEGER AS journey, ck, pos, stage_rank::UTINYINT AS stage,
    next_rank IS NULL AS is_last
FROM visits
WHERE ck >= ? AND ck < ?
ORDER BY visit_no
"""
_RUNS = """
SELECT run_no, visit_no, journey_no::INTEGER AS journey FROM visit_runs WHERE ck >= ? AND ck < ? ORDER BY run_no
"""
_BEARING = """
SELECT b.pos, coalesce(g.group_no, -1)::SMALLINT AS group_no
FROM bearing_groups AS b
LEFT JOIN group_numbers AS g USING (channel_group)
WHERE b.ck >= ? AND b.ck < ?
"""


@dataclass(frozen=True)
class Known:
    """What events are counted by. Arrays that are read by a number hold one more: what -1 finds, that of none.

    Attributes:
        segments: Which values combinations stand for.
        value_nos: The numbers of values in `summed_names`, rising.
        combination: Of each journey, by its number; of none it is 0.
        dropped_at: Of each journey, the rank of the stage where it dropped; 0: it did not.
        several: By customer: whether their events may be of several combinations.
        name: Number of its name, by kind of event; from 1.
        names: One more than the largest number of a name.
        is_customer: By kind of event: whether the customer did it.
        groups: Names of the channel groups, in order.
        group_of_kind: Number of the channel group, by kind of event; -1: none.
        group_of_session: The same, by session.
        stages: One more than the largest rank.
    """

    segments: Segments
    value_nos: Ints
    combination: Whole
    dropped_at: Whole
    several: Bools
    name: Whole
    names: int
    is_customer: Bools
    groups: list[str]
    group_of_kind: Whole
    group_of_session: Whole
    stages: int


@dataclass(frozen=True)
class Round:
    """Some customers, who have no events in other rounds.

    Attributes:
        least: At most the number of the first of them.
        end: One more than the last.
        events: Their events, in order; `run`: the place in `runs` of the run under way, -1: it is of another round.
        visits: Their stage visits, in order; `event`: the place in `events` of the event that each begins with.
        runs: Their stage runs, in order; `visit`: the place in `visits` of the visit that each is part of.
        bearing: Channel groups of events that bear a traffic source of their own; `event`: the place of each.
    """

    least: int
    end: int
    events: Columns
    visits: Columns
    runs: Columns
    bearing: Columns


def load_known(con: duckdb.DuckDBPyConnection) -> Known:
    """Read what events are counted by; makes the temporary table `group_numbers`."""
    combinations, value_nos, segments = _segments(con)
    journeys = con.execute(
        """SELECT p.journey_no, p.combination, coalesce(p.party, -1) AS party,
               CASE j.outcome WHEN 'dropped' THEN j.last_rank ELSE 0 END AS dropped_at
           FROM journey_parties AS p JOIN journey_ends AS j USING (journey_no)"""
    ).fetchnumpy()
    number = journeys["journey_no"]
    customers = con.execute("SELECT coalesce(max(ck), 0) FROM event_places").fetchall()[0][0]
    several = np.zeros(int(customers) + 1, dtype=np.bool_)
    several[journeys["party"][journeys["party"] >= 0]] = True
    con.execute(
        """CREATE OR REPLACE TEMP TABLE group_numbers AS
           SELECT (row_number() OVER (ORDER BY channel_group) - 1)::SMALLINT AS group_no, channel_group
           FROM (SELECT channel_group FROM touch_groups UNION SELECT channel_group FROM session_traits)
           WHERE channel_group IS NOT NULL"""
    )
    kinds = con.execute(
        """SELECT k.kind, k.name_no, k.actor = 'customer' AS is_customer, coalesce(n.group_no, -1)::SMALLINT AS group_no
           FROM event_kinds AS k
           LEFT JOIN touch_groups AS g ON g.touch_key = k.kind::UBIGINT
           LEFT JOIN group_numbers AS n USING (channel_group)"""
    ).fetchnumpy()
    sessions = con.execute(
        "SELECT session_no, group_no FROM session_traits JOIN group_numbers USING (channel_group)"
    ).fetchnumpy()
    return Known(
        segments=segments,
        value_nos=value_nos,
        combination=by_number(number, np.searchsorted(combinations, journeys["combination"]).astype(np.int32), 0),
        dropped_at=by_number(number, journeys["dropped_at"].astype(np.int32), 0),
        several=several,
        name=by_number(kinds["kind"], kinds["name_no"].astype(np.int32), 0),
        names=int(kinds["name_no"].max(initial=0)) + 1,
        is_customer=by_number(kinds["kind"], kinds["is_customer"], False),
        groups=[
            name for (name,) in con.execute("SELECT channel_group FROM group_numbers ORDER BY group_no").fetchall()
        ],
        group_of_kind=by_number(kinds["kind"], kinds["group_no"], -1),
        group_of_session=by_number(sessions["session_no"], sessions["group_no"], -1),
        stages=int(con.execute("SELECT max(stage_rank) FROM config_stages").fetchall()[0][0]) + 1,
    )


def by_number(number: Whole, value: np.ndarray, none: object) -> np.ndarray:
    """Values to be read by number; what has none, and -1, reads `none`."""
    table = np.full(int(number.max(initial=-1)) + 2, none, dtype=value.dtype)
    table[number] = value
    return table


def _segments(con: duckdb.DuckDBPyConnection) -> tuple[np.ndarray, Ints, Segments]:
    pairs = con.execute(
        "SELECT segment, combination, value_no FROM summed_values JOIN summed_names USING (value_no)"
    ).fetchnumpy()
    combinations = np.unique(np.append(pairs["combination"], np.uint64(0)))
    value_nos = np.unique(pairs["value_no"])
    columns: dict[bytes, Ints] = {}
    for segment in sorted(set(pairs["segment"])):
        rows = pairs["segment"] == segment
        column = np.full(len(combinations), -1)
        place = np.searchsorted(combinations, pairs["combination"][rows])
        column[place] = np.searchsorted(value_nos, pairs["value_no"][rows])
        columns[column.tobytes()] = column  # all segments of one value are the whole
    return combinations, value_nos, Segments(list(columns.values()), len(value_nos))


def rounds(con: duckdb.DuckDBPyConnection) -> Iterator[Round]:
    """All events, some customers at a time.

    Numbers rise within a customer, but have holes where customers were computed again, and these stand behind others.
    """
    found = con.execute(
        "SELECT DISTINCT ck FROM event_places WHERE pos % ? = 0 AND ck > 0 ORDER BY ck", [EVENTS_PER_ROUND]
    ).fetchall()
    begins = [0, *(int(ck) for (ck,) in found)]
    for least, end in zip(begins, [*begins[1:], 1 << 31], strict=False):
        events, visits, runs, bearing = (
            dict(con.execute(query, [least, end]).fetchnumpy()) for query in (_EVENTS, _VISITS, _RUNS, _BEARING)
        )
        pos = events["pos"]
        if not len(pos):
            continue
        if (pos[1:] < pos[:-1]).any():  # background events stand behind the others
            order = np.argsort(pos, kind="stable")
            events = {name: column[order] for name, column in events.items()}
        events["run"] = places(events["run_no"], runs["run_no"])
        runs["visit"] = places(runs["visit_no"], visits["visit_no"])
        visits["event"] = places(visits["pos"], events["pos"])
        bearing["event"] = places(bearing["pos"], events["pos"])
        yield Round(least, int(events["ck"].max()) + 1, events, visits, runs, bearing)


def places(wanted: Whole, numbers: Whole) -> Ints:
    """Where each of the wanted numbers stands among rising ones; -1: it is none of them."""
    if not len(numbers):
        return np.full(len(wanted), -1)
    if numbers[-1] - numbers[0] == len(numbers) - 1:  # no holes
        at = wanted.astype(np.int64) - int(numbers[0])
        at[(at < 0) | (at >= len(numbers))] = -1
        return at
    at = np.searchsorted(numbers, wanted)
    at[at == len(numbers)] = 0
    at[numbers[at] != wanted] = -1
    return at


def grouped(part: Whole) -> Ints | slice:
    """The rows that lie in a part at all, part by part, in order."""
    inside = part >= 0
    rows = slice(None) if inside.all() else np.flatnonzero(inside)
    some = part[rows]
    if not (some[1:] < some[:-1]).any():
        return rows
    keys = (some.astype(np.int64) << 32) | np.arange(len(part))[rows]
    keys.sort()
    return keys & 0xFFFFFFFF


def append(con: duckdb.DuckDBPyConnection, table: str, columns: Columns) -> None:
    """Add rows to a table by the names of its columns."""
    con.register("arrays", pa.table(columns))
    con.execute(f"INSERT INTO {table} BY NAME FROM arrays")
    con.unregister("arrays")
