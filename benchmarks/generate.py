"""One year of seeded events as twelve Parquet files in the order of arrival: `generate(folder, events)`.

Shape: customers with a lognormal number of events (mean 20) and a few bots; about five events a session; 55 % of the
events stay in the stage of the one before; 1 % are delivered twice with the same id and time, up to ten minutes
later; JSON properties on 30 %.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from vocabulary import CHANNELS, CRM, EMAIL, EVENTS, STAGES

from journey_analytics.engine.duck import connect, quote_text

YEAR = 365 * 86_400.0  # seconds
BLOCK = 5_000_000  # events made at once: bounds the memory
MEAN, SIGMA = 20, 1.5  # of the lognormal number of events a customer has


def generate(folder: Path, events: int, seed: int = 42) -> None:
    """Write about `events` events into `folder`/events/mNN.parquet, the same ones for the same seed."""
    blocks = folder / "blocks"
    blocks.mkdir(parents=True, exist_ok=True)
    target = folder / "events"
    target.mkdir(exist_ok=True)
    rng = np.random.default_rng(seed)
    con = connect()
    customers = 0
    count = max(1, round(events / BLOCK))
    for number in range(count):
        block, used = _block(rng, events // count, customers)
        customers += used
        con.register("block", block)
        con.execute(f"copy ({_SHAPE}) to {quote_text(str(blocks / f'{number}.parquet'))}")
        con.unregister("block")
    everything = quote_text(str(blocks / "*.parquet"))
    for month in range(12):
        low, high = (int(YEAR * 1e6 * part / 12) for part in (month, month + 1))
        upper = f"and arrived < {high}" if month < 11 else ""  # late deliveries of the last day belong to it
        con.execute(
            f"""copy (select * exclude arrived from read_parquet({everything})
                where arrived >= {low} {upper} order by arrived, event_id)
            to {quote_text(str(target / f"m{month + 1:02}.parquet"))}"""
        )
    con.close()
    shutil.rmtree(blocks)


_SHAPE = f"""
select
    id as event_id,
    'cust_' || lpad((customer * 7919 % 1000000007)::varchar, 10, '0') as customer_id,
    timestamp '2025-01-01' + to_microseconds(happened) as event_time,
    {CHANNELS}[channel + 1] as channel,
    {EVENTS}[event + 1] as event_name,
    case when luck < 0.3 then '{{"url":"/p/' || id % 5000
        || '","ref":"' || ['google', 'fb', 'direct', 'news'][1 + id % 4]
        || '","v":' || round(luck * 100, 2) || '}}' end as properties,
    arrived
from block
"""


def _block(rng: np.random.Generator, events: int, first_customer: int) -> tuple[pa.Table, int]:
    """A block of whole customers: columns of codes, and how many customers it has."""
    bots, bot_size = max(2, events // 2_000_000), min(100_000, events // 50)
    people = max(1, (events - bots * bot_size) // MEAN)
    sizes = np.clip(rng.lognormal(np.log(MEAN) - SIGMA**2 / 2, SIGMA, people).astype(np.int64), 1, 20_000)
    sizes = np.concatenate([sizes, np.full(bots, bot_size)])
    customer = np.repeat(np.arange(len(sizes)), sizes)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    first = np.zeros(len(customer), bool)
    first[starts] = True
    at = _times(rng, sizes, starts, first, customer >= people)
    event = _events(rng, first)
    channel = np.array([1 if name in EMAIL else 2 if name in CRM else 0 for name in EVENTS])[event]
    channel[(channel == 0) & (rng.random(len(event)) < 0.3)] = 3
    channel[(channel == 0) & (event == 0) & (rng.random(len(event)) < 0.1)] = 4
    again = np.flatnonzero(rng.random(len(event)) < 0.01)  # redelivered
    delay = np.concatenate([np.zeros(len(event)), rng.random(len(again)) * 600e6]).astype(np.int64)
    columns = {
        "id": rng.integers(1, 2**62, len(event)),
        "customer": customer + first_customer,
        "happened": at,
        "channel": channel,
        "event": event,
        "luck": rng.random(len(event)),
    }
    rows = {name: np.concatenate([values, values[again]]) for name, values in columns.items()}
    return pa.table({**rows, "arrived": rows["happened"] + delay}), len(sizes)


def _times(
    rng: np.random.Generator,
    sizes: np.ndarray[tuple[int], np.dtype[np.int64]],
    starts: np.ndarray[tuple[int], np.dtype[np.int64]],
    first: np.ndarray[tuple[int], np.dtype[np.bool_]],
    bot: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Microseconds since the start of the year: sessions of seconds to minutes, days to weeks apart."""
    total = len(first)
    session = first | (rng.random(total) < np.where(bot, 1 / 300, 1 / 6))
    pause = 1800 + rng.lognormal(np.log(4 * 86_400), 1.6, total)
    step = np.minimum(rng.exponential(np.where(bot, 8, 100), total), 1790)
    gap = np.where(first, 0, np.where(session, pause, step))
    since = np.cumsum(gap)
    since -= np.repeat(since[starts], sizes)
    begin = np.repeat(rng.random(len(sizes)) * YEAR, sizes)
    return ((begin + since) % YEAR * 1e6).astype(np.int64)  # what falls past the end comes back at the beginning


def _events(
    rng: np.random.Generator, first: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Event codes: by popularity, and more often than not of the stage of the one before."""
    weight = 1 / np.arange(1, len(EVENTS) + 1) ** 1.1
    of_event = {name: number for number, names in enumerate(STAGES.values()) for name in names}
    stage = np.array([of_event.get(name, len(STAGES)) for name in EVENTS])
    event = rng.choice(len(EVENTS), len(first), p=weight / weight.sum())
    stays = (rng.random(len(first)) < 0.55) & ~first
    origin = np.maximum.accumulate(np.where(stays, 0, np.arange(len(first))))
    target = stage[event[origin]]
    for number in range(len(STAGES) + 1):
        members = np.flatnonzero(stage == number)
        chosen = np.flatnonzero(stays & (target == number))
        event[chosen] = rng.choice(members, len(chosen), p=weight[members] / weight[members].sum())
    return event


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(float(sys.argv[2])))
