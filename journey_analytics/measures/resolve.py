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
from journey_analytics.identity.ledger import COLUMNS
from journey_analytics.identity.resolve import assign_customers, find_components
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
        assign_customers(log.con)
        people: pl.DataFrame = log.con.sql(
            "SELECT c.kind, c.identifier, n.customer_id::VARCHAR AS customer_id FROM identifier_customers AS c "
            "JOIN customer_numbers AS n USING (ck) ORDER BY c.kind, c.identifier"
        ).pl()
        return people


def _read_links(log: Log, unique: list[str], ignore: list[str]) -> None:
    """Make `sides`: one row per link and side, with its place in the order of sightings."""
    nameless = log.row("SELECT count(*) FROM log WHERE left_kind IS NULL OR right_kind IS NULL")
    if nameless and nameless[0]:
        raise MeasureError(Problem(f"{nameless[0]} links have a side without a kind", remedy="Fill left_kind in."))
    seen = "NULL"
    if "seen_at" in log.columns:
        seen = "try_cast(seen_at AS TIMESTAMPTZ)"
        bad = log.row(f"SELECT seen_at FROM log WHERE seen_at IS NOT NULL AND {seen} IS NULL LIMIT 1")
        if bad:
            raise MeasureError(Problem(f"{bad[0]!r} is no moment", key="seen_at", remedy="Write ISO 8601."))
    contact = ", ".join(quote_text(kind) for kind in Identity().contact)
    uniques = ", ".join(quote_text(kind) for kind in unique) or "NULL"
    text = "identifier::VARCHAR"
    value = (
        f"CASE kind WHEN 'email' THEN {normalised('email', text, None)} "
        f"WHEN 'phone' THEN {normalised('phone', text, None)} ELSE {normalised('', text, None)} END"
    )
    log.con.execute(f"""
        CREATE TEMP TABLE sides AS
        WITH placed AS (
            SELECT row_number() OVER (ORDER BY seen NULLS FIRST, place) AS place, * EXCLUDE (place, seen)
            FROM (SELECT *, {seen} AS seen, row_number() OVER () AS place FROM log)
        ),
        sided AS (
            SELECT place, 1 AS side, left_kind::VARCHAR AS kind, left_identifier AS identifier FROM placed
            UNION ALL
            SELECT place, 2, right_kind::VARCHAR, right_identifier FROM placed
        ),
        plain AS (SELECT place, side, kind, {value} AS value FROM sided)
        SELECT place, side, kind,
            CASE WHEN kind IN ({uniques}) THEN 1 WHEN kind IN ({contact}) THEN 2 ELSE 3 END AS strength,
            {clean_sql("value", ignore)} AS identifier
        FROM plain
    """)


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
            FROM sides WHERE identifier IS NOT NULL GROUP BY kind, identifier
        )
    """)
    log.con.execute("""
        CREATE TABLE identifier_pairs AS
        WITH numbered AS (
            SELECT s.place, s.side, t.ident_no, t.strength, t.kind, t.identifier
            FROM sides AS s JOIN identifier_totals AS t ON t.kind = s.kind AND t.identifier = s.identifier
        )
        SELECT
            CASE WHEN (a.strength, a.kind, a.identifier) < (b.strength, b.kind, b.identifier)
                THEN a.ident_no ELSE b.ident_no END AS left_no,
            CASE WHEN (a.strength, a.kind, a.identifier) < (b.strength, b.kind, b.identifier)
                THEN b.ident_no ELSE a.ident_no END AS right_no,
            min(a.place) AS first_place
        FROM numbered AS a JOIN numbered AS b ON b.place = a.place AND a.side = 1 AND b.side = 2
        WHERE a.ident_no <> b.ident_no
        GROUP BY left_no, right_no
    """)


_SIGHTINGS = """
    CREATE TABLE conflict_sightings AS
    SELECT p.left_no, p.right_no, p.first_place AS place
    FROM identifier_pairs AS p
    JOIN identifier_totals AS t ON t.ident_no = p.left_no
    JOIN conflict_identifiers AS c ON c.kind = t.kind AND c.identifier = t.identifier
"""
