"""The table `attribution`: every model over all channel groups, from the sums that SQL made of the paths."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np

from journey_analytics.engine.rounding import twelve_digits
from journey_analytics.measures.attribution_bootstrap import Floats, additive_shares, draws, markov_shares
from journey_analytics.measures.path_weights import ADDITIVE

START, CONVERSION, LOST = "(start)", "(conversion)", "(lost)"

_TABLE = """
CREATE TABLE pub.main.attribution (
    model VARCHAR, channel_group VARCHAR, conversions DOUBLE, value DOUBLE, share DOUBLE, low DOUBLE, high DOUBLE,
    removal_effect DOUBLE, customers BIGINT, is_small BOOLEAN
)
"""


def build_attribution(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table; it is empty where nothing converts.

    Args:
        con: The run's connection, with `path_credits`, `path_moves` and `conversions` made.
    """
    con.execute(_TABLE)
    conversions, value = con.execute("SELECT count(*), coalesce(sum(value), 0)::DOUBLE FROM conversions").fetchall()[0]
    if not conversions:
        return
    credit = con.execute("SELECT * FROM path_credits ORDER BY bucket, channel_group").fetchnumpy()
    moves = con.execute("SELECT * FROM path_moves ORDER BY bucket, from_node, to_node").fetchnumpy()
    channels = sorted({*credit["channel_group"], *moves["from_node"], *moves["to_node"]} - {START, CONVERSION, LOST})
    place = {name: number for number, name in enumerate(channels)}
    buckets, of_moves = np.unique(moves["bucket"], return_inverse=True)  # whoever has credit has moves
    of_credit = np.searchsorted(buckets, credit["bucket"])
    columns = np.array([place[name] for name in credit["channel_group"]])
    drawn = draws(len(buckets))

    def summed(name: str) -> Floats:
        table = np.zeros((len(buckets), len(channels)))
        np.add.at(table, (of_credit, columns), np.asarray(credit[name], dtype=np.float64))
        return table

    customers = summed("customers").sum(axis=0)
    minimum = con.execute("SELECT getvariable('minimum')").fetchall()[0][0]
    rows: list[list[Any]] = []
    for model in ADDITIVE:
        shares = additive_shares(summed(model), drawn)
        values, none = summed(f"{model}_value").sum(axis=0), np.full(len(channels), np.nan)
        rows += _rows(model, channels, conversions, shares.share, shares.low, shares.high, values, none)
    chain = np.zeros((len(buckets), len(channels) + 1, len(channels) + 3))
    ends = {START: 0, CONVERSION: len(channels) + 1, LOST: len(channels) + 2}
    from_no = np.array([ends.get(name, place.get(name, -1) + 1) for name in moves["from_node"]])
    to_no = np.array([ends.get(name, place.get(name, -1) + 1) for name in moves["to_node"]])
    np.add.at(chain, (of_moves, from_no, to_no), np.asarray(moves["moves"], dtype=np.float64))
    shares, effects = markov_shares(chain, drawn)
    rows += _rows("markov", channels, conversions, shares.share, shares.low, shares.high, value * shares.share, effects)
    known = {name: int(count) for name, count in zip(channels, customers, strict=True)}
    con.executemany(
        "INSERT INTO pub.main.attribution VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [[*row, known[row[1]], known[row[1]] < minimum] for row in rows],
    )


def _rows(
    model: str,
    channels: list[str],
    conversions: int,
    share: Floats,
    low: Floats,
    high: Floats,
    values: Floats,
    effects: Floats,
) -> list[list[Any]]:
    """Rows of one model, the most credited first; a channel that none of its paths has is there with nothing."""
    order = sorted(range(len(channels)), key=lambda no: (-round(float(share[no]), 9), channels[no]))
    return [
        [
            model,
            channels[no],
            twelve_digits(conversions * float(share[no])),
            twelve_digits(float(values[no])),
            *(twelve_digits(float(part[no])) for part in (share, low, high, effects)),
        ]
        for no in order
    ]
