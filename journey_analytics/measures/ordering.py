"""Events in the total order of their customers, as narrow arrays; ties in time are resolved where there are any.

Texts become 64-bit hashes before anything is sorted, so a sort moves integers only. A second hash finds out whether two
texts share the first, and then orders by both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from journey_analytics.engine.duck import quote_name
from journey_analytics.measures.log import TIE_BREAKS, Log

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


#: Odd, so that different keys have different products; fractions of irrational numbers, so that these spread.
_SPREADS = (0x9E3779B97F4A7C15, 0xB7E151628AED2A6B, 0x6A09E667F3BCC909)


@dataclass(frozen=True)
class Ordered:
    """Events, ordered by customer, part, moment and the total order of ties.

    Attributes:
        customer: Number of the customer, shape (events,), rising.
        unit: Number of the unit that is looked at, the customer or a part of it, shape (events,), rising.
        at: Microseconds since 1970, shape (events,).
        values: Further columns, shape (events,) each.
        row: Place of the event among those that were fetched, shape (events,).
        table: What was fetched, in the log's order.
        whole_day: Whether the moment stands for a whole day, shape (events,); None: no moment does.
    """

    customer: Ints
    unit: Ints
    at: Ints
    values: dict[str, Ints]
    row: Ints
    table: pa.Table
    whole_day: Bools | None = None

    def __len__(self) -> int:
        return len(self.at)


def ordered_events(
    log: Log,
    values: Mapping[str, str],
    *,
    where: str = "true",
    unit: Sequence[str] = (),
    keep: Sequence[str] = (),
    ties: bool = True,
) -> Ordered:
    """Fetch events and put them in order.

    Args:
        log: The open log.
        values: Name -> SQL of further integer columns.
        where: SQL condition of the events wanted.
        unit: Columns that part a customer's events (such as session_id); none: the customer.
        keep: Columns that `table` keeps as they are.
        ties: Whether the order of events at one moment matters.
    """
    wanted = [
        f"{_key('customer_id', log)} AS c1",
        *([] if log.hashes_differ else [f"{_check('customer_id', log)} AS c2"]),
        f"{log.time_sql} AS at",
        *(f"{_key(column, log)} AS u{number}" for number, column in enumerate(unit)),
        *(f"({sql})::BIGINT AS {quote_name('v_' + name)}" for name, sql in values.items()),
        *([f"({log.position_sql})::BIGINT AS place"] if log.position_sql else []),
        *([f"({log.whole_day_sql})::BIGINT AS whole_day"] if log.whole_day_sql else []),
        *(f"{quote_name(column)} AS {quote_name('k_' + column)}" for column in keep),
    ]
    table = log.con.sql(f"SELECT {', '.join(wanted)} FROM log WHERE {where}").to_arrow_table()
    keys = [_ints(table, "c1")]
    at = _ints(table, "at")
    within = _ints(table, "place") if log.position_sql else at
    parts = [_ints(table, f"u{number}") for number in range(len(unit))]
    row, customer = _sorted_rows(keys, parts, within)
    check = None if log.hashes_differ else _ints(table, "c2")
    if check is not None and _collides(_taken(keys[0], row), _taken(check, row)):
        # two customers whose first hashes are equal: tell them apart by the second
        keys.append(check)
        row, customer = _sorted_rows(keys, parts, within)
    if customer is None:
        customer = _numbered([_taken(key, row) for key in keys])
    part = _numbered([customer, *(_taken(values_of, row) for values_of in parts)]) if parts else customer
    if ties and not log.position_sql:
        row = _ties_resolved(log, where, part, _taken(at, row), row)
    columns = {name: _taken(_ints(table, f"v_{name}"), row) for name in values}
    vague = _ints(table, "whole_day") if log.whole_day_sql else None
    whole_day = None if vague is None or not vague.any() else _taken(vague, row).astype(np.bool_)
    places = np.arange(len(at), dtype=np.int64) if row is None else row
    return Ordered(customer, part, _taken(at, row), columns, places, table, whole_day)


def _key(column: str, log: Log) -> str:
    name = quote_name(column)
    if log.columns[column] == "UUID":  # no need to write it out as text first
        return f"(hash({name}) >> 1)::BIGINT"
    if log.columns[column] in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"):
        return f"{name}::BIGINT"
    return f"(hash({name}::VARCHAR) >> 1)::BIGINT"


def _check(column: str, log: Log) -> str:
    if not _key(column, log).startswith("(hash"):
        return "0::BIGINT"
    if log.columns[column] == "UUID":
        return f"(hash({quote_name(column)}, 1) >> 1)::BIGINT"
    return f"(hash({quote_name(column)}::VARCHAR || '\x01') >> 1)::BIGINT"


def _ints(table: pa.Table, name: str) -> Ints:
    column = table.column(name)
    if column.num_chunks == 0:
        return np.zeros(0, dtype=np.int64)
    return np.concatenate([chunk.to_numpy(zero_copy_only=False) for chunk in column.chunks]).astype(
        np.int64, copy=False
    )


def _taken(values: Ints, row: Ints | None) -> Ints:
    """The values in order; None: they are in order as they stand, and nothing is copied."""
    return values if row is None else values[row]


def _sorted_rows(keys: list[Ints], parts: list[Ints], at: Ints) -> tuple[Ints | None, Ints | None]:
    """Places of the events in order, and numbers of their customers where these are known by the way.

    The first is None where the log is in order already, which isn't sorted again.
    """
    if not parts and len(keys) == 1:
        if _is_sorted(keys[0], at):
            return None, None
        packed = _packed_rows(keys[0], at)
        if packed is not None:
            return packed
    return np.lexsort([at, *reversed(parts), *reversed(keys)]).astype(np.int64, copy=False), None


def _packed_rows(key: Ints, at: Ints) -> tuple[Ints, Ints] | None:
    """Places in order and numbers of keys, by sorting integers that hold them: a fifth of the cost of an indirect sort.

    Returns:
        None where no 64 bits hold what has to be sorted.
    """
    grouped = _grouped_rows(key)
    if grouped is None:
        return None
    row, number = grouped
    within = at[row]
    late = (within[1:] < within[:-1]) & (number[1:] == number[:-1])
    if not late.any():
        return row, number
    least = int(within.min())
    of_row, of_time = len(row).bit_length(), (int(within.max()) - least).bit_length()
    if int(number[-1]).bit_length() + of_time + of_row > 63:
        return None
    packed = (number << (of_time + of_row)) | ((within - least) << of_row) | row
    packed.sort()
    return packed & ((1 << of_row) - 1), number  # customers keep their order, so their numbers stand where they stood


def _grouped_rows(key: Ints) -> tuple[Ints, Ints] | None:
    """Places by key, equal keys in the order of the log, and the number of the key there; keys stand in any order.

    Of a key only so many bits are sorted as the place leaves free. Where two keys share them, others are tried.
    """
    of_row = len(key).bit_length()
    places = np.arange(len(key), dtype=np.uint64)
    for odd in _SPREADS:
        # the product's highest bits depend on all bits of the key
        packed = (key.astype(np.uint64) * np.uint64(odd)) >> np.uint64(of_row) << np.uint64(of_row) | places
        packed.sort()
        row = (packed & np.uint64((1 << of_row) - 1)).astype(np.int64)
        number = _numbered([key[row]])
        if number[-1] == np.count_nonzero((packed[1:] ^ packed[:-1]) >> np.uint64(of_row)):
            return row, number
    return None


def _is_sorted(key: Ints, at: Ints) -> bool:
    """Whether each customer's events stand together and in time, whatever the order of the customers."""
    if len(at) == 0:
        return True
    begins = np.flatnonzero(key[1:] != key[:-1]) + 1
    late = at[1:] < at[:-1]
    late[begins - 1] = False
    if late.any():
        return False
    firsts = key[np.concatenate([[0], begins])]
    return len(np.unique(firsts)) == len(firsts)


