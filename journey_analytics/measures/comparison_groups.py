"""The two groups of a comparison: which journeys an SQL expression means, and who is left out.

Expressions run on the published file, which is open for reading only and has no access to files or settings, as
conditions and as nothing else.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.errors import Problem
from journey_analytics.measures.errors import MeasureError

#: Where the groups stand while a comparison is made: journey_id, customer_id, cluster (the customer's number), is_left.
TABLE = "temp.compared_journeys"

#: Columns of events that also are segments: of the first session, else the first event, that has a value.
EVENT_COLUMNS = ("device", "channel_group", "campaign", "source", "channel", "country", "browser", "currency")
_UNKNOWN = "(unknown)"  # as in the segmented tables: an unknown value is its own segment
_SEGMENTS = (*EVENT_COLUMNS, "traffic_source", "traffic_medium")
#: What is known of a journey only after it has begun: groups formed by it differ because they were formed so.
AFTERWARDS = (
    "outcome", "is_lost", "ended_at", "furthest_stage", "last_stage", "event_count", "session_count", "value",
    "current_stage", "journey_count", "last_event_at",
)  # fmt: skip


@dataclass(frozen=True)
class Groups:
    """Who is compared, in numbers.

    Attributes:
        left_journeys: Journeys of the left group, without those left out.
        right_journeys: Likewise.
        left_customers: Customers of the left group.
        right_customers: Likewise.
        both_journeys: Journeys left out because they, or their customer, stand in both groups.
        both_customers: Customers with journeys in both groups, left out or not.
        neither: Journeys in no group.
        known_afterwards: Columns of the expressions that tell what came of a journey.
    """

    left_journeys: int
    right_journeys: int
    left_customers: int
    right_customers: int
    both_journeys: int
    both_customers: int
    neither: int
    known_afterwards: tuple[str, ...]


def make_groups(con: duckdb.DuckDBPyConnection, left: str, right: str, keep_both: bool) -> Groups:
    """Make `TABLE`.

    Args:
        con: The published warehouse.
        left: SQL condition of the left group.
        right: SQL condition of the right group.
        keep_both: Keep customers who have other journeys in the other group; a journey is never in both.

    Raises:
        MeasureError: If an expression is no condition over the columns.
    """
    traits, columns = _traits_sql(con, f"{left}\n{right}")
    for side, condition in (("left", left), ("right", right)):
        _check(con, side, condition, traits, columns)
    judged = f"SELECT journey_id, customer_id, {_sql(left)} AS l, {_sql(right)} AS r FROM ({traits}) AS journey"
    try:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE compared_all AS SELECT *, bool_or(l) OVER of_customer AND "
            f"bool_or(r) OVER of_customer AS is_both FROM ({judged}) WINDOW of_customer AS (PARTITION BY customer_id)"
        )
    except duckdb.Error as error:  # such as a text that turns out to be no number
        raise MeasureError(Problem(f"the comparison can't be made: {str(error).splitlines()[0]}")) from None
    out = "l AND r" if keep_both else "is_both"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE compared_journeys AS SELECT journey_id, customer_id, l AS is_left, "
        f"dense_rank() OVER (ORDER BY customer_id) - 1 AS cluster FROM compared_all WHERE (l OR r) AND NOT ({out})"
    )
    both_journeys, both_customers, neither = con.sql(
        f"SELECT count(*) FILTER ((l OR r) AND ({out})), count(DISTINCT customer_id) FILTER (is_both), "
        "count(*) FILTER (NOT (l OR r)) FROM temp.compared_all"
    ).fetchall()[0]
    counts = con.sql(
        "SELECT count(*) FILTER (is_left), count(*) FILTER (NOT is_left), count(DISTINCT customer_id) "
        f"FILTER (is_left), count(DISTINCT customer_id) FILTER (NOT is_left) FROM {TABLE}"
    ).fetchall()[0]
    con.execute("DROP TABLE temp.compared_all")
    words = _words(f"{left}\n{right}")
    afterwards = tuple(column for column in AFTERWARDS if column in words)
    return Groups(counts[0], counts[1], counts[2], counts[3], both_journeys, both_customers, neither, afterwards)


def drop_groups(con: duckdb.DuckDBPyConnection) -> None:
    """Remove what `make_groups` made."""
    con.execute("DROP TABLE IF EXISTS temp.compared_all; DROP TABLE IF EXISTS temp.compared_journeys")


def _sql(condition: str) -> str:
    return f"coalesce(({condition}\n), false)"


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [row[0] for row in con.sql(f"DESCRIBE FROM {table}").fetchall()]


def _traits_sql(con: duckdb.DuckDBPyConnection, asked: str) -> tuple[str, list[str]]:
    """SQL of one row per journey with all its columns, and their names.

    A name means the journey's column, else the session's, else the customer's; `session.value` and `customer.value`
    reach the others. Sessions and events are looked at only where something of them may be asked for.
    """
    words = _words(asked)
    of_journeys = _columns(con, "journeys")
    of_sessions = [c for c in _columns(con, "sessions") if c not in ("session_id", "customer_id")]
    of_customers = [c for c in _columns(con, "customers") if c != "customer_id"]
    of_events = [c for c in EVENT_COLUMNS if c in _columns(con, "events")]
    names = [*of_journeys, "journey"]
    picked = ["j.*", "CASE WHEN j.journey_number = 1 THEN 'first' ELSE 'later' END AS journey"]
    joins = ["journeys AS j"]

    sessions = [c for c in of_sessions if c in words and (c not in names or "session" in words)]
    if sessions:
        # a session that a lost event divides belongs to every journey that it reaches into
        firsts = ", ".join(f"arg_min(s.{quote_name(c)}, s.session_number) AS {quote_name(c)}" for c in sessions)
        joins.append(
            f"LEFT JOIN (SELECT b.journey_id, {firsts} FROM journeys AS b JOIN sessions AS s ON s.customer_id = "
            "b.customer_id AND s.started_at <= b.ended_at AND s.ended_at >= b.started_at GROUP BY b.journey_id) AS s "
            "USING (journey_id)"
        )
        if "session" in words:
            picked.append(
                f"struct_pack({', '.join(f'{quote_name(c)} := s.{quote_name(c)}' for c in sessions)}) AS session"
            )
    events = [c for c in of_events if c in words]
    if events:
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
            text = [quote_text(_UNKNOWN)] if column in _SEGMENTS else []
            picked.append(f"coalesce({', '.join([*have, *text])}) AS {quote_name(column)}")
    joins.append("JOIN customers AS c ON c.customer_id = j.customer_id")
    picked += [f"c.{quote_name(c)}" for c in of_customers if c not in names]
    names += [c for c in of_customers if c not in names]
    if "customer" in words:
        picked.append(
            f"struct_pack({', '.join(f'{quote_name(c)} := c.{quote_name(c)}' for c in of_customers)}) AS customer"
        )
    return f"SELECT {', '.join(picked)} FROM {' '.join(joins)}", names


def _check(con: duckdb.DuckDBPyConnection, side: str, condition: str, traits: str, columns: Sequence[str]) -> None:
    """Refuse what is no condition. Inside CASE no text can close the parenthesis and go on with a query of its own."""
    if not condition.strip():
        raise MeasureError(Problem("the condition is empty", key=side, remedy="Write SQL such as device = 'mobile'."))
    statement = f"SELECT 1 FROM ({traits}) AS journey WHERE CASE WHEN {_sql(condition)} THEN true END LIMIT 0"
    try:
        con.extract_statements(f"SELECT {condition}\n")  # by itself, too: no parenthesis may close one of ours
        parsed = con.extract_statements(statement)
        if len(parsed) != 1 or parsed[0].type != duckdb.StatementType.SELECT:
            raise duckdb.ParserException("more than one statement")
        con.sql(statement).fetchall()
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        unknown = re.search(r'column(?: named)? "([^"]+)"', first)
        if unknown is None or "not found" not in first:
            remedy = f"Write SQL that is true or false, over: {', '.join(columns)}."
            raise MeasureError(Problem(f"{condition!r} is no condition: {first}", key=side, remedy=remedy)) from None
        near = difflib.get_close_matches(unknown[1].lower(), columns, 3) or columns
        raise MeasureError(
            Problem(
                f"there is no column {unknown[1]!r} of sessions, journeys or customers",
                key=side,
                remedy=f"Did you mean {', '.join(near)}? A text stands in single quotes.",
            )
        ) from None
