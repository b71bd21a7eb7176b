"""History tables with one row per version of a record: which versions change nothing, as SQL."""

from __future__ import annotations

from dataclasses import dataclass

from journey_analytics.ingest.cells import Cells
from journey_analytics.ingest.plan import Plan


@dataclass(frozen=True)
class Record:
    """The record a version is of, and what of it is watched, as SQL over the layers."""

    key: str
    watched: str


def versions_sql(plan: Plan, cells: Cells) -> Record | None:
    """The record of each row; None where rows are no versions, or the file lacks what tells them apart."""
    if plan.versions is None or plan.role != "events":
        return None
    key = cells.field(plan.versions.key)
    watched = [cell for spec in plan.versions.watch if (cell := cells.field(spec)) is not None]
    if key is None or not watched:
        return None
    return Record(key.text, f"[{', '.join(cell.text for cell in watched)}]")


def same_version_sql(record: Record, occurred: str, rank: str | None) -> str:
    """SQL that is true where the version before, by time and line, is the same in all that is watched.

    Args:
        record: As `versions_sql` gives it.
        occurred: The version's time.
        rank: Of a row that a lookup fans out, the number of the copy: copies are compared with their like.
    """
    parts = f"{record.key}, coalesce({rank}, 1)" if rank else record.key
    window = f"(PARTITION BY {parts} ORDER BY {occurred}, line)"
    return (
        f"{record.key} IS NOT NULL AND row_number() OVER {window} > 1 "
        f"AND {record.watched} IS NOT DISTINCT FROM lag({record.watched}) OVER {window}"
    )
