"""Column lineage of the models, read from their SQL by SQLGlot."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify

from journey_analytics.engine.models import Model
from journey_analytics.ingest.staged import STAGED_COLUMNS

#: Tables that no model makes: their columns, so that stars and bare names resolve.
_GIVEN: dict[str, tuple[str, ...]] = {
    "staged_rows": ("source_no", "source", "file_no", "rid", *(c for c in STAGED_COLUMNS if c != "file_key")),
    "config_files": ("file_no", "source_no", "source", "file", "role", "fingerprint", "rows", "flags", "dedupe"),
    "config_stages": ("stage_rank", "stage", "keeps", "is_goal"),
    "config_rules": (
        "rule_no", "stage_rank", "rule", "back", "is_sequential", "nth_operator", "nth", "has_after", "within_us",
    ),
    "config_triggers": ("rule_no", "pattern"),
    "config_segments": ("segment",),
    "config_exclusions": ("pattern",),
    "suspicious_event_ids": ("h",),
    "conflict_identifiers": ("kind", "identifier"),
    "identifier_customers": ("ident_no", "kind", "identifier", "strength", "ck", "is_shared", "is_kiosk"),
    "customer_numbers": ("ck", "customer_id"),
    "refused_pairs": ("left_no", "right_no", "reason"),
}  # fmt: skip


def lineage_of(models: Mapping[str, Model]) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Output column -> source columns for every model; a column that cannot be traced has no sources."""
    schema: dict[str, object] = {name: dict.fromkeys(columns, "TEXT") for name, columns in _GIVEN.items()}
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    pending = dict(models)
    while pending:
        ready = [m for m in pending.values() if not (set(m.reads) & set(pending))]
        for model in ready:
            found[model.name] = _of_model(model, schema)
            schema[model.name] = dict.fromkeys(found[model.name], "TEXT")
            del pending[model.name]
    return found


def _of_model(model: Model, schema: dict[str, object]) -> dict[str, list[tuple[str, str]]]:
    tree = sqlglot.parse_one(model.sql, read="duckdb")
    try:
        tree = qualify(tree, schema=schema, dialect="duckdb", validate_qualify_columns=False)
    except SqlglotError:
        pass  # an untraceable construct costs lineage, never the run
    selects = tree.selects if isinstance(tree, exp.Query) else []
    columns = [s.alias_or_name for s in selects]
    result: dict[str, list[tuple[str, str]]] = {}
    for column in columns:
        sources: set[tuple[str, str]] = set()
        try:
            for node in lineage(column, tree, schema=schema, dialect="duckdb").walk():
                if isinstance(node.expression, exp.Table) and node.expression.name in schema:
                    sources.add((node.expression.name, node.name.rsplit(".", 1)[-1].strip('"')))
        except SqlglotError:
            pass
        result[column] = sorted(sources)
    return result
