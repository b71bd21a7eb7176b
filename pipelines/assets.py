"""One asset per step of the engine: dependencies, lineage, columns and checks as the models declare them.

Nothing is computed here and no step is named: a new model is a new file in `sql/`, not a change of this one.
"""

from collections.abc import Sequence

import dagster as dg

from journey_analytics.engine.graph import Step
from journey_analytics.engine.results import StepResult
from pipelines.checks import check_result, check_specs
from pipelines.resources import JourneyRun


def make_assets(steps: Sequence[Step], *, lineage: bool = True) -> list[dg.AssetsDefinition]:
    """One asset per step, of the step's name, in the order in which they run.

    Args:
        steps: All steps.
        lineage: Trace the columns, for who looks at the assets; it takes two seconds.
    """
    names = frozenset(step.name for step in steps) if lineage else None
    return [_asset(step, place, names) for place, step in enumerate(steps)]


def _asset(step: Step, place: int, traced: frozenset[str] | None) -> dg.AssetsDefinition:
    @dg.asset(
        name=step.name,
        deps=list(step.depends_on),
        group_name=step.group,
        description=step.description,
        kinds={"duckdb", step.kind},
        metadata=_declared(step, traced),
        check_specs=check_specs(step),
        required_resource_keys={"journey"},
        # The order of the engine among steps that are ready: a check may read more tables than its own step does.
        op_tags={"dagster/priority": str(-place)},
    )
    def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads it
        run: JourneyRun = context.resources.journey
        result = run.execute(step.name)
        checks = [check_result(step, run.check(check.name)) for check in step.checks]
        return dg.MaterializeResult(metadata=_found(result), check_results=checks)

    return asset


def _declared(step: Step, traced: frozenset[str] | None) -> dict[str, dg.MetadataValue | str]:
    """Metadata known before any run; lineage only to the steps in `traced`, which leaves out tables of settings."""
    metadata: dict[str, dg.MetadataValue | str] = {}
    if traced is not None and step.lineage:
        columns = {
            column: [dg.TableColumnDep(dg.AssetKey(table), name) for table, name in parents if table in traced]
            for column, parents in step.lineage.items()
        }
        metadata["dagster/column_lineage"] = dg.MetadataValue.column_lineage(dg.TableColumnLineage(columns))
    if step.published:
        metadata["dagster/table_name"] = f"journeys.main.{step.name}"
    return metadata


def _found(result: StepResult) -> dict[str, dg.MetadataValue]:
    """Metadata of one materialisation."""
    metadata: dict[str, dg.MetadataValue] = {"seconds": dg.MetadataValue.float(round(result.seconds, 3))}
    if result.rows is not None:
        metadata["dagster/row_count"] = dg.MetadataValue.int(result.rows)
    if result.columns:
        columns = [dg.TableColumn(name, type=kind, description=comment) for name, kind, comment in result.columns]
        metadata["dagster/column_schema"] = dg.MetadataValue.table_schema(dg.TableSchema(columns))
    return metadata
