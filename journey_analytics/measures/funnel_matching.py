"""Steps in any order, where an event could serve several: as many steps are done as the events can serve, one each."""

from __future__ import annotations

from bisect import bisect_left

from journey_analytics.measures.funnel_moments import Moments


def matched(moments: Moments, entry: int) -> list[int]:
    """Places of the events with which one step more was done, from the entry on.

    An event that adds no step shows that none of its kind ever will: what the steps are served by only grows. So each
    kind is given up at its first event in vain, and an attempt looks at as many events as there are steps and kinds.
    """
    events, spec = moments.events, moments.spec
    kinds = moments.of_unit(entry)
    begin = int(events.group_start[entry]) if spec.ties == "any" else entry
    server: dict[int, int] = {}
    taken: list[int] = []
    alive = {mask: bisect_left(places, begin) for mask, places in kinds.items()}
    while alive and len(taken) < len(spec.steps):
        if not taken:  # the entry is the first, whatever stands beside it
            place, mask = entry, int(events.mask[entry]) & ((1 << len(spec.steps)) - 1)
        else:
            place, mask = _next(kinds, alive, entry)
            if place < 0 or (spec.window is not None and events.at[place] - events.at[entry] > spec.window):
                break
        if not _place(moments, place, server, set()):
            del alive[mask]
            continue
        number = len(taken) + 1
        own = spec.step_windows[number - 1] if spec.step_windows else None
        if taken and own is not None and events.at[place] - events.at[taken[-1]] > own:
            break
        taken.append(place)
    return taken


def _next(kinds: dict[int, list[int]], alive: dict[int, int], entry: int) -> tuple[int, int]:
    """The next event of a kind that could still add a step, and its kind; it is then behind us. (-1, 0): none."""
    found = (-1, 0)
    for mask, number in alive.items():
        places = kinds[mask]
        if number < len(places) and places[number] == entry:
            number = alive[mask] = number + 1
        if number < len(places) and (found[0] < 0 or places[number] < found[0]):
            found = (places[number], mask)
    if found[0] >= 0:
        alive[found[1]] += 1
    return found


def _place(moments: Moments, place: int, server: dict[int, int], tried: set[int]) -> bool:
    """Give an event a step, moving others to other steps where that makes room."""
    for step in range(len(moments.spec.steps)):
        if moments.events.mask[place] >> step & 1 and step not in tried:
            tried.add(step)
            if step not in server or _place(moments, server[step], server, tried):
                server[step] = place
                return True
    return False
