"""One customer, cookie or list may hold nearly everything: steps that must not go over all of it again for each row.

Sizes are such that a quadratic step would take minutes or hours; what is asserted is the answer, told by a plain loop.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from journey_analytics.engine.duck import connect
from journey_analytics.identity.resolve import find_components

SQL = Path(__file__).parents[2] / "sql"
KEPT = (3, 5)  # stages whose rank the next journey starts in


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as opened:
        yield opened


def _table(con: duckdb.DuckDBPyConnection, name: str, columns: dict[str, list[object]]) -> None:
    con.register("given", pa.table(columns))
    con.execute(f"CREATE TABLE {name} AS FROM given")
    con.unregister("given")


def test_a_customer_with_a_quarter_of_a_million_journeys(con: duckdb.DuckDBPyConnection) -> None:
    draw = random.Random(6)
    sizes = [1, 2, 3, 255, 256, 257, 258, 512, 513, 70_000, 250_000, *(draw.randint(1, 9) for _ in range(300))]
    customers = [customer for customer, size in enumerate(sizes) for _ in range(size)]
    ranks = [draw.randint(1, 6) for _ in customers]
    # one of the long ones never sets a stage outright, so that what it starts in reaches back as far as it goes
    waits = [draw.random() < (1 if customer == 10 else 0.7) for customer in customers]
    expected: list[tuple[int, int, int]] = []
    rank, before = 1, -1
    for customer, last, waiting in zip(customers, ranks, waits, strict=True):
        rank = rank if customer == before else 1
        expected.append((len(expected), customer, rank))
        carried = max(rank, last) if waiting else last
        rank, before = carried if carried in KEPT else 1, customer

    numbers: list[object] = list(range(len(customers)))
    con.execute(f"CREATE MACRO kept_rank(rank) AS CASE WHEN rank IN {KEPT} THEN rank ELSE 1 END")
    _table(
        con,
        "stage_runs",
        {name: numbers for name in ("journey_no", "run_no", "t", "last_t", "rid", "pos", "event_count")}
        | {"ck": list(customers), "local_rank": list(ranks), "waits": list(waits)},
    )
    con.execute("CREATE TABLE event_walk (journey_no BIGINT, t BIGINT, ends BOOLEAN)")
    con.execute(f"CREATE TABLE journey_spans AS {(SQL / 'core/journey_spans.sql').read_text()}")
    assert con.sql("SELECT journey_no, ck, start_rank FROM journey_spans ORDER BY journey_no").fetchall() == expected
    assert con.sql("SELECT ck, max(journey_number) FROM journey_spans GROUP BY ck ORDER BY ck").fetchall() == list(
        enumerate(sizes)
    )


@pytest.mark.parametrize("known", [0, 1, 40, 4_000])
def test_a_kiosk_with_300_000_events_of_people_not_seen(con: duckdb.DuckDBPyConnection, known: int) -> None:
    draw = random.Random(known)
    total = 300_000
    seen = {place: draw.randrange(50) for place in draw.sample(range(total // 3, total), known)}
    con.execute("""
        CREATE TABLE good_events (rid BIGINT, ident_kind VARCHAR, ident VARCHAR,
            other_idents STRUCT(kind VARCHAR, value VARCHAR)[], ordered_at TIMESTAMP, source_no INTEGER,
            sequence BIGINT, event_id VARCHAR);
        CREATE TABLE duplicate_events (rid BIGINT);
        CREATE TABLE identifier_customers AS
        SELECT 'cookie' AS kind, 'kiosk' AS identifier, true AS is_shared, -1 AS ck, 3 AS strength
        UNION ALL SELECT 'user_id', 'u' || i, false, i, 1 FROM range(50) AS r(i)
    """)
    _table(con, "seen", {"rid": list(seen), "person": list(seen.values())})
    con.execute(f"""
        INSERT INTO good_events
        SELECT i, CASE WHEN s.rid IS NULL THEN 'cookie' ELSE 'user_id' END, coalesce('u' || s.person, 'kiosk'),
            CASE WHEN s.rid IS NOT NULL THEN [{{'kind': 'cookie', 'value': 'kiosk'}}] END,
            make_timestamp(i // 100), 0, NULL, lpad(i::VARCHAR, 9, '0')
        FROM range({total}) AS r(i) LEFT JOIN seen AS s ON s.rid = i
        ORDER BY hash(i)
    """)
    first = seen[min(seen)] if seen else None
    expected, last = [], first
    for place in range(total):
        last = seen.get(place, last)
        if place not in seen and last is not None:
            expected.append((place, last))
    found = con.sql((SQL / "identity/shared_sightings.sql").read_text()).order("rid").fetchall()
    assert found == expected


def test_thousands_of_undone_links(con: duckdb.DuckDBPyConnection) -> None:
    links, undone = 300_000, 3_000
    con.execute(f"""
        CREATE TABLE identifier_totals AS
        SELECT row_number() OVER (ORDER BY kind, identifier) - 1 AS ident_no, kind, identifier,
            CASE kind WHEN 'user_id' THEN 1 ELSE 3 END AS strength
        FROM (SELECT unnest(['cookie', 'user_id']) AS kind, i::VARCHAR AS identifier FROM range({links}) AS r(i));
        CREATE TABLE identifier_pairs AS
        SELECT u.ident_no AS left_no, c.ident_no AS right_no
        FROM identifier_totals AS u JOIN identifier_totals AS c USING (identifier)
        WHERE u.kind = 'user_id' AND c.kind = 'cookie'
    """)
    pairs = [(f"user_id:{i}", f"cookie:{i}") for i in range(undone)]
    unlink = [pair if i % 2 else pair[::-1] for i, pair in enumerate(pairs)] + [("user_id:1", "cookie:2"), ("a", "b")]
    find_components(con, max_people=5, unlink=unlink)
    refused = con.sql("SELECT count(*), min(reason), max(reason) FROM forbidden_pairs").fetchall()
    assert refused == [(undone, "undone in the configuration", "undone in the configuration")]
    parts = con.sql("SELECT count(DISTINCT component) FROM identity_components").fetchall()
    assert parts == [(links + undone,)]
