"""The daily run."""

from __future__ import annotations

import logging
from pathlib import Path

import dagster as dg

from journey_analytics.config.load import load_config
from journey_analytics.errors import JourneyError
from pipelines.jobs import JOB

#: 05:00: after nightly exports have landed and past the hour that summer time skips, before the working day.
CRON = "0 5 * * *"


def daily(config: Path) -> dg.ScheduleDefinition:
    """The daily schedule, in the reporting time zone of the configuration.

    It starts stopped: who opens the UI on a project must not thereby have its warehouse rewritten every night. It is
    switched on once, in the UI or with `dagster schedule start daily`, and that is remembered.
    """
    return dg.ScheduleDefinition(
        name="daily",
        job_name=JOB,
        cron_schedule=CRON,
        execution_timezone=_timezone(config),
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Once a day, in the reporting time zone.",
    )


def _timezone(config: Path) -> str:
    # A broken configuration must not take the asset graph away from the UI; the run itself will say what is wrong.
    try:
        return load_config(config).timezone
    except (JourneyError, OSError) as error:
        logging.getLogger(__name__).warning("The schedule is in UTC, since the configuration has faults:\n%s", error)
        return "UTC"
