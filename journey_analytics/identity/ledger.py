"""The identity ledger: which customer id every identifier was first given. It survives full rebuilds.

An identifier keeps its own first id for ever; the id of a customer is the oldest among its identifiers' own ids. So a
merge keeps the older id, and a link that is undone gives both sides their own ids back. Who is split off and never had
an id of their own founds one, written beside the older one, so that it too stays. A Parquet file beside the
warehouse, replaced in one step just before the warehouse is.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from journey_analytics.engine.duck import quote_text
from journey_analytics.errors import JourneyError, Problem
from journey_analytics.files import replace_file

COLUMNS = "kind VARCHAR, identifier VARCHAR, customer_id UUID, run_no BIGINT, founded_at TIMESTAMP, is_founder BOOLEAN"


def load_ledger(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make the table `identity_ledger` from the file, empty where there is none."""
    con.execute(f"CREATE OR REPLACE TABLE identity_ledger ({COLUMNS})")
    if path.exists():
        try:
            con.execute(f"INSERT INTO identity_ledger BY NAME SELECT * FROM read_parquet({quote_text(str(path))})")
        except duckdb.Error as error:
            raise JourneyError(
                Problem(
                    f"the identity ledger can't be read: {str(error).splitlines()[0]}",
                    file=str(path),
                    remedy="Restore it from a backup; or remove it, and customers get ids derived from "
                    "their identifiers.",
                )
            ) from error


def name_customers(con: duckdb.DuckDBPyConnection) -> None:
    """Give every component its customer id.

    Reads `identified` (ident_no, component), `identifier_totals` and `identity_ledger`; makes `customer_numbers`
    (ck, customer_id, component) and `ledger_merges`; `ids` and `named` for `next_ledger`. Customers are numbered by the
    age of their ids in the ledger, so a number stays from run to run; numbers have holes.
    """
    # The first identifier by time, strength, kind and value: identifiers are numbered by kind and value, so one number
    # holds all of it, and the least of numbers is found in a third of the time of the least of rows.
    con.execute("""
        CREATE OR REPLACE TEMP TABLE firsts AS
        SELECT c.component, t.ident_no, t.kind, t.identifier, t.ordered_at AS first_at
        FROM (
            SELECT i.component, (min(
                ((epoch_us(coalesce(t.ordered_at, TIMESTAMP '0001-01-01')) + 4611686018427387904)::HUGEINT << 44)
                | (t.strength::HUGEINT << 40) | t.ident_no::HUGEINT
            ) & 1099511627775)::BIGINT AS ident_no
            FROM identified AS i
            JOIN identifier_totals AS t USING (ident_no)
            GROUP BY i.component
        ) AS c
        JOIN identifier_totals AS t USING (ident_no)
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE ids AS
        SELECT customer_id, min(run_no) AS run_no, min(founded_at) AS founded_at
        FROM identity_ledger GROUP BY customer_id
    """)
    # An id that several components claim (after a split) stays with the one that holds its founder.
    con.execute("""
        CREATE OR REPLACE TEMP TABLE claims AS
        SELECT customer_id, component
        FROM (
            SELECT l.customer_id, i.component,
                row_number() OVER (
                    PARTITION BY l.customer_id
                    ORDER BY l.is_founder DESC, t.ordered_at NULLS FIRST, t.kind, t.identifier
                ) AS place
            FROM identity_ledger AS l
            JOIN identifier_totals AS t ON t.kind = l.kind AND t.identifier = l.identifier
            JOIN identified AS i USING (ident_no)
        )
        WHERE place = 1
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE named AS
        WITH owned AS (
            SELECT
                c.component,
                arg_min(c.customer_id, {'r': d.run_no, 'f': d.founded_at, 'c': c.customer_id}) AS customer_id
            FROM claims AS c JOIN ids AS d USING (customer_id)
            GROUP BY c.component
        ),
        derived AS (
            SELECT f.component, f.ident_no AS first_no, f.first_at, o.customer_id AS owned_id,
                concat(f.kind, chr(31), f.identifier) AS first_name,
                CASE WHEN o.customer_id IS NULL THEN md5(first_name)::UUID END AS fresh_id
            FROM firsts AS f LEFT JOIN owned AS o USING (component)
        )
        SELECT component, first_no, first_at,
            CASE
                WHEN owned_id IS NOT NULL THEN owned_id
                WHEN fresh_id IN (SELECT customer_id FROM ids) THEN md5(concat(first_name, chr(31), 'again'))::UUID
                ELSE fresh_id
            END AS customer_id,
            owned_id IS NULL AS is_new
        FROM derived
    """)
    # Ids that no customer bears now (merged, gone) keep their numbers: a customer has the same one at every run, and
    # new ones come after all others.
    con.execute("""
        CREATE OR REPLACE TABLE customer_numbers AS
        WITH given AS (
            SELECT customer_id, min(run_no) AS run_no
            FROM (
                SELECT customer_id, run_no FROM ids
                UNION ALL
                SELECT customer_id, (SELECT coalesce(max(run_no), 0) + 1 FROM ids) FROM named WHERE is_new
            )
            GROUP BY customer_id
        ),
        numbered AS (
            SELECT customer_id, (row_number() OVER (ORDER BY run_no, customer_id) - 1)::INTEGER AS ck FROM given
        )
        SELECT c.ck, n.customer_id, n.component
        FROM named AS n JOIN numbered AS c USING (customer_id)
        ORDER BY c.ck
    """)
    con.execute("""
        CREATE OR REPLACE TABLE ledger_merges AS
        SELECT n.customer_id, c.customer_id AS merged_customer_id
        FROM claims AS c JOIN named AS n USING (component)
        WHERE c.customer_id <> n.customer_id
        ORDER BY ALL
    """)


def next_ledger(con: duckdb.DuckDBPyConnection) -> None:
    """Make `identity_ledger_next`: the ledger and who is new in it, from what `name_customers` made."""
    con.execute("""
        CREATE OR REPLACE TABLE identity_ledger_next AS
        SELECT * FROM identity_ledger
        UNION ALL
        SELECT t.kind, t.identifier, n.customer_id,
            coalesce(d.run_no, (SELECT coalesce(max(run_no), 0) + 1 FROM identity_ledger)) AS run_no,
            CASE WHEN n.is_new THEN coalesce(n.first_at, TIMESTAMP '0001-01-01') ELSE d.founded_at END AS founded_at,
            n.is_new AND t.ident_no = n.first_no AS is_founder
        FROM identified AS i
        JOIN identifier_totals AS t USING (ident_no)
        JOIN named AS n USING (component)
        LEFT JOIN ids AS d ON d.customer_id = n.customer_id
        WHERE n.is_new
           OR NOT EXISTS (SELECT 1 FROM identity_ledger AS l WHERE l.kind = t.kind AND l.identifier = t.identifier)
    """)


def save_ledger(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Replace the ledger file with `identity_ledger_next` in one step."""
    beside = path.with_suffix(".next")
    con.execute(
        "COPY (FROM identity_ledger_next ORDER BY kind, identifier, customer_id) "
        f"TO {quote_text(str(beside))} (FORMAT parquet)"
    )
    replace_file(beside, path)
