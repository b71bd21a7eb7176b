"""What lopsided logs cost beside an even one of as many events: processor seconds and peak memory of all steps.

Every log is the even one with some columns of some rows replaced (`VARIANTS`), runs through the real steps in a process
of its own, and is printed beside the even one of the same call, with the steps that grew by more than twice and by
more than half a second. Those are where a step is quadratic in what one customer, cookie, day, second or name holds.

Usage: python benchmarks/skew.py [--events N] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import HERE, configuration
from generate import generate
from steps import Cost, measure

from journey_analytics.engine.duck import connect, quote_text


@dataclass(frozen=True)
class Variant:
    """An even log with some rows replaced.

    Attributes:
        what: What is lopsided, in words.
        where: SQL condition of the rows that change; `n` numbers rows in the order of arrival, `total` counts them.
        columns: SQL of the columns that they get instead.
    """

    what: str
    where: str = "false"
    columns: tuple[tuple[str, str], ...] = ()


_ONE = ("customer_id", "'cust_one'")
_OWN = ("cookie", "'cookie_one'")
VARIANTS = {
    "even": Variant("as generated"),
    "customer": Variant("half of all events are one customer's", "n % 2 = 0", (_ONE, _OWN)),
    "visits": Variant(
        "half are one customer's, who changes between two stages with every event",
        "n % 2 = 0",
        (_ONE, _OWN, ("event_name", "CASE WHEN n % 4 = 0 THEN 'page_view' ELSE 'search' END"), ("channel", "'web'")),
    ),
    "journeys": Variant(
        "half are one customer's, and every second of them ends a journey",
        "n % 2 = 0",
        (_ONE, _OWN, ("event_name", "CASE WHEN n % 4 = 0 THEN 'page_view' ELSE 'cancel_request' END")),
    ),
    "kiosk": Variant(
        "half are on one cookie of 10,000 people, who are known in the last month only",
        "n % 2 = 0",
        (
            ("cookie", "'kiosk'"),
            ("customer_id", "CASE WHEN n > total * 11 // 12 THEN 'visitor_' || n // 2 % 10000 END"),
        ),
    ),
    "day": Variant("half happen on one day", "n % 2 = 0", (("event_time", "DATE '2025-07-01' + event_time::TIME"),)),
    "second": Variant(
        "a fifth are one customer's clicks within one second, on as many links of one mail",
        "n % 5 = 0",
        (
            _ONE,
            _OWN,
            ("event_time", "TIMESTAMP '2025-07-01 12:00:00' + to_milliseconds(n // 5 % 1000)"),
            ("event_name", "'email_clicked'"),
            ("channel", "'email'"),
            ("url", "'https://example.org/' || n"),
        ),
    ),
    "ties": Variant(
        "all times are whole days, and half of the events one customer's in one moment",
        "true",
        (
            ("event_time", "CASE WHEN n % 2 = 0 THEN DATE '2025-07-01' ELSE event_time::DATE END::TIMESTAMP"),
            ("customer_id", "CASE WHEN n % 2 = 0 THEN 'cust_one' ELSE customer_id END"),
            ("cookie", "CASE WHEN n % 2 = 0 THEN 'cookie_one' ELSE cookie END"),
        ),
    ),
    "chain": Variant(
        "a tenth link cookie to device to cookie in one chain, with another user at either end",
        "n % 10 = 0",
        (
            ("customer_id", "CASE WHEN n = 0 THEN 'first' WHEN n >= total - 10 THEN 'last' END"),
            ("cookie", "'link_' || (n // 10 + 1) // 2"),
            ("device", "'link_' || n // 20"),
        ),
    ),
    "hub": Variant(
        "a fifth are on 10,000 cookies of one address",
        "n % 5 = 0",
        (("customer_id", "NULL"), ("email", "'hub@example.org'"), ("cookie", "'hub_' || n // 5 % 10000")),
    ),
    "family": Variant(
        "a fifth are of 10,000 users with one address: as many conflicts",
        "n % 5 = 0",
        (
            ("customer_id", "'member_' || n // 5 % 10000"),
            ("email", "'family@example.org'"),
            ("cookie", "'member_' || n // 5 % 10000"),
        ),
    ),
    "names": Variant(
        "half have one of 10,000 event names", "n % 2 = 0", (("event_name", "'name_' || n // 2 % 10000"),)
    ),
}

COLUMNS = {  # of every log: made of the generated one
    "event_id": "event_id",
    "customer_id": "customer_id",
    "email": "NULL::VARCHAR",
    "cookie": "'cookie_' || customer_id",
    "device": "NULL::VARCHAR",
    "event_time": "event_time",
    "event_name": "event_name",
    "channel": "channel",
    "url": "NULL::VARCHAR",
}
IDENTIFIERS = "user_id: customer_id, email: email, cookie: cookie, device: device"
SETTINGS = """\
segments: [channel, {cohort: month}]
conversions: [purchase]
funnels: [{name: buying, steps: [product_view, add_to_cart, purchase]}]
"""


def write(folder: Path, variant: Variant, base: Path, memory: str) -> Path:
    """Write a variant's log and configuration; gives the path of the latter."""
    events = folder / "events"
    events.mkdir(parents=True, exist_ok=True)
    changed = dict(variant.columns)
    columns = ", ".join(
        f"CASE WHEN {variant.where} THEN {changed[name]} ELSE {sql} END AS {name}"
        if name in changed
        else f"{sql} AS {name}"
        for name, sql in ({key: key for key in COLUMNS}).items()
    )
    with connect() as con:
        con.execute(f"""
            COPY (
                WITH base AS MATERIALIZED (
                    SELECT row_number() OVER () - 1 AS n, count(*) OVER () AS total,
                        {", ".join(f"{sql} AS {name}" for name, sql in COLUMNS.items())}
                    FROM read_parquet({quote_text(str(base / "events" / "*.parquet"))})
                )
                SELECT {columns} FROM base
            ) TO {quote_text(str(events / "log.parquet"))} (FORMAT parquet)
        """)
    text = configuration(memory, IDENTIFIERS, SETTINGS).replace("channel: channel}", "channel: channel, url: url}")
    text = text.replace("lost: []", "lost: [cancel_request]")
    path = folder / "journey.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def grown(even: list[Cost], costs: list[Cost]) -> list[str]:
    """The steps that cost more than twice what they cost on the even log, and half a second more; dearest first."""
    before = {cost.name: cost for cost in even}
    dear = [
        (cost, before[cost.name])
        for cost in sorted(costs, key=lambda cost: -cost.processor)
        if cost.processor > 2 * before[cost.name].processor and cost.processor > before[cost.name].processor + 0.5
    ]
    return [f"{cost.name} {was.processor:.1f} → {cost.processor:.1f} s, peak {cost.peak:.0f} MB" for cost, was in dear]


