"""Dagster's SQLite event log with its connections kept open for as long as one run lasts.

Dagster opens a database anew for each of the four thousand statements of a run, and flushes the disk after each. That
took half of all processor time of a run on few rows, and seconds of waiting. Here one connection per file serves the
run; WAL with `synchronous = NORMAL` keeps the file whole after a crash, and at worst loses the last lines of a history.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

#: Another process, such as the UI, may hold a file for a while.
_PATIENCE_SECONDS = 300


@contextmanager
def kept_open(instance: dg.DagsterInstance) -> Iterator[None]:
    """Let the event log of an instance keep its connections; any other than Dagster's own SQLite is left as it is."""
    storage = instance.event_log_storage
    if not isinstance(storage, SqliteEventLogStorage):
        yield
        return
    engines: dict[str, Engine] = {}

    @contextmanager
    def connect(shard: str) -> Iterator[Connection]:
        with storage._db_lock:  # as Dagster's own: one user at a time, so one connection is enough
            engine = engines.get(shard)
            if engine is None:
                engine = engines[shard] = _engine(storage.conn_string_for_shard(shard))
            if shard not in storage._initialized_dbs:
                storage._initdb(engine)
                storage._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    vars(storage)["_connect"] = connect
    try:
        yield
    finally:
        del vars(storage)["_connect"]
        for engine in engines.values():
            engine.dispose()


def _engine(address: str) -> Engine:
    arguments = {"timeout": _PATIENCE_SECONDS, "check_same_thread": False}
    engine = create_engine(address, poolclass=StaticPool, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def _less_flushing(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")

    return engine
