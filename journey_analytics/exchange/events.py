"""The published events as XES, JSON lines or Parquet, in the total order of their customers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from journey_analytics.config.event_columns import PUBLISHED_COLUMNS
from journey_analytics.errors import ConfigError, Problem
from journey_analytics.exchange.xes import read_xes, write_xes

EVENT_FORMATS = ("xes", "json", "parquet")
_ROWS = 50_000
#: JSON has no form for them; these words are what other writers use, and a cast reads them.
_NO_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def write_events(file: BinaryIO, events: duckdb.DuckDBPyRelation, form: str, case: str) -> dict[str, int]:
    """Write events.

    Args:
        file: Takes the bytes.
        events: The published events, those of a case together and in order.
        form: xes, json (one object per line) or parquet.
        case: The column that XES tells traces by.

    Returns:
        events, and for XES traces: how many were written.
    """
    texts = [name for name, kind in PUBLISHED_COLUMNS.items() if kind in ("UUID", "JSON") and name in events.columns]
    casts = ", ".join(f"{name}::VARCHAR AS {name}" for name in texts)
    reader = events.select(f"* REPLACE ({casts})" if casts else "*").to_arrow_reader(_ROWS)
    written = {"events": 0}
    batches = _counted(reader, written)
    if form == "xes":
        rows = (row for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))
        traces = write_xes(file, reader.schema.names, rows, case)
        return {"traces": traces, **written}
    if form == "parquet":
        with pq.ParquetWriter(file, reader.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return written
    floats = [field.name for field in reader.schema if pa.types.is_floating(field.type)]
    for batch in batches:
        for row in batch.to_pylist():
            for name in floats:
                if row[name] is not None and not math.isfinite(row[name]):
                    row[name] = _NO_NUMBERS[str(row[name])]
            file.write((json.dumps(row, default=_plain, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass"))
    return written


def _counted(reader: pa.RecordBatchReader, written: dict[str, int]) -> Iterator[pa.RecordBatch]:
    for batch in reader:
        written["events"] += batch.num_rows
        yield batch


def read_events(path: Path | str) -> pl.DataFrame:
    """Read events that `journey export events` wrote: .xes, .json (or .jsonl) or .parquet.

    Raises:
        ConfigError: If the ending tells no format, or the content is another.
    """
    path = Path(path)
    ending = path.suffix.lower()
    try:
        if ending == ".xes":
            return _typed(read_xes(path))
        if ending == ".parquet":
            return _typed(pl.read_parquet(path))
        if ending in (".json", ".jsonl"):
            return _typed(pl.read_ndjson(path, infer_schema_length=None))
    except (pl.exceptions.PolarsError, pa.ArrowInvalid) as error:
        raise ConfigError(Problem(f"this is another format: {error}", str(path))) from None
    remedy = "Name the file with one of the endings .xes, .json, .jsonl, .parquet."
    raise ConfigError(Problem("the ending tells no format of events", str(path), remedy=remedy))


_TYPES: dict[str, pl.DataType] = {
    "TIMESTAMP": pl.Datetime("us"),
    "BIGINT": pl.Int64(),
    "DOUBLE": pl.Float64(),
    "VARCHAR[]": pl.List(pl.String),
}


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the types of the published columns: JSON has no form for them, an empty column doesn't tell."""
    wanted = []
    for name in frame.columns:
        published = PUBLISHED_COLUMNS.get(name)
        kind = frame.schema[name] if published is None else _TYPES.get(published, pl.String())
        column = pl.col(name)
        if frame.schema[name] == pl.String and kind == pl.Datetime("us"):
            wanted.append(column.str.to_datetime(time_unit="us"))
        elif frame.schema[name] == pl.String and kind == pl.Float64:
            wanted.append(column.replace({"Infinity": "inf", "-Infinity": "-inf"}).cast(kind))
        elif frame.schema[name] != kind:
            wanted.append(column.cast(kind))
    return frame.with_columns(wanted)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
