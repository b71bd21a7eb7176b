"""The SQL of single staged columns: numbers, defaults, paths, the session class, properties."""

from __future__ import annotations

import json

from journey_analytics.config.fields import FieldSpec
from journey_analytics.engine.duck import quote_name, quote_text
from journey_analytics.ingest.cells import Cell, Cells
from journey_analytics.ingest.plan import Plan


def object_sql(entries: dict[str, FieldSpec], cells: Cells) -> str:
    """SQL of a JSON object with the entries that are not empty; a patch for `with_entries`."""
    found = {name: cell for name, spec in entries.items() if (cell := cells.field(spec)) is not None}
    pairs = ", ".join(f"{quote_text(name)}: {cell.text}" for name, cell in found.items())
    filled = f"json_merge_patch('{{}}'::JSON, to_json({{{pairs}}}))" if found else "'{}'::JSON"
    return f"CAST({filled} AS VARCHAR)"


def with_entries(properties: str, patches: list[str]) -> str:
    """SQL of properties with the objects of `patches` laid over; properties that are no object give way."""
    for patch in patches:
        properties = f"json_merge_patch(coalesce({properties}, '{{}}')::JSON, coalesce({patch}, '{{}}')::JSON)"
    return f"nullif(CAST({properties} AS VARCHAR), '{{}}')" if patches else properties


def properties_sql(plan: Plan, cells: Cells, mapped: Cell | None) -> tuple[str, list[str]]:
    """SQL of `properties`, and the expressions over the raw relation that it needs."""
    added = ", ".join(f"{quote_text(name)}: {sql}" for name, sql in cells.added.items())
    if mapped is not None:
        if mapped.type not in ("VARCHAR", "JSON"):
            return f"CAST(to_json({mapped.sql}) AS VARCHAR)", []
        return (
            f"CASE WHEN json_valid({mapped.text}) THEN {mapped.text} ELSE CAST(to_json({mapped.text}) AS VARCHAR) END",
            [],
        )
    if cells.is_json:
        return (
            f"CAST(json_merge_patch({cells.document}, to_json({{{added}}})) AS VARCHAR)"
            if added
            else f"CAST({cells.document} AS VARCHAR)"
        ), []
    used = _used(plan, cells)
    # by name, so that a file with its columns in another order holds the same rows
    rest = {name: kind for name, kind in sorted(cells.columns.items()) if name not in used}
    extra = [f"{_object_of_columns(rest, is_text=cells.trim)} AS p"] if rest else []
    if not added:
        return ("p" if rest else "NULL"), extra
    own = "coalesce(p, '{}')::JSON" if rest else "'{}'::JSON"
    return f"nullif(CAST(json_merge_patch({own}, to_json({{{added}}})) AS VARCHAR), '{{}}')", extra


def _object_of_columns(columns: dict[str, str], *, is_text: bool) -> str:
    """SQL of a JSON object with the columns that hold something, null without any.

    An empty cell is no entry: every row has every column of its table, and an export that got columns would say other
    things of old rows. (One row in many with such entries also costs what it costs to write them.)
    """
    entries = []
    for name, kind in columns.items():
        column, key = quote_name(name), quote_text(json.dumps(name, ensure_ascii=False) + ":")
        text = f"to_json({column})::VARCHAR"
        if is_text and kind == "VARCHAR":
            text = f"to_json(nullif({column}, ''))::VARCHAR"  # quoted or not, nothing stands in it
        elif kind in ("DOUBLE", "FLOAT"):  # NaN is how pandas writes that there is none; JSON has neither of the two
            text = (
                f"CASE WHEN isinf({column}) THEN concat('\"', {column}, '\"') WHEN NOT isnan({column}) THEN {text} END"
            )
        entries.append(f"{key} || {text}")
    return f"nullif('{{' || concat_ws(',', {', '.join(entries)}) || '}}', '{{}}')"


def _used(plan: Plan, cells: Cells) -> set[str]:
    """The columns that are mapped, so not in `properties`. A vendor's name that gets ours stays there."""
    paths = plan.mapped_paths(but="event_name" if plan.names else None)
    return {name for name in cells.columns if name in paths}


def default_sql(cell: Cell | None, constant: str | None) -> str:
    """A cell's text, else a constant, else null."""
    text = "NULL" if constant is None else quote_text(constant)
    return text if cell is None else f"coalesce({cell.text}, {text})" if constant else cell.text


def session_class_sql(plan: Plan, channel: Cell | None) -> str:
    """The class that forms sessions: the one given, else the channel where that is web or app."""
    if plan.session_class is not None:
        return quote_text(plan.session_class) if plan.session_class in ("web", "app") else "NULL"
    if channel is None:
        return quote_text(plan.channel) if plan.channel in ("web", "app") else "NULL"
    found = default_sql(channel, plan.channel)
    return f"CASE WHEN {found} IN ('web', 'app') THEN {found} END"


def path_sql(url: str) -> tuple[dict[str, str], str]:
    """SQL of the path of a url, or of a bare path, and the layer that it needs.

    A pattern with the path as its group would do, but finding groups costs three times what cutting twice does.
    """
    if url == "NULL":
        return {}, "NULL"
    before = "regexp_extract(x_url, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?')"
    path = f"substr(x_url, length({before}) + 1)"
    cut = {"x_url": f"regexp_extract({url}, '^[^?#]*')"}
    return cut, f"CASE WHEN {url} IS NOT NULL THEN coalesce(nullif({path}, ''), '/') END"
