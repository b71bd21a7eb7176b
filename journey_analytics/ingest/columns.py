"""Do a file's columns hold what the configuration maps? Names what was found, and the nearest of it."""

from __future__ import annotations

import difflib

from journey_analytics.errors import Problem
from journey_analytics.ingest.cells import Cells
from journey_analytics.ingest.plan import Plan
from journey_analytics.ingest.readers.model import RawFile

_NO_HEADER = "column1"  # what the reader calls the column of a file without any line


def check_columns(plan: Plan, raw: RawFile, name: str) -> list[Problem]:
    """Mapped columns that the file does not have."""
    if raw.is_json or (raw.rows == 0 and list(raw.columns) in ([], [_NO_HEADER])):
        return []
    added = {column: column for lookup in plan.lookups for column in lookup.add}
    cells = Cells(raw.columns, is_json=False, added=added)
    absent = [path for path in plan.required if cells.path(path) is None]
    if not plan.wide and not absent and plan.snapshot is None:
        spec = plan.columns.get("occurred_at")
        absent = cells.missing(spec) if spec is not None and plan.role == "events" else []
    names = list(raw.columns)
    found = ", ".join(names[:40]) + (" …" if len(names) > 40 else "")
    how = f"; the delimiter used is {plan.delimiter!r}" if plan.delimiter else ""
    if absent and "truncated" in raw.flags and raw.rows <= 1:
        remedy = "Fetch the file again; it ends before its header does."
        return [Problem("is cut short", name, key=f"sources.{plan.source}", remedy=remedy)]
    if absent and len(names) == 1 and raw.format == "csv":
        wanted = ", ".join(repr(path) for path in absent)
        remedy = "There is one column only: set `delimiter` to what stands between the columns."
        message = f"no column {wanted}; the only column found is {found!r}{how}"
        return [Problem(message, name, key=f"sources.{plan.source}.delimiter", remedy=remedy)]
    problems = []
    if len(absent) > 3 and not any(difflib.get_close_matches(path, names, 1) for path in absent):
        wanted = ", ".join(repr(path) for path in absent)
        remedy = f"The first line must name the columns; map those of this file in the source {plan.source!r}."
        message = f"no columns {wanted}; the columns found are: {found}{how}"
        return [Problem(message, name, key=f"sources.{plan.source}", remedy=remedy)]
    for path in absent:
        close = difflib.get_close_matches(path, names, 1)
        remedy = f"Did you mean {close[0]!r}? " if close else ""
        remedy += f"Map one of the file's columns in the source {plan.source!r}."
        message = f"no column {path!r}; the columns found are: {found}{how}"
        problems.append(Problem(message, name, key=f"sources.{plan.source}", remedy=remedy))
    return problems
