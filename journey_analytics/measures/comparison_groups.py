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

from journey_analytics.config.segments import AFTERWARDS, words
from journey_analytics.errors import Problem
from journey_analytics.measures.errors import MeasureError
from journey_analytics.measures.journey_columns import journey_columns

#: Where the groups stand while a comparison is made: journey_id, customer_id, cluster (the customer's number), is_left.
TABLE = "temp.compared_journeys"


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
    traits, columns = journey_columns(con, f"{left}\n{right}")
    for side, condition in (("left", left), ("right", right)):
        _check(con, side, condition, traits, columns)
    judged = f"SELECT journey_id, customer_id, {_sql(left)} AS l, {_sql(right)} AS r FROM ({traits}) AS journey"
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE compared_judged AS {judged}")
    except duckdb.Error as error:  # such as a text that turns out to be no number
        raise MeasureError(Problem(f"the comparison can't be made: {str(error).splitlines()[0]}")) from None
    # customers are numbered in an order of their own, so that no sum of floats depends on threads
    con.execute(
        "CREATE OR REPLACE TEMP TABLE compared_all AS WITH customers AS (SELECT customer_id, bool_or(l) AND bool_or(r) "
        "AS is_both, row_number() OVER (ORDER BY customer_id) - 1 AS cluster FROM compared_judged "
        "GROUP BY customer_id) "
        "SELECT j.*, c.is_both, c.cluster FROM compared_judged AS j JOIN customers AS c USING (customer_id)"
    )
    out = "l AND r" if keep_both else "is_both"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE compared_journeys AS SELECT journey_id, customer_id, l AS is_left, cluster "
        f"FROM compared_all WHERE (l OR r) AND NOT ({out})"
    )
    both_journeys, both_customers, neither = con.sql(
        f"SELECT count(*) FILTER ((l OR r) AND ({out})), count(DISTINCT cluster) FILTER (is_both), "
        "count(*) FILTER (NOT (l OR r)) FROM temp.compared_all"
    ).fetchall()[0]
    counts = con.sql(
        "SELECT count(*) FILTER (is_left), count(*) FILTER (NOT is_left), count(DISTINCT cluster) "
        f"FILTER (is_left), count(DISTINCT cluster) FILTER (NOT is_left) FROM {TABLE}"
    ).fetchall()[0]
    con.execute("DROP TABLE temp.compared_all; DROP TABLE temp.compared_judged")
    named = words(f"{left}\n{right}")
    afterwards = tuple(column for column in (*AFTERWARDS, *_derived_afterwards(con)) if column in named)
    return Groups(counts[0], counts[1], counts[2], counts[3], both_journeys, both_customers, neither, afterwards)


def drop_groups(con: duckdb.DuckDBPyConnection) -> None:
    """Remove what `make_groups` made."""
    for table in ("compared_judged", "compared_all", "compared_journeys"):
        con.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _sql(condition: str) -> str:
    return f"coalesce(({condition}\n), false)"


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
        kind = con.sql(f"SELECT ({condition}\n) FROM ({traits}) AS journey LIMIT 0").types[0]
        if str(kind) not in ("BOOLEAN", '"NULL"'):  # a number would pass for true: 2026-03 is 2023
            raise duckdb.ParserException(f"it gives a {kind}, not true or false")
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


def _derived_afterwards(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Segments of journey.yaml that tell what came of a journey."""
    try:
        return [row[0] for row in con.sql("SELECT segment FROM segments WHERE known_afterwards").fetchall()]
    except duckdb.CatalogException:  # published by an older version
        return []
