"""From pairs of identifiers seen together to customers, on the tables of the working database."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from journey_analytics.identity.components import (
    UNIQUE,
    WEAK,
    Ints,
    Links,
    components_of,
    conflicted,
    kiosks,
    link_in_order,
)
from journey_analytics.identity.ledger import name_customers, next_ledger


def _nodes(con: duckdb.DuckDBPyConnection) -> tuple[Ints, Ints]:
    """Strength and number of the kind of every identifier, each of shape (identifiers,), in the order of `ident_no`."""
    rows = con.execute(
        "WITH kinds AS (SELECT kind, row_number() OVER (ORDER BY kind) AS no FROM (SELECT DISTINCT kind FROM "
        "identifier_totals)) SELECT t.ident_no, t.strength::BIGINT AS strength, k.no AS kind "
        "FROM identifier_totals AS t JOIN kinds AS k USING (kind)"
    ).fetchnumpy()
    strength, kind = (np.empty(len(rows["ident_no"]), dtype=np.int64) for _ in range(2))
    strength[rows["ident_no"]] = rows["strength"]
    kind[rows["ident_no"]] = rows["kind"]
    return strength, kind


def _pairs(con: duckdb.DuckDBPyConnection) -> Links:
    """All pairs, in any order: components are numbered by their identifiers."""
    rows = con.execute("SELECT left_no, right_no FROM identifier_pairs").fetchnumpy()
    return Links(np.asarray(rows["left_no"], dtype=np.int64), np.asarray(rows["right_no"], dtype=np.int64))


def _write(con: duckdb.DuckDBPyConnection, name: str, columns: dict[str, np.ndarray]) -> None:
    con.register("arrays", pa.table({k: pa.array(v) for k, v in columns.items()}))
    con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM arrays")
    con.unregister("arrays")


def _undone(con: duckdb.DuckDBPyConnection, unlink: list[tuple[str, str]]) -> list[tuple[int, int]]:
    """The pairs, by number, that the configuration says are not one person."""
    _write(con, "unlink_names", {side: np.array([pair[no] for pair in unlink]) for no, side in enumerate("ab")})
    # Names become numbers first: comparing pairs by name, in either direction, would try every pair for every entry.
    return con.execute("""
        WITH named AS (
            SELECT ident_no, concat(kind, ':', identifier) AS name
            FROM identifier_totals
            WHERE name IN (SELECT a FROM unlink_names UNION ALL SELECT b FROM unlink_names)
        ),
        chosen AS (
            SELECT x.ident_no AS a_no, y.ident_no AS b_no
            FROM unlink_names AS u JOIN named AS x ON x.name = u.a JOIN named AS y ON y.name = u.b
        )
        SELECT left_no, right_no FROM identifier_pairs JOIN chosen ON left_no = a_no AND right_no = b_no
        UNION
        SELECT left_no, right_no FROM identifier_pairs JOIN chosen ON left_no = b_no AND right_no = a_no
    """).fetchall()


def find_components(con: duckdb.DuckDBPyConnection, *, max_people: int, unlink: list[tuple[str, str]]) -> None:
    """Make `identity_components` (ident_no, component, is_kiosk), `forbidden_pairs` and `conflict_identifiers`.

    Args:
        con: The working database with `identifier_totals` and `identifier_pairs`.
        max_people: More people than this on a weak identifier make it a kiosk, which links nobody.
        unlink: Pairs of `kind:value` that the configuration says are not one person.
    """
    strength, kind = _nodes(con)
    links = _pairs(con)
    is_kiosk = kiosks(strength, links, max_people)
    undone = _undone(con, unlink) if unlink else []
    touches = is_kiosk[links.left] | is_kiosk[links.right]
    forbidden = np.zeros(len(links.left), dtype=np.bool_)
    if undone:
        forbidden = np.isin(
            links.left * np.int64(len(strength) + 1) + links.right,
            np.array([a * (len(strength) + 1) + b for a, b in undone], dtype=np.int64),
        )
    keep = ~touches & ~forbidden
    allowed = Links(links.left[keep], links.right[keep])
    component = components_of(len(strength), allowed)
    in_conflict = conflicted(strength, kind, component)
    _write(
        con,
        "identity_components",
        {
            "ident_no": np.arange(len(strength), dtype=np.int64),
            "component": component,
            "is_kiosk": is_kiosk,
            "in_conflict": in_conflict,
        },
    )
    refused = np.flatnonzero(~keep)
    refused = refused[np.lexsort((links.right[refused], links.left[refused]))]
    reasons = np.where(forbidden[refused], "undone in the configuration", "more people than max_people")
    _write(
        con,
        "forbidden_pairs",
        {"left_no": links.left[refused], "right_no": links.right[refused], "reason": reasons.astype(str)},
    )
    con.execute(
        "CREATE OR REPLACE TABLE conflict_identifiers AS SELECT kind, identifier FROM identifier_totals "
        "JOIN identity_components USING (ident_no) WHERE in_conflict"
    )


def settle_conflicts(con: duckdb.DuckDBPyConnection) -> None:
    """Make `identified` (ident_no, component, is_shared, is_kiosk) and `conflict_pairs`.

    Reads what `find_components` made and `conflict_sightings` (the pairs of conflicted components in the order of their
    first sighting). Components without a conflict stay as they are.
    """
    strength, kind = _nodes(con)
    count = len(strength)
    rows = con.execute(
        "SELECT component, is_kiosk, in_conflict FROM identity_components ORDER BY ident_no"
    ).fetchnumpy()
    component = np.asarray(rows["component"], dtype=np.int64).copy()
    is_kiosk = np.asarray(rows["is_kiosk"], dtype=np.bool_)
    members = np.flatnonzero(np.asarray(rows["in_conflict"], dtype=np.bool_))
    is_shared = is_kiosk.copy()
    conflicts: list[tuple[int, int]] = []
    if len(members):
        local = {int(node): i for i, node in enumerate(members)}
        # a pair with a kiosk was refused before any link is made; so was an undone one
        ordered = con.execute(
            "SELECT left_no, right_no FROM conflict_sightings AS c WHERE NOT EXISTS ("
            "SELECT 1 FROM forbidden_pairs AS f WHERE f.left_no = c.left_no AND f.right_no = c.right_no) ORDER BY place"
        ).fetchall()
        pairs = [(local[a], local[b]) for a, b in ordered if a in local and b in local]
        parts, refused = link_in_order(len(members), strength[members], kind[members], pairs)
        component[members] = count + parts
        conflicts = [(int(members[a]), int(members[b])) for a, b in refused]
        for a, b in conflicts:
            for weak, other in ((a, b), (b, a)):
                if strength[weak] == WEAK and strength[other] == UNIQUE:
                    is_shared[weak] = True
    _write(
        con,
        "identified",
        {
            "ident_no": np.arange(count, dtype=np.int64),
            "component": component,
            "is_shared": is_shared,
            "is_kiosk": is_kiosk,
        },
    )
    _write(
        con,
        "conflict_pairs",
        {
            "left_no": np.array([a for a, _ in conflicts], dtype=np.int64),
            "right_no": np.array([b for _, b in conflicts], dtype=np.int64),
        },
    )


def assign_customers(con: duckdb.DuckDBPyConnection) -> None:
    """Make `identifier_customers`, `customer_numbers`, `refused_pairs`, `ledger_merges` and `identity_ledger_next`.

    Reads what `find_components` made, `conflict_sightings` and the ledger.
    """
    settle_conflicts(con)
    con.execute(
        "CREATE OR REPLACE TABLE refused_pairs AS SELECT * FROM forbidden_pairs UNION ALL "
        "SELECT left_no, right_no, 'would join two values of a unique kind' AS reason FROM conflict_pairs"
    )
    name_customers(con)
    next_ledger(con)
    con.execute(
        "CREATE OR REPLACE TABLE identifier_customers AS "
        "SELECT t.ident_no, t.kind, t.identifier, t.strength, c.ck, i.is_shared, i.is_kiosk "
        "FROM identifier_totals AS t JOIN identified AS i USING (ident_no) JOIN customer_numbers AS c USING (component)"
    )


__all__ = ["UNIQUE", "assign_customers", "find_components", "settle_conflicts"]
