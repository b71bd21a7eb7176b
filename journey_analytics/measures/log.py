"""Any log of events as one relation of a locked DuckDB connection: `customer_id, event_name, occurred_at` and more.

Accepts what analysts have: polars and pandas frames, Arrow tables, DuckDB relations, Parquet and CSV paths. What the
user writes as SQL runs only after the connection has lost its access to files and settings.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from journey_analytics.engine.duck import connect, quote_name, quote_text
from journey_analytics.errors import Problem
from journey_analytics.measures.errors import MeasureError

#: What every log must have.
NEEDED = ("customer_id", "event_name", "occurred_at")
#: Read as text from CSV: `007` and `7` are two customers, and times are parsed here, strictly.
_AS_TEXT = ("customer_id", "event_name", "occurred_at", "event_id", "source", "session_id", "journey_id")
#: The total order of events at one moment, for logs that bear these columns; then event_name, then row order.
TIE_BREAKS = ("source", "sequence", "event_id")
#: A duration under this, in microseconds, says nothing where an end of it stands for a whole day.
DAY_US = 86_400_000_000

_NUMBERS = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "FLOAT", "DOUBLE",
}  # fmt: skip


@dataclass
class Log:
    """A log that is open for questions.

    Attributes:
        con: The connection; closed with the log.
        columns: Column name -> DuckDB type, as the log has them.
        time_sql: SQL of the moment in microseconds since 1970 (UTC).
        is_locked: Whether the connection has given up files and settings.
        position_sql: SQL of an event's place in an order that is decided; None: by time, ties as TIE_BREAKS say.
        whole_day_sql: SQL that is true where the moment stands for a whole day: it then takes no part in durations
            under a day. None: moments are moments.
        known_sql: SQL of the microsecond from which an event is known, where that is another than `time_sql`.
        as_of: The moment of answers that name none, in microseconds; None: the newest event's.
        hashes_differ: Whether no two customers are known to share a hash.
        further: Names that a question may use beside the columns; they stand among them once one does.
    """

    con: duckdb.DuckDBPyConnection
    columns: dict[str, str]
    time_sql: str = ""
    is_locked: bool = False
    position_sql: str | None = None
    whole_day_sql: str | None = None
    known_sql: str | None = None
    as_of: int | None = None
    hashes_differ: bool = False
    further: Sequence[str] = ()
    _kept: list[Any] = field(default_factory=list)

    #: The relation's name inside the connection.
    NAME = "log"

    def __enter__(self) -> Log:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.con.close()

    def row(self, query: str) -> tuple[Any, ...]:
        """The first row of a query; empty where there is none."""
        rows: list[tuple[Any, ...]] = self.con.sql(query).fetchall()
        return rows[0] if rows else ()

    def lock(self) -> None:
        """Read the log into memory where it is a file, then give up access to files and settings for good."""
        if not self.is_locked:
            if self._is_file():
                self.con.execute("CREATE TEMP TABLE log_rows AS FROM log")
                self.con.execute("DROP VIEW log; CREATE TEMP VIEW log AS FROM log_rows")
            self.con.execute("SET python_enable_replacements = false")
            self.con.execute("SET enable_external_access = false; SET lock_configuration = true")
            self.is_locked = True

    def _is_file(self) -> bool:
        return not self._kept

    def where(self, condition: str) -> str:
        """A user's SQL condition as SQL that is true or false, never null.

        Raises:
            MeasureError: If it is no condition over the log's columns.
        """
        self.lock()
        sql = f"({condition}\n)"
        # inside CASE no text can close the parenthesis and go on with a query of its own
        statement = f"SELECT 1 FROM log WHERE CASE WHEN {sql} THEN true END LIMIT 0"
        try:
            if len(self.con.extract_statements(statement)) != 1:
                raise duckdb.ParserException("more than one statement")
            self.con.sql(statement).fetchall()
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            names = ", ".join(dict.fromkeys((*self.columns, *self.further)))
            raise MeasureError(
                Problem(
                    f"{condition!r} is no condition over the log's columns: {first}",
                    remedy=f"Write SQL that is true or false, over: {names}.",
                )
            ) from None
        return f"coalesce({sql}, false)"


@contextmanager
def open_log(events: Any, columns: Sequence[str] = ()) -> Iterator[Log]:
    """Open a log, checking that it is one.

    Args:
        events: A polars or pandas frame, an Arrow table, a DuckDB relation, or the path of Parquet or CSV.
        columns: Further columns that the question needs.

    Yields:
        The log; its connection is closed afterwards.

    Raises:
        MeasureError: If it is none of these, lacks a column, has a null where none may be, or times that are none.
    """
    log = open_table(events, [*NEEDED, *columns], _AS_TEXT)
    with log:
        try:
            log.time_sql = _time_sql(log)
            _refuse_nulls(log)
            yield log
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:  # a damaged file among several, a condition that fails on an event
            wrong = f"the log can't be read to its end: {str(error).splitlines()[0]}"
            remedy = "If a condition converts, write try_cast(… AS …), which is null where it can't."
            raise MeasureError(Problem(wrong, remedy=remedy)) from None


def open_table(table: Any, needed: Sequence[str], as_text: Sequence[str]) -> Log:
    """Open any table as the view `log`; the caller closes it.

    Args:
        table: As for `open_log`.
        needed: Columns that it must have.
        as_text: Columns that are read as text where the file does not say a type (CSV).
    """
    con = connect()
    log = Log(con, {})
    try:
        if isinstance(table, str | os.PathLike):
            con.execute(f"CREATE TEMP VIEW log AS FROM {_file_sql(con, Path(table), as_text)}")
        else:
            arrow = _in_memory(table)
            _refuse_twins(arrow.column_names)
            con.register("log", arrow)
            log._kept.append(arrow)
        described = con.sql("DESCRIBE log").fetchall()
    except duckdb.Error as error:
        con.close()
        raise MeasureError(Problem(f"this can't be read as a table: {str(error).splitlines()[0]}")) from None
    except MeasureError:
        con.close()
        raise
    log.columns = {name: str(kind) for name, kind, *_ in described}
    for column in needed:
        if column not in log.columns:
            con.close()
            have = ", ".join(log.columns) or "none"
            raise MeasureError(
                Problem(f"the log has no column {column!r}; it has: {have}", remedy=f"Rename its column to {column}.")
            )
    return log


def _file_sql(con: duckdb.DuckDBPyConnection, path: Path, as_text: Sequence[str]) -> str:
    name = quote_text(str(path))
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if ".parquet" in suffixes or ".pq" in suffixes:
        return f"read_parquet({name})"
    if not {".csv", ".tsv", ".txt"} & set(suffixes):
        raise MeasureError(Problem("only Parquet and CSV files are read", str(path), remedy="Read it into a frame."))
    if not any(letter in str(path) for letter in "*?[") and not path.exists():
        raise MeasureError(Problem("there is no such file", str(path)))
    found = [row[0] for row in con.sql(f"DESCRIBE FROM read_csv({name}, header = true)").fetchall()]
    types = ", ".join(f"{quote_text(column)}: 'VARCHAR'" for column in found if column in as_text)
    return f"read_csv({name}, header = true{f', types = {{{types}}}' if types else ''})"


def _in_memory(table: Any) -> Any:
    """The table as something that a connection registers; a pandas frame is recognised without importing pandas."""
    import polars as pl
    import pyarrow as pa

    if isinstance(table, pl.LazyFrame):
        table = table.collect()
    if isinstance(table, pl.DataFrame):
        try:
            return table.to_arrow(compat_level=pl.CompatLevel.newest())  # texts as views: nothing is copied
        except pa.ArrowException as error:  # a type that only polars has, such as Int128
            wrong, remedy = f"this can't be read as a table: {error}", "Cast that column, or leave it out."
            raise MeasureError(Problem(wrong, remedy=remedy)) from None
    if isinstance(table, pa.Table):
        return table
    if isinstance(table, pa.RecordBatch):
        return pa.Table.from_batches([table])
    if isinstance(table, pa.RecordBatchReader):
        return table.read_all()
    if isinstance(table, duckdb.DuckDBPyRelation):
        return table.to_arrow_table()
    if type(table).__module__.partition(".")[0] == "pandas" and hasattr(table, "columns"):
        _refuse_twins(list(table.columns))
        try:
            return pa.Table.from_pandas(table, preserve_index=False)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            remedy = "Give every column one type, such as frame.astype({column: str})."
            raise MeasureError(Problem(f"a column holds several types: {error.args[0]}", remedy=remedy)) from None
    raise MeasureError(
        Problem(
            f"a {type(table).__name__} is no log of events",
            remedy="Give a polars or pandas frame, an Arrow table, a DuckDB relation, or the path of Parquet or CSV.",
        )
    )


def _refuse_twins(names: Sequence[Any]) -> None:
    twins = [name for name, times in Counter(names).items() if times > 1]
    if twins:
        raise MeasureError(Problem(f"the log has several columns {twins[0]!r}", remedy="Rename or drop all but one."))


def _time_sql(log: Log) -> str:
    column = quote_name("occurred_at")
    kind = log.columns["occurred_at"]
    if kind.startswith(("TIMESTAMP", "DATE", '"NULL"', "NULL")):
        return f"epoch_us({column}::{'TIMESTAMPTZ' if 'TIME ZONE' in kind else 'TIMESTAMP'})"
    if kind == "VARCHAR":
        # without an offset it is UTC, which is the connection's time zone
        return f"epoch_us(try_cast({column} AS TIMESTAMPTZ))"
    wrong = f"occurred_at is {kind}, which is no moment"
    remedy = "Convert it first; a number's unit can't be known." if kind in _NUMBERS else "Convert it first."
    raise MeasureError(Problem(wrong, key="occurred_at", remedy=remedy))


def _refuse_nulls(log: Log) -> None:
    """A row without customer, name or moment can't be placed, and left out it would join its neighbours."""
    counts = ", ".join(f"count({quote_name(column)})" for column in NEEDED)
    total, *present, read = log.row(f"SELECT count(*), {counts}, count({log.time_sql}) FROM log")
    for column, found in zip(NEEDED, present, strict=True):
        if found < total:
            raise MeasureError(
                Problem(
                    f"{total - found} of {total} events have no {column}",
                    key=column,
                    remedy="Drop these rows, or fill them in: a gap must not silently join the events around it.",
                )
            )
    if read < total:
        bad = log.row(f"SELECT occurred_at FROM log WHERE {log.time_sql} IS NULL LIMIT 1")
        raise MeasureError(
            Problem(
                f"{total - read} of {total} events have an occurred_at that is no moment, such as {bad and bad[0]!r}",
                key="occurred_at",
                remedy="Write times as ISO 8601, such as 2026-03-01T12:00:00Z.",
            )
        )
