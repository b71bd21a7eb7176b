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
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import uuid4

import duckdb

from journey_analytics.config.model import Config
from journey_analytics.engine.duck import connect, memory_limit, one_thread, quote_name, quote_text, sharing_memory
from journey_analytics.engine.graph import PUBLISH, REPORT, load_steps
from journey_analytics.engine.kept import DELTA, KEPT, Kept, bases, is_of_delta, keep_rows, kept_models
from journey_analytics.engine.lifetime import Lifetimes
from journey_analytics.engine.lock import RunLock
from journey_analytics.engine.models import Check, Model, load_models
from journey_analytics.engine.parts import PARTS, write_parts
from journey_analytics.engine.publish import comment_of, write_comments
from journey_analytics.engine.recompute import OF_ROWS, Touched, find_touched, prepare_delta, published_by_customer
from journey_analytics.engine.settings import apply_settings
from journey_analytics.engine.tables import append_rows, write_table
from journey_analytics.engine.unfilled import unfilled_columns
from journey_analytics.errors import CheckFailed, JourneyError, Problem
from journey_analytics.ingest.staged import Staged

Log = Callable[[str], None]


@dataclass(frozen=True)
class StepResult:
    """What a step did.

    Attributes:
        step: Its name.
        rows: Rows of its table; None where it makes none.
        seconds: Wall time.
        columns: (name, type, comment) of its table.
    """

    step: str
    rows: int | None
    seconds: float
    columns: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class CheckResult:
    """What a check found: the number of violations and the first few."""

    check: str
    passed: bool
    violations: int
    sample: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class RunSummary:
    """What a run read and made."""

    run_id: str
    rows: int
    accepted: int
    duplicate: int
    rejected: int
    ignored: int
    events: int
    customers: int
    sessions: int
    journeys: int
    stage_visits: int
    seconds: float
    warehouse: Path
    report: Path | None
    warnings: list[str]
    recomputed: int | None = None  # customers; None: all, and `rebuilt_because` says why
    rebuilt_because: str | None = None


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
        self._shifts: dict[str, int] = {}
        self._homes: dict[str, str] = {}
        self._started = time.monotonic()
        self._wait = wait
        self._lock: RunLock | None = None
        self._con: duckdb.DuckDBPyConnection | None = None
        self._failed_checks: list[CheckResult] = []
        self._counts: dict[str, int] = {}
        self._lifetimes = Lifetimes(load_steps())
        self._forms: dict[str, tuple[str, bool]] = {}

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
        with _plain_errors(self):
            state.mkdir(parents=True, exist_ok=True)
        self._lock = RunLock(state)
        with _plain_errors(self):
            self._lock.acquire(self._wait)
        try:
            with _plain_errors(self):
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
            # what DuckDB does not count grows with the limit: with 4 GB the process held 4.8
            self.limit = f"{self.memory * 15 // 16}B"
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
        self._look_in()
        if goes_on:
            self._drop_tables("pub", but=published_by_customer())
        # Joins run as the models write them, the right side as the hash table. The optimizer's guesses of filtered
        # Parquet rows are off by a factor of 100 here, and one build on the wrong side cost more than the whole sort.
        self._con.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        # One text compression gives the same size as all; trying each costs a tenth of writing events (measured).
        self._con.execute("SET disabled_compression_methods = 'fsst,zstd,dictionary'")
        apply_settings(self._con, self.config, run_id=self.run_id, clock=self.started_at, as_of=self.asked_as_of)
        if goes_on:
            self._con.execute(f"INSERT INTO known_kinds FROM {KEPT}.main.kept_kinds")
            self._con.execute(f"INSERT INTO known_names FROM {KEPT}.main.kept_names")

    def _look_in(self, *first: str) -> None:
        """Where names are looked up."""
        catalogs = [*first, "work", *([KEPT] if self.kept.is_on else []), "pub"]
        self.con.execute(f"SET search_path = '{','.join(f'{catalog}.main' for catalog in catalogs)}'")

    @contextmanager
    def _in_delta(self, applies: bool) -> Iterator[None]:
        """Let names be those of the customers computed again."""
        if applies:
            self._look_in(DELTA)
        try:
            yield
        finally:
            if applies:
                self._look_in()

    def _drop_tables(self, catalog: str, but: Collection[str] = ()) -> None:
        found = self.con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [catalog]).fetchall()
        self.con.execute("BEGIN")
        for (table,) in found:
            if table not in but:
                self.con.execute(f"DROP TABLE {catalog}.main.{quote_name(table)}")
        self.con.execute("COMMIT")

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
            self._con = None
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

    # -- work ---------------------------------------------------------------------------------------------------------

    def execute(self, name: str) -> StepResult:
        """Run one step.

        Raises:
            CheckFailed: If it is the publishing step and a check has failed before.
            JourneyError: If it fails for a reason the user can act on.
        """
        begun = time.monotonic()
        with _plain_errors(self):
            if name == PUBLISH and self._failed_checks:
                raise CheckFailed([_as_problem(c) for c in self._failed_checks])
            model = load_models().get(name)
            if model is not None:
                self._build(model)
            else:
                from journey_analytics.engine.steps import PYTHON

                PYTHON[name](self)
            rows, columns = (None, []) if name in (PUBLISH, REPORT) else self._describe(name, count=True)
            self._let_go(name)
        if rows is not None:
            self._counts[name] = rows
        return StepResult(name, rows, time.monotonic() - begun, columns)

    def check(self, name: str) -> CheckResult:
        """Run one check; a failed one keeps the run from publishing."""
        check = next(c for step in load_steps() for c in step.checks if c.name == name)
        with _plain_errors(self):
            result = self._run_check(check)
            self._let_go(f"check {name}")
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
        return bool(self._shifts)

    @property
    def recomputed(self) -> int | None:
        """How many customers are computed again; None: all."""
        return self._touched.touched if self.is_partial and self._touched else None

    def rebuild(self, reason: str) -> None:
        """Give up what is kept: everything is computed, because of this."""
        self.rebuilt_because = reason
        self.kept.recomputed, self.kept.unfilled = 0, {}
        self._drop_tables(KEPT)
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
                self._shifts = bases(self.con)
                self.kept.recomputed += self._touched.touched_events
                prepare_delta(self.con)
                with self._in_delta(True):
                    for name in OF_ROWS:
                        kind = "TABLE" if name == OF_ROWS[-1] else "VIEW"
                        sql = self._form(load_models()[name])[0]
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

    def _build(self, model: Model) -> None:
        is_delta = model.by_customer and self.is_partial
        catalog = self._catalog(model)
        target = f"{catalog}.main.{quote_name(model.name)}"
        with self._in_delta(is_delta):
            sql, is_view = self._form(model)
            if is_view:
                self.con.execute(f"CREATE VIEW {target} AS\n{sql}")
            else:
                try:
                    self._write(model, target, sql)
                except duckdb.OutOfMemoryException:
                    self._write_sparingly(model, target, sql)
        if is_delta and model.is_published:
            self._replace_rows(model.name)
        elif is_delta and model.name in kept_models():
            keep_rows(self.con, model.name, self._shifts)
        self._homes[model.name] = catalog
        self._lifetimes.made(model.name, is_view=is_view)

    def _catalog(self, model: Model) -> str:
        """Where the table of a model is made."""
        if model.by_customer and self.is_partial:
            return DELTA
        if model.is_published:
            return "pub"
        return KEPT if self.kept.is_on and model.name in kept_models() else "work"

    def _replace_rows(self, table: str) -> None:
        """Put the rows of the customers computed again into a published table; their old ones are gone already."""
        before = self.kept.unfilled.get(table, [])
        self.kept.unfilled[table] = append_rows(self.con, f"{DELTA}.main.{quote_name(table)}", table, before)
        self.con.execute(f"DROP TABLE {DELTA}.main.{quote_name(table)}")

    def _write(self, model: Model, target: str, sql: str, parts: int = 1) -> None:
        if not model.is_large:
            # In memory nothing is compressed, and of a short table it does not matter: planning each SELECT twice was a
            # tenth of a run on few rows.
            if parts == 1:
                self.con.execute(f"CREATE TABLE {target} AS\n{sql}")
            else:
                write_parts(self.con, target, sql, tables=model.reads, key=model.part_key, parts=parts)
            return
        # What is being compressed for the file is not counted in the limit: a tenth of it at ten million events.
        with sharing_memory(self.con, self.memory // 8, self.limit):
            if self.is_partial and model.by_customer:
                unfilled = set()  # what is empty for some customers need not be for all
            else:
                unfilled = unfilled_columns(self.con, sql)
                if model.by_customer:
                    self.kept.unfilled[model.name] = sorted(unfilled)
            if parts == 1:
                write_table(self.con, target, sql, unfilled=unfilled)
            else:
                write_parts(
                    self.con, target, sql, tables=model.reads, key=model.part_key, parts=parts, unfilled=unfilled
                )

    def _write_sparingly(self, model: Model, target: str, sql: str) -> None:
        """On one thread, as every thread holds buffers that can't be spilled; in parts where the model has a key."""
        tries = PARTS if model.part_key else (1,)
        for parts in tries:
            self.con.execute(f"DROP TABLE IF EXISTS {target}")
            how = f" in {parts} parts" if parts > 1 else ""
            self.log(f"{model.name}: out of memory, tried again on one thread{how}")
            with one_thread(self.con):
                try:
                    self._write(model, target, sql, parts)
                except duckdb.OutOfMemoryException:
                    if parts == tries[-1]:
                        raise
                else:
                    return

    def _let_go(self, reader: str) -> None:
        """Drop the working tables that this reader was the last to need: beyond the memory limit they would spill."""
        for table in self._lifetimes.read(reader):
            home = self._homes.get(table, "work")
            if home != KEPT:
                self.con.execute(f"DROP TABLE {home}.main.{quote_name(table)}")

    def _form(self, model: Model) -> tuple[str, bool]:
        """The form of the model that this run needs: (SQL, is a view)."""
        if model.name not in self._forms:
            self._forms[model.name] = self._choose_form(model)
        return self._forms[model.name]

    def _choose_form(self, model: Model) -> tuple[str, bool]:
        needed = {
            "untied": lambda: self._is_empty("tied_events"),
            "unshared": lambda: not self._holds("SELECT 1 FROM identifier_customers WHERE is_shared LIMIT 1"),
            "unaided": lambda: self._is_empty("machine_events"),
            "plain": lambda: self._is_empty("sequence_evidence"),
            "switched": self._sessions_are_switched,
        }
        for name, form in model.variants.items():
            if needed[name]():
                return form
        return model.sql, model.is_view

    def _is_empty(self, table: str) -> bool:
        return not self._holds(f"SELECT 1 FROM {quote_name(table)} LIMIT 1")

    def _holds(self, query: str) -> bool:
        return bool(self.con.execute(query).fetchall())

    def _sessions_are_switched(self) -> bool:
        """Whether sessions need the general form: a switch is on, or a source brings its own session key."""
        s = self.config.sessions
        if s.by == "device" or s.midnight or s.campaign:
            return True
        return self._holds("SELECT 1 FROM staged_rows WHERE session_key IS NOT NULL LIMIT 1")

    def _describe(self, name: str, *, count: bool) -> tuple[int | None, list[tuple[str, str, str]]]:
        with self._in_delta(self._homes.get(name) == DELTA and not self._stands_elsewhere(name)):
            return self._described(name, count=count)

    def _stands_elsewhere(self, name: str) -> bool:
        """Whether the rows of all customers stand in another catalog than those computed again."""
        return name in kept_models() or load_models()[name].is_published

    def _described(self, name: str, *, count: bool) -> tuple[int | None, list[tuple[str, str, str]]]:
        try:
            found = self.con.execute(f"DESCRIBE {quote_name(name)}").fetchall()  # duckdb_columns() walks every table
        except duckdb.CatalogException:  # a step that makes no table of its name
            found = []
        columns = [(column, kind, comment_of(name, column)) for column, kind, *_ in found]
        model = load_models().get(name)
        if not found or not count or (model and self._form(model)[1]) or name == "staged_rows":
            return None, columns
        return int(self.con.execute(f"SELECT count(*) FROM {quote_name(name)}").fetchall()[0][0]), columns

    def _run_check(self, check: Check) -> CheckResult:
        with self._in_delta(self.is_partial and is_of_delta(check.name)):
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


def _as_problem(result: CheckResult) -> Problem:
    example = f", for example {result.sample[0]}" if result.sample else ""
    return Problem(
        f"check {result.check} failed: {result.violations} violation(s){example}",
        remedy="Nothing was published; the last published warehouse stands. Report this with the check's name.",
    )


class _plain_errors:
    """Turns the machine's refusals (disk full, memory, a locked file) into messages with a remedy."""

    def __init__(self, run: Run) -> None:
        self._folder = run.config.warehouse_folder

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, JourneyError) or error is None:
            return
        problem = machine_problem(error, self._folder)
        if problem is not None:
            raise JourneyError(problem) from error


