"""Times the staging of flat CSV and JSON lines beside a typed DuckDB read of the same file, in turn.

Both write Parquet with the same settings. The typed read knows every column's type, trusts the file and writes the
columns as they are; staging (`table` connector) also checks every line, keeps its number, fingerprints the file,
parses times, normalises identifiers and keeps the rest as properties. Reported are processor seconds of the work
itself, imports left out. The speed is that of the typed read divided by ours.

Usage: python benchmarks/ingest.py [--rows N] [--rounds R]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from journey_analytics.config.model import Config, Source, StageModel
from journey_analytics.engine.duck import connect, quote_text
from journey_analytics.ingest.ingest import ingest

HERE = Path(__file__).resolve().parent
TYPES = {
    "id": "VARCHAR",
    "at": "TIMESTAMP",
    "event": "VARCHAR",
    "user_id": "VARCHAR",
    "email": "VARCHAR",
    "url": "VARCHAR",
    "campaign": "VARCHAR",
    "amount": "DOUBLE",
}
_ROWS = """
    SELECT 'e' || i AS id, TIMESTAMP '2024-01-01' + to_seconds(i * 31536000 // {rows}) AS at,
        ['page_viewed', 'product_viewed', 'cart_added', 'order_completed'][1 + h % 4] AS event,
        'u' || h % 50000 AS user_id, 'person' || h % 50000 || '@example.org' AS email,
        'https://shop.example/products/' || h % 3000 || '?ref=' || h % 17 AS url,
        CASE WHEN h % 5 = 0 THEN 'campaign ' || h % 40 END AS campaign,
        CASE WHEN h % 4 = 3 THEN (h % 20000) / 100.0 END AS amount
    FROM (SELECT i, (hash(i) % 1000000007)::BIGINT AS h FROM range({rows}) AS t(i))
"""
_PARQUET = "FORMAT parquet, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 1000"  # as staging writes it


def main() -> int:
    """Print a table of processor seconds and speeds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=1_000_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="R")
    parser.add_argument("--data", type=Path, default=HERE / ".data", metavar="DIR", help="where data is kept")
    options = parser.parse_args()
    folder = options.data.resolve() / f"flat-{options.rows}"
    files = {"CSV": folder / "events.csv", "JSON lines": folder / "events.jsonl"}
    if not all(path.exists() for path in files.values()):
        generate(folder, options.rows)
    print(f"{options.rows:,} rows, median of {options.rounds}, processor seconds")
    for name, path in files.items():
        ours, typed = [], []
        for _ in range(options.rounds):
            ours.append(seconds(stage, path))
            typed.append(seconds(read_typed, path))
        mine, theirs = statistics.median(ours), statistics.median(typed)
        size = path.stat().st_size / 1e6
        print(f"  {name:<11} {size:.0f} MB: staged {mine:.2f}, typed read {theirs:.2f}, speed {theirs / mine:.2f}")
    return 0


def generate(folder: Path, rows: int) -> None:
    """Write the same rows, seeded, as `events.csv` and `events.jsonl`."""
    folder.mkdir(parents=True, exist_ok=True)
    con = connect()
    for name, how in (("events.csv", "FORMAT csv, HEADER"), ("events.jsonl", "FORMAT json")):
        con.execute(f"COPY ({_ROWS.format(rows=rows)}) TO {quote_text(str(folder / name))} ({how})")
    con.close()


def stage(path: Path, target: Path) -> None:
    """Stage the file with the `table` connector, from nothing."""
    source = {
        "name": "shop",
        "connector": "table",
        "files": str(path),
        "columns": {"occurred_at": "at", "event_name": "event", "event_id": "id", "url": "url", "value": "amount"},
        "identifiers": {"user_id": "user_id", "email": "email"},
    }
    stages = StageModel(name="none", stages=[])
    config = Config(path=target / "journey.yaml", stages=stages, sources=[Source.model_validate(source)])
    ingest(config, clock=datetime(2025, 6, 1))


def read_typed(path: Path, target: Path) -> None:
    """The same rows by DuckDB's own reader, told all types."""
    columns = ", ".join(f"{quote_text(name)}: {quote_text(kind)}" for name, kind in TYPES.items())
    reader = f"read_csv({quote_text(str(path))}, header = true, auto_detect = false, columns = {{{columns}}})"
    if path.suffix == ".jsonl":
        reader = f"read_json({quote_text(str(path))}, format = 'newline_delimited', columns = {{{columns}}})"
    con = connect()
    con.execute(f"COPY (FROM {reader}) TO {quote_text(str(target / 'typed.parquet'))} ({_PARQUET})")
    con.close()


def seconds(work: Callable[[Path, Path], None], path: Path) -> float:
    """Processor seconds, all threads, of one run into an empty folder."""
    target = Path(tempfile.mkdtemp(dir=path.parent))
    start = time.process_time()
    work(path, target)
    spent = time.process_time() - start
    shutil.rmtree(target)
    return spent


if __name__ == "__main__":
    raise SystemExit(main())
