"""Column lineage of the models, read from their SQL by SQLGlot."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
from sqlglot.schema import MappingSchema

from journey_analytics.engine.models import Model
from journey_analytics.engine.syntax import parsed
from journey_analytics.ingest.staged import STAGED_COLUMNS

_DIALECT = "duckdb"

#: Tables that no model makes: their columns, so that stars and bare names resolve.
_GIVEN: dict[str, tuple[str, ...]] = {
    "staged_rows": ("source_no", "source", "file_no", "rid", *STAGED_COLUMNS),
    "config_files": ("file_no", "source_no", "source", "file", "role", "fingerprint", "rows", "flags", "dedupe"),
    "config_stages": ("stage_rank", "stage", "keeps", "is_goal", "description", "goal"),
    "config_rules": (
        "rule_no", "stage_rank", "rule", "back", "is_sequential", "nth_operator", "nth", "has_after", "within_us",
    ),
    "config_triggers": ("rule_no", "pattern"),
    "config_segments": ("segment", "derived_no", "definition", "known_afterwards"),
    "derived_segments": ("journey_id", "customer_id", "segment", "segment_value"),
    "derived_values": ("journey_no", "derived"),
    "config_exclusions": ("pattern",),
    "config_channel_rules": ("rule_no", "channel_group", "rule"),
    "config_sites": ("site", "kind", "category"),
    "config_clicks": ("click_id", "source", "medium", "paid"),
    "suspicious_event_ids": ("h",),
    "user_agents": ("user_agent", "device", "browser", "is_bot", "is_proxy"),
    "conflict_identifiers": ("kind", "identifier"),
    "identifier_customers": ("ident_no", "kind", "identifier", "strength", "ck", "is_shared", "is_kiosk"),
    "customer_numbers": ("ck", "customer_id"),
    "refused_pairs": ("left_no", "right_no", "reason"),
    "ledger_merges": ("customer_id", "merged_customer_id"),
    "event_moves": (
        "value_no", "grain", "from_no", "to_no", "transitions", "customers", "median_us", "p90_us", "mean_us",
    ),
    "touch_counts": ("value_no", "metric", "stage_rank", "channel_group", "n", "customers"),
    "action_counts": ("value_no", "stage_rank", "name_no", "visits", "customers"),
}  # fmt: skip


def lineage_of(models: Mapping[str, Model]) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Output column -> source columns for every model; a column that cannot be traced has no sources."""
    # The columns of a model are the schema of its readers, hence in topological order; one schema object, as making
    # one from a dict costs a walk over all of it.
    schema = MappingSchema(dialect=_DIALECT)
    for name, columns in _GIVEN.items():
        schema.add_table(name, dict.fromkeys(columns, "TEXT"))
    known = set(_GIVEN)
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    pending = dict(models)
    while pending:
        ready = [m for m in pending.values() if not (set(m.reads) & set(pending))]
        for model in ready:
            found[model.name] = _of_model(model, schema, known)
            schema.add_table(model.name, dict.fromkeys(found[model.name], "TEXT"))
            known.add(model.name)
            del pending[model.name]
    return found


def _of_model(model: Model, schema: MappingSchema, known: set[str]) -> dict[str, list[tuple[str, str]]]:
    tree = parsed(model.sql).copy()
    # an untraceable construct costs lineage, never the run
    with suppress(SqlglotError):
        tree = qualify(tree, schema=schema, dialect=_DIALECT, validate_qualify_columns=False, quote_identifiers=False)
    if not isinstance(tree, exp.Query):
        return {}
    # Qualified and divided into scopes once: left to itself, `lineage` does both again for every column.
    scope = build_scope(tree)
    result: dict[str, list[tuple[str, str]]] = {}
    for column in [select.alias_or_name for select in tree.selects]:
        sources: set[tuple[str, str]] = set()
        with suppress(SqlglotError):
            root = lineage(column, tree, schema=schema, dialect=_DIALECT, scope=scope, trim_selects=False, copy=False)
            for node in root.walk():
                if isinstance(node.expression, exp.Table) and node.expression.name in known:
                    sources.add((node.expression.name, node.name.rsplit(".", 1)[-1].strip('"')))
        result[column] = sorted(sources)
    return result
