"""The yardstick: the core of the job on the cheapest plan we know, and nothing else.

Dedupe, sessions (30 minutes), stage visits, transitions and drop-off (silent for 90 days) of generated events, on one
sort of narrow integer keys and streaming windows over the sorted rows. It leaves out what a product needs: reading
foreign formats, rejected rows, identity, rules that look back, journeys, intervals, segments, checks, publishing.

Usage: python benchmarks/reference.py FOLDER OUT.duckdb
"""

from __future__ import annotations

import sys
from pathlib import Path

from vocabulary import STAGES

from journey_analytics.engine.duck import connect, quote_text

SESSION = 30 * 60 * 1_000_000  # microseconds
SILENCE = "interval 90 day"
LAST = 2**63 - 1  # key of the sentinel row that closes the last customer

# A key is microseconds * 4096 + stage * 256 + number of the (event, channel) pair within its stage; stage 0: none.
# It sorts by time and carries all that the passes need: anything beside the sort keys would double the sort.


def run(folder: Path, out: Path, threads: int | None = None) -> None:
    """Run the job on `folder`/events/*.parquet and leave its tables in the database `out`."""
    out.unlink(missing_ok=True)
    con = connect(out, threads=threads)
    events = f"read_parquet({quote_text(str(folder / 'events' / '*.parquet'))})"
    stages = ", ".join(
        f"({quote_text(event)}, {quote_text(stage)}, {rank})"
        for rank, (stage, names) in enumerate(STAGES.items(), start=1)
        for event in names
    )
    con.execute(
        f"""
        create table stages as select * from (values {stages}) as t(event_name, stage, rank);
        create table pairs as
        select event_name, channel,
            (coalesce(rank, 0) * 256 + row_number() over (partition by rank order by event_name, channel) - 1)::bigint
                as code
        from (select distinct event_name, channel from {events}) left join stages using (event_name);
        create table narrow (customer bigint, key bigint, event bigint);
        insert into narrow
        select (hash(customer_id) >> 1)::bigint, epoch_us(event_time) * 4096 + code, event_id
        from {events} join pairs using (event_name, channel)
        union all select {LAST}, 256, 0
        order by all;
        """
    )
    for query in (_SESSIONS, _VISITS, _TRANSITIONS, _DROP_OFF):
        con.execute(query)
    con.execute("checkpoint")
    con.close()


# A redelivery has the customer, time and id of its neighbour.
_UNIQUE = """(select customer, key from (
        select customer, key, event, lag(event) over () as event_before from narrow
    ) where event is distinct from event_before)"""

_SESSIONS = f"""
create table sessions as
select customer, make_timestamp(key >> 12) as started_at, make_timestamp(key_end >> 12) as ended_at, events
from (
    select customer, key, lead(key_before) over () as key_end, lead(number) over () - number as events
    from (
        select customer, key, row_number() over () as number,
            lag(customer) over () as customer_before, lag(key) over () as key_before
        from {_UNIQUE}
    )
    where customer is distinct from customer_before or (key >> 12) - (key_before >> 12) > {SESSION}
)
where customer < {LAST}
"""

_VISITS = f"""
create table stage_visits as
select customer, rank, make_timestamp(key >> 12) as entered_at, events,
    case when customer_next = customer then rank_next end as rank_next,
    case when customer_next = customer then make_timestamp(key_next >> 12) end as left_at
from (
    select customer, key, rank, lead(number) over () - number as events, lead(customer) over () as customer_next,
        lead(rank) over () as rank_next, lead(key) over () as key_next
    from (
        select customer, key, rank, row_number() over () as number,
            lag(customer) over () as customer_before, lag(rank) over () as rank_before
        from (select customer, key, ((key >> 8) & 15)::utinyint as rank from {_UNIQUE})
        where rank > 0
    )
    where customer is distinct from customer_before or rank <> rank_before
)
where customer < {LAST}
"""

_TRANSITIONS = """
create table transitions as
select rank, rank_next, count(*) as transitions, count(distinct customer) as customers,
    quantile_cont(epoch_us(left_at) - epoch_us(entered_at), [0.5, 0.9]) as dwell_us
from stage_visits where rank_next is not null group by all
"""

_DROP_OFF = f"""
create table drop_off as
with last_seen as (select customer, max(ended_at) as seen_at from sessions group by all),
dropped as (
    select rank, count(*) as dropped from stage_visits join last_seen using (customer)
    where rank_next is null and seen_at < (select max(seen_at) from last_seen) - {SILENCE}
    group by all
),
reached as (select rank, count(distinct customer) as reached from stage_visits group by all)
select rank, reached, coalesce(dropped, 0) as dropped from reached left join dropped using (rank)
"""


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