def _collides(key: Ints, check: Ints) -> bool:
    """Whether neighbours of one key, in order, differ in the other."""
    return bool(np.any((key[1:] == key[:-1]) & (check[1:] != check[:-1])))


def _numbered(keys: list[Ints]) -> Ints:
    """Numbers 0, 1, … of the runs of equal keys."""
    size = len(keys[0])
    if size == 0:
        return np.zeros(0, dtype=np.int64)
    begins = np.zeros(size, dtype=np.int64)
    for key in keys:
        begins[1:] |= key[1:] != key[:-1]
    return np.cumsum(begins)


def _ties_resolved(log: Log, where: str, unit: Ints, at: Ints, row: Ints | None) -> Ints | None:
    """The places with events of one unit and moment in their total order; only these are looked at again."""
    same = (unit[1:] == unit[:-1]) & (at[1:] == at[:-1])
    if not same.any():
        return row
    if row is None:
        row = np.arange(len(at), dtype=np.int64)
    tied = np.flatnonzero(np.concatenate([same, [False]]) | np.concatenate([[False], same]))
    order = []
    for column in TIE_BREAKS:
        if column in log.columns:
            name = quote_name(column)
            order.append(
                f"try_cast({name}::VARCHAR AS DOUBLE) NULLS FIRST"
                if column == "sequence"
                else f"{name}::VARCHAR NULLS FIRST"
            )
    order += ["event_name::VARCHAR", "place"]
    columns = ", ".join(quote_name(name) for name in ("event_name", *TIE_BREAKS) if name in log.columns)
    log.con.register("tied_rows", pa.table({"place": row[tied]}))
    ranks = log.con.sql(
        f"SELECT place, row_number() OVER (ORDER BY {', '.join(order)}) AS rank FROM "
        f"(SELECT {columns}, row_number() OVER () - 1 AS place FROM log WHERE {where}) "
        "WHERE place IN (SELECT place FROM tied_rows)"
    ).to_arrow_table()
    log.con.unregister("tied_rows")
    rank = np.zeros(len(row), dtype=np.int64)
    rank[_ints(ranks, "place")] = _ints(ranks, "rank")
    again = np.lexsort([rank[row[tied]], at[tied], unit[tied]])
    resolved = row.copy()
    resolved[tied] = row[tied][again]
    return resolved
