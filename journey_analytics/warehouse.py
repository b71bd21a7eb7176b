"""`Warehouse`: the published results, for analysts in Python. Reads only; what is asked is answered, no more.

Opening the file, SQL, the graphs and one customer's timeline live here. Calculations (funnels, ways) are those of
`measures`, on the published events; pictures are `presentation`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import duckdb
import networkx as nx
import polars as pl

from journey_analytics.config.problems import nearest
from journey_analytics.engine.duck import connect, quote_text, why_not_opened
from journey_analytics.errors import ConfigError, JourneyError, Problem

if TYPE_CHECKING:
    from journey_analytics.measures.funnel_spec import FunnelSpec
    from journey_analytics.measures.log import Log
    from journey_analytics.measures.ways import Ways

START, END = "(start)", "(end)"
GRAINS = ("session", "journey")
OUTCOMES = ("(completed)", "(dropped)", "(open)")

#: How an identifier that somebody types is compared with the stored, normalised ones.
_SAME_IDENTIFIER = """
    (identifier = trim($typed)
     or kind = 'email' and identifier = lower(trim($typed))
     or kind = 'phone' and not regexp_matches($typed, '[@[:alpha:]]')
        and regexp_replace(identifier, '[^0-9]', '', 'g') = nullif(regexp_replace($typed, '[^0-9]', '', 'g'), ''))
