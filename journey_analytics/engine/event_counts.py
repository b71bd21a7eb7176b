"""The step `event_counts`: what is counted from all events in their order, in as few goes as memory allows."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np

from journey_analytics.engine import event_moves, event_touches
from journey_analytics.engine.duck import memory_limit, sharing_memory
from journey_analytics.engine.event_rounds import load_known, rounds
from journey_analytics.engine.move_counts import Bools

#: The part of the memory limit that times of moves may take at once. Of more, names are shared out to several passes,
#: each of which reads all events again.
PART_OF_MEMORY = 6
_BYTES_PER_EVENT = 24
#: The part that is left for what is known of sessions and journeys, and for what sorting and counting hold beside it.
PART_BESIDE = 8


def build_event_counts(con: duckdb.DuckDBPyConnection, memory: str | None = None) -> None:
    """Make `event_moves`, `touch_counts` and `action_counts`.

    Args:
        con: The run's connection, with all that the step reads made.
        memory: The limit it was given.
    """
    for table in (event_moves.TABLE, event_touches.TOUCHES, event_touches.ACTIONS):
        con.execute(table)
    limit = memory_limit(con)
    at_once = max(1, limit // (PART_OF_MEMORY * _BYTES_PER_EVENT))
    with sharing_memory(con, limit // PART_OF_MEMORY + limit // PART_BESIDE, memory):
        known = load_known(con)
        touches = event_touches.EventTouches(known)
        for number, (chosen, events) in enumerate(list(_passes(con, known.names, at_once))):
            moves = event_moves.EventMoves(known, chosen, events)
            for some in rounds(con):
                moves.add(some)
                if not number:
                    touches.add(some)
            moves.write(con)
        touches.write(con)


def _passes(con: duckdb.DuckDBPyConnection, names: int, at_once: int) -> Iterator[tuple[Bools, int]]:
    """The names that moves begin with in each pass, shape (names,), and how many events bear them."""
    counts = np.zeros(names, dtype=np.int64)
    for name, count in con.execute("SELECT name_of(code), count(*) FROM event_places GROUP BY ALL").fetchall():
        counts[name] = count
    number = np.cumsum(counts) // at_once
    for one in np.unique(number):
        yield number == one, int(counts[number == one].sum())
