"""Which event ids may occur twice, found by sorting 8-byte hashes: under half the cost of grouping them in SQL."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

#: Rows per round, so that memory stays bounded: 50 million hashes are 400 MB.
ROWS_PER_ROUND = 50_000_000


def find_suspicious_ids(con: duckdb.DuckDBPyConnection) -> None:
    """Make `suspicious_event_ids` (h UBIGINT): the hashes of (event_id, source) that occur more than once.

    Two different ids may share a hash; the model `duplicate_events` compares the rows themselves.
    """
    row = con.execute("SELECT count(*) FROM good_events").fetchall()[0]
    rounds = max(1, -(-int(row[0]) // ROWS_PER_ROUND))
    found: list[np.ndarray] = []
    for k in range(rounds):
        hashes = con.execute(
            f"SELECT hash(event_id, source_no) AS h FROM good_events WHERE hash(event_id, source_no) % {rounds} = {k}"
            if rounds > 1
            else "SELECT hash(event_id, source_no) AS h FROM good_events"
        ).fetchnumpy()["h"]
        hashes = np.sort(np.asarray(hashes, dtype=np.uint64))
        found.append(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]))
    con.register("arrays", pa.table({"h": pa.array(np.concatenate(found), type=pa.uint64())}))
    con.execute("CREATE OR REPLACE TABLE suspicious_event_ids AS SELECT h FROM arrays")
    con.unregister("arrays")
