"""Attempts one by one, through every order that is allowed: exact for every funnel, and slower.

Moments without anything that matters are stepped over, and of events that could serve alike only as many are looked at
as could ever serve, so that a customer with very many events at one moment costs no more than one with few. Only for
units where order is free and an event could serve more than one step; `funnel_chains` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from journey_analytics.measures.funnel_chains import NONE, Attempts, Events, next_steps
from journey_analytics.measures.funnel_matching import matched
from journey_analytics.measures.funnel_moments import Moments
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


#: Above so many tied events, entries that could serve alike are followed once for all of them.
_FEW = 8


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
    moments = Moments(events, spec)
    alike: dict[tuple[int, int], tuple[int, _State]] = {}
    for number, place in enumerate(entry.tolist()):
        if spec.order == "any":
            best = _State(tuple(enumerate(matched(moments, place), 1)))
        else:
            key = (int(events.group_start[place]), int(events.mask[place]))
            if key in alike:
                best = _in_place_of(*alike[key], place, moments)
            else:
                best = max(_followed(moments, place), key=lambda state: _goodness(state, events, may_go_on))
                if spec.ties == "any" and events.group_end[place] - events.group_start[place] > _FEW:
                    alike[key] = (place, best)
        for step, served in best.taken:
            taken[step - 1, number] = served
        is_hit[number], is_broken[number] = best.is_hit, best.is_broken
    return Attempts(entry, taken, is_hit, is_broken)


def _in_place_of(other: int, state: _State, entry: int, moments: Moments) -> _State:
    """What another entry of the same moment and kind came to, with the two in each other's place."""
    alike = moments.of_kind(other)
    theirs = [place for place in alike if place != other]
    ours = [place for place in alike if place != entry]
    swapped = dict(zip(theirs, ours, strict=False)) | {other: entry}
    return replace(state, taken=tuple((step, swapped.get(place, place)) for step, place in state.taken))


def _goodness(state: _State, events: Events, may_go_on: Better) -> tuple[object, ...]:
    times = tuple(-int(events.at[place]) for _, place in state.taken)
    open_ = may_go_on(state.taken, state.is_hit, state.is_broken)
    return (state.taken[-1][0], open_, not state.is_hit, len(state.taken), times, [-p for _, p in state.taken])


def _followed(moments: Moments, entry: int) -> list[_State]:
    events, spec = moments.events, moments.spec
    states = {_State()}
    begin = int(events.group_start[entry]) if spec.ties == "any" else entry
    while events.unit[begin] == events.unit[entry]:
        if spec.window is not None and events.at[begin] - events.at[entry] > spec.window:
            break
        end = int(events.group_end[begin]) if spec.ties == "any" else begin + 1
        reached: set[_State] = set()
        seen: set[tuple[_State, tuple[int, ...]]] = set()
        for state in states:
            _orders(events, entry, spec, state, moments.that_matter(begin, end, entry), reached, seen)
        states = reached
        live = [state for state in states if not _is_over(state, spec)]
        if not live:
            break
        begin = end
        if all(state.is_broken or spec.order == "ordered" for state in live):  # only some events matter
            following = min(_next_that_matters(state, begin, moments) for state in live)
            begin = int(events.group_start[following]) if spec.ties == "any" else following
    return list(states)


def _next_that_matters(state: _State, since: int, moments: Moments) -> int:
    """The next place whose event could serve or end the attempt; that of the sentinel where there is none."""
    events, spec = moments.events, moments.spec
    step, before = state.taken[-1]
    found = moments.end
    for following in [] if state.is_broken else next_steps(step, spec):
        place = moments.next_with(following - 1, since)
        own = spec.step_windows[following - 1] if spec.step_windows else None
        if own is None or events.at[place] - events.at[before] <= own:  # later ones are too late as well
            found = min(found, place)
    for number, exclusion in enumerate(spec.exclusions):
        if exclusion.after <= step < exclusion.before:
            found = min(found, moments.next_with(len(spec.steps) + number, since))
    return found


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
