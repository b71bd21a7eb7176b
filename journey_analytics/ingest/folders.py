"""Columns that stand in a file's folders, as data lakes lay them out: `country=NL/dt=2024-05-01/part.parquet`."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

import duckdb

from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.ingest.plan import Plan
from journey_analytics.ingest.readers.model import RawFile
from journey_analytics.ingest.readers.rejects import fresh_name

_FOLDER = re.compile(r"([^=]+)=(.+)")
_NOTHING = "__HIVE_DEFAULT_PARTITION__"  # what Hive and Spark write for null


def folder_columns(name: str) -> dict[str, str | None]:
    """Column -> value of the folders of a file, '/' separated."""
    found = (_FOLDER.fullmatch(folder) for folder in name.split("/")[:-1])
    pairs = [(unquote(match[1]), unquote(match[2])) for match in found if match]
    return {column: None if value == _NOTHING else value for column, value in pairs}


def with_folders(con: duckdb.DuckDBPyConnection, raw: RawFile, name: str, plan: Plan) -> RawFile:
    """The raw rows with those columns of their file's folders that the plan maps and that the rows lack.

    Others are not taken: a row does not become another one where it is exported into another folder.
    """
    wanted = plan.mapped_paths() | {path for spec in plan.properties.values() for path in spec.every_path()}
    found = {key: value for key, value in folder_columns(name).items() if key in wanted and key not in raw.columns}
    if not found:
        return raw
    values = {key: "CAST(NULL AS VARCHAR)" if value is None else quote_text(value) for key, value in found.items()}
    relation = fresh_name("foldered")
    if raw.is_json:  # what the document itself says comes first
        pairs = ", ".join(f"{quote_text(key)}, {value}" for key, value in values.items())
        merged = f"CAST(json_merge_patch(json_object({pairs}), doc::JSON) AS {raw.columns['doc']})"
        columns, select = raw.columns, f"* REPLACE ({merged} AS doc)"
    else:
        columns = {**raw.columns, **dict.fromkeys(values, "VARCHAR")}
        select = "*, " + ", ".join(f"{value} AS {quote_name(key)}" for key, value in values.items())
    con.execute(f"CREATE TEMP VIEW {relation} AS SELECT {select} FROM {quote_name(raw.relation)}")
    return replace(raw, relation=relation, columns=columns)
