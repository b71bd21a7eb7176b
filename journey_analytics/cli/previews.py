"""The first rows of each input as events, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journey_analytics.cli.output import printable, table

if TYPE_CHECKING:
    from journey_analytics.config.first_rows import FirstRows

_INPUTS = 3  # inputs of one source that are shown; the others are alike

_NAMES = 8  # of event names that are not listed


def previews(first: list[FirstRows]) -> list[str]:
    """A table for each input, at most three per source and table of it."""
    parts = []
    shown: dict[tuple[str, str], int] = {}
    for rows in first:
        key = (rows.source, rows.stream)
        shown[key] = shown.get(key, 0) + 1
        if shown[key] > _INPUTS:
            continue
        stream = "" if rows.stream == "events" else f", table {rows.stream}"
        parts.append(printable(f"{rows.source}: {rows.file}{stream}, {_counts(rows)}"))
        cells = [
            (
                row.line,
                None if row.occurred_at is None else str(row.occurred_at)[:19],
                row.event_name,
                row.actor,
                row.identifier,
                "" if row.verdict == "accepted" else row.verdict,
            )
            for row in rows.shown
        ]
        parts.append(table(cells, ("line", "time (UTC)", "event", "actor", "identifier", "")))
        parts.append(printable(_unlisted(rows.unlisted)) + "\n" if rows.unlisted else "")
    hidden = sum(max(count - _INPUTS, 0) for count in shown.values())
    return [*parts, f"… and {hidden} more files of the same sources\n"] if hidden else parts


def _unlisted(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMES]) + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "")
    return f"names not in `events`: {shown} (kept under their own names)"


def _counts(rows: FirstRows) -> str:
    """How many of the rows looked at became what."""
    if rows.documents >= rows.known:
        counts = [f"{rows.rows} rows"]
    elif rows.rows == rows.documents:
        counts = [f"first {rows.rows} of {rows.known} rows"]
    else:
        counts = [f"{rows.rows} rows in the first {rows.documents} of {rows.known} documents"]
    done = rows.rows - sum(rows.rejected.values()) - sum(rows.ignored.values())
    counts += [f"{rows.accepted} events"] if rows.accepted > done else []
    counts += [f"{number} rejected: {reason}" for reason, number in rows.rejected.items()]
    counts += [f"{number} ignored: {reason}" for reason, number in rows.ignored.items()]
    if rows.needs_lookups and "no_identifier" in rows.rejected:
        counts.append("the tables that rows look into are only joined at a run")
    return "; ".join(counts)
