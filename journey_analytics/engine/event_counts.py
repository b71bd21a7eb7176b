"""The step `event_counts`: what is counted from all events in their order, in one go."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np

from journey_analytics.engine import event_moves, event_touches
from journey_analytics.engine.duck import memory_limit, sharing_memory
from journey_analytics.engine.event_rounds import load_known, rounds

#: The part of the memory limit that times of moves may take at once. Of more, names are shared out, and the times of
#: all shares but the first wait on disk: 24 bytes per event, where reading all events again takes a third of the step.
PART_OF_MEMORY = 6
_BYTES_PER_EVENT = 24
#: The part that is left for what is known of sessions and journeys, and for what sorting and counting hold beside it.
PART_BESIDE = 8


def build_event_counts(con: duckdb.DuckDBPyConnection, memory: str | None = None, folder: Path | None = None) -> None:
    """Make `event_moves`, `touch_counts` and `action_counts`.

    Args:
        con: The run's connection, with all that the step reads made.
        memory: The limit it was given.
        folder: Where times may wait that memory does not hold; the system's folder of temporary files otherwise.

    Raises:
        OSError: The disk is full.
    """
    for table in (event_moves.TABLE, event_touches.TOUCHES, event_touches.ACTIONS):
        con.execute(table)
    limit = memory_limit(con)
    at_once = max(1, limit // (PART_OF_MEMORY * _BYTES_PER_EVENT))
    with sharing_memory(con, limit // PART_OF_MEMORY + limit // PART_BESIDE, memory):
        known = load_known(con)
        moves = event_moves.EventMoves(known, _shares(con, known.names, at_once), folder)
        touches = event_touches.EventTouches(known)
        for some in rounds(con):
            moves.add(some)
            touches.add(some)
        moves.write(con)
        touches.write(con)


def _shares(con: duckdb.DuckDBPyConnection, names: int, at_once: int) -> event_moves.Shares:
    counts = np.zeros(names, dtype=np.int64)
    for name, count in con.execute("SELECT name_of(code), count(*) FROM event_places GROUP BY ALL").fetchall():
        counts[name] = count
    of_name = np.unique(np.cumsum(counts) // at_once, return_inverse=True)[1]
    return event_moves.Shares(of_name, int(counts[of_name == 0].sum()))
