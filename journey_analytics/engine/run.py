"""One run of the pipeline: the lock, the working database, and the execution of steps and checks.

Which steps there are and in which order is `engine.graph`; who calls them (Dagster, a test) is not known here. A run
writes two databases: `work` (its own) and `pub`, which becomes the published file when every check has passed.

`work` is in memory, and spills beyond `resources.memory`: its tables are written once, read a few times and thrown
away, and compressing them for a file cost three quarters of writing them (ten million rows of four numbers: 1.8
processor seconds, 0.5 in memory).
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from uuid import uuid4

import duckdb

from journey_analytics.config.model import Config
from journey_analytics.engine.builder import Builder
from journey_analytics.engine.duck import connect, memory_limit, quote_name, quote_text, share_of_memory
from journey_analytics.engine.graph import PUBLISH, REPORT, load_steps
from journey_analytics.engine.kept import DELTA, KEPT, Kept, bases, is_of_delta
from journey_analytics.engine.lock import RunLock
from journey_analytics.engine.models import Check, load_models
from journey_analytics.engine.problems import plain_errors
from journey_analytics.engine.publish import write_comments
from journey_analytics.engine.recompute import OF_ROWS, Touched, find_touched, prepare_delta, published_by_customer
from journey_analytics.engine.results import CheckResult, RunSummary, StepResult, failed_check
from journey_analytics.engine.settings import apply_settings
from journey_analytics.errors import CheckFailed
from journey_analytics.ingest.staged import Staged

Log = Callable[[str], None]


class Run:
    """One run on one warehouse, holding its lock. Use as a context manager."""

    def __init__(
        self, config: Config, *, as_of: datetime | None, full_refresh: bool, clock: datetime, wait: float, log: Log
    ) -> None:
        self.config = config
        self.full_refresh = full_refresh
        self.log = log
        self.run_id = f"{clock:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
        self.started_at = clock
        self.asked_as_of = as_of
        self.staged: Staged | None = None
        self.warnings: list[str] = []
        self.published = config.warehouse_folder / "journeys.duckdb"
        self.fresh = config.state_folder / "next.duckdb"
        self.ledger = config.state_folder / "identity_ledger.parquet"
        self.report: Path | None = None
        #: What DuckDB is given of `resources.memory`.
        self.limit: str | None = None
        self.kept = Kept(config, self.published, self.ledger)
        #: Why everything is computed; None: only the customers whose events changed are.
        self.rebuilt_because: str | None = None
        self._touched: Touched | None = None
        self._started = time.monotonic()
        self._wait = wait
        self._lock: RunLock | None = None
        self._con: duckdb.DuckDBPyConnection | None = None
        self._failed_checks: list[CheckResult] = []
        self._counts: dict[str, int] = {}
        self._tables: Builder | None = None

    @classmethod
    def open(
        cls,
        config: Config,
        *,
        as_of: datetime | None = None,
        full_refresh: bool = False,
        clock: datetime | None = None,
        wait: float = 0.0,
        log: Log = lambda _: None,
    ) -> Run:
        """Prepare a run; entering it takes the lock and opens the working database.

        Args:
            config: The configuration.
            as_of: The analytical moment; default: the earlier of the clock and the newest accepted event.
            full_refresh: Read every file again and forget files that are gone.
            clock: The run's clock; default: now. A naive time is UTC.
            wait: Seconds to wait for another run on the same warehouse.
            log: Takes messages for people.
        """
        return cls(
            config, as_of=_utc(as_of), full_refresh=full_refresh, clock=_utc(clock) or _now(), wait=wait, log=log
        )

    # -- lifetime -----------------------------------------------------------------------------------------------------

    def __enter__(self) -> Run:
        state = self.config.state_folder
        with plain_errors(self.config.warehouse_folder):
            state.mkdir(parents=True, exist_ok=True)
        self._lock = RunLock(state)
        with plain_errors(self.config.warehouse_folder):
            self._lock.acquire(self._wait)
        try:
            with plain_errors(self.config.warehouse_folder):
                self._open_databases()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _open_databases(self) -> None:
        self._remove_leftovers()
        resources = self.config.resources
        self._con = connect(memory=resources.memory, threads=resources.threads, temp=self.temp)
        if resources.memory is not None:
            self.limit = f"{share_of_memory(self.memory)}B"
            self._con.execute("SET memory_limit = ?", [self.limit])
        self._con.execute("ATTACH ':memory:' AS work; USE work.main")
        self.rebuilt_because = "asked for" if self.full_refresh else self.kept.refusal()
        goes_on = self.rebuilt_because is None
        if goes_on:
            shutil.copyfile(self.published, self.fresh)
        self._con.execute(f"ATTACH {quote_text(str(self.fresh))} AS pub")
        if self.kept.is_on:
            self.kept.attach(self._con, copied=goes_on)
        else:
            self.kept.forget()
        self._tables = Builder(self._con, self.config, self.kept, self.limit, self.log)
        self.tables.look_in()
        if goes_on:
            self.tables.drop_tables("pub", but=published_by_customer())
        # Joins run as the models write them, the right side as the hash table. The optimizer's guesses of filtered
        # Parquet rows are off by a factor of 100 here, and one build on the wrong side cost more than the whole sort.
        self._con.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        # One text compression gives the same size as all; trying each costs a tenth of writing events (measured).
        self._con.execute("SET disabled_compression_methods = 'fsst,zstd,dictionary'")
        apply_settings(self._con, self.config, run_id=self.run_id, clock=self.started_at, as_of=self.asked_as_of)
        if goes_on:
            self._con.execute(f"INSERT INTO known_kinds FROM {KEPT}.main.kept_kinds")
            self._con.execute(f"INSERT INTO known_names FROM {KEPT}.main.kept_names")

    def _remove_leftovers(self) -> None:
        """Nothing of a killed run is needed: both databases are made anew, and what it spilled is nobody's."""
        for pattern in ("next.duckdb*", "kept.next.duckdb*"):
            for path in self.config.state_folder.glob(pattern):
                path.unlink()
        shutil.rmtree(self.config.state_folder / "tmp", ignore_errors=True)

    def _close(self) -> None:
        if self._con is not None:
            with suppress(duckdb.Error):
                self._con.close()
            self._con = self._tables = None
            with suppress(OSError):
                self._remove_leftovers()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @property
    def temp(self) -> Path:
        """The folder to spill into."""
        own = self.config.resources.temp
        return self.config.folder / own if own else self.config.state_folder / "tmp"

    @property
    def memory(self) -> int:
        """The memory limit in bytes; beyond it the models spill."""
        return memory_limit(self.con)

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The connection to the working database."""
        if self._con is None:
            raise RuntimeError("the run is not open")
        return self._con

    @property
    def tables(self) -> Builder:
        """Who makes the tables of models."""
        if self._tables is None:
            raise RuntimeError("the run is not open")
        return self._tables

    # -- work ---------------------------------------------------------------------------------------------------------

    def execute(self, name: str) -> StepResult:
        """Run one step.

        Raises:
            CheckFailed: If it is the publishing step and a check has failed before.
            JourneyError: If it fails for a reason the user can act on.
        """
        begun = time.monotonic()
        with plain_errors(self.config.warehouse_folder):
            if name == PUBLISH and self._failed_checks:
                raise CheckFailed([failed_check(c) for c in self._failed_checks])
            model = load_models().get(name)
            if model is not None:
                self.tables.build(model)
            else:
                from journey_analytics.engine.steps import PYTHON

                PYTHON[name](self)
            rows, columns = (None, []) if name in (PUBLISH, REPORT) else self.tables.describe(name)
            self.tables.let_go(name)
        if rows is not None:
            self._counts[name] = rows
        return StepResult(name, rows, time.monotonic() - begun, columns)

    def check(self, name: str) -> CheckResult:
        """Run one check; a failed one keeps the run from publishing."""
        check = next(c for step in load_steps() for c in step.checks if c.name == name)
        with plain_errors(self.config.warehouse_folder):
            result = self._run_check(check)
            self.tables.let_go(f"check {name}")
        if not result.passed:
            self._failed_checks.append(result)
        return result

    def run_all(self) -> RunSummary:
        """Walk all steps and checks in order, without an orchestrator.

        Raises:
            CheckFailed: If a check fails; nothing is published.
        """
        for step in load_steps():
            self.execute(step.name)
            for check in step.checks:
                self.check(check.name)
        return self.summary()

    def summary(self) -> RunSummary:
        """What the run read and made; complete once it has published."""
        count = self._counts.get
        return RunSummary(
            run_id=self.run_id,
            rows=count("rows", 0),
            accepted=count("accepted", 0),
            duplicate=count("duplicate", 0),
            rejected=count("rejected", 0),
            ignored=count("ignored", 0),
            events=count("events", 0),
            customers=count("customers", 0),
            sessions=count("sessions", 0),
            journeys=count("journeys", 0),
            stage_visits=count("stage_visits", 0),
            seconds=time.monotonic() - self._started,
            warehouse=self.published,
            report=self.report,
            warnings=self.warnings,
            recomputed=self.recomputed,
            rebuilt_because=self.rebuilt_because,
        )

    @property
    def is_partial(self) -> bool:
        """Whether only some customers are computed again; known once `touched_customers` is."""
        return bool(self._tables and self._tables.shifts)

    @property
    def recomputed(self) -> int | None:
        """How many customers are computed again; None: all."""
        return self._touched.touched if self.is_partial and self._touched else None

    def rebuild(self, reason: str) -> None:
        """Give up what is kept: everything is computed, because of this."""
        self.rebuilt_because = reason
        self.kept.recomputed, self.kept.unfilled = 0, {}
        self.tables.drop_tables(KEPT)
        for table in published_by_customer():
            self.con.execute(f"DROP TABLE IF EXISTS pub.main.{quote_name(table)}")

    def choose_customers(self) -> None:
        """Make `touched_customers`, and decide whether only they are computed again."""
        self.con.execute("CREATE TABLE touched_customers (ck INTEGER)")
        if self.rebuilt_because is None:
            self._touched = find_touched(self.con)
            if self._touched is None:
                self.rebuild("customers bear other numbers than before")
            elif self._touched.touched_events > self.config.incremental * self._touched.events:
                share = self._touched.touched_events / self._touched.events
                self.rebuild(f"customers with {share:.0%} of all events are touched")
            else:
                self.tables.shifts = bases(self.con)
                self.kept.recomputed += self._touched.touched_events
                prepare_delta(self.con)
                with self.tables.in_delta(True):
                    for name in OF_ROWS:
                        kind = "TABLE" if name == OF_ROWS[-1] else "VIEW"
                        sql = self.tables.form(load_models()[name])[0]
                        self.con.execute(f"CREATE {kind} {DELTA}.main.{name} AS\n{sql}")
            if not self.is_partial:
                self.con.execute("DROP TABLE IF EXISTS told_rows; DELETE FROM touched_customers")
        if self.kept.is_on:
            self.kept.remember_inputs(self.con)
        self.log(self.told())

    def told(self) -> str:
        """What is computed, in one line."""
        if self._touched is not None and self.is_partial:
            return f"incremental: {self._touched.touched:,} of {self._touched.customers:,} customers are computed again"
        return f"full rebuild: {self.rebuilt_because}"

    def count(self, name: str, value: int) -> None:
        """Remember a figure for the summary."""
        self._counts[name] = value

    def prepare_publishing(self) -> None:
        """Comment and close the fresh database, so that its file is complete."""
        tables = [s.name for s in load_steps() if s.published]
        write_comments(self.con, "pub", tables)
        self.con.execute("CHECKPOINT pub")
        self.con.execute("SET search_path = 'work.main'")
        self.con.execute("DETACH pub")

    def _run_check(self, check: Check) -> CheckResult:
        with self.tables.in_delta(self.is_partial and is_of_delta(check.name)):
            return self._checked(check)

    def _checked(self, check: Check) -> CheckResult:
        relation = self.con.execute(f"SELECT *, count(*) OVER () AS violations__ FROM (\n{check.sql}\n) LIMIT 5")
        names = [d[0] for d in relation.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
        violations = int(rows[0]["violations__"]) if rows else 0
        sample = [{k: v for k, v in row.items() if k != "violations__"} for row in rows]
        return CheckResult(check.name, violations == 0, violations, sample)


def config_hash(config: Config) -> str:
    """A short hash of everything that the configuration says."""
    return hashlib.sha256(config.model_dump_json(exclude={"path"}).encode()).hexdigest()[:16]


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _utc(moment: datetime | None) -> datetime | None:
    """Naive UTC, as the database stores times."""
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)
