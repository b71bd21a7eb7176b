"""What people should know before they trust sums of `value`: amounts that could not be read, and several currencies."""

from __future__ import annotations

import duckdb

#: Currencies that are named; of more, the commonest.
_NAMED = 5


def value_warnings(con: duckdb.DuckDBPyConnection, configured: str | None) -> list[str]:
    """Sentences for people, none where all is well.

    Args:
        con: The run's connection, with `events` and `files` made.
        configured: The currency of journey.yaml.
    """
    found = []
    if con.execute("SELECT 1 FROM files WHERE list_contains(flags, 'unreadable_values') LIMIT 1").fetchall():
        unread = con.execute(
            "SELECT source, count(*) FROM events WHERE list_contains(flags, 'unreadable_value') "
            "GROUP BY source ORDER BY source"
        ).fetchall()
        found += [
            f"{source}: {_events(count)} with an amount that can't be read in one way only, counted without it "
            "(flag unreadable_value; write amounts as 1234.50)"
            for source, count in unread
        ]
    # what names no currency is of the configured one
    rows = con.execute(
        "SELECT upper(coalesce(currency, $1)) AS code, count(*) FROM events WHERE value IS NOT NULL "
        "GROUP BY code HAVING code IS NOT NULL ORDER BY 2 DESC, 1",
        [configured],
    ).fetchall()
    if any(code != (configured or rows[0][0]).upper() for code, _ in rows):
        named = ", ".join(f"{code} ({_events(count)})" for code, count in rows[:_NAMED])
        more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
        found.append(
            f"values are in {named}{more}: nothing is converted, so sums of value and revenue mix them; "
            "convert before, or divide by the segment currency"
        )
    return found


def _events(count: int) -> str:
    return f"{count:,} event{'' if count == 1 else 's'}"
