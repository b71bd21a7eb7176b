"""Parquet: DuckDB's reader with the record number beside the file's own types."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import duckdb

from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.ingest.readers.model import LINE_COLUMN, RAW_CHARACTERS, FileOptions, RawFile
from journey_analytics.ingest.readers.rejects import RejectLog, fresh_name


def read_parquet(con: duckdb.DuckDBPyConnection, text: Path, options: FileOptions) -> RawFile:
    """Read a Parquet file; see `read_file`.

    Raises:
        duckdb.Error: If the footer is broken.
    """
    source = f"read_parquet({quote_text(str(text))}, hive_partitioning = false)"
    columns = {str(row[0]): str(row[1]) for row in con.sql(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    taken = {name.lower() for name in columns}
    line_column = LINE_COLUMN
    while line_column.lower() in taken:
        line_column += "_"
    number = "row_number() OVER ()" if "file_row_number" in taken else "file_row_number + 1"
    names = ", ".join(quote_name(name) for name in columns)
    relation = fresh_name("parquet")
    con.execute(
        f"CREATE TEMP VIEW {relation} AS SELECT ({number})::BIGINT AS {quote_name(line_column)}, {names} FROM {source}"
    )
    rows = con.sql(f"SELECT count(*) FROM {source}").fetchall()[0][0]
    log = RejectLog(options.workdir)
    rejects_relation, rejects = log.publish(con)
    return RawFile(
        relation=relation,
        line_column=line_column,
        columns=columns,
        is_json=False,
        rows=rows,
        reject_count=0,
        rejects=rejects,
        rejects_relation=rejects_relation,
        raw_lines=_picker(con, source, number),
        format="parquet",
    )


def _picker(con: duckdb.DuckDBPyConnection, source: str, number: str) -> Callable[[Collection[int]], dict[int, str]]:
    def pick(wanted: Collection[int]) -> dict[int, str]:
        if not wanted:
            return {}
        query = (
            f"SELECT number, left(to_json(r)::VARCHAR, {RAW_CHARACTERS}) FROM "
            f"(SELECT {number} AS number, r FROM {source} r) WHERE number IN (SELECT unnest(?::BIGINT[])) ORDER BY 1"
        )
        with con.cursor() as cursor:  # the caller may be in the middle of a result
            found = cursor.execute(query, [sorted(wanted)]).fetchall()
        return {int(row[0]): str(row[1]) for row in found}

    return pick
