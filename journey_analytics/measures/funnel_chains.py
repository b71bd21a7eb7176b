"""Attempts at a funnel, all at once: every attempt's next step is a search among the places of that step's events.

One ordered list of events, per step the places where it occurs, and for each attempt the first of them after the step
before. No joins and no loop over events; the loops here are over steps. What this form can't express (an event that
could serve two steps where order is free) is `funnel_search`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from journey_analytics.measures.funnel_spec import Exclusion, FunnelSpec
from journey_analytics.measures.ordering import Bools, Ints

Bytes = NDArray[np.uint8]

#: Not taken.
NONE = -1


@dataclass(frozen=True)
class Events:
    """The events that matter, in total order, with a sentinel at the end that belongs to nobody.

    Attributes:
        unit: Number of the unit, rising, shape (events + 1,); the last is -1.
        at: Microseconds, shape (events + 1,).
        mask: Bit k-1: could serve as step k; then one bit per exclusion. Shape (events + 1,).
    """

    unit: Ints
    at: Ints
    mask: Ints | Bytes

    @property
    def group_start(self) -> Ints:
        """First place of the events of the same unit and moment, shape (events + 1,)."""
        return self._groups[0]

    @property
    def group_end(self) -> Ints:
        """Place after the last of them, shape (events + 1,)."""
        return self._groups[1]

    @cached_property
    def _groups(self) -> tuple[Ints, Ints]:
        # told when asked for: where no two events tie, nobody does
        new = np.ones(len(self.at), dtype=np.bool_)
        new[1:] = (self.unit[1:] != self.unit[:-1]) | (self.at[1:] != self.at[:-1])
        begins = np.flatnonzero(new)
        number = np.cumsum(new) - 1
        return begins[number], np.append(begins[1:], len(self.at))[number]

    def places(self, bit: int) -> Ints:
        """Places of the events that have a bit, then that of the sentinel."""
        return np.append(np.flatnonzero(self.mask[:-1] >> bit & 1), len(self.at) - 1)


@dataclass(frozen=True)
class Attempts:
    """Attempts, by unit and then by entry.

    Attributes:
        entry: Place of the first step's event, shape (attempts,).
        taken: Place of the event that served as step k, or NONE, shape (steps, attempts).
        is_hit: Whether an excluded event ended it, shape (attempts,).
        is_broken: Whether nothing can follow directly any more (strict), shape (attempts,).
    """

    entry: Ints
    taken: Ints
    is_hit: Bools
    is_broken: Bools


def events_of(unit: Ints, at: Ints, mask: Ints, spec: FunnelSpec) -> Events:
    """The arrays with their sentinel; masks in bytes where these hold all bits: every step goes over them."""
    fits = len(spec.steps) + len(spec.exclusions) <= 8
    masks: Ints | Bytes = np.append(mask, 0)
    return Events(np.append(unit, -1), np.append(at, 0), masks.astype(np.uint8) if fits else masks)


def entries_of(events: Events, spec: FunnelSpec) -> Ints:
    """Places of the events that begin an attempt: those of step 1, in any order those of every step."""
    bits = (1 << len(spec.steps)) - 1 if spec.order == "any" else 1
    wanted = events.mask[:-1] & bits != 0
    start, end = spec.entries
    if start is not None:
        wanted &= events.at[:-1] >= start
    if end is not None:
        wanted &= events.at[:-1] < end
    return np.flatnonzero(wanted)


def chains(events: Events, entry: Ints, spec: FunnelSpec) -> Attempts:
    """All attempts of the given entries."""
    taken = _any_order(events, entry, spec) if spec.order == "any" else _in_order(events, entry, spec)
    is_hit = np.zeros(len(entry), dtype=np.bool_)
    first_hit = np.full(len(entry), len(events.at), dtype=np.int64)
    for number, exclusion in enumerate(spec.exclusions):
        place = _excluded_at(events, taken, exclusion, events.places(len(spec.steps) + number), spec)
        is_hit |= place != NONE
        first_hit = np.where(place != NONE, np.minimum(first_hit, place), first_hit)
    if spec.exclusions:
        limit = first_hit
        if spec.ties == "any":  # among others of its moment the excluded event stands last
            place = np.minimum(first_hit, len(events.at) - 1)
            alone = events.group_end[place] - events.group_start[place] == 1
            limit = np.where(alone, first_hit, events.group_end[place])
        taken[:, is_hit] = np.where(taken[:, is_hit] < limit[is_hit], taken[:, is_hit], NONE)
    last = taken.max(axis=0, initial=NONE)
    is_broken = np.zeros(len(entry), dtype=np.bool_)
    if spec.order == "strict":
        is_broken = events.unit[last + 1] == events.unit[entry]
    return Attempts(entry, taken, is_hit, is_broken)


def next_steps(state: int, spec: FunnelSpec) -> list[int]:
    """The steps (from 1) that may follow a step: those up to the next that isn't optional."""
    found = []
    for step in range(state + 1, len(spec.steps) + 1):
        found.append(step)
        if step not in spec.optional:
            break
    return found


