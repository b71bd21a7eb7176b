"""Which customers a run computes again, and what of the others is taken over from the run before.

Told by comparing: a customer is computed again where the fingerprint of the accepted rows is another one than before,
whatever the cause: new, late and corrected rows, merges and undone merges, kiosks, machine rules, a moved `as_of`.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from journey_analytics.engine.duck import quote_name
from journey_analytics.engine.kept import BESIDE, DELTA, KEPT, kept_models
from journey_analytics.engine.models import load_models

#: Views that say of staged rows which are accepted, and whose: in `delta` they say it of those of the touched.
OF_ROWS = ("good_events", "acted_events", "accepted_events", "owned_rows", "customer_rows")
#: Columns that lead to a customer where a table does not name one itself.
_KEYS = ("ck", "journey_no", "session_no")


@dataclass(frozen=True)
class Touched:
    """What has to be computed again.

    Attributes:
        customers: How many customers there are.
        touched: How many of them, and of those who are there no more, are computed again.
        events: All accepted events.
        touched_events: Those of the touched.
    """

    customers: int
    touched: int
    events: int
    touched_events: int


def find_touched(con: duckdb.DuckDBPyConnection) -> Touched | None:
    """Fill `touched_customers` by comparing with what is kept; makes `told_rows`, the rows of all customers.

    Returns:
        None where customers bear other numbers than before, so that nothing can be compared.
    """
    changed = con.execute(
        f"SELECT 1 FROM customer_numbers AS n JOIN {KEPT}.main.kept_customers AS k USING (ck) "
        "WHERE n.customer_id <> k.customer_id LIMIT 1"
    ).fetchall()
    if changed:
        return None
    # whose each row is; of what kind is not asked, so few columns are read
    con.execute("CREATE TABLE work.main.told_rows AS SELECT ck, rid, is_later FROM owned_rows")
    con.execute(f"""
        CREATE TABLE work.main.told_prints AS
        SELECT coalesce(n.ck, k.ck) AS ck, coalesce(n.events, 0) AS events,
            n.events IS DISTINCT FROM k.events OR n.print IS DISTINCT FROM k.print AS is_touched
        FROM (
            SELECT ck, count(*) AS events, print_of(rid, is_later) AS print
            FROM told_rows GROUP BY ck
        ) AS n
        FULL JOIN {KEPT}.main.customer_prints AS k USING (ck)
    """)
    # what is said of a row beside it, and may change where it does not: which rules found a machine, and which of
    # several equal rows it is
    differences = " UNION ALL ".join(
        f"SELECT coalesce(n.rid, k.rid) AS rid FROM {table} AS n FULL JOIN {KEPT}.main.kept_{table} AS k USING (rid) "
        f"WHERE n.{column} IS DISTINCT FROM k.{column}"
        for table, column in BESIDE.items()
    )
    con.execute(f"""
        INSERT INTO touched_customers
        SELECT ck FROM told_prints WHERE is_touched
        UNION
        SELECT r.ck FROM told_rows AS r JOIN ({differences}) AS d USING (rid)
    """)
    row = con.execute(
        "SELECT count(*) FILTER (p.events > 0), count(t.ck), coalesce(sum(p.events), 0)::BIGINT, "
        "coalesce(sum(p.events) FILTER (t.ck IS NOT NULL), 0)::BIGINT "
        "FROM told_prints AS p LEFT JOIN touched_customers AS t USING (ck)"
    ).fetchall()[0]
    con.execute("DROP TABLE work.main.told_prints")
    return Touched(*row)


def prepare_delta(con: duckdb.DuckDBPyConnection) -> None:
    """Make the catalog `delta` with the staged rows of the touched customers, and take theirs out of what is kept."""
    con.execute(f"ATTACH ':memory:' AS {DELTA}")
    con.execute(
        f"CREATE TABLE {DELTA}.main.staged_rows AS SELECT e.* FROM staged_rows AS e SEMI JOIN "
        "(SELECT r.rid FROM told_rows AS r SEMI JOIN touched_customers AS t ON t.ck = r.ck) AS r ON r.rid = e.rid"
    )
    con.execute("DROP TABLE work.main.told_rows")
    # who is looked up by a journey or session must be before these are gone
    con.execute("CREATE TEMP TABLE gone_ck AS SELECT ck FROM touched_customers")
    for key, table in {"journey_no": "journey_spans", "session_no": "session_spans"}.items():
        con.execute(
            f"CREATE TEMP TABLE gone_{key} AS SELECT {key} FROM {KEPT}.main.{table} SEMI JOIN gone_ck USING (ck)"
        )
    for table in sorted(kept_models()):
        target = f"{KEPT}.main.{quote_name(table)}"
        columns = {name for name, *_ in con.execute(f"DESCRIBE {target}").fetchall()}
        key = next(key for key in _KEYS if key in columns)
        con.execute(f"DELETE FROM {target} WHERE {key} IN (SELECT {key} FROM gone_{key})")
    con.execute(
        f"CREATE TEMP TABLE gone_ids AS SELECT customer_id FROM {KEPT}.main.kept_customers SEMI JOIN gone_ck USING (ck)"
    )
    for table in published_by_customer():
        con.execute(f"DELETE FROM pub.main.{quote_name(table)} WHERE customer_id IN (SELECT customer_id FROM gone_ids)")
    for name in ("gone_ck", "gone_journey_no", "gone_session_no", "gone_ids"):
        con.execute(f"DROP TABLE temp.{name}")


def published_by_customer() -> list[str]:
    """The published tables of which only the rows of touched customers are replaced."""
    return sorted(name for name, m in load_models().items() if m.by_customer and m.is_published)
