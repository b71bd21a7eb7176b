"""The table `user_agents`: every distinct user agent, judged once and not once per event."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from journey_analytics.ingest.user_agents import LONGEST, classify

_BATCH = 10_000  # user agents judged together, so that memory stays bounded


def classify_user_agents(con: duckdb.DuckDBPyConnection) -> None:
    """Make `user_agents` (user_agent, device, browser, is_bot, is_proxy) from `good_events`.

    Only the beginning of a user agent is judged, and each beginning once.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE agents AS "
        "SELECT DISTINCT user_agent FROM good_events WHERE user_agent IS NOT NULL"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE agent_classes "
        "(head VARCHAR, device VARCHAR, browser VARCHAR, is_bot BOOLEAN, is_proxy BOOLEAN)"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE agent_heads AS SELECT head, row_number() OVER () - 1 AS no "
        f"FROM (SELECT DISTINCT left(user_agent, {LONGEST}) AS head FROM agents)"
    )
    count = int(con.execute("SELECT count(*) FROM agent_heads").fetchall()[0][0])
    for start in range(0, count, _BATCH):
        heads = [
            row[0]
            for row in con.execute(
                "SELECT head FROM agent_heads WHERE no >= ? AND no < ?", [start, start + _BATCH]
            ).fetchall()
        ]
        found = [classify(head) for head in heads]
        batch = pa.table(
            {
                "head": pa.array(heads, pa.string()),
                "device": pa.array([a.device for a in found], pa.string()),
                "browser": pa.array([a.browser for a in found], pa.string()),
                "is_bot": pa.array([a.is_bot for a in found], pa.bool_()),
                "is_proxy": pa.array([a.is_proxy for a in found], pa.bool_()),
            }
        )
        con.register("arrays", batch)
        con.execute("INSERT INTO agent_classes SELECT * FROM arrays")
        con.unregister("arrays")
    con.execute(
        "CREATE OR REPLACE TABLE user_agents AS SELECT a.user_agent, c.device, c.browser, c.is_bot, c.is_proxy "
        f"FROM agents AS a JOIN agent_classes AS c ON c.head = left(a.user_agent, {LONGEST})"
    )
    for table in ("agents", "agent_classes", "agent_heads"):
        con.execute(f"DROP TABLE {table}")
