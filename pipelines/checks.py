"""Asset checks made from the checks of the models: every one blocks what stands downstream, publishing included.

They run in the same Dagster step as the asset they judge, on the database that the run holds open; a check of its
own could only be started where no such database is. What a check asks stands in `sql/checks`.
"""

from __future__ import annotations

import json

import dagster as dg

from journey_analytics.engine.graph import Step
from journey_analytics.engine.results import CheckResult


def check_specs(step: Step) -> list[dg.AssetCheckSpec]:
    """The checks of one step, as Dagster shows them."""
    return [
        dg.AssetCheckSpec(check.name, asset=step.name, description=check.description, blocking=True)
        for check in step.checks
    ]


def check_result(step: Step, result: CheckResult) -> dg.AssetCheckResult:
    """What a check found: its count of violations and some of them."""
    metadata: dict[str, dg.MetadataValue] = {"violations": dg.MetadataValue.int(result.violations)}
    if result.sample:
        # Through JSON, since rows hold timestamps and decimals that Dagster's metadata does not take.
        metadata["sample"] = dg.MetadataValue.json(json.loads(json.dumps(result.sample, default=str)))
    return dg.AssetCheckResult(
        check_name=result.check,
        asset_key=step.name,
        passed=result.passed,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
    )
