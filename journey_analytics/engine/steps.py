"""The steps of a run that are not one SELECT: ingest, identity, the history of runs, publishing, the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import duckdb

from journey_analytics.engine.agents import classify_user_agents
from journey_analytics.engine.disk import need, said
from journey_analytics.engine.duck import quote_text
from journey_analytics.engine.duplicates import find_suspicious_ids
from journey_analytics.engine.graph import PUBLISH, REPORT
from journey_analytics.engine.run import Run, config_hash
from journey_analytics.engine.settings import stage_files
from journey_analytics.engine.value_warnings import value_warnings
from journey_analytics.errors import JourneyError, Problem
from journey_analytics.files import replace_file
from journey_analytics.identity.ledger import load_ledger, save_ledger
from journey_analytics.identity.resolve import assign_customers, find_components
from journey_analytics.ingest.forecast import Forecast
from journey_analytics.ingest.ingest import ingest


def read_files(run: Run) -> None:
    """Stage what is new or changed, and show the models every staged row."""

    def expect(expected: Forecast) -> None:
        line, warning = said(need(expected, run.memory, keeps=run.kept.is_on), run.config.warehouse_folder, run.temp)
        if line is not None:
            run.log(line)
        if warning is not None:
            run.log(f"warning: {warning}")

    run.staged = ingest(run.config, clock=run.started_at, full_refresh=run.full_refresh, log=run.log, expect=expect)
    run.warnings += run.staged.warnings
    known = run.kept.files(run.con) if run.rebuilt_because is None else None
    if not stage_files(run.con, run.config, run.staged, known):
        run.rebuild("a new file comes before one of its source that was read already")


def suspicious_ids(run: Run) -> None:
    """Find the event ids that may occur twice."""
    find_suspicious_ids(run.con)


def components(run: Run) -> None:
    """Connect identifiers that were seen together."""
    unlink = [(pair[0], pair[1]) for pair in run.config.identity.unlink]
    find_components(run.con, max_people=run.config.identity.max_people, unlink=unlink)


def user_agents(run: Run) -> None:
    """What every distinct user agent tells."""
    classify_user_agents(run.con)


def customers(run: Run) -> None:
    """Refuse what would mix two people, and name the customers from the ledger."""
    load_ledger(run.con, run.ledger)
    assign_customers(run.con)


def touched_customers(run: Run) -> None:
    """Who has to be computed again."""
    run.choose_customers()


def event_counts(run: Run) -> None:
    """What is counted from all events in their order."""
    from journey_analytics.engine.event_counts import build_event_counts

    build_event_counts(run.con, run.limit, run.temp)


def attribution(run: Run) -> None:
    """Which channels the conversions are credited to."""
    from journey_analytics.engine.attribution import build_attribution

    build_attribution(run.con)


def changes(run: Run) -> None:
    """What moved beyond chance since the span before."""
    from journey_analytics.engine.changes import build_changes

    build_changes(run.con, run.config)


def derived_segments(run: Run) -> None:
    """The segments that are told from finished tables."""
    from journey_analytics.engine.derived_segments import build_derived_segments

    build_derived_segments(run.con, run.config)


def funnel_steps(run: Run) -> None:
    """The configured funnels, by the library's own calculation."""
    from journey_analytics.engine.funnel_steps import build_funnel_steps

    build_funnel_steps(run.con, run.config)


def period_comparisons(run: Run) -> None:
    """The last complete month and quarter beside the ones before."""
    from journey_analytics.engine.period_comparisons import build_period_comparisons

    build_period_comparisons(run.con, run.limit)


def runs(run: Run) -> None:
    """The history of published runs, taken over from the file that this run replaces."""
    con = run.con
    run.warnings += value_warnings(con, run.config.currency)
    con.execute(
        "CREATE OR REPLACE TABLE pub.main.runs (run_id VARCHAR, started_at TIMESTAMP, finished_at TIMESTAMP, "
        "as_of TIMESTAMP, config_hash VARCHAR, stage_model VARCHAR, model_version VARCHAR, engine VARCHAR, "
        "timezone VARCHAR, rows_read BIGINT, published BOOLEAN, journey_timeout_seconds DOUBLE, "
        "horizon_seconds DOUBLE, minimum BIGINT, currency VARCHAR, "
        "recomputed_customers BIGINT, rebuilt_because VARCHAR)"
    )
    history = run.config.state_folder / "runs.parquet"
    if history.exists():
        try:
            con.execute(f"INSERT INTO pub.main.runs BY NAME FROM read_parquet({quote_text(str(history))})")
        except duckdb.Error as error:
            reason = f"the history of runs can't be read: {str(error).splitlines()[0]}"
            remedy = "Restore it from a backup; or remove it, and the history begins again."
            raise JourneyError(Problem(reason, file=str(history), remedy=remedy)) from error
    stages = run.config.stages
    con.execute(
        "INSERT INTO pub.main.runs SELECT ?, ?, ?, (SELECT as_of FROM run_clock), ?, ?, ?, 'duckdb', ?, "
        "(SELECT coalesce(sum(rows), 0)::BIGINT FROM files), true, ?, ?, ?, ?, ?, ?",
        [
            run.run_id,
            run.started_at,
            datetime.now(UTC).replace(tzinfo=None),
            config_hash(run.config),
            stages.name,
            str(stages.version),
            run.config.timezone,
            # what a comparison asked of the published file judges by
            run.config.journeys.timeout.total_seconds(),
            run.config.horizon.total_seconds(),
            run.config.minimum,
            run.config.currency,
            run.recomputed,
            run.rebuilt_because,
        ],
    )


def publish(run: Run) -> None:
    """Put the checked database in place.

    The ledger goes first: a run that dies between them leaves ids that the next run gives again. The history goes last:
    a run that did not publish must not stand in it.
    """
    con = run.con
    totals = con.execute(
        "SELECT coalesce(sum(rows), 0), coalesce(sum(accepted), 0), coalesce(sum(duplicate), 0), "
        "coalesce(sum(rejected), 0), coalesce(sum(ignored), 0) FROM files"
    ).fetchall()[0]
    for name, value in zip(("rows", "accepted", "duplicate", "rejected", "ignored"), totals, strict=True):
        run.count(name, int(value))
    con.execute(
        "UPDATE pub.main.runs SET finished_at = ? WHERE run_id = ?",
        [datetime.now(UTC).replace(tzinfo=None), run.run_id],
    )
    history = run.config.state_folder / "runs.parquet"
    beside = history.with_suffix(".next")
    con.execute(f"COPY pub.main.runs TO {quote_text(str(beside))} (FORMAT parquet)")
    run.prepare_publishing()
    save_ledger(con, run.ledger)
    replace_file(run.fresh, run.published, int(run.config.publish.mode, 8))
    replace_file(beside, history)
    if run.kept.is_on:
        run.kept.save(con, run.summary().events)


def report(run: Run) -> None:
    """Write the page from the published warehouse."""
    from journey_analytics.presentation.report import write_report

    run.report = write_report(run.published, run.config.warehouse_folder / "report")


PYTHON: dict[str, Callable[[Run], None]] = {
    "staged_rows": read_files,
    "suspicious_event_ids": suspicious_ids,
    "user_agents": user_agents,
    "identity_components": components,
    "identifier_customers": customers,
    "touched_customers": touched_customers,
    "event_counts": event_counts,
    "attribution": attribution,
    "changes": changes,
    "derived_segments": derived_segments,
    "funnel_steps": funnel_steps,
    "period_comparisons": period_comparisons,
    "runs": runs,
    PUBLISH: publish,
    REPORT: report,
}
