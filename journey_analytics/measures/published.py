"""The published events as a log: their order is decided, a date-only value is a whole day, as_of is the run's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from journey_analytics.measures.log import Log

#: A date-only value shows the beginning of its day and is ordered as its end.
_TIME = "epoch_us(occurred_at) + CASE WHEN list_contains(flags, 'date_only') THEN 86399999999 ELSE 0 END"


@contextmanager
def published_log(
    con: duckdb.DuckDBPyConnection,
    table: str,
    as_of: int,
    columns: str = "",
    where: str | None = None,
    further: Sequence[str] = (),
    customers: str | None = None,
) -> Iterator[Log]:
    """Open the table `events` of a warehouse; the connection is closed afterwards.

    Args:
        con: A connection that has given up files and settings, or that asks nothing but what is known to be safe.
        table: The events, as SQL names them.
        as_of: The run's as_of, in microseconds; events after it are left out.
        columns: Further columns as SQL.
        where: A condition of the user's own: which events are looked at.
        further: Names that the question may use beside the columns, for messages.
        customers: The table of all customers of these events, where there is one: asked whether their hashes differ, so
            that not every event needs a second one.

    Yields:
        The log.

    Raises:
        MeasureError: If the condition is none.
    """
    source = f"SELECT *{', ' + columns if columns else ''} FROM {table} WHERE position IS NOT NULL"
    con.execute(f"CREATE OR REPLACE TEMP VIEW log AS {source}")
    described = {name: str(kind) for name, kind, *_ in con.sql("DESCRIBE log").fetchall()}
    log = Log(
        con,
        described,
        time_sql=f"({_TIME})",
        is_locked=True,
        position_sql="position",
        whole_day_sql="coalesce(list_contains(flags, 'date_only'), false)",
        known_sql="epoch_us(occurred_at)",
        as_of=as_of,
        hashes_differ=customers is not None and _differ(con, customers),
        further=further,
    )
    with log:
        if where is not None:
            chosen = log.where(where)
            con.execute(f"CREATE OR REPLACE TEMP VIEW log AS {source} AND {chosen}")
        yield log


def _differ(con: duckdb.DuckDBPyConnection, customers: str) -> bool:
    counted = f"SELECT count(*) = count(DISTINCT hash(customer_id) >> 1) FROM {customers}"
    return bool(con.sql(counted).fetchall()[0][0])
