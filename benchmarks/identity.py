"""Joining identifiers into customers beside SciPy's connected components on the same links, encoding included.

Links as logs give them: mostly small groups (a cookie, a user id, an e-mail address), some chains of cookies, a few
hubs. Both start from two columns of text; SciPy's side makes numbers of them with DuckDB, as fast as we know.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

from journey_analytics.engine.duck import connect

FOLDER = Path(__file__).resolve().parent / ".data"


def generate(links: int) -> Path:
    """The links as Parquet, made once."""
    path = FOLDER / f"links-{links}.parquet"
    if path.exists():
        return path
    path.parent.mkdir(exist_ok=True)
    with connect() as con:
        con.execute(
            f"""
            COPY (
                SELECT 'cookie' AS left_kind, 'c' || i AS left_identifier,
                    CASE WHEN i % 10 < 8 THEN 'user_id' WHEN i % 10 = 8 THEN 'cookie' ELSE 'email' END AS right_kind,
                    CASE WHEN i % 10 < 8 THEN 'u' || (hash(i // 4) % {links // 3})
                        -- chains of fifty cookies, hubs of two thousand on one address
                        WHEN i % 10 = 8 THEN 'c' || CASE WHEN i % 500 = 8 THEN i ELSE i - 10 END
                        WHEN i % 20000 < 10 THEN 'shared' || (i // 20000) || '@example.org'
                        ELSE 'a' || (hash(i // 30) % {links // 2}) || '@example.org' END AS right_identifier
                FROM range({links}) AS r(i)
            ) TO '{path}' (FORMAT parquet)
            """
        )
    return path


def scipy_side(path: Path) -> int:
    """Components by SciPy: numbers for the texts by one grouping and two joins, then the graph."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    with connect() as con:
        con.execute(
            f"CREATE TABLE links AS SELECT concat(left_kind, ':', left_identifier) AS a, "
            f"concat(right_kind, ':', right_identifier) AS b FROM '{path}'"
        )
        con.execute(
            "CREATE TABLE nodes AS SELECT node, row_number() OVER () - 1 AS n "
            "FROM (SELECT DISTINCT unnest([a, b]) AS node FROM links)"
        )
        pairs = con.execute(
            "SELECT x.n AS l, y.n AS r FROM links JOIN nodes AS x ON x.node = a JOIN nodes AS y ON y.node = b"
        ).fetchnumpy()
        count = con.execute("SELECT count(*) FROM nodes").fetchall()[0][0]
    graph = coo_matrix((np.ones(len(pairs["l"]), dtype=np.int8), (pairs["l"], pairs["r"])), shape=(count, count))
    return int(connected_components(graph, directed=False)[0])


def our_side(path: Path) -> int:
    """Customers by `resolve`, with the guards, names and order that the pipeline gives."""
    from journey_analytics import resolve

    return int(resolve(str(path), max_people=10**9)["customer_id"].n_unique())


def main() -> None:
    """Run both in turn as processes of their own and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=("scipy", "ours"))
    given = parser.parse_args()
    path = generate(given.links)
    if given.side:
        begun = time.process_time()
        found = (scipy_side if given.side == "scipy" else our_side)(path)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        print(time.process_time() - begun, peak, found)
        return
    seen: dict[str, list[tuple[float, float, int]]] = {"scipy": [], "ours": []}
    for _ in range(given.rounds):
        for side, rows in seen.items():
            done = subprocess.run(
                [sys.executable, __file__, "--links", str(given.links), "--side", side],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            seconds, peak, found = done.stdout.split()
            rows.append((float(seconds), float(peak), int(found)))
    for side, rows in seen.items():
        print(f"{side:6s} {median(r[0] for r in rows):6.1f} processor s, peak {max(r[1] for r in rows):6.0f} MB, "
              f"{rows[0][2]:,} groups")  # fmt: skip
    print(f"ratio  {median(r[0] for r in seen['ours']) / median(r[0] for r in seen['scipy']):6.2f}")


if __name__ == "__main__":
    main()
