"""Makes the tables of models: in which database, in which form, and with how much memory.

Databases are `work` (of the run, thrown away), `pub` (published when every check has passed), `kept` (for the next run)
and `delta` (what is made for the customers that are computed again).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

import duckdb

from journey_analytics.config.model import Config
from journey_analytics.engine.duck import memory_limit, one_thread, quote_name, sharing_memory
from journey_analytics.engine.graph import load_steps
from journey_analytics.engine.kept import DELTA, KEPT, Kept, keep_rows, kept_models
from journey_analytics.engine.lifetime import Lifetimes
from journey_analytics.engine.models import Model, load_models
from journey_analytics.engine.parts import PARTS, write_parts
from journey_analytics.engine.publish import comment_of
from journey_analytics.engine.tables import append_rows, write_table
from journey_analytics.engine.unfilled import unfilled_columns


class Builder:
    """The tables of one run."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, config: Config, kept: Kept, limit: str | None, log: Callable[[str], None]
    ) -> None:
        """Nothing is built yet.

        Args:
            con: The run's connection; `work` and `pub` are attached, and `kept` where a state is left.
            config: The configuration.
            kept: What is left for the next run.
            limit: What DuckDB was given of `resources.memory`.
            log: Takes messages for people.
        """
        self.con = con
        #: How far running numbers of customers computed again are shifted; empty: everybody is computed.
        self.shifts: dict[str, int] = {}
        self._config, self._kept, self._limit, self._log = config, kept, limit, log
        self._homes: dict[str, str] = {}
        self._lifetimes = Lifetimes(load_steps())
        self._forms: dict[str, tuple[str, bool]] = {}

    def look_in(self, *first: str) -> None:
        """Where names are looked up."""
        catalogs = [*first, "work", *([KEPT] if self._kept.is_on else []), "pub"]
        self.con.execute(f"SET search_path = '{','.join(f'{catalog}.main' for catalog in catalogs)}'")

    @contextmanager
    def in_delta(self, applies: bool) -> Iterator[None]:
        """Let names be those of the customers computed again."""
        if applies:
            self.look_in(DELTA)
        try:
            yield
        finally:
            if applies:
                self.look_in()

    def drop_tables(self, catalog: str, but: Collection[str] = ()) -> None:
        """Drop all tables of a database but these."""
        found = self.con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [catalog]).fetchall()
        self.con.execute("BEGIN")
        for (table,) in found:
            if table not in but:
                self.con.execute(f"DROP TABLE {catalog}.main.{quote_name(table)}")
        self.con.execute("COMMIT")

    def build(self, model: Model) -> None:
        """Make the table or view of a model; what it reads is there.

        Raises:
            duckdb.Error: If DuckDB fails; of memory only if nothing that takes less of it helped.
        """
        is_delta = model.by_customer and bool(self.shifts)
        catalog = self._catalog(model)
        target = f"{catalog}.main.{quote_name(model.name)}"
        with self.in_delta(is_delta):
            sql, is_view = self.form(model)
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
            keep_rows(self.con, model.name, self.shifts)
        self._homes[model.name] = catalog
        self._lifetimes.made(model.name, is_view=is_view)

    def _catalog(self, model: Model) -> str:
        """Where the table of a model is made."""
        if model.by_customer and self.shifts:
            return DELTA
        if model.is_published:
            return "pub"
        return KEPT if self._kept.is_on and model.name in kept_models() else "work"

    def _replace_rows(self, table: str) -> None:
        """Put the rows of the customers computed again into a published table; their old ones are gone already."""
        before = self._kept.unfilled.get(table, [])
        self._kept.unfilled[table] = append_rows(self.con, f"{DELTA}.main.{quote_name(table)}", table, before)
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
        with sharing_memory(self.con, memory_limit(self.con) // 8, self._limit):
            if self.shifts and model.by_customer:
                unfilled = set()  # what is empty for some customers need not be for all
            else:
                unfilled = unfilled_columns(self.con, sql)
                if model.by_customer:
                    self._kept.unfilled[model.name] = sorted(unfilled)
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
            self._log(f"{model.name}: out of memory, tried again on one thread{how}")
            with one_thread(self.con):
                try:
                    self._write(model, target, sql, parts)
                except duckdb.OutOfMemoryException:
                    if parts == tries[-1]:
                        raise
                else:
                    return

    def let_go(self, reader: str) -> None:
        """Drop the working tables that this reader was the last to need: beyond the memory limit they would spill."""
        for table in self._lifetimes.read(reader):
            home = self._homes.get(table, "work")
            if home != KEPT:
                self.con.execute(f"DROP TABLE {home}.main.{quote_name(table)}")

    def form(self, model: Model) -> tuple[str, bool]:
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
        s = self._config.sessions
        if s.by == "device" or s.midnight or s.campaign:
            return True
        if s.timeout >= s.max_length:  # a run may go on after a piece that holds nothing but its cut
            return True
        return self._holds("SELECT 1 FROM staged_rows WHERE session_key IS NOT NULL LIMIT 1")

    def describe(self, name: str) -> tuple[int | None, list[tuple[str, str, str]]]:
        """The rows of a table, None where that is not told, and (name, type, comment) of its columns."""
        with self.in_delta(self._homes.get(name) == DELTA and not self._stands_elsewhere(name)):
            return self._described(name)

    def _stands_elsewhere(self, name: str) -> bool:
        """Whether the rows of all customers stand in another catalog than those computed again."""
        return name in kept_models() or load_models()[name].is_published

    def _described(self, name: str) -> tuple[int | None, list[tuple[str, str, str]]]:
        try:
            found = self.con.execute(f"DESCRIBE {quote_name(name)}").fetchall()  # duckdb_columns() walks every table
        except duckdb.CatalogException:  # a step that makes no table of its name
            found = []
        columns = [(column, kind, comment_of(name, column)) for column, kind, *_ in found]
        model = load_models().get(name)
        if not found or (model and self.form(model)[1]) or name == "staged_rows":
            return None, columns
        return int(self.con.execute(f"SELECT count(*) FROM {quote_name(name)}").fetchall()[0][0]), columns