"""


@dataclass(frozen=True)
class Customer:
    """One customer's whole history; every frame is in the order in which things happened.

    Attributes:
        customer_id: As in every table of the warehouse.
        summary: The row of `customers`: counts, current and furthest stage, outcome.
        identifiers: kind, identifier, first_seen_at, last_seen_at, event_count.
        events: The timeline; each event with its session, journey and stage.
        sessions: The rows of `sessions`.
        journeys: The rows of `journeys`, with their outcomes.
        stage_visits: The rows of `stage_visits`, with the rule that evidenced each stage.
    """

    customer_id: Any
    summary: dict[str, Any]
    identifiers: pl.DataFrame
    events: pl.DataFrame
    sessions: pl.DataFrame
    journeys: pl.DataFrame
    stage_visits: pl.DataFrame

    def __repr__(self) -> str:
        counts = f"{self.events.height} events, {self.sessions.height} sessions, {self.journeys.height} journeys"
        return f"Customer({self.customer_id!r}: {counts}, outcome {self.summary.get('outcome')!r})"


class Warehouse:
    """The published DuckDB file, opened for reading when first needed.

    A run replaces the file in one step. Every call looks whether that has happened and then reads the new
    one, so a notebook left open shows the newest results; one call always answers from one version. A
    relation that `sql` gave earlier stays on the version that it was asked of. Not to be shared between
    threads: each opens its own.

    Args:
        path: `journeys.duckdb`, or the warehouse folder that it stands in.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        given = Path(path)
        self.path = given / "journeys.duckdb" if given.is_dir() else given
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._version: tuple[int, int, int] | None = None

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Relations that are not fetched yet end; the next call opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._version = None

    def sql(self, query: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> duckdb.DuckDBPyRelation:
        """Ask a question of the published tables.

        Args:
            query: One SELECT (or FROM, SHOW, DESCRIBE, SUMMARIZE, VALUES, WITH).
            params: Values for `?` (a sequence) or `$name` (a mapping).

        Returns:
            A lazy DuckDB relation: `.pl()`, `.df()`, `.fetchall()`, `.show()`.

        Raises:
            JourneyError: If there is no warehouse, or the text is anything else than one question.
            duckdb.Error: If the SQL is wrong; DuckDB says where.
        """
        connection = self._open()
        # Read-only and without access to files is not enough: DuckDB keeps the write-ahead log of an attached
        # file writable, and COPY to it would make the published file unreadable for everybody.
        statements = connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise JourneyError(
                Problem("the warehouse answers one SELECT at a time", remedy="Copy what you need: .pl(), .df().")
            )
        return connection.sql(query, params=params)

    def stage_graph(self, segment: tuple[str, str] = ("all", "all")) -> nx.DiGraph[str]:
        """The transitions between stages as a graph.

        Args:
            segment: Segment and value, such as `("channel_group", "Email")`.

        Returns:
            Nodes `(start)`, the stages, `(completed)`, `(dropped)` and `(open)`, in this order, with `kind`
            (start, stage, outcome) and for stages `rank`; edges with the columns of `transitions`:
            transitions, journeys, customers, probability, median_seconds, p90_seconds, mean_seconds.

        Raises:
            JourneyError: If there is no such segment; the message lists those there are.
        """
        connection = self._open()
        name, value = segment
        stages = connection.sql(
            "select distinct stage, stage_rank from drop_off where segment = ? and segment_value = ? "
            "order by stage_rank",
            params=[name, value],
        ).fetchall()
        if not stages:
            raise JourneyError(_unknown_segment(connection, name, value))
        graph: nx.DiGraph[str] = nx.DiGraph(segment=name, segment_value=value)
        graph.add_node(START, kind="start")
        for stage, rank in stages:
            graph.add_node(stage, kind="stage", rank=rank)
        for outcome in OUTCOMES:
            graph.add_node(outcome, kind="outcome")
        edges = connection.sql(
            "select * from transitions where segment = ? and segment_value = ? order by from_stage, to_stage",
            params=[name, value],
        )
        columns = edges.columns
        for row in edges.fetchall():
            edge = dict(zip(columns, row, strict=True))
            del edge["segment"], edge["segment_value"]
            graph.add_edge(edge.pop("from_stage"), edge.pop("to_stage"), **edge)
        return graph

    def funnel(
        self, steps: Sequence[Any], window: Any = None, *, where: str | None = None, **options: Any
    ) -> pl.DataFrame:
        """How many get from step to step, over the published events up to the run's as_of.

        Args:
            steps: Event names, lists of names, or conditions over the columns of `events`, as for
                `journey_analytics.funnel`.
            window: As there.
            where: An SQL condition over the columns of `events`: which of them are looked at, such as
                `"actor <> 'machine'"` or `"country = 'NL'"`.
            **options: The other parameters of `journey_analytics.funnel`: order, exclude, exclusion, optional,
                step_windows, count, by, by_at, entries, as_of and ties. `by` and conditions may also name a segment
                of journey.yaml: an event has the value of its journey, of cohorts its own period.

        Returns:
            The frame of `journey_analytics.funnel`.

        Raises:
            JourneyError: If there is no warehouse, or the question makes no sense.
        """
        from journey_analytics.measures.funnel import funnel_of_log

        with self._log(where, steps, options) as log:
            return funnel_of_log(log, _spec(log, steps, window, options))

    def funnel_times(
        self, steps: Sequence[Any], window: Any = None, *, where: str | None = None, **options: Any
    ) -> pl.DataFrame:
        """How long each step of a funnel took, as a histogram: step, name, from_seconds, to_seconds and customers.

        The arguments are those of `funnel`, without `by`.
        """
        from journey_analytics.measures.funnel import judged_of_log
        from journey_analytics.measures.funnel_times import histogram

        with self._log(where, steps, options) as log:
            spec = _spec(log, steps, window, options)
            return histogram(judged_of_log(log, spec)[0], spec)

    def funnel_overlap(
        self, steps: Sequence[Any], window: Any = None, *, where: str | None = None, **options: Any
    ) -> int:
        """How many of those that a funnel `by` something counts began attempts under more than one of its values.

        Each of them counts once, with its best attempt. The arguments are those of `funnel`.
        """
        from journey_analytics.measures.funnel_overlap import begun_under_several

        with self._log(where, steps, options) as log:
            return begun_under_several(log, _spec(log, steps, window, options))

    def event_graph(self, grain: str = "session", segment: tuple[str, str] = ("all", "all")) -> nx.DiGraph[str]:
        """Which event directly follows which, from the table `event_transitions`.

        Args:
            grain: `session`, or `journey` (background events included).
            segment: Segment and value; a session has that of the journey it begins in.

        Returns:
            As `journey_analytics.event_graph`: nodes `(start)`, the event names and `(end)` with `events`; edges with
            weight, customers, median_seconds, p90_seconds and mean_seconds.
        """
        rows = self.sql(
            "select from_event, to_event, transitions, customers, median_seconds, p90_seconds, mean_seconds "
            "from event_transitions where grain = ? and segment = ? and segment_value = ? "
            "order by from_event, to_event",
            [_grain(grain), *segment],
        ).fetchall()
        if not rows:
            self._must_be_known(segment)
        incoming: dict[str, int] = {}
        for _, right, weight, *_rest in rows:
            incoming[right] = incoming.get(right, 0) + weight
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_node(START, events=incoming.get(END, 0))
        graph.add_nodes_from((name, {"events": incoming[name]}) for name in sorted(incoming) if name != END)
        graph.add_node(END, events=incoming.get(END, 0))
        for left, right, weight, customers, median, p90, mean in rows:
            graph.add_edge(
                left, right, weight=weight, customers=customers, median_seconds=median, p90_seconds=p90,
                mean_seconds=mean,
            )  # fmt: skip
        return graph

    def paths(
        self,
        start: str | None = None,
        to: str | None = None,
        grain: str = "session",
        *,
        steps: int = 5,
        merge_repeats: bool = False,
        where: str | None = None,
    ) -> Ways:
        """The ways from one event to another, most frequent first.

        Args:
            start: Where ways begin; None: wherever the session or journey does.
            to: Where they end; None: `steps` events later, or with the session or journey.
            grain: `session` or `journey`.
            steps: How many events are followed where one end is open.
            merge_repeats: Whether an event that directly repeats itself counts as one.
            where: As for `funnel`.

        Returns:
            `table` with way, times, customers, share and median_seconds; and how many sessions or journeys there are
            (`parts`), hold a beginning (`begun`) and a whole way (`reached`).
        """
        from journey_analytics.measures.ways import ways_of_log

        with self._log(where) as log:
            return ways_of_log(log, start, to, f"{_grain(grain)}_id", steps, merge_repeats)

    def variants(self, segment: tuple[str, str] = ("all", "all")) -> pl.DataFrame:
        """The distinct sequences of stages, most frequent first: the table `variants`.

        Args:
            segment: Segment and value whose journeys are looked at.

        Returns:
            variant, journeys, share (of these journeys), completed and median_seconds.

        Raises:
            JourneyError: If there is no warehouse, or the segment or value is unknown.
        """
        frame: pl.DataFrame = self.sql(
            "select * exclude (segment, segment_value) from variants where segment = ? and segment_value = ? "
            "order by journeys desc, variant",
            list(segment),
        ).pl()
        if frame.is_empty():
            self._must_be_known(segment)
        return frame

    def _must_be_known(self, segment: tuple[str, str]) -> None:
        """Raises for a segment or value that no journey has; the whole is known also where there is none."""
        connection = self._open()
        found = connection.sql(
            "select 1 from drop_off where segment = ? and segment_value = ? limit 1", params=list(segment)
        ).fetchall()
        if not found and segment != ("all", "all"):
            raise JourneyError(_unknown_segment(connection, *segment))

    def event_names(self) -> dict[str, int]:
        """The names of the published events up to as_of, with how often each occurs, most frequent first."""
        rows = self.sql(
            "select event_name, count(*) from events where position is not null group by all order by 2 desc, 1"
        ).fetchall()
        return dict(rows)

    def _log(self, where: str | None, *asked: Any) -> AbstractContextManager[Log]:
        """The published events, with the segments the question names, on a connection that can reach nothing else."""
        from journey_analytics.measures.event_segments import published_segments, with_segments
        from journey_analytics.measures.published import published_log

        self._open()  # says what is wrong where there is no warehouse
        connection = _attach(self.path, frames=False)
        try:
            as_of = connection.sql(
                "select epoch_us(as_of) from runs order by started_at desc nulls last, run_id desc limit 1"
            ).fetchall()[0][0]
            events = with_segments(connection, f"{where} {asked}")
            return published_log(
                connection, events, as_of, where=where, further=published_segments(connection), customers="customers"
            )
        except BaseException:
            connection.close()
            raise

    def customer(self, identifier: str) -> Customer:
        """One customer's timeline.

        Args:
            identifier: Any identifier that the logs know the customer by (an e-mail address in any case, a
                user id, a cookie …), `kind:identifier` where one value is used by several kinds, or the
                customer_id.

        Raises:
            JourneyError: If nobody, or more than one customer, is known by it.
        """
        connection = self._open()
        customer_id = _find_customer(connection, str(identifier))
        summary = connection.sql("from customers where customer_id = ?", params=[customer_id]).pl()
        if summary.is_empty():
            remedy = "It stands in links only, such as a table of contacts."
            raise JourneyError(Problem(f"{identifier!r} is known, but has no events", remedy=remedy))

        def frame(query: str) -> pl.DataFrame:
            rows: pl.DataFrame = connection.sql(query, params=[customer_id]).pl()
            return rows

        return Customer(
            customer_id,
            summary.row(0, named=True),
            frame(
                "select kind, identifier, first_seen_at, last_seen_at, event_count from identifiers "
                "where customer_id = ? order by first_seen_at, kind, identifier"
            ),
            # Rows of one customer stand in the table in their total order, which ties of time leave open.
            frame("from events where customer_id = ? order by position, occurred_at, event_id"),
            frame("from sessions where customer_id = ? order by session_number"),
            frame("from journeys where customer_id = ? order by journey_number"),
            frame(
                "select v.* from stage_visits v join journeys j using (journey_id) "
                "where v.customer_id = ? order by j.journey_number, v.visit_number"
            ),
        )

    def _open(self) -> duckdb.DuckDBPyConnection:
        try:
            state = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            raise JourneyError(
                Problem("there is no published warehouse here", str(self.path), remedy="Publish one: journey run.")
            ) from None
        version = (state.st_ino, state.st_mtime_ns, state.st_size)
        if self._connection is None or version != self._version:
            # The connection to the version before is let go, not closed: relations may still read from it.
            self._connection = _attach(self.path)
            self._version = version
        return self._connection


def _attach(path: Path, *, frames: bool = True) -> duckdb.DuckDBPyConnection:
    # frames: whether SQL may name the caller's own frames.
    # Attached to a database in memory: opened directly, DuckDB would hand out the version that is already
    # open in this process instead of the file that replaced it.
    connection = connect(temp=Path(tempfile.gettempdir()) / f"journey-analytics-{os.getpid()}")
    try:
        connection.execute(f"ATTACH {quote_text(str(path))} AS journeys (READ_ONLY)")
    except duckdb.Error as error:
        connection.close()
        outside = why_not_opened(error)
        if outside is not None:
            raise JourneyError(Problem(outside[0], str(path), remedy=outside[1])) from None
        raise JourneyError(
            Problem(
                f"this is no readable DuckDB file: {error}",
                str(path),
                remedy="Name the published journeys.duckdb, or publish it again: journey run.",
            )
        ) from None
    connection.execute("USE journeys")
    if not frames:
        connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _grain(grain: str) -> str:
    if grain not in GRAINS:
        raise ConfigError(Problem(f"{grain!r} is not one of {', '.join(GRAINS)}", key="grain"))
    return grain


def _spec(log: Log, steps: Sequence[Any], window: Any, options: Mapping[str, Any]) -> FunnelSpec:
    """The funnel as asked; it can't be judged later than the run was."""
    from journey_analytics.measures.funnel import checked_spec

    spec = checked_spec(steps, window, **options)
    if spec.by is not None and spec.by not in log.columns:
        columns = [name for name in log.columns if name not in log.further]
        close = nearest(spec.by, [*log.further, *columns])
        hint = f"Did you mean {close!r}? " if close else ""
        listed = f"Segments: {', '.join(log.further) or 'none'}. Columns of events: {', '.join(columns)}."
        raise ConfigError(Problem(f"there is no segment or column {spec.by!r}", key="by", remedy=f"{hint}{listed}"))
    if spec.as_of is not None and log.as_of is not None and spec.as_of > log.as_of:
        wrong = "is later than what the warehouse knows of: its own as_of"
        raise ConfigError(Problem(wrong, key="as_of", remedy="Leave it out, or run again: journey run --as-of TIME."))
    return spec


def _unknown_segment(connection: duckdb.DuckDBPyConnection, name: str, value: str) -> Problem:
    known = connection.sql(
        "select segment, list(segment_value order by segment_value) "
        "from (select distinct segment, segment_value from drop_off) group by segment order by segment"
    ).fetchall()
    values = next((values for segment, values in known if segment == name), None)
    if values is None:
        names = ", ".join(segment for segment, _ in known)
        return Problem(f"there is no segment {name!r}; there are: {names}", remedy="Name one of these segments.")
    listed = ", ".join(map(str, values[:40])) + (f" and {len(values) - 40} more" if len(values) > 40 else "")
    return Problem(f"segment {name!r} has no value {value!r}; it has: {listed}", remedy="Name one of these values.")


def _find_customer(connection: duckdb.DuckDBPyConnection, typed: str) -> Any:
    found = _customers_known_as(connection, typed)
    kind, colon, rest = typed.partition(":")
    if not found and colon:
        found = [pair for pair in _customers_known_as(connection, rest) if pair[1] == kind.strip()]
    if not found:
        found = connection.sql(
            "select customer_id, 'customer_id' from customers where customer_id::varchar = trim(?)", params=[typed]
        ).fetchall()
    customers = {customer_id for customer_id, _ in found}
    if len(customers) > 1:
        kinds = ", ".join(f"{kind}:{typed.strip()}" for kind in sorted({kind for _, kind in found}))
        raise JourneyError(Problem(f"{len(customers)} customers are known as {typed!r}", remedy=f"Say which: {kinds}."))
    if not customers:
        nobodys = f"select 1 from identifiers where {_SAME_IDENTIFIER} limit 1"
        if connection.sql(nobodys, params={"typed": typed}).fetchall():
            remedy = "Look at exclude_customers and identity.max_people in journey.yaml."
            what = "belongs to no customer: excluded, or used by more people than max_people"
            raise JourneyError(Problem(f"{typed!r} is known, but {what}", remedy=remedy))
        # A count, not the values: whoever mistypes a customer must not be shown others.
        near = connection.sql(
            "select count(distinct identifier) from identifiers "
            "where levenshtein(identifier, lower(trim($typed))) <= 2 "
            "or length(trim($typed)) >= 4 and contains(identifier, lower(trim($typed)))",
            params={"typed": typed},
        ).fetchall()[0][0]
        likeness = f"{near} known identifiers are similar" if near != 1 else "1 known identifier is similar"
        raise JourneyError(
            Problem(f"no customer is known as {typed!r}; {likeness}", remedy="Check the spelling; give it in full.")
        )
    return customers.pop()


def _customers_known_as(connection: duckdb.DuckDBPyConnection, typed: str) -> list[tuple[Any, str]]:
    return connection.sql(
        f"select distinct customer_id, kind from identifiers where {_SAME_IDENTIFIER} and customer_id is not null",
        params={"typed": typed},
    ).fetchall()
