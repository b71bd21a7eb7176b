"""`resolve`: which identifiers are one person, from a list of links. The rules are the pipeline's.

This file only puts the links into the tables that `identity` reads; nothing about joining people is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from journey_analytics.config.model import Identity
from journey_analytics.engine.duck import quote_text
from journey_analytics.errors import Problem
from journey_analytics.identity.ledger import COLUMNS, name_customers
from journey_analytics.identity.resolve import find_components, settle_conflicts
from journey_analytics.ingest.identifiers import clean_sql, normalised
from journey_analytics.measures.errors import MeasureError
from journey_analytics.measures.log import Log, open_table

NEEDED = ("left_kind", "left_identifier", "right_kind", "right_identifier")


def resolve(
    links: Any, unique: Sequence[str] = ("user_id",), max_people: int = 5, ignore: Sequence[str] = ()
) -> pl.DataFrame:
    """Which identifiers are one person.

    `email` and `phone` are contacts, the kinds in `unique` a person has one of, all others are weak (cookies,
    devices). Two values of a unique kind are never joined: a link that would do so is refused. A weak identifier
    linked with more than `max_people` unique or contact identifiers links nobody.

    Args:
        links: A table (see `funnel`) with left_kind, left_identifier, right_kind, right_identifier, and seen_at where
            known: links count in this order (those without one first), then in the order of rows. A null or junk
            identifier makes no link; the other one of its row still is somebody.
        unique: Kinds of which a person has one.
        max_people: How many people may share a weak identifier.
        ignore: Globs of further junk values.

    Returns:
        kind, identifier (normalised: e-mail in lower case, phone as digits, others trimmed) and customer_id (a UUID,
        as text, from the customer's first identifier), one row per identifier, ordered by kind and identifier.

    Raises:
        MeasureError: If a column is missing, or an argument makes no sense.

    Examples:
        >>> import polars as pl
        >>> links = pl.DataFrame({
        ...     "left_kind": ["user_id", "cookie"], "left_identifier": ["u1", "c1"],
        ...     "right_kind": ["email", "user_id"], "right_identifier": ["Ann@Example.org", "u1"],
        ... })
        >>> people = resolve(links)
        >>> people["identifier"].to_list(), people["customer_id"].n_unique()
        (['c1', 'ann@example.org', 'u1'], 1)
    """
    if isinstance(max_people, bool) or not isinstance(max_people, int) or max_people < 1:
        raise MeasureError(Problem(f"{max_people!r} is no number above zero", key="max_people"))
    kinds = [unique] if isinstance(unique, str) else list(unique)
    globs = [ignore] if isinstance(ignore, str) else list(ignore)
    with open_table(links, NEEDED, [*NEEDED, "seen_at"]) as log:
        _read_links(log, kinds, globs)
        _make_tables(log)
        find_components(log.con, max_people=max_people, unlink=[])
        log.con.execute(_SIGHTINGS)
        settle_conflicts(log.con)
        name_customers(log.con)
        people: pl.DataFrame = log.con.sql(
            # numbered by kind and identifier, so the number's order is theirs
            "SELECT t.kind, t.identifier, n.customer_id::VARCHAR AS customer_id FROM identifier_totals AS t "
            "JOIN identified AS i USING (ident_no) JOIN customer_numbers AS n USING (component) ORDER BY t.ident_no"
        ).pl()
        return people


def _read_links(log: Log, unique: list[str], ignore: list[str]) -> None:
    """Make `read_links`: a row per link, both sides as they are compared, with its place in the order of sightings."""
    nameless = log.row("SELECT count(*) FROM log WHERE left_kind IS NULL OR right_kind IS NULL")
    if nameless and nameless[0]:
        raise MeasureError(Problem(f"{nameless[0]} links have a side without a kind", remedy="Fill left_kind in."))
    seen = "try_cast(seen_at AS TIMESTAMPTZ)"
    if "seen_at" in log.columns:
        bad = log.row(f"SELECT seen_at FROM log WHERE seen_at IS NOT NULL AND {seen} IS NULL LIMIT 1")
        if bad:
            raise MeasureError(Problem(f"{bad[0]!r} is no moment", key="seen_at", remedy="Write ISO 8601."))
    contact = ", ".join(quote_text(kind) for kind in Identity().contact)
    uniques = ", ".join(quote_text(kind) for kind in unique) or "NULL"
    strength = f"CASE WHEN {{0}} IN ({uniques}) THEN 1 WHEN {{0}} IN ({contact}) THEN 2 ELSE 3 END"
    placed = "SELECT row_number() OVER () AS place, * FROM log"
    if "seen_at" in log.columns:
        placed = f"""
            SELECT row_number() OVER (ORDER BY seen NULLS FIRST, place) AS place, * EXCLUDE (place, seen)
            FROM (SELECT *, {seen} AS seen, row_number() OVER () AS place FROM log)
        """
    log.con.execute(f"""
        CREATE TEMP TABLE read_links AS
        WITH placed AS ({placed}),
        plain AS (
            SELECT place, left_kind::VARCHAR AS a_kind, {_plain("left")} AS a, right_kind::VARCHAR AS b_kind,
                {_plain("right")} AS b
            FROM placed
        )
        SELECT place, a_kind, {strength.format("a_kind")} AS a_strength, {clean_sql("a", ignore)} AS a,
            b_kind, {strength.format("b_kind")} AS b_strength, {clean_sql("b", ignore)} AS b
        FROM plain
    """)


def _plain(side: str) -> str:
    """SQL of the identifier of one side as it is compared."""
    text = f"{side}_identifier::VARCHAR"
    return (
        f"CASE {side}_kind WHEN 'email' THEN {normalised('email', text, None)} "
        f"WHEN 'phone' THEN {normalised('phone', text, None)} ELSE {normalised('', text, None)} END"
    )


def _make_tables(log: Log) -> None:
    """The tables of `identity`: identifiers with their first sighting, and pairs, the stronger one on the left.

    A sighting's place stands for its time: the order is all that matters, and links may have no time.
    """
    log.con.execute(f"CREATE TABLE identity_ledger ({COLUMNS})")
    log.con.execute("""
        CREATE TABLE identifier_totals AS
        SELECT row_number() OVER (ORDER BY kind, identifier) - 1 AS ident_no, *
        FROM (
            SELECT kind, identifier, any_value(strength) AS strength, make_timestamp(min(place)) AS ordered_at
            FROM (
                SELECT a_kind AS kind, a AS identifier, a_strength AS strength, place FROM read_links
                UNION ALL
                SELECT b_kind, b, b_strength, place FROM read_links
            )
            WHERE identifier IS NOT NULL
            GROUP BY kind, identifier
        )
    """)
    log.con.execute("""
        CREATE TABLE identifier_pairs AS
        WITH numbered AS (
            SELECT l.place, a.ident_no AS a_no, l.a_strength, b.ident_no AS b_no, l.b_strength
            FROM read_links AS l
            JOIN identifier_totals AS a ON a.kind = l.a_kind AND a.identifier = l.a
            JOIN identifier_totals AS b ON b.kind = l.b_kind AND b.identifier = l.b
        )
        SELECT
            -- numbered by kind and value, so of two of one strength the lower number stands on the left
            CASE WHEN (a_strength, a_no) < (b_strength, b_no) THEN a_no ELSE b_no END AS left_no,
            CASE WHEN (a_strength, a_no) < (b_strength, b_no) THEN b_no ELSE a_no END AS right_no,
            min(place) AS first_place
        FROM numbered
        WHERE a_no <> b_no
        GROUP BY left_no, right_no
    """)


_SIGHTINGS = """
    CREATE TABLE conflict_sightings AS
    SELECT p.left_no, p.right_no, p.first_place AS place
    FROM identifier_pairs AS p
    JOIN identifier_totals AS t ON t.ident_no = p.left_no
    JOIN conflict_identifiers AS c ON c.kind = t.kind AND c.identifier = t.identifier
"""