def machine_problem(error: BaseException, folder: Path) -> Problem | None:
    """The message for an error that the machine caused; None if it is ours."""
    text = str(error)
    if "No space left" in text or "disk full" in text.lower() or "disk is full" in text or "File too large" in text:
        return Problem(
            f"the disk is full: {text.splitlines()[0]}",
            file=str(folder),
            remedy="Free space and run again; the last published warehouse stands.",
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return Problem(
            f"out of memory: {text.splitlines()[0]}",
            key="resources.memory",
            remedy="Raise resources.memory, or point resources.temp at a disk with room to spill.",
        )
    if isinstance(error, PermissionError):
        return Problem(
            f"no permission: {error.filename2 or error.filename}",  # the second is where a file was to be moved
            remedy="Give the user that runs `journey` access to it and its folder, then run again.",
        )
    if isinstance(error, (NotADirectoryError, FileExistsError)):
        remedy = "Something that is no folder stands in the way: move it, or name another `warehouse`."
        return Problem(f"is no folder that could be used: {error.filename}", file=str(folder), remedy=remedy)
    if isinstance(error, IsADirectoryError):
        remedy = "A folder stands where a file belongs: move it away, then run again."
        return Problem(f"is a folder: {error.filename2 or error.filename}", file=str(folder), remedy=remedy)
    staged = str(folder / ".state" / "staged")
    if isinstance(error, duckdb.Error) and staged in text:
        return Problem(
            f"a staged file is damaged: {text.splitlines()[0]}",
            file=staged,
            remedy="Read the inputs again: journey run --full-refresh.",
        )
    if isinstance(error, duckdb.IOException) and "lock" in text.lower():
        return Problem(
            f"a database file is held by another process: {text.splitlines()[0]}",
            remedy="Close that process; open the published file read-only.",
        )
    if isinstance(error, (duckdb.IOException, OSError)):
        return Problem(f"could not read or write: {text.splitlines()[0]}", file=str(folder), remedy="See the message.")
    return None
