"""Which stage an event evidences, by which rule, over one customer's whole history."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.oracle.config import Event, OracleConfig, Rule
from tests.oracle.text import any_glob


@dataclass
class Evidence:
    """The furthest stage an event matches, and the first rule of it that matched (both from 0)."""

    stage: int
    rule: int
    back: bool


def evidence_of(events: list[Event], config: OracleConfig) -> list[Evidence | None]:
    """For each event of one customer (in the total order) what it evidences, whatever `back` does with it."""
    return [_evidence(position, events, config) for position in range(len(events))]


def _evidence(position: int, events: list[Event], config: OracleConfig) -> Evidence | None:
    event = events[position]
    # "Machine events evidence nothing." "A `lost` event ... evidences no stage". A deal's event on another
    # contact is a background event whatever it matches.
    if event["actor"] == "machine" or event["background"] or event["event_name"] in config.lost:
        return None
    # "An engagement that matches rules of several stages evidences the furthest."
    for stage in reversed(range(len(config.stages))):
        # "The rule kept is the first match of the furthest stage"
        for number, rule in enumerate(config.stages[stage].rules):
            if _matches(rule, position, events):
                # "`back: false` ... (the default for rules of the first stage)"
                back = rule.back if rule.back is not None else stage != 0
                return Evidence(stage, number, back)
    return None


def _matches(rule: Rule, position: int, events: list[Event]) -> bool:
    """ "All keys of a rule must hold"."""
    event = events[position]
    if not _base_matches(rule, event):
        return False
    if rule.nth is not None:
        # "`nth` counts, machine events left out, the events that meet the rule's events, sources, channels, urls
        # and where, over the whole history"; "`after` and `within` are tested apart".
        count = sum(e["actor"] != "machine" and _base_matches(rule, e) for e in events[: position + 1])
        if not _nth_holds(rule.nth, count):
            return False
    if rule.after:
        # "`after`: any earlier event in the total order, in any journey, by customer or company"
        earlier = [e for e in events[:position] if e["actor"] != "machine" and any_glob(rule.after, e["event_name"])]
        if not earlier:
            return False
        # "`within` is inclusive, from the latest such event"
        if rule.within is not None and event["ordered_at"] - earlier[-1]["ordered_at"] > rule.within:
            return False
    elif rule.within is not None:
        raise ValueError("within without after is an error")
    return True


def _base_matches(rule: Rule, event: Event) -> bool:
    if rule.events and not any_glob(rule.events, event["event_name"]):
        return False
    if rule.sources and event["source"] not in rule.sources:
        return False
    if rule.channels and event["channel"] not in rule.channels:
        return False
    if rule.urls and not any_glob(rule.urls, event["path"]):
        return False
    # "a `where` that is null does not match"
    return rule.where is None or rule.where(event) is True


def _nth_holds(nth: str | int, count: int) -> bool:
    """ "`>= n`, `> n`, `<= n`, `< n`, `= n`, or n for exactly n"."""
    match = re.fullmatch(r"\s*(>=|>|<=|<|=)?\s*(\d+)\s*", str(nth))
    assert match is not None, nth
    n = int(match[2])
    sign = match[1] or "="
    return {">=": count >= n, ">": count > n, "<=": count <= n, "<": count < n, "=": count == n}[sign]
