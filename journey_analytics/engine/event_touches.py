"""What customers do and where they are met at each stage, for the journey map: how often, for how many customers."""

from __future__ import annotations

import duckdb
import numpy as np

from journey_analytics.engine.event_rounds import Columns, Known, Round, append, grouped, places
from journey_analytics.engine.move_counts import Ints, MoveCounts, Whole, firsts

#: What touches of a channel group are counted as, at a stage.
METRICS = ("share_of_touches", "brings_in", "takes_on", "last_before_drop_off")
TOUCHES = """
CREATE TABLE touch_counts (
    value_no INTEGER, metric VARCHAR, stage_rank INTEGER, channel_group VARCHAR, n BIGINT, customers BIGINT
)
"""
#: name_no 0: all visits of the stage.
ACTIONS = """
CREATE TABLE action_counts (value_no INTEGER, stage_rank INTEGER, name_no BIGINT, visits BIGINT, customers BIGINT)
"""


class EventTouches:
    """Touches and actions, counted some customers at a time."""

    def __init__(self, known: Known) -> None:
        """Nothing yet."""
        self._known = known
        self._touches, self._actions = MoveCounts(known.segments), MoveCounts(known.segments)

    def add(self, some: Round) -> None:
        """Count those of some customers."""
        if not len(some.visits["visit_no"]):
            return
        self._add_touches(some)
        self._add_actions(some)

    def _add_touches(self, some: Round) -> None:
        known, events, visits = self._known, some.events, some.visits
        group = self._groups(some)
        met = (group >= 0) & (events["journey"] >= 0) & known.is_customer[events["kind"]]
        rows = np.flatnonzero(met & (events["stage"] > 0))
        # where a visit begins, by whatever event
        begins = group[visits["event"]]
        before = np.append(0, visits["stage"][:-1])
        before[visits["visit_number"] == 1] = 0
        brings = np.flatnonzero(begins >= 0)
        takes = np.flatnonzero((begins >= 0) & (before > 0) & (visits["stage"] > before))
        # the last touch of each journey that dropped
        lasts = np.flatnonzero(met)
        lasts = lasts[grouped(events["journey"][lasts])]
        lasts = lasts[np.append(firsts(events["journey"][lasts])[1:], True)[: len(lasts)]]
        dropped = known.dropped_at[events["journey"][lasts]]
        lasts, dropped = lasts[dropped > 0], dropped[dropped > 0]
        parts = [
            (0, events["stage"][rows], group[rows], events, rows),
            (1, visits["stage"][brings], begins[brings], visits, brings),
            (2, before[takes], begins[takes], visits, takes),
            (3, dropped, group[lasts], events, lasts),
        ]
        edges = [
            (metric * known.stages + stage.astype(np.int64)) * len(known.groups) + of
            for metric, stage, of, _, _ in parts
        ]
        journey = np.concatenate([columns["journey"][chosen] for *_, columns, chosen in parts])
        customer = np.concatenate([columns["ck"][chosen] for *_, columns, chosen in parts])
        self._count(self._touches, np.concatenate(edges), journey, customer, some)

    def _groups(self, some: Round) -> Whole:
        """The channel group of each event, as `events` has it."""
        known, events = self._known, some.events
        group = known.group_of_session[events["session"]]
        group = np.where((group < 0) & ~events["bears_traffic"], known.group_of_kind[events["kind"]], group)
        group[some.bearing["event"]] = some.bearing["group_no"]
        return group

    def _add_actions(self, some: Round) -> None:
        """Each pair of a stage visit and an event name once; and each visit, under the name 0."""
        known, events, visits = self._known, some.events, some.visits
        rows = np.flatnonzero((events["journey"] >= 0) & known.is_customer[events["kind"]])
        visit = _visit_of(events["run"][rows], events["journey"][rows], some.runs, visits)
        rows, visit = rows[visit >= 0], visit[visit >= 0]
        bits = known.names.bit_length()
        keys = (visit << bits) | known.name[events["kind"][rows]]
        keys.sort()
        keys = keys[firsts(keys)]
        visit = np.append(keys >> bits, np.arange(len(visits["visit_no"])))
        name = np.append(keys & ((1 << bits) - 1), np.zeros(len(visits["visit_no"]), dtype=np.int64))
        edge = visits["stage"][visit].astype(np.int64) * known.names + name
        self._count(self._actions, edge, visits["journey"][visit], visits["ck"][visit], some)

    def _count(self, counts: MoveCounts, edge: Whole, journey: Whole, customer: Whole, some: Round) -> None:
        cell = (edge << self._known.segments.bits) | self._known.combination[journey]
        counts.add(cell, customer - some.least, self._known.several[some.least : some.end])

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        """Fill `touch_counts` and `action_counts`."""
        known = self._known
        keys, n, customers = self._touches.totals()
        edge, value = np.divmod(keys, known.segments.values)
        stage, group = np.divmod(edge, max(1, len(known.groups)))
        touches = {
            "value_no": known.value_nos[value],
            "metric": np.array(METRICS)[stage // known.stages],
            "stage_rank": stage % known.stages,
            "channel_group": np.array([*known.groups, ""])[group],
            "n": n,
            "customers": customers,
        }
        append(con, "touch_counts", touches)
        keys, n, customers = self._actions.totals()
        edge, value = np.divmod(keys, known.segments.values)
        stage, name = np.divmod(edge, known.names)
        actions = {
            "value_no": known.value_nos[value],
            "stage_rank": stage,
            "name_no": name,
            "visits": n,
            "customers": customers,
        }
        append(con, "action_counts", actions)


def _visit_of(run: Ints, journey: Whole, runs: Columns, visits: Columns) -> Whole:
    """The place of the visit that each event falls in, among those of the round; -1: none.

    It is that of the stage run under way. Where this is of the next journey (two journeys meet at the event's moment),
    it is the last visit of its own; before the first visit of its journey an event falls in none.
    """
    under_way = runs["journey"][run]
    ends = np.flatnonzero(visits["is_last"])
    own = places(journey, visits["journey"][ends])
    of_own = np.where((under_way == journey + 1) & (own >= 0), ends[own], -1)
    return np.where(run >= 0, np.where(under_way == journey, runs["visit"][run], of_own), -1)
