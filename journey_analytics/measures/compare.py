"""`compare`: two segments or two periods of a published warehouse, as docs/semantics.md has it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import polars as pl

from journey_analytics.errors import JourneyError, Problem
from journey_analytics.measures.comparison_funnel import step_subjects
from journey_analytics.measures.comparison_groups import Groups, drop_groups, make_groups
from journey_analytics.measures.comparison_rows import TOO_EARLY, Row, common_age, judged, share_row, time_row
from journey_analytics.measures.comparison_subjects import (
    DROPPED,
    ENDS,
    START,
    Subjects,
    stage_subjects,
    visit_subjects,
)
from journey_analytics.measures.errors import MeasureError
from journey_analytics.measures.funnel_answer import step_names
from journey_analytics.measures.funnel_spec import FunnelSpec, funnel_spec
from journey_analytics.measures.moments import moment_us

if TYPE_CHECKING:
    from journey_analytics.warehouse import Warehouse

WHATS = ("drop_off", "transitions", "dwell", "funnel")

_TYPES = {"str": pl.String, "int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean}


@dataclass(frozen=True)
class Comparison:
    """What two groups differ in.

    Attributes:
        what: drop_off, transitions, dwell or funnel.
        left: The left group's condition.
        right: The right group's.
        as_of: The moment that the warehouse speaks of (UTC).
        minimum: Fewer than this are flagged and not tested.
        groups: Who is compared and who is left out.
        rows: One per measure; docs/statistics.md says how each is made.
    """

    what: str
    left: str
    right: str
    as_of: datetime
    minimum: int
    groups: Groups
    rows: tuple[Row, ...]

    @property
    def table(self) -> pl.DataFrame:
        """The rows as a frame, columns as in `Row`."""
        schema = {f.name: _TYPES[str(f.type).partition(" |")[0]] for f in fields(Row)}
        return pl.DataFrame([asdict(row) for row in self.rows], schema=schema, orient="row")


def compare(
    warehouse: Warehouse | str | os.PathLike[str],
    left: str,
    right: str,
    what: str = "drop_off",
    *,
    steps: Sequence[Any] = (),
    window: str | timedelta | None = "14d",
    order: str = "ordered",
    both: str = "keep",
) -> Comparison:
    """Compare two segments, or two periods, at the same age.

    Args:
        warehouse: A `Warehouse`, or the path of one.
        left: Which journeys: an SQL condition over columns of journeys, sessions and customers, such as
            `channel_group = 'Email'` or `started_at >= '2026-01-01' and started_at < '2026-04-01'` (UTC). A session's
            column is that of the journey's first session that has a value; unknown is `(unknown)`.
        right: The others.
        what: `drop_off` (who has dropped at each stage, and how soon the others went on), `transitions` (where visits
            of a stage lead), `dwell` (how long until the next stage) or `funnel`.
        steps: The funnel's steps, as for `funnel`.
        window: The funnel's window.
        order: The funnel's order.
        both: What becomes of customers with different journeys in the two groups: `keep`, where the variance knows that
            both sides have them in common, or `leave_out`, which picks by result wherever a journey that has come to
            nothing makes a next one likelier (docs/statistics.md). A journey that is in both is always left out.

    Raises:
        MeasureError: For a condition that is none, an unknown column or anything else that makes no sense.
        JourneyError: If there is no published warehouse, or it was published by an older version.
    """
    for value, allowed, key in ((what, WHATS, "what"), (both, ("leave_out", "keep"), "both")):
        if value not in allowed:
            raise MeasureError(Problem(f"{value!r} is not one of {', '.join(allowed)}", key=key))
    spec = None
    if what == "funnel":
        spec = funnel_spec(steps, window, order, count="journeys")
    elif steps:
        raise MeasureError(Problem(f"{what} has no steps", key="steps", remedy="Leave them out, or ask for a funnel."))
    if isinstance(warehouse, str | os.PathLike):
        from journey_analytics.warehouse import Warehouse

        with Warehouse(warehouse) as opened:
            return _compare(opened._open(), left, right, what, spec, both == "keep")
    return _compare(warehouse._open(), left, right, what, spec, both == "keep")


def compare_drop_off(
    subjects: Mapping[int, Subjects], stages: dict[int, str], timeout_us: int, minimum: int
) -> tuple[Row, ...]:
    """The rows that `compare` gives of drop-off, where it is known already who reached what.

    Args:
        subjects: By the rank of the stage that they reached, as `stage_subjects` gives them.
        stages: Rank and name of every stage, rising.
        timeout_us: The silence after which a journey has ended, in microseconds.
        minimum: Fewer than this are flagged and not tested.
    """
    return tuple(judged(list(_drop_off_rows(subjects, stages, timeout_us, minimum))))


def _compare(
    con: duckdb.DuckDBPyConnection, left: str, right: str, what: str, spec: FunnelSpec | None, keep_both: bool
) -> Comparison:
    """One connection from beginning to end: a run that publishes meanwhile changes nothing."""
    try:
        as_of, timeout, minimum = con.sql(
            "SELECT as_of, (journey_timeout_seconds * 1e6)::BIGINT, minimum FROM runs "
            "WHERE journey_timeout_seconds IS NOT NULL ORDER BY finished_at DESC LIMIT 1"
        ).fetchall()[0]
        con.sql("SELECT kept_stage FROM journeys LIMIT 0")
    except (duckdb.BinderException, IndexError):
        wrong = "this warehouse was published before there were comparisons"
        raise JourneyError(Problem(wrong, remedy="Publish it again: journey run.")) from None
    try:
        groups = make_groups(con, left, right, keep_both)
        stages = dict(con.sql("SELECT DISTINCT stage_rank, stage FROM drop_off ORDER BY stage_rank").fetchall())
        if spec is not None:
            rows = list(_funnel_rows(step_subjects(con, spec, moment_us(as_of, "as_of")), spec, minimum))
        elif what == "drop_off":
            rows = list(_drop_off_rows(stage_subjects(con, as_of, timeout), stages, timeout, minimum))
        elif what == "transitions":
            rows = list(_transition_rows(visit_subjects(con, as_of, timeout, starts=True), stages, timeout, minimum))
        else:
            rows = list(_dwell_rows(visit_subjects(con, as_of, timeout, starts=False), stages, minimum))
    finally:
        drop_groups(con)
    return Comparison(what, left, right, as_of, minimum, groups, tuple(judged(rows)))


def _drop_off_rows(
    subjects: Mapping[int, Subjects], stages: dict[int, str], timeout: int, minimum: int
) -> Iterable[Row]:
    for rank, stage in list(stages.items())[:-1]:  # nobody drops at the goal
        group = subjects.get(rank, Subjects.none())
        age = common_age(group, minimum)
        yield _silent(share_row(Row("dropped", stage, None, None, 0, 0), group, DROPPED, age, minimum), age, timeout)
        yield time_row(Row("time_to_advance", stage, None, None, 0, 0), group, [1], age, minimum)


def _transition_rows(
    subjects: dict[int, Subjects], stages: dict[int, str], timeout: int, minimum: int
) -> Iterable[Row]:
    nodes = {**stages, **ENDS}
    for place, name in {0: START, **stages}.items():
        group = subjects.get(place, Subjects.none())
        # of the starts all is known at once; an edge that neither group ever takes has no row
        age = common_age(group, minimum) if place else 0 if _both(group) else None
        for to in (int(cause) for cause in np.flatnonzero(np.bincount(group.cause)) if cause):
            row = share_row(Row("moved", name, nodes[to], None, 0, 0), group, to, age, minimum)
            yield _silent(row, age, timeout) if to in ENDS else row


def _dwell_rows(subjects: dict[int, Subjects], stages: dict[int, str], minimum: int) -> Iterable[Row]:
    for rank, stage in stages.items():
        group = subjects.get(rank, Subjects.none())
        row = Row("time_to_move", stage, None, None, 0, 0)
        yield time_row(row, group, list(stages), common_age(group, minimum), minimum)


def _funnel_rows(subjects: dict[int, Subjects], spec: FunnelSpec, minimum: int) -> Iterable[Row]:
    names = step_names(spec)
    for step, group in subjects.items():
        age = common_age(group, minimum)
        if age is not None and spec.window is not None:
            age = min(age, spec.window)  # what is older than the window changes no more
        yield share_row(Row("converted", names[step - 1], None, None, 0, 0), group, 1, age, minimum)
        yield time_row(Row("time_to_convert", names[step - 1], None, None, 0, 0), group, [1], age, minimum)


def _both(group: Subjects) -> bool:
    return bool(group.is_left.any()) and not bool(group.is_left.all())


def _silent(row: Row, age: int | None, timeout: int) -> Row:
    """Silence is known when the timeout has passed: at no earlier age can it be told from a pause."""
    if age is None or age > timeout:
        return row
    return Row(
        row.measure, row.place, row.to, row.age_days, row.left_n, row.right_n, is_small=row.is_small, note=TOO_EARLY
    )