def main() -> None:
    """Make the logs, run them one after the other, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=lambda text: int(float(text)), default=1_000_000, metavar="N")
    parser.add_argument("--only", nargs="*", choices=VARIANTS, default=list(VARIANTS), metavar="NAME")
    parser.add_argument("--memory", default="2GB", help="limit that the steps are given")
    parser.add_argument("--data", type=Path, default=HERE / ".data", metavar="DIR", help="where data is kept")
    parser.add_argument("--config", type=Path, help=argparse.SUPPRESS)  # a process of its own: run this one
    given = parser.parse_args()
    if given.config:
        print(json.dumps([asdict(cost) for cost in measure(given.config)]))
        return
    base = given.data.resolve() / str(given.events)
    if not (base / "events").exists():
        generate(base, given.events)
    even: list[Cost] = []
    for name in dict.fromkeys(["even", *given.only]):
        folder = given.data.resolve() / f"skew-{given.events}" / name
        config = write(folder, VARIANTS[name], base, given.memory)
        begun = time.monotonic()
        command = [sys.executable, __file__, "--config", str(config)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        costs = [Cost(**row) for row in json.loads(done.stdout)]
        even = even or costs
        total, reference = (sum(cost.processor for cost in each) for each in (costs, even))
        dearest = max(costs, key=lambda cost: cost.peak)
        print(
            f"{name:9s} processor {total:6.1f} s ({total / reference:4.2f})  wall {time.monotonic() - begun:6.1f} s  "
            f"peak {dearest.peak:5.0f} MB in {dearest.name}   {VARIANTS[name].what}",
            flush=True,
        )
        for line in grown(even, costs):
            print(f"          {line}", flush=True)


if __name__ == "__main__":
    main()
