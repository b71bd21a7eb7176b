"""The columns that the comparison adds to each row, and how the mapping sees them."""

from __future__ import annotations

from journey_analytics.config.fields import FieldSpec
from journey_analytics.config.snapshot import Snapshot
from journey_analytics.connectors.model import Ignore

#: The line column of a compared relation; what the snapshot lacks stands at line 0, which is no row of the file.
LINE = "__line_of_row"
PART = "__part"

#: Names under which a plan maps what the comparison says; no log has such columns.
AT, EVENT, ID = "__snapshot_at", "__snapshot_event", "__snapshot_id"
#: Those names -> columns of the compared relation.
GIVEN = {AT: "__at", EVENT: "__event", ID: "__id"}
#: Columns that conditions and properties may name -> columns of the compared relation.
ADDED = {"change": "__change", "field": "__field", "old": "__old", "new": "__new"}

CREATED, CHANGED, DELETED = "created", "changed", "deleted"
UNCHANGED, FIRST, REPEATED, ASIDE = "unchanged", "first", "repeated", "aside"

#: Why rows that tell no change are no events.
IGNORED = [
    Ignore(where={"change": UNCHANGED}, reason="unchanged"),
    Ignore(where={"change": FIRST}, reason="first snapshot"),
    Ignore(where={"change": REPEATED}, reason="twice in one snapshot"),
    Ignore(where={"change": ASIDE}, reason="snapshot set aside"),
]


def mapped() -> dict[str, FieldSpec]:
    """What a plan's columns are where the comparison says when, what and under which id."""
    return {name: FieldSpec(paths=(path,)) for name, path in
            (("occurred_at", AT), ("event_name", EVENT), ("event_id", ID))}  # fmt: skip


def needed(snapshot: Snapshot) -> list[str]:
    """The columns without which snapshots can't be compared."""
    specs = [snapshot.key, snapshot.created_at, snapshot.taken_at.column]
    parts = [part for spec in specs if spec is not None for part in (spec.parts() if spec.by is not None else [spec])]
    return [*(part.paths[0] for part in parts if len(part.paths) == 1), *snapshot.watch]
