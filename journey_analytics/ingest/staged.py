"""The common event shape: what ingest leaves behind for every input file, and the models start from.

One Parquet file per input file with `STAGED_COLUMNS` but those no row has (`staged_files` reads it), one row per event
that an input row gives (`part` 0, 1, …), and one row for an input row that gives none (rejected, ignored, links).
`line` tells the order of the input; two threads may write large files in another, and nothing rests on it: the total
order of events knows no files. Beside it a JSON sidecar (`StagedFile`). The models judge across files (future,
duplicates, identity, exclusion), so a file is read once and its staged form is used until its content or its mapping
changes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

#: Column -> DuckDB type of a staged Parquet file.
STAGED_COLUMNS: dict[str, str] = {
    "line": "BIGINT",  # 1-based line (text) or record number (JSON array, Parquet, database); 0: a snapshot lacks it
    "part": "SMALLINT",  # 0-based number of the event within its row
    "reason": "VARCHAR",  # why the row (or this part) is rejected; null: good
    "detail": "VARCHAR",  # what was found, for a rejected row
    "raw": "VARCHAR",  # the row as it stood, at most 4,000 characters; only rejected and future rows
    "ignored": "VARCHAR",  # why a good row is no event: 'links only', 'static asset', 'lookup' …; null: an event
    "occurred_at": "TIMESTAMP",  # UTC; a date-only value: 00:00 local
    "ordered_at": "TIMESTAMP",  # occurred_at; a date-only value: the last microsecond of its local day
    "event_name": "VARCHAR",
    "actor": "VARCHAR",  # customer, company, machine
    "background": "BOOLEAN",  # never engagement: a deal's event on a contact that is not its primary
    "event_id": "VARCHAR",  # the source's own, else the content hash (dedupe: occurrence adds '#k')
    "sequence": "DECIMAL(38,9)",  # the source's own sequence number
    "received_at": "TIMESTAMP",
    "flags": "VARCHAR[]",  # date_only, ambiguous_time, shifted_time, machine:<rule>; null: none
    "ident_kind": "VARCHAR",  # strongest identifier, normalised, not junk
    "ident": "VARCHAR",
    "other_idents": "STRUCT(kind VARCHAR, value VARCHAR)[]",  # the others, strongest first; null: none
    "account_id": "VARCHAR",
    "channel": "VARCHAR",
    "session_class": "VARCHAR",  # web or app form sessions: the source's class, else such a channel; else null
    "session_key": "VARCHAR",  # the source's own session id, where one is mapped (columns: session_key)
    "url": "VARCHAR",
    "path": "VARCHAR",  # of the url: no scheme, host, query or fragment
    "referrer": "VARCHAR",
    "utm_source": "VARCHAR",
    "utm_medium": "VARCHAR",
    "utm_campaign": "VARCHAR",
    "value": "DOUBLE",
    "currency": "VARCHAR",
    "user_agent": "VARCHAR",
    "device": "VARCHAR",  # as the log says (columns: device); null: the models read it off the user agent
    "country": "VARCHAR",
    "properties": "VARCHAR",  # the original object as JSON
}

#: The columns that are the row's mapped fields: what the content hash covers, keys sorted.
CONTENT_COLUMNS: tuple[str, ...] = tuple(
    sorted(
        set(STAGED_COLUMNS)
        - {"line", "part", "reason", "detail", "raw", "ignored", "event_id", "ordered_at", "flags", "path"}
    )
)


def content_hash_sql() -> str:
    """SQL for the content hash: SHA-256 over the mapped fields as JSON with sorted keys, nulls included.

    Of what is not mapped an empty entry is as none: an export that got a column holds the same rows as before. A
    document is the same however it is written (blanks, escapes, 1.50); with its keys in another order it is another
    one, as sorting them costs four times the hash.
    """
    merged = "nullif(CAST(json_merge_patch('{}'::JSON, properties::JSON) AS VARCHAR), '{}')"
    plain = f"CASE WHEN contains(properties, 'null') THEN {merged} ELSE CAST(json(properties) AS VARCHAR) END"
    filled = f"CASE WHEN json_valid(properties) THEN {plain} ELSE properties END"
    fields = ", ".join(f"{column} := {filled if column == 'properties' else column}" for column in CONTENT_COLUMNS)
    return f"sha256(to_json(struct_pack({fields}))::VARCHAR)"


@dataclass(frozen=True)
class StagedFile:
    """One input file as it was staged: the JSON beside its Parquet file."""

    file_key: int  # the first 8 bytes of SHA-256(source + NUL + file) >> 1: stable, positive
    source: str
    file: str  # relative to journey.yaml where possible, '/' separated; 'database:query' for a database
    role: str  # events, links, lookup
    fingerprint: str  # SHA-256 of the content
    size: int
    mtime_ns: int
    mapping: str  # hash of everything that decides how a row is read; another hash: stage again
    rows: int  # input rows, whatever became of them
    flags: list[str] = field(default_factory=list)  # e.g. mixed_epoch_units, truncated
    parquet: str | None = None  # file name beside the sidecar; None: a lookup, its rows are all ignored
    dedupe: str = "content"  # id (the source's own), content, occurrence, none
    snapshot: dict[str, Any] = field(default_factory=dict)  # of a full export: see ingest.snapshots.series

    def to_json(self) -> dict[str, Any]:
        """As the sidecar's JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class Staged:
    """What ingest hands on: every staged file of the configured sources, in the configuration's order."""

    folder: Path
    files: list[StagedFile]
    warnings: list[str] = field(default_factory=list)  # for people: silent patterns, vanished files
    read: int = 0  # files read in this run; the others were unchanged

    def paths(self, source: str) -> list[Path]:
        """The Parquet files of one source."""
        return [self.folder / f.parquet for f in self.files if f.source == source and f.parquet]
