"""What a run leaves for the next one, so that only customers whose events changed are computed again.

`.state/kept.duckdb` holds the rows, customer by customer, that others count (`kept_models`), and what they were
computed from: numbers of files and kinds, fingerprints of customers. A run works on a copy, which takes its place
after the published file took its own. It names that file, so a state of a killed run is told from the right one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from functools import cache
from importlib.metadata import version
from pathlib import Path

import duckdb

from journey_analytics.config.model import Config
from journey_analytics.engine.duck import connect, quote_name, quote_text
from journey_analytics.engine.graph import PYTHON_STEPS
from journey_analytics.engine.models import check_files, load_models
from journey_analytics.engine.sql_files import sql_folder
from journey_analytics.files import replace_file
from journey_analytics.version import __version__

#: The catalogs of what is kept, and of the customers that are computed again.
KEPT, DELTA = "kept", "delta"

#: What of the configuration changes no row.
_WITHOUT_EFFECT = {"path", "incremental", "resources", "publish"}
_PACKAGES = ("duckdb", "crawler-user-agents", "ua-parser", "ua-parser-builtins", "ua-parser-rs")

#: Running numbers, and the columns that hold them. Those of customers computed again begin behind all that are kept.
NUMBERS: dict[str, tuple[str, ...]] = {
    "pos": ("pos", "first_pos", "last_pos", "events_before"),
    "session_no": ("session_no",),
    "journey_no": ("journey_no", "entry_journey_no", "exit_journey_no"),
    "run_no": ("run_no",),
    "visit_no": ("visit_no",),
}
#: Where the largest number of each is found: (table, expression).
_LARGEST = {
    "pos": ("event_places", "max(pos) + 1"),
    "session_no": ("session_spans", "max(session_no) + max(session_no) % 2"),  # even ones are sessions of apps
    "journey_no": ("journey_spans", "max(journey_no)"),
    "run_no": ("visit_runs", "max(run_no)"),
    "visit_no": ("visits", "max(visit_no)"),
}

_TABLES = """
CREATE OR REPLACE TABLE kept.main.kept_files AS
    SELECT source, file, coalesce(parquet, '') AS parquet, parquet_mtime_ns, file_no FROM config_files;
CREATE OR REPLACE TABLE kept.main.kept_kinds AS
    SELECT kind_hash, kind FROM known_kinds UNION SELECT kind_hash, kind FROM event_kinds;
CREATE OR REPLACE TABLE kept.main.kept_names AS
    SELECT event_name, name_no FROM known_names UNION SELECT event_name, name_no FROM event_kinds;
