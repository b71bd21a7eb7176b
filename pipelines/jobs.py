"""The one job: every asset, in one process. Parts of it can still be materialised one by one in the UI."""

from __future__ import annotations

import dagster as dg

JOB = "journey"

journey_job = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.all(),
    description="From the log files to the published warehouse and the report.",
)
