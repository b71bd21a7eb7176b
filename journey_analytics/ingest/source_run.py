"""The staging of one source: which of its files to read again, its lookups, what vanished or moved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from journey_analytics.config.model import Config, Source
from journey_analytics.engine.duck import connect, quote_name
from journey_analytics.errors import JourneyError, Problem
from journey_analytics.ingest import readers
from journey_analytics.ingest.database import read_database
from journey_analytics.ingest.folders import with_folders
from journey_analytics.ingest.inputs import Input, fingerprint
from journey_analytics.ingest.lookups import LookupTable, RawTable, build_lookup
from journey_analytics.ingest.mapping import MAPPING_VERSION
from journey_analytics.ingest.plan import Plan, file_options, plan_for
from journey_analytics.ingest.readers.model import RawFile, read_errors
from journey_analytics.ingest.rows import expanded
from journey_analytics.ingest.snapshots.series import Member, Series
from journey_analytics.ingest.stage_file import stage_file
from journey_analytics.ingest.staged import StagedFile
from journey_analytics.ingest.store import Store, file_key


@dataclass
class SourceRun:
    """One source's turn in a run. Use it as a context manager, call `stage`, then read the results."""

    config: Config
    source: Source
    plans: list[Plan]
    store: Store
    future_after: datetime
    full_refresh: bool
    log: Callable[[str], None]
    files: list[StagedFile] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failures: list[JourneyError] = field(default_factory=list)
    read: int = 0
    _con: duckdb.DuckDBPyConnection | None = None
    _prints: dict[str, str] = field(default_factory=dict)
    _tables: dict[tuple[str, int], LookupTable | None] = field(default_factory=dict)

    def __enter__(self) -> SourceRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def stage(self, inputs: list[Input]) -> None:
        """Bring the staged files of the source up to date with its inputs."""
        matched = [(item, plan_for(item.base, self.plans)) for item in inputs]
        new: set[str] = set()
        for choice in self.plans:
            if choice.snapshot is not None:
                try:
                    self._compare(choice, matched, new)
                except JourneyError as error:
                    self.failures.append(error)
        for item, plan in matched:
            if plan is not None and plan.snapshot is not None:
                continue
            try:
                staged = self._one(item, plan, matched)
            except JourneyError as error:
                self.failures.append(error)
                continue
            self._save(staged, new)
        if not self.failures:
            self._settle_vanished({item.name for item in inputs}, new)
        self.files.sort(key=lambda staged: staged.file)

    def _save(self, staged: StagedFile, new: set[str]) -> None:
        """Keep a staged file; the fingerprint of one that was not there before joins `new`."""
        if self.store.get(staged.file_key) is None:
            new.add(staged.fingerprint)
        try:
            self.store.save(staged)
        except OSError as error:
            remedy = "Free space on the disk of the warehouse and check its permissions, then run again."
            problem = Problem(f"can't be written: {error.strerror or error}", str(self.store.folder), remedy=remedy)
            raise JourneyError(problem) from error
        self.files.append(staged)

    def _compare(self, plan: Plan, matched: list[tuple[Input, Plan | None]], new: set[str]) -> None:
        """Stage the snapshots of one stream: each is compared with the one before, so they go in the order of time."""
        items = [item for item, other in matched if other is not None and other.stream == plan.stream]
        if any(item.query is not None for item in items):
            self._close()  # reading a database switches the connection to its names
        members = [self._member(item, plan, matched) for item in items] + self._gone(plan, matched)
        series = Series(plan, members, self._connection, lambda item: self._raw(self._connection(), item, plan))
        for turn in series.turns():
            item, known = turn.member.item, turn.member.known
            assert item is not None
            stat = item.path.stat()
            if turn.again is None and known is not None:
                staged = replace(known, size=stat.st_size, mtime_ns=stat.st_mtime_ns, snapshot=turn.facts)
            else:
                assert turn.again is not None
                fresh = StagedFile(
                    file_key=file_key(self.source.name, item.name),
                    source=self.source.name,
                    file=item.name,
                    role=plan.role,
                    fingerprint=turn.member.fingerprint,
                    size=stat.st_size,
                    mtime_ns=stat.st_mtime_ns,
                    mapping=turn.mapping,
                    rows=0,
                    snapshot=turn.facts,
                )
                raw = turn.again()
                self.read += 1
                lookups = [self._lookup(plan, n, matched) for n in range(len(plan.lookups))]
                staged = self._stage(item, replace(plan, rows=()), raw, fresh, lookups)
                staged = replace(staged, flags=[*staged.flags, *turn.flags])
                series.staged()
                if item.query is None:
                    self.store.empty_work()
            self._save(staged, new)
        self.warnings += series.warnings
        if any(item.query is not None for item in items):
            self._close()

    def _member(self, item: Input, plan: Plan, matched: list[tuple[Input, Plan | None]]) -> Member:
        with read_errors(item.path):
            mtime_ns = item.path.stat().st_mtime_ns
            item.path.open("rb").close()
        base, print_ = self._mapping_hash(item, plan, matched), self._print(item)
        known = None if self.full_refresh else self.store.get(file_key(self.source.name, item.name))
        is_same = known is not None and known.fingerprint == print_ and known.snapshot.get("base") == base
        return Member(item.name, item, known, print_, base, mtime_ns, is_same)

    def _gone(self, plan: Plan, matched: list[tuple[Input, Plan | None]]) -> list[Member]:
        """Snapshots whose file is gone: what they were compared with still stands."""
        names = {item.name for item, _ in matched}
        prints = {self._print(item) for item, _ in matched}
        found = []
        for staged in [] if self.full_refresh or self.source.database else self.store.of_source(self.source.name):
            other = plan_for(Path(staged.file).name, self.plans)
            if (
                staged.snapshot
                and staged.file not in names
                and staged.fingerprint not in prints
                and not (self.config.folder / staged.file).exists()
                and other is not None
                and other.stream == plan.stream
            ):
                base = str(staged.snapshot.get("base"))
                found.append(Member(staged.file, None, staged, staged.fingerprint, base, staged.mtime_ns, True))
        return found

    def _one(self, item: Input, plan: Plan | None, matched: list[tuple[Input, Plan | None]]) -> StagedFile:
        """The staged form of one input: what is there already if nothing changed, else read anew."""
        key = file_key(self.source.name, item.name)
        if plan is None:
            self.warnings.append(
                f"{self.source.name}: {item.name} is no table that {self.source.connector!r} knows; "
                "its rows are ignored"
            )
            plan = replace(self.plans[0], stream="unknown", role="lookup", lookups=[], columns={}, identifiers={})
        with read_errors(item.path):
            stat = item.path.stat()
            item.path.open("rb").close()  # permission may be gone since: a silent reuse would hide it
        mapping = self._mapping_hash(item, plan, matched)
        known = None if self.full_refresh else self.store.get(key)
        if known is not None and known.mapping == mapping:
            if (known.size, known.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
                return known
            if self._print(item) == known.fingerprint:
                return replace(known, size=stat.st_size, mtime_ns=stat.st_mtime_ns)
        print_ = self._print(item)
        staged = StagedFile(
            file_key=key,
            source=self.source.name,
            file=item.name,
            role=plan.role,
            fingerprint=print_,
            size=stat.st_size,
            mtime_ns=stat.st_mtime_ns,
            mapping=mapping,
            rows=0,
        )
        return self._read(item, plan, staged, matched)

    def _read(
        self, item: Input, plan: Plan, staged: StagedFile, matched: list[tuple[Input, Plan | None]]
    ) -> StagedFile:
        if item.query is not None:
            self._close()  # reading a database switches the connection to its names
        con = self._connection()
        lookups = [] if plan.role == "lookup" else [self._lookup(plan, n, matched) for n in range(len(plan.lookups))]
        raw = self._raw(con, item, plan)
        self.read += 1
        if plan.role == "lookup":
            done = replace(staged, rows=raw.rows, flags=list(raw.flags), dedupe="none")
        else:
            return self._settled(item, self._stage(item, plan, raw, staged, lookups))
        self.log(f"{self.source.name}: {item.name}: {done.rows:,} rows")
        return self._settled(item, done)

    def _settled(self, item: Input, done: StagedFile) -> StagedFile:
        """A file was read: its connection and copies go."""
        if item.query is not None:
            self._close()
        self.store.empty_work()
        return done

    def _stage(
        self, item: Input, plan: Plan, raw: RawFile, staged: StagedFile, lookups: list[LookupTable | None]
    ) -> StagedFile:
        """Write a file's Parquet file under its temporary name."""
        outcome = stage_file(
            self._connection(),
            plan,
            raw,
            self.store.temp_parquet(staged.file_key),
            name=item.name,
            identity=self.config.identity,
            lookups=lookups,
            future_after=self.future_after,
        )
        parquet = self.store.parquet_name(staged.file_key, staged.fingerprint, staged.mapping)
        self.log(f"{self.source.name}: {item.name}: {outcome.rows:,} rows")
        return replace(staged, rows=outcome.rows, flags=outcome.flags, dedupe=outcome.dedupe, parquet=parquet)

    def _raw(self, con: duckdb.DuckDBPyConnection, item: Input, plan: Plan) -> RawFile:
        if item.query is not None:
            return read_database(con, item.path, item.query)
        raw = readers.read_file(con, item.path, file_options(plan, self.store.work))
        return with_folders(con, raw, item.name, plan)

    def _lookup(self, plan: Plan, number: int, matched: list[tuple[Input, Plan | None]]) -> LookupTable | None:
        """The table of one of a plan's lookups, built when first needed."""
        key = (plan.stream, number)
        if key not in self._tables:
            con, lookup = self._connection(), plan.lookups[number]
            tables = []
            for item, other in matched:
                if other is not None and other.stream == lookup.stream:
                    raw = self._raw(con, item, other)
                    relation = quote_name(raw.relation)
                    if raw.is_json and other.rows:
                        relation = f"({expanded(relation, raw.line_column, other.rows, renumber=False)})"
                    tables.append(RawTable(relation, raw.columns, raw.is_json))
            self._tables[key] = build_lookup(con, f"lookup_{len(self._tables)}", lookup, tables)
        return self._tables[key]

    def _settle_vanished(self, names: set[str], new: set[str]) -> None:
        """Keep the staged form of files that are gone, unless they only moved or everything is read again."""
        kept: list[str] = []
        for staged in self.store.of_source(self.source.name):
            if staged.file in names:
                continue
            is_moved = staged.fingerprint in new
            # A file that is still there, or a query, was taken out of the configuration on purpose.
            is_taken_out = self.source.database is not None or (self.config.folder / staged.file).exists()
            if self.full_refresh or is_moved or is_taken_out:
                self.store.remove(staged)
                why = "was moved" if is_moved else "is no longer configured" if is_taken_out else "is gone"
                self.log(f"{self.source.name}: {staged.file} {why}")
                continue
            self.files.append(staged)
            kept.append(staged.file)
        if kept:
            shown = ", ".join(kept[:5]) + (f" and {len(kept) - 5} more" if len(kept) > 5 else "")
            self.warnings.append(
                f"{self.source.name}: no longer there, what was read of them is kept until a full refresh: {shown}"
            )

    def _mapping_hash(self, item: Input, plan: Plan, matched: list[tuple[Input, Plan | None]]) -> str:
        """A hash of all that decides how the input's rows are read, lookups' contents included."""
        looked = {lookup.stream for lookup in plan.lookups}
        contents = sorted(self._print(i) for i, other in matched if other is not None and other.stream in looked)
        identity = self.config.identity
        parts: dict[str, Any] = {
            "version": MAPPING_VERSION,
            "plan": {name: _plain(value) for name, value in vars(plan).items()},
            "identity": [identity.unique, identity.contact, identity.shared, identity.ignore],
            "lookups": contents,
            "query": item.query,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()

    def _print(self, item: Input) -> str:
        """The fingerprint of an input, read once per run and not at all if size and time of change are known."""
        if item.name not in self._prints:
            known = None if self.full_refresh else self.store.get(file_key(self.source.name, item.name))
            with read_errors(item.path):
                stat = item.path.stat()
            if known is not None and (known.size, known.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
                self._prints[item.name] = known.fingerprint
            else:
                with read_errors(item.path):
                    self._prints[item.name] = fingerprint(item)
        return self._prints[item.name]

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._con is None:
            resources = self.config.resources
            temp = None if resources.temp is None else self.config.folder / resources.temp
            self._con = connect(memory=resources.memory, threads=resources.threads, temp=temp)
            # What parsing a large document took is given back at once, else each thread keeps its own share of it.
            self._con.execute("SET allocator_background_threads = true")
        return self._con

    def _close(self) -> None:
        if self._con is not None:
            self._con.close()
            self._con = None
        self._tables.clear()


def _plain(value: Any) -> Any:
    """Models as plain data, order kept where it means something."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return [[name, _plain(inner)] for name, inner in value.items()]
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value