CREATE OR REPLACE TABLE kept.main.kept_customers AS SELECT ck, customer_id FROM customer_numbers
"""
#: Tables of few rows whose column is published beside an event's own.
BESIDE = {"machine_events": "rules", "numbered_ids": "event_id"}


@cache
def kept_models() -> frozenset[str]:
    """The models that are computed customer by customer and read by others: the rows that a run keeps."""
    models = load_models()
    readers = [m.reads for m in models.values() if not m.by_customer]
    readers += [reads for _, _, reads, _ in PYTHON_STEPS.values()]
    read = {table for reads in readers for table in reads}
    return frozenset(
        {name for name, m in models.items() if m.by_customer and not m.is_published and name in read}
        | {"customer_prints"}
    )


def is_of_delta(check: str) -> bool:
    """Whether a check looks at what is made for the customers computed again only, and not kept."""
    models = load_models()
    return any(
        models[table].by_customer and not models[table].is_published and table not in kept_models()
        for table in check_files()[check][2]
        if table in models
    )


class Kept:
    """The state that the run before left, and the one that this run makes."""

    def __init__(self, config: Config, published: Path, ledger: Path) -> None:
        """Nothing is opened yet.

        Args:
            config: The configuration of this run.
            published: The published file.
            ledger: The identity ledger.
        """
        self._config, self._published, self._ledger = config, published, ledger
        self._path = config.state_folder / "kept.duckdb"
        self._fresh = config.state_folder / "kept.next.duckdb"
        #: Whether this run leaves a state at all.
        self.is_on = config.incremental > 0
        #: Rows of events computed again since all were.
        self.recomputed = 0
        #: Published table -> columns without a value, which are generated ones.
        self.unfilled: dict[str, list[str]] = {}

    def refusal(self) -> str | None:
        """Why nothing of the state before can be used; None: it can."""
        if not self.is_on:
            return "incremental: 0 in the configuration"
        if not (self._path.exists() and self._published.exists() and self._ledger.exists()):
            return "no run before has left its state"
        try:
            with connect(self._path, read_only=True) as con:
                said = json.loads(con.execute("SELECT said FROM kept_run").fetchall()[0][0])
        except (duckdb.Error, IndexError, ValueError):
            return "the kept state can't be read"
        signs = self._signs()
        for key, reason in {
            "versions": "another version of journey-analytics, its models or its engine",
            "config": "the configuration changed",
            "ledger": "the identity ledger is another one",
            "published": "the published file is another one than the kept state belongs to",
        }.items():
            if said.get(key) != signs[key]:
                return reason
        if said["recomputed"] > said["events"]:
            return "as many events were recomputed as there are: numbers have holes, files are scattered"
        self.recomputed, self.unfilled = said["recomputed"], said["unfilled"]
        return None

    def forget(self) -> None:
        """Remove the state of the run before: it is not the published file's any more."""
        self._path.unlink(missing_ok=True)

    def attach(self, con: duckdb.DuckDBPyConnection, *, copied: bool) -> None:
        """Attach the state that this run makes as `kept`: a copy of the one before, or an empty one."""
        if copied:
            shutil.copyfile(self._path, self._fresh)
        con.execute(f"ATTACH {quote_text(str(self._fresh))} AS {KEPT}")

    def files(self, con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str, int], int]:
        """The numbers that files had: by source, file, Parquet file and its time."""
        rows = con.execute(
            f"SELECT source, file, parquet, parquet_mtime_ns, file_no FROM {KEPT}.main.kept_files"
        ).fetchall()
        return {(source, file, parquet, written): number for source, file, parquet, written, number in rows}

    def remember_inputs(self, con: duckdb.DuckDBPyConnection) -> None:
        """Put into the state what its rows are computed from."""
        for statement in _TABLES.split(";"):
            con.execute(statement)
        for table, column in BESIDE.items():
            con.execute(f"CREATE OR REPLACE TABLE {KEPT}.main.kept_{table} AS SELECT rid, {column} FROM {table}")

    def save(self, con: duckdb.DuckDBPyConnection, events: int) -> None:
        """Put the state in place; the published file and the ledger are.

        Args:
            con: The run's connection.
            events: How many events are published.
        """
        said = {**self._signs(), "recomputed": self.recomputed, "events": events, "unfilled": self.unfilled}
        con.execute(f"CREATE OR REPLACE TABLE {KEPT}.main.kept_run AS SELECT ?::VARCHAR AS said", [json.dumps(said)])
        con.execute(f"CHECKPOINT {KEPT}")
        con.execute(f"DETACH {KEPT}")
        replace_file(self._fresh, self._path)

    def _signs(self) -> dict[str, str | list[int]]:
        """What the state holds for: another of these, and it holds no more."""
        shown = self._config.model_dump_json(exclude=_WITHOUT_EFFECT)
        stat = self._published.stat()
        return {
            "versions": _versions(),
            "config": hashlib.sha256(shown.encode()).hexdigest(),
            "ledger": hashlib.sha256(self._ledger.read_bytes()).hexdigest(),
            "published": [stat.st_size, stat.st_mtime_ns],
        }


def bases(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """By running number: how far those of customers computed again are shifted when they are kept."""
    found = {}
    for number, (table, largest) in _LARGEST.items():
        found[number] = int(con.execute(f"SELECT coalesce({largest}, 0) FROM {KEPT}.main.{table}").fetchall()[0][0])
    return found


def keep_rows(con: duckdb.DuckDBPyConnection, table: str, shifts: dict[str, int]) -> None:
    """Add to the kept rows of a table those of the customers computed again."""
    shift = {column: shifts[number] for number, columns in NUMBERS.items() for column in columns}
    shift["place"] = 2 * shifts["pos"]  # of touchpoints: twice a position, or odd right behind it
    names = [name for name, *_ in con.execute(f"DESCRIBE {DELTA}.main.{quote_name(table)}").fetchall()]
    chosen = ", ".join(f"{quote_name(name)} + {shift[name]}" if name in shift else quote_name(name) for name in names)
    listed = ", ".join(quote_name(name) for name in names)
    con.execute(
        f"INSERT INTO {KEPT}.main.{quote_name(table)} ({listed}) SELECT {chosen} FROM {DELTA}.main.{quote_name(table)}"
    )


@cache
def _versions() -> str:
    """Another one of these may judge the same rows otherwise."""
    told = hashlib.sha256(__version__.encode())
    for package in _PACKAGES:
        told.update(f"{package} {_version(package)}".encode())
    for path in sorted(sql_folder().rglob("*.sql")):
        told.update(path.read_bytes())
    return told.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except ImportError:  # PackageNotFoundError
        return ""
