"""One row per journey with all that a condition may name: of itself, of its first session and event, of its customer.

A name means the journey's column, else the session's, else the event's, else the customer's; `session.value` and
`customer.value` reach the others. An unknown value of a column that divides the tables is `(unknown)`, as there.
"""

from __future__ import annotations

import duckdb

from journey_analytics.config.segments import EVENT_COLUMNS, SEGMENTS, words
from journey_analytics.engine.duck import quote_name, quote_text

UNKNOWN = "(unknown)"  # as in the segmented tables: an unknown value is its own segment
#: The table of segments that are told from finished tables; a warehouse of an older version has none.
DERIVED = "derived_segments"
# A journey that ends with a date alone shows the day's start and ends with the day: its sessions of that day are its
# own.
_ENDS = """
    SELECT
        j.journey_id,
        j.ended_at + to_microseconds(CASE WHEN d.journey_id IS NULL THEN 0 ELSE 86399999999 END) AS until
    FROM journeys AS j
    LEFT JOIN (
        SELECT DISTINCT journey_id, occurred_at FROM events WHERE list_contains(flags, 'date_only')
    ) AS d ON d.journey_id = j.journey_id AND d.occurred_at = j.ended_at
"""


def journey_columns(
    con: duckdb.DuckDBPyConnection,
    asked: str,
    values: str | None = None,
    derived: bool = True,
    ends: str | None = None,
) -> tuple[str, list[str]]:
    """SQL of one row per journey, and the names of its columns.

    Sessions and events are looked at only where something of them may be asked for.

    Args:
        con: Where journeys, sessions and customers are (and events, unless `values` is given).
        asked: The expressions that will be asked of it.
        values: SQL of journey_id and the `EVENT_COLUMNS` of each journey, told from its sessions and events already.
        derived: Whether the segments that journey.yaml derives may be named too.
        ends: SQL of journey_id and `until`, the moment up to which sessions are a journey's; None: asked of the events.
    """
    named = words(asked)
    of_journeys = _columns(con, "journeys")
    of_sessions = [c for c in _columns(con, "sessions") if c not in ("session_id", "customer_id")]
    of_customers = [c for c in _columns(con, "customers") if c != "customer_id"]
    known = EVENT_COLUMNS if values is not None else _columns(con, "events")
    of_events = [c for c in EVENT_COLUMNS if c in known]
    names = [*of_journeys, "journey"]
    picked = ["j.*", "CASE WHEN j.journey_number = 1 THEN 'first' ELSE 'later' END AS journey"]
    joins = ["journeys AS j"]

    if ends is None:
        ends = _ENDS if "flags" in known else "SELECT journey_id, ended_at AS until FROM journeys"
    sessions = [c for c in of_sessions if c in named and (c not in names or "session" in named)]
    if sessions:
        # a session that a lost event divides belongs to every journey that it reaches into
        firsts = ", ".join(f"arg_min(s.{quote_name(c)}, s.session_number) AS {quote_name(c)}" for c in sessions)
        joins.append(
            f"LEFT JOIN (SELECT b.journey_id, {firsts} FROM journeys AS b JOIN ({ends}) AS u USING (journey_id) "
            "JOIN sessions AS s ON s.customer_id = b.customer_id AND s.started_at <= u.until "
            "AND s.ended_at >= b.started_at GROUP BY b.journey_id) AS s USING (journey_id)"
        )
        if "session" in named:
            picked.append(
                f"struct_pack({', '.join(f'{quote_name(c)} := s.{quote_name(c)}' for c in sessions)}) AS session"
            )
    events = [c for c in of_events if c in named]
    if events and values is not None:
        joins.append(f"LEFT JOIN ({values}) AS e USING (journey_id)")
    elif events:
        firsts = ", ".join(f"arg_min({quote_name(c)}, position) AS {quote_name(c)}" for c in events)
        joins.append(
            f"LEFT JOIN (SELECT journey_id, {firsts} FROM events WHERE journey_id IS NOT NULL GROUP BY journey_id) "
            "AS e USING (journey_id)"
        )
    for column in dict.fromkeys((*of_sessions, *of_events)):
        if column in names:
            continue
        names.append(column)
        have = [f"{a}.{quote_name(column)}" for a, some in (("s", sessions), ("e", events)) if column in some]
        if have:
            text = [quote_text(UNKNOWN)] if column in SEGMENTS else []
            picked.append(f"coalesce({', '.join([*have, *text])}) AS {quote_name(column)}")
    own = [c for c in of_customers if c not in names]
    names += own
    if "customer" in named or named & set(own):
        joins.append("JOIN customers AS c ON c.customer_id = j.customer_id")
        picked += [f"c.{quote_name(c)}" for c in own]
    if "customer" in named:
        picked.append(
            f"struct_pack({', '.join(f'{quote_name(c)} := c.{quote_name(c)}' for c in of_customers)}) AS customer"
        )
    for name in _derived(con) if derived else []:
        if name in names:
            continue  # the column that the segment is
        names.append(name)
        if name in named:
            table = f"SELECT journey_id, segment_value FROM {DERIVED} WHERE segment = {quote_text(name)}"
            joins.append(f"LEFT JOIN ({table}) AS {quote_name('of_' + name)} USING (journey_id)")
            picked.append(f"{quote_name('of_' + name)}.segment_value AS {quote_name(name)}")
    return f"SELECT {', '.join(picked)} FROM {' '.join(joins)}", names


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    try:
        return [row[0] for row in con.sql(f"DESCRIBE FROM {table}").fetchall()]
    except duckdb.CatalogException:  # a run asks before events are written, and asks nothing of them
        return []


def _derived(con: duckdb.DuckDBPyConnection) -> list[str]:
    try:
        rows = con.sql(f"SELECT DISTINCT segment FROM {DERIVED} ORDER BY segment").fetchall()
    except duckdb.CatalogException:
        return []
    return [row[0] for row in rows]
