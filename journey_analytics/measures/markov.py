"""Removal effects of channels: the absorbing chain of paths, solved, never simulated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csc_matrix, identity
from scipy.sparse.linalg import spsolve

State = tuple[str, ...]


def removal_effects(paths: Sequence[tuple[Sequence[str], float, float]], order: int) -> dict[str, float]:
    """What share of conversions is lost when a channel leads nowhere.

    Args:
        paths: (channels, conversions, non_conversions).
        order: How many channels the chain remembers.

    Returns:
        Channel -> 1 - P(conversion without it) / P(conversion); empty where nothing converts.
    """
    moves: dict[State, dict[State, float]] = defaultdict(lambda: defaultdict(float))
    converting: dict[State, float] = defaultdict(float)
    leaving: dict[State, float] = defaultdict(float)
    for channels, conversions, lost in paths:
        weight = conversions + lost
        if weight <= 0:
            continue
        state: State = ()
        for channel in channels:
            following = (*state, channel)[-order:]
            moves[state][following] += weight
            leaving[state] += weight
            state = following
        converting[state] += conversions
        leaving[state] += weight
    states = list(leaving)
    number = {state: place for place, state in enumerate(states)}
    if () not in number:
        return {}
    entries = [(number[a], number[b], w / leaving[a]) for a, to in moves.items() for b, w in to.items()]
    rows, columns, chances = (np.array(part) for part in zip(*entries, strict=True)) if entries else (np.zeros(0),) * 3
    converts = np.array([converting[state] / leaving[state] for state in states])
    whole = _chance(rows, columns, chances, converts, number[()])
    if whole <= 0:
        return {}
    effects = {}
    for channel in sorted({state[-1] for state in states if state}):
        gone = np.array([bool(state) and state[-1] == channel for state in states])
        kept = ~gone[rows.astype(np.int64)]
        without = _chance(rows[kept], columns[kept], chances[kept], np.where(gone, 0.0, converts), number[()])
        effects[channel] = 1.0 - without / whole
    return effects


def _chance(rows: np.ndarray, columns: np.ndarray, chances: np.ndarray, converts: np.ndarray, start: int) -> float:
    """The chance to convert from the start: the solution of x = chances · x + converts."""
    size = len(converts)
    chain = csc_matrix((chances, (rows.astype(np.int64), columns.astype(np.int64))), shape=(size, size))
    solved = spsolve(csc_matrix(identity(size) - chain), converts)
    return float(np.atleast_1d(solved)[start])
