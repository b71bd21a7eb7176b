"""Shares of credit and their intervals, from sums over groups of customers.

Customers fall into groups by chance; groups are drawn anew with replacement, and everything is computed again from what
was drawn. So an interval knows that the paths of one customer resemble each other, and costs the same for any number of
events.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 1000
SEED = 20261124  # the same numbers at every run


@dataclass(frozen=True)
class Shares:
    """What part of all conversions each channel is credited with.

    Attributes:
        share: The estimate, shape (channels,).
        low: Lower end of its 95 % interval; nan with fewer than two groups, shape (channels,).
        high: Upper end, likewise.
    """

    share: Floats
    low: Floats
    high: Floats


def draws(groups: int) -> Floats:
    """How often each group is drawn in each draw, shape (draws, groups); no row with fewer than two groups."""
    if groups < 2:
        return np.zeros((0, groups))
    chances = np.full(groups, 1 / groups)
    return np.random.default_rng(SEED).multinomial(groups, chances, size=DRAWS).astype(np.float64)


def additive_shares(credits_: Floats, drawn: Floats) -> Shares:
    """Of a model whose credit is a sum over paths.

    Args:
        credits_: Credit by group and channel, shape (groups, channels).
        drawn: From `draws`.
    """
    return _shares(_parts(credits_.sum(axis=0)[None])[0], _parts(drawn @ credits_))


def markov_shares(moves: Floats, drawn: Floats) -> tuple[Shares, Floats]:
    """Of the removal effects of a chain.

    Args:
        moves: Counts by group, from and to: 0 is the start, then the channels; the last two columns are conversion and
            loss. Shape (groups, channels + 1, channels + 3).
        drawn: From `draws`.

    Returns:
        The shares, and the removal effects of the whole, shape (channels,).
    """
    effects = chain_effects(moves.sum(axis=0)[None])
    again = chain_effects(np.tensordot(drawn, moves, axes=1)) if len(drawn) else np.zeros((0, effects.shape[1]))
    return _shares(_parts(effects)[0], _parts(again)), effects[0]


def chain_effects(counts: Floats) -> Floats:
    """Removal effects of many chains at once, each solved exactly.

    Args:
        counts: As `moves` of `markov_shares`, shape (chains, channels + 1, channels + 3).

    Returns:
        1 - P(conversion without the channel) / P(conversion), shape (chains, channels); 0 where nothing converts.
    """
    leaving = counts.sum(axis=2, keepdims=True)
    chances = np.divide(counts, leaving, out=np.zeros_like(counts), where=leaving > 0)
    size = counts.shape[1]
    between, converts = chances[:, :, :size], chances[:, :, size]
    whole = _from_start(between, converts)
    effects = np.zeros((len(counts), size - 1))
    for channel in range(1, size):
        kept = between.copy()
        kept[:, :, channel] = 0
        kept[:, channel, :] = 0
        without = converts.copy()
        without[:, channel] = 0
        lost = np.divide(_from_start(kept, without), whole, out=np.ones_like(whole), where=whole > 0)
        effects[:, channel - 1] = 1 - lost
    return np.maximum(effects, 0.0)


def _from_start(between: Floats, converts: Floats) -> Floats:
    return np.asarray(np.linalg.solve(np.eye(between.shape[1]) - between, converts[:, :, None])[:, 0, 0])


def _parts(credits_: Floats) -> Floats:
    """Each row as parts of its sum; rows that sum to nothing say nothing."""
    total = credits_.sum(axis=1, keepdims=True)
    kept = total[:, 0] > 0
    return np.asarray(credits_[kept] / total[kept])


def _shares(share: Floats, again: Floats) -> Shares:
    if len(again) == 0:
        nothing = np.full(len(share), np.nan)
        return Shares(share, nothing, nothing)
    low, high = np.quantile(again, [0.025, 0.975], axis=0)
    return Shares(share, np.minimum(low, share), np.maximum(high, share))
