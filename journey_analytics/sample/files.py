"""Rows into files as the vendors' exports look, and where every row ended up."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journey_analytics.sample import stores, surveys
from journey_analytics.sample.hubspot import COLUMNS, pipeline_rows
from journey_analytics.sample.model import Row, World

BOM = "\ufeff".encode()
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_FILES = {
    "stores": "stores/visits.csv",
    "surveys": "surveys/responses.csv",
    **{name: f"support/{name}.json" for name in ("tickets", "comments", "users")},
}
_COLUMNS = {**COLUMNS, "stores": stores.COLUMNS, "surveys": surveys.COLUMNS}


@dataclass(slots=True)
class Placed:
    """Where a row ended up."""

    file: str
    line: int  # 1-based line of a text file, or number in a JSON array
    row: Row


def write_logs(world: World, folder: Path) -> list[Placed]:
    """Write the logs of a world below a folder.

    Returns:
        Every row with its file and line, in the order of files and lines.
    """
    streams: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(world.rows, key=lambda row: (row.arrives, row.person, row.event_id)):
        streams[_file(row)].append(row)
    placed: list[Placed] = []
    for file in sorted(streams):
        rows = streams[file]
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.startswith("web/"):
            _write_gzip(path, b"".join([_text(row) + b"\n" for row in rows]))
        elif file.startswith("email/"):
            _write_gzip(path, b"[" + b",\r\n".join([_text(row) for row in rows]) + b"]\n")
        elif file.endswith(".json"):
            path.write_bytes(
                b'{"' + rows[0].stream.encode() + b'":[\n' + b",\n".join([_text(row) for row in rows]) + b"\n]}\n"
            )
        else:
            path.write_bytes(_csv(rows[0].stream, [(row.body, row.note == "latin-1") for row in rows]))
        first = 2 if file.endswith(".csv") else 1  # after the header
        placed += [Placed(file, line, row) for line, row in enumerate(rows, first)]
    stages = folder / "crm/deal_pipeline_stage.csv"
    stages.parent.mkdir(parents=True, exist_ok=True)
    stages.write_bytes(_csv("deal_pipeline_stage", [(body, False) for body in pipeline_rows(world.begin)]))
    world.dirt["files_with_bom_and_crlf"] = int("crm/contact.csv" in streams)
    world.dirt["repeated_header_names"] = int("crm/contact_property_history.csv" in streams)
    return placed


def _file(row: Row) -> str:
    if row.stream == "web":
        return f"web/{row.arrives.year}-{row.arrives.month:02}.jsonl.gz"
    if row.stream == "email":
        return f"email/{row.arrives.year}-Q{(row.arrives.month + 2) // 3}.json.gz"
    return _FILES.get(row.stream) or f"crm/{row.stream}.csv"


def _text(row: Row) -> bytes:
    return row.raw if row.raw is not None else _ENCODE(row.body).encode()


def _csv(name: str, rows: list[tuple[dict[str, Any], bool]]) -> bytes:
    columns = list(_COLUMNS[name])
    # The export of the history repeats a column, as joins in a warehouse do; contacts went through a spreadsheet.
    header = [*columns, "_fivetran_synced"] if name == "contact_property_history" else columns
    end = "\r\n" if name == "contact" else "\n"
    parts = [BOM if name == "contact" else b"", _csv_line(header, end).encode()]
    parts += [
        _csv_line([body.get(column, "") for column in header], end).encode("latin-1" if latin else "utf-8")
        for body, latin in rows
    ]
    return b"".join(parts)


def _csv_line(cells: list[Any], end: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=end).writerow(cells)
    return buffer.getvalue()


def _write_gzip(path: Path, content: bytes) -> None:
    # No time and no name inside, so that equal content gives equal files.
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed:
        packed.write(content)
