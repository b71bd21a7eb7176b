"""Of the events of a moment those that matter, and the next event of a kind: what keeps `funnel_search` quick."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property

import numpy as np

from journey_analytics.measures.funnel_chains import Events
from journey_analytics.measures.funnel_spec import FunnelSpec


class Moments:
    """The events by kind (what they could serve as), looked up once and kept.

    Args:
        events: All events.
        spec: The funnel.
    """

    def __init__(self, events: Events, spec: FunnelSpec) -> None:
        self.events = events
        self.spec = spec
        #: The sentinel's place.
        self.end = len(events.at) - 1
        self._steps = (1 << len(spec.steps)) - 1
        self._kinds: dict[int, dict[int, list[int]]] = {}
        self._places: dict[int, list[int]] = {}
        self._of_unit: dict[int, dict[int, list[int]]] = {}

    @cached_property
    def _unit_starts(self) -> list[int]:
        unit = self.events.unit
        return [0, *(np.flatnonzero(unit[1:] != unit[:-1]) + 1).tolist()]

    def that_matter(self, begin: int, end: int, entry: int) -> tuple[int, ...]:
        """Places of a moment's events, of each kind no more than could make a difference, and the entry if it is one.

        A kind can serve as each of its steps once; one more can be excluded, and one more stand between.
        """
        if end - begin == 1:
            return (begin,)
        chosen = []
        for mask, places in self._by_kind(begin, end).items():
            others = [place for place in places if place != entry]
            chosen += others[: self._most(mask)]
        if begin <= entry < end:
            chosen.append(entry)
        return tuple(sorted(chosen))

    def of_kind(self, place: int) -> list[int]:
        """The first places of the events of the same moment and kind, as many as matter and one more."""
        begin, end = int(self.events.group_start[place]), int(self.events.group_end[place])
        return self._by_kind(begin, end)[int(self.events.mask[place])]

    def next_with(self, bit: int, since: int) -> int:
        """The first place, from one on, of an event that has a bit; the sentinel's where there is none."""
        if bit not in self._places:
            self._places[bit] = self.events.places(bit).tolist()
        places = self._places[bit]
        return places[min(bisect_left(places, since), len(places) - 1)]

    def of_unit(self, place: int) -> dict[int, list[int]]:
        """Kind -> places, for the unit that an event belongs to; kinds that could serve as no step are left out."""
        starts = self._unit_starts
        begin = starts[bisect_left(starts, place + 1) - 1]
        if begin not in self._of_unit:
            follows = bisect_left(starts, begin + 1)
            end = starts[follows] if follows < len(starts) else self.end
            masks = self.events.mask[begin:end] & self._steps
            self._of_unit = {  # units come in order: one is kept at a time
                begin: {
                    int(mask): (np.flatnonzero(masks == mask) + begin).tolist() for mask in np.unique(masks) if mask
                }
            }
        return self._of_unit[begin]

    def _most(self, mask: int) -> int:
        return (mask & self._steps).bit_count() + 2

    def _by_kind(self, begin: int, end: int) -> dict[int, list[int]]:
        if begin not in self._kinds:
            masks = self.events.mask[begin:end]
            self._kinds[begin] = {
                int(mask): (np.flatnonzero(masks == mask)[: self._most(int(mask)) + 1] + begin).tolist()
                for mask in np.unique(masks)
            }
        return self._kinds[begin]
