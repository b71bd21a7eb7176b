"""Attempts one by one, through every order that is allowed: exact for every funnel, and slow.

Only for units where order is free and an event could serve more than one step; `funnel_chains` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from journey_analytics.measures.funnel_chains import NONE, Attempts, Events, next_steps
from journey_analytics.measures.funnel_spec import FunnelSpec
from journey_analytics.measures.ordering import Ints


@dataclass(frozen=True)
class _State:
    """Where an attempt stands: the events that served, by step, and whether it was ended or broken."""

    taken: tuple[tuple[int, int], ...] = ()
    is_hit: bool = False
    is_broken: bool = False


#: Of the outcomes that different orders allow, which is better: (state) -> a key, greater is better.
Better = Callable[[tuple[tuple[int, int], ...], bool, bool], int]


def searched(events: Events, entry: Ints, spec: FunnelSpec, may_go_on: Better) -> Attempts:
    """All attempts of the given entries, each followed through every allowed order.

    Args:
        events: All events, as for `chains`.
        entry: Places of the entries.
        spec: The funnel.
        may_go_on: 1 where an attempt (taken, is_hit, is_broken) could still go further, else 0.
    """
    taken = np.full((len(spec.steps), len(entry)), NONE, dtype=np.int64)
    is_hit = np.zeros(len(entry), dtype=np.bool_)
    is_broken = np.zeros(len(entry), dtype=np.bool_)
    for number, place in enumerate(entry.tolist()):
        if spec.order == "any":
            best = _matched(events, place, spec)
        else:
            best = max(_followed(events, place, spec), key=lambda state: _goodness(state, events, may_go_on))
        for step, served in best.taken:
            taken[step - 1, number] = served
        is_hit[number], is_broken[number] = best.is_hit, best.is_broken
    return Attempts(entry, taken, is_hit, is_broken)


def _goodness(state: _State, events: Events, may_go_on: Better) -> tuple[object, ...]:
    times = tuple(-int(events.at[place]) for _, place in state.taken)
    open_ = may_go_on(state.taken, state.is_hit, state.is_broken)
    return (state.taken[-1][0], open_, not state.is_hit, len(state.taken), times, [-p for _, p in state.taken])


def _followed(events: Events, entry: int, spec: FunnelSpec) -> list[_State]:
    states = {_State()}
    begin = int(events.group_start[entry]) if spec.ties == "any" else entry
    while events.unit[begin] == events.unit[entry]:
        if spec.window is not None and events.at[begin] - events.at[entry] > spec.window:
            break
        end = int(events.group_end[begin]) if spec.ties == "any" else begin + 1
        reached: set[_State] = set()
        seen: set[tuple[_State, tuple[int, ...]]] = set()
        for state in states:
            _orders(events, entry, spec, state, tuple(range(begin, end)), reached, seen)
        states = reached
        begin = end
        if all(_is_over(state, spec) for state in states):
            break
    return list(states)


def _is_over(state: _State, spec: FunnelSpec) -> bool:
    """Whether nothing later matters; an excluded event still does after strict order was broken."""
    is_complete = state.taken[-1][0] == len(spec.steps)
    return is_complete or state.is_hit or (state.is_broken and not spec.exclusions)


def _orders(
    events: Events,
    entry: int,
    spec: FunnelSpec,
    state: _State,
    left: tuple[int, ...],
    reached: set[_State],
    seen: set[tuple[_State, tuple[int, ...]]],
) -> None:
    """Every order of the events that are left of one moment; events that could serve alike are not told apart."""
    if (state, left) in seen:
        return
    seen.add((state, left))
    if not left:
        reached.add(state)
        return
    tried = set()
    for place in left:
        kind = (int(events.mask[place]), place == entry)
        if kind in tried:
            continue
        tried.add(kind)
        rest = tuple(other for other in left if other != place)
        _orders(events, entry, spec, _step(events, entry, spec, state, place), rest, reached, seen)


def _step(events: Events, entry: int, spec: FunnelSpec, state: _State, place: int) -> _State:
    if not state.taken:
        return _State(((1, place),)) if place == entry else state
    step, before = state.taken[-1]
    if state.is_hit or step == len(spec.steps):
        return state
    mask = int(events.mask[place])
    serves = None if state.is_broken else _serves(events, spec, mask, step, before, place)
    for number, exclusion in enumerate(spec.exclusions):
        is_excluded = mask >> (len(spec.steps) + number) & 1 and exclusion.after <= step < exclusion.before
        if is_excluded and (serves is None or serves < exclusion.before):
            return replace(state, is_hit=True)
    if serves is not None:
        return replace(state, taken=(*state.taken, (serves, place)))
    return replace(state, is_broken=spec.order == "strict")


def _serves(events: Events, spec: FunnelSpec, mask: int, step: int, before: int, place: int) -> int | None:
    found = []
    for following in next_steps(step, spec):
        own = spec.step_windows[following - 1] if spec.step_windows else None
        late = own is not None and events.at[place] - events.at[before] > own
        if mask >> (following - 1) & 1 and not late:
            found.append(following)
    if not found:
        return None
    return found[-1] if found[-1] not in spec.optional else found[0]


def _matched(events: Events, entry: int, spec: FunnelSpec) -> _State:
    """Any order: each event serves one step, and as many steps as can be are done at every moment."""
    server: dict[int, int] = {}
    taken: list[tuple[int, int]] = []
    begin = int(events.group_start[entry]) if spec.ties == "any" else entry
    order = [entry]
    place = begin
    while events.unit[place] == events.unit[entry]:
        if spec.window is not None and events.at[place] - events.at[entry] > spec.window:
            break
        if place != entry:
            order.append(place)
        place += 1
    for served in order:
        if len(taken) == len(spec.steps):
            break
        if not _place(events, served, server, set(), len(spec.steps)):
            continue
        number = len(taken) + 1
        own = spec.step_windows[number - 1] if spec.step_windows else None
        if taken and own is not None and events.at[served] - events.at[taken[-1][1]] > own:
            break
        taken.append((number, served))
    return _State(tuple(taken))


def _place(events: Events, place: int, server: dict[int, int], tried: set[int], steps: int) -> bool:
    """Give an event a step, moving others to other steps where that makes room."""
    for step in range(steps):
        if events.mask[place] >> step & 1 and step not in tried:
            tried.add(step)
            if step not in server or _place(events, server[step], server, tried, steps):
                server[step] = place
                return True
    return False
