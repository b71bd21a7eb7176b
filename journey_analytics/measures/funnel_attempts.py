"""From ordered events to the attempts that count: the best of each unit, or all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from journey_analytics.measures.funnel_chains import (
    Attempts,
    Events,
    chains,
    entries_of,
    events_of,
    next_steps,
)
from journey_analytics.measures.funnel_search import searched
from journey_analytics.measures.funnel_spec import FunnelSpec
from journey_analytics.measures.ordering import Bools, Ints


@dataclass(frozen=True)
class Judged:
    """The attempts that count.

    Attributes:
        events: All events.
        taken: Place of the event that served as each step, or -1, shape (steps, attempts).
        furthest: The furthest step, from 1, shape (attempts,).
        is_open: Whether it could still go further, shape (attempts,).
        is_elapsed: Whether its window had elapsed, shape (attempts,).
        whole_day: Whether an event's moment stands for a whole day, shape (events,); None: no moment does.
    """

    events: Events
    taken: Ints
    furthest: Ints
    is_open: Bools
    is_elapsed: Bools
    whole_day: Bools | None = None


def judged_attempts(customer: Ints, unit: Ints, at: Ints, mask: Ints, spec: FunnelSpec, as_of: int) -> Judged:
    """The best attempt of every unit (all attempts where these are counted).

    Args:
        customer: Number of each event's customer, shape (events,).
        unit: Number of each event's unit, rising, shape (events,).
        at: Microseconds, shape (events,), in the total order.
        mask: Which steps and exclusions each event could be, shape (events,).
        spec: The funnel.
        as_of: The moment of the answer, in microseconds.
    """
    events = events_of(unit, at, mask, spec)
    attempts = _attempts(events, spec, as_of)
    furthest = _furthest(attempts.taken)
    is_open = _open(events, attempts, furthest, spec, as_of)
    counted = np.ones(len(attempts.entry), dtype=np.bool_)
    if spec.exclusion == "customer":
        out = np.unique(customer[attempts.entry[attempts.is_hit]])
        counted = ~np.isin(customer[attempts.entry], out)
    if spec.count != "attempts":
        counted &= _best(events.unit[attempts.entry], furthest, is_open)
    if spec.window is None:
        is_elapsed = np.ones(len(furthest), dtype=np.bool_)
    else:
        is_elapsed = events.at[attempts.entry] + spec.window < as_of
    return Judged(events, attempts.taken[:, counted], furthest[counted], is_open[counted], is_elapsed[counted])


def _attempts(events: Events, spec: FunnelSpec, as_of: int) -> Attempts:
    entry = entries_of(events, spec)
    hard = _hard_units(events, spec)
    is_hard = np.isin(events.unit[entry], hard)
    if not is_hard.any():
        return chains(events, entry, spec)

    def may_go_on(taken: tuple[tuple[int, int], ...], is_hit: bool, is_broken: bool) -> int:
        places = np.full((len(spec.steps), 1), -1, dtype=np.int64)
        for step, place in taken:
            places[step - 1, 0] = place
        one = Attempts(places[0], places, np.array([is_hit]), np.array([is_broken]))
        return int(_open(events, one, _furthest(places), spec, as_of)[0])

    easy = chains(events, entry[~is_hard], spec)
    slow = searched(events, entry[is_hard], spec, may_go_on)
    taken = np.empty((len(spec.steps), len(entry)), dtype=np.int64)
    is_hit, is_broken = np.empty(len(entry), dtype=np.bool_), np.empty(len(entry), dtype=np.bool_)
    for where, part in ((~is_hard, easy), (is_hard, slow)):
        taken[:, where], is_hit[where], is_broken[where] = part.taken, part.is_hit, part.is_broken
    return Attempts(entry, taken, is_hit, is_broken)


def _hard_units(events: Events, spec: FunnelSpec) -> Ints:
    """Units in which an event could serve two ends and nothing but a search says which."""
    mask = events.mask
    steps = mask & ((1 << len(spec.steps)) - 1)
    if spec.order == "any":
        return np.unique(events.unit[steps & (steps - 1) != 0])
    if spec.ties == "order":
        return np.zeros(0, dtype=np.int64)
    tied = events.group_end - events.group_start > 1
    if spec.order == "ordered":
        tied &= (steps != 0) & (mask & (mask - 1) != 0)
    return np.unique(events.unit[tied])


def _furthest(taken: Ints) -> Ints:
    steps = np.arange(1, taken.shape[0] + 1, dtype=np.int64)[:, None]
    furthest: Ints = np.where(taken >= 0, steps, 0).max(axis=0, initial=0)
    return furthest


def _open(events: Events, attempts: Attempts, furthest: Ints, spec: FunnelSpec, as_of: int) -> Bools:
    """Who could still go further: not ended, not broken, and every window that stands in the way still running."""
    if spec.window is None:
        return np.zeros(len(furthest), dtype=np.bool_)
    is_open: Bools = (events.at[attempts.entry] + spec.window >= as_of) & ~attempts.is_hit & ~attempts.is_broken
    last = events.at[attempts.taken.max(axis=0, initial=-1)]
    for step in range(1, len(spec.steps) + 1):
        own = [spec.step_windows[k - 1] if spec.step_windows else None for k in next_steps(step, spec)]
        longest = None if None in own else max((window for window in own if window is not None), default=-1)
        if longest == -1:  # the last step: nothing follows
            is_open &= furthest != step
        elif longest is not None:
            is_open &= (furthest != step) | (last + longest >= as_of)
    return is_open


def _best(unit: Ints, furthest: Ints, is_open: Bools) -> Bools:
    """Which attempt of each unit is its best: the furthest, of equals one still open, then the earliest."""
    best = np.zeros(len(unit), dtype=np.bool_)
    if len(unit) == 0:
        return best
    begins = np.flatnonzero(np.append(True, unit[1:] != unit[:-1]))
    score = furthest * 2 + is_open
    number = np.cumsum(np.append(False, unit[1:] != unit[:-1]))
    candidates = np.flatnonzero(score == np.maximum.reduceat(score, begins)[number])
    first = np.append(True, number[candidates][1:] != number[candidates][:-1])
    best[candidates[first]] = True
    return best
