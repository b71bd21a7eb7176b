"""What answers from a published warehouse take: stored tables, filters on visits and sessions, questions on demand.

The warehouse is the one that `bench.py` left in the same folder, or one that is run first. Every question is asked in
one process, the first time uncounted, so that the file's pages are in memory; medians of the rounds.

Usage: python benchmarks/reads.py [--events N] [--rounds R]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from bench import arguments, configuration, journey_run, measure, year_of
from vocabulary import EVENTS

from journey_analytics import Warehouse, compare

#: Kind of question -> the milliseconds it may take at ten million events.
_AIMS = {"stored table": 100, "filter": 300, "on demand": 2000}
_SPRING, _SUMMER = ("started_at >= timestamp '2025-03-01' and started_at < timestamp '2025-06-01'",
                    "started_at >= timestamp '2025-06-01' and started_at < timestamp '2025-09-01'")  # fmt: skip
_PURCHASE = ["product_view", "add_to_cart", "checkout_start", "purchase"]


def main() -> int:
    """Run the benchmark."""
    options = arguments(__doc__).parse_args()
    folder = year_of(options.data, options.events)
    published = folder / "warehouse" / "journeys.duckdb"
    if not published.exists():
        (folder / "journey.yaml").write_text(configuration(options.memory), encoding="utf-8")
        measure(journey_run(folder), folder / "last.log")
    with Warehouse(published) as warehouse:
        for kind, name, ask in questions(warehouse, str(published)):
            ask()
            walls, processor = zip(*(_timed(ask) for _ in range(options.rounds)), strict=True)
            wall = statistics.median(walls)
            late = "" if wall <= _AIMS[kind] else f"   over {_AIMS[kind]:,}"
            print(f"{kind:12}  {name:44} {wall:8,.0f} ms wall {statistics.median(processor):8,.0f} processor{late}")
    return 0


def questions(warehouse: Warehouse, published: str) -> list[tuple[str, str, Callable[[], object]]]:
    """(kind, name, question) of everything that is asked."""

    def sql(query: str) -> Callable[[], object]:
        return lambda: warehouse.sql(query).fetchall()

    someone = warehouse.sql("select arg_min(customer_id, abs(event_count - 20)) from customers").fetchall()[0][0]
    tables = ("drop_off", "transitions", "stage_progress", "kpis", "journey_map", "attribution", "changes")
    return [
        *(("stored table", name, sql(f"from {name}")) for name in tables),
        ("filter", "dwell by stage since June",
         sql("select stage, median(dwell_seconds) from stage_visits where entered_at >= '2025-06-01' group by all")),
        ("filter", "sessions by channel group since June",
         sql("select channel_group, count(*) from sessions where started_at >= '2025-06-01' group by all")),
        ("filter", "the timeline of a customer", lambda: warehouse.customer(str(someone))),
        ("on demand", "funnel of 5 frequent steps within 14 days", lambda: warehouse.funnel(EVENTS[:5], "14d")),
        ("on demand", "funnel to the purchase", lambda: warehouse.funnel(_PURCHASE, "14d")),
        ("on demand", "the same in any order", lambda: warehouse.funnel(_PURCHASE, "14d", order="any")),
        ("on demand", "the same by channel", lambda: warehouse.funnel(_PURCHASE, "14d", by="channel")),
        *(("on demand", f"spring beside summer: {what}",
           lambda what=what: compare(published, _SPRING, _SUMMER, what=what))
          for what in ("drop_off", "transitions", "dwell")),
        ("on demand", "spring beside summer: funnel",
         lambda: compare(published, _SPRING, _SUMMER, what="funnel", steps=_PURCHASE)),
    ]  # fmt: skip


def _timed(ask: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of wall and of processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    ask()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - processor) * 1000


if __name__ == "__main__":
    sys.exit(main())