def _find(places: Ints, since: Ints) -> Ints:
    return places[np.minimum(np.searchsorted(places, since), len(places) - 1)]


def _in_order(events: Events, entry: Ints, spec: FunnelSpec) -> Ints:
    steps, end = len(spec.steps), len(events.at) - 1
    taken = np.full((steps, len(entry)), NONE, dtype=np.int64)
    taken[0] = entry
    state = np.ones(len(entry), dtype=np.int64)
    last = entry.copy()
    for step in range(1, steps):
        at_step = np.flatnonzero(state == step)
        if len(at_step) == 0:
            continue
        before, first = last[at_step], entry[at_step]
        best = np.full(len(at_step), end, dtype=np.int64)
        best_step = np.full(len(at_step), NONE, dtype=np.int64)
        for following in next_steps(step, spec):
            if spec.order == "strict":
                place = np.where(events.mask[before + 1] >> (following - 1) & 1, before + 1, end)
            else:
                since = before + 1
                if spec.ties == "any":  # alone at its moment, an event must not serve again
                    alone = events.group_end[before] - events.group_start[before] == 1
                    since = np.where(alone, since, events.group_start[before])
                place = _find(events.places(following - 1), since)
            serves = _within(events, place, before, first, following, spec)
            # an event that could serve both goes to the step that can't be skipped
            is_needed = (place == best) & (following not in spec.optional)
            earlier = place < best
            if spec.ties == "any":  # of equal times the earlier step, so that both can be taken
                earlier = (best_step == NONE) | (events.at[place] < events.at[best])
            better = serves & (earlier | is_needed)
            best = np.where(better, place, best)
            best_step = np.where(better, following, best_step)
        moved = best_step != NONE
        rows = at_step[moved]
        taken[best_step[moved] - 1, rows] = best[moved]
        state[rows] = best_step[moved]
        last[rows] = best[moved]
    return taken


def _within(events: Events, place: Ints, before: Ints, first: Ints, step: int, spec: FunnelSpec) -> Bools:
    serves: Bools = events.unit[place] == events.unit[first]
    if spec.window is not None:
        serves &= events.at[place] - events.at[first] <= spec.window
    own = spec.step_windows[step - 1] if spec.step_windows else None
    if own is not None:
        serves &= events.at[place] - events.at[before] <= own
    return serves


def _any_order(events: Events, entry: Ints, spec: FunnelSpec) -> Ints:
    """Row k: the event with which k different steps were done. No event here could serve two."""
    steps, end = len(spec.steps), len(events.at) - 1
    found = np.empty((steps, len(entry)), dtype=np.int64)
    since = events.group_start[entry] if spec.ties == "any" else entry
    for step in range(steps):
        place = np.where(events.mask[entry] >> step & 1, NONE, _find(events.places(step), since))
        fits = (place == NONE) | (events.unit[place] == events.unit[entry])
        if spec.window is not None:
            fits &= (place == NONE) | (events.at[place] - events.at[entry] <= spec.window)
        found[step] = np.where(fits, place, end)
    found.sort(axis=0)
    found[0] = entry
    alive = np.ones(len(entry), dtype=np.bool_)
    for step in range(2, steps + 1):
        alive &= found[step - 1] != end
        own = spec.step_windows[step - 1] if spec.step_windows else None
        if own is not None:
            alive &= events.at[found[step - 1]] - events.at[found[step - 2]] <= own
        found[step - 1] = np.where(alive, found[step - 1], NONE)
    return found


def _first_taken(taken: Ints, step: int) -> Ints:
    """Place of the first step taken from a step on, or NONE."""
    found = np.full(taken.shape[1], NONE, dtype=np.int64)
    for row in range(taken.shape[0] - 1, step - 2, -1):
        found = np.where(taken[row] != NONE, taken[row], found)
    return found


def _excluded_at(events: Events, taken: Ints, exclusion: Exclusion, places: Ints, spec: FunnelSpec) -> Ints:
    """Place of the event that ends each attempt by this exclusion, or NONE."""
    after, before = _first_taken(taken, exclusion.after), _first_taken(taken, exclusion.before)
    since = events.group_end[after] if spec.ties == "any" else after + 1
    place = _find(places, np.where(after == NONE, 0, since))
    in_time = events.at[place] < events.at[before] if spec.ties == "any" else place < before
    if spec.window is None:
        unreached = np.ones(len(place), dtype=np.bool_)
    else:
        unreached = events.at[place] - events.at[taken[0]] <= spec.window
    hit = (after != NONE) & (events.unit[place] == events.unit[taken[0]])
    hit &= np.where(before == NONE, unreached, in_time)
    return np.where(hit, place, NONE)
