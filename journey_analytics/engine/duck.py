"""The one place that opens DuckDB, so that every connection has the same settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


def connect(
    path: Path | str = ":memory:",
    *,
    read_only: bool = False,
    memory: str | None = None,
    threads: int | None = None,
    temp: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB database: UTC, no progress bar, insertion order preserved.

    Args:
        path: The database file, or `:memory:`.
        read_only: Open for reading only.
        memory: Limit such as `"2GB"`; DuckDB's default otherwise.
        threads: Number of threads; all cores otherwise.
        temp: Folder to spill into.

    Returns:
        An open connection; the caller closes it.
    """
    con = duckdb.connect(str(path), read_only=read_only)
    con.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
    # in a notebook without widgets even switching it off raises, so it is touched only where it is on
    if con.sql("SELECT current_setting('enable_progress_bar')").fetchall()[0][0]:
        con.execute("SET enable_progress_bar = false")
    if memory is not None:
        con.execute("SET memory_limit = ?", [memory])
    if threads is not None:
        con.execute(f"SET threads = {int(threads)}")
    if temp is not None:
        con.execute("SET temp_directory = ?", [str(temp)])
    return con


def memory_limit(con: duckdb.DuckDBPyConnection) -> int:
    """The memory limit in bytes, to three digits, as DuckDB tells it."""
    row = con.execute("SELECT memory_limit FROM pragma_database_size()").fetchall()[0]
    number, unit = str(row[0]).split(" ")
    return int(float(number) * 1024 ** ("bytes", "KiB", "MiB", "GiB", "TiB").index(unit))


def share_of_memory(limit: int) -> int:
    """How many bytes of a process's limit DuckDB may count as its own.

    What it does not count (what the allocator holds back, what is being compressed) is little at ten million events and
    2 GB. With 4 GB and a hundred million the process held 4.7 in plain joins, 1.0 above what DuckDB had been given.
    """
    base = min(limit, 2_000_000_000)
    return base * 15 // 16 + (limit - base) * 3 // 4


@contextmanager
def sharing_memory(con: duckdb.DuckDBPyConnection, own: int, configured: str | None) -> Iterator[None]:
    """Let others have part of the memory limit for a while: what DuckDB holds beyond the rest is spilled.

    Args:
        con: The connection.
        own: Bytes that the caller holds outside DuckDB; at most half of the limit is given up.
        configured: The limit that `con` was given. DuckDB tells its limit rounded, so that can't be put back.
    """
    limit = memory_limit(con)
    con.execute(f"SET memory_limit = '{max(limit - own, limit // 2)}B'")
    try:
        yield
    finally:
        if configured is None:
            con.execute("RESET memory_limit")
        else:
            con.execute("SET memory_limit = ?", [configured])


@contextmanager
def one_thread(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Work on one thread for a while: slower, in the least memory."""
    threads = con.execute("SELECT current_setting('threads')").fetchall()[0][0]
    con.execute("SET threads = 1")
    try:
        yield
    finally:
        con.execute(f"SET threads = {int(threads)}")


def quote_name(name: str) -> str:
    """A name as an SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A text as an SQL literal, whatever it holds. Bind instead wherever DuckDB takes parameters."""
    return "'" + text.replace("'", "''") + "'"


def why_not_opened(error: Exception) -> tuple[str, str] | None:
    """What keeps a database file from being opened, and the remedy, where it is not the file's own fault; else None."""
    text = str(error)
    if "Could not set lock" in text or "Conflicting lock" in text:
        holder = text[text.find("(PID") :].partition(")")[0].strip("(") if "(PID" in text else "another process"
        return f"held open for writing by {holder}", "Close that process, or let it open the file read-only."
    if "Permission denied" in text:
        return "no permission to read it", "Give the user that runs journey read permission."
    return None
