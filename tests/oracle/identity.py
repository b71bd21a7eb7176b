"""Identifiers to customers, links accepted and refused. Works on accepted events in the total order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations

from tests.oracle.config import Event, OracleConfig

Identifier = tuple[str, str]  # (kind, value)


@dataclass
class Resolved:
    """What identity resolution gives."""

    component: dict[Identifier, frozenset[Identifier]] = field(default_factory=dict)
    links: dict[tuple[Identifier, Identifier], str] = field(default_factory=dict)  # accepted, kiosk, refused
    customer: list[frozenset[Identifier]] = field(default_factory=list)  # per event, in the total order
    several_people: set[Identifier] = field(default_factory=set)


def resolve(events: list[Event], config: OracleConfig) -> Resolved:
    """Link the identifiers and give each event its customer (named by the set of its identifiers)."""
    result = Resolved()
    kiosks = _kiosks(events, config)
    groups: dict[Identifier, set[Identifier]] = {}
    unique_kinds = {kind for event in events for strength, kind, _ in event["ids"] if strength == "1 unique"}
    refused_at: set[Identifier] = set()
    for event in events:
        # "The links of one row: every pair of its identifiers, strongest first (unique, contact, weak; then
        # kind, value)."
        ids = sorted(event["ids"])
        for _, kind, value in ids:
            groups.setdefault((kind, value), {(kind, value)})
        for (strong, *left), (weaker, *right) in combinations(ids, 2):
            a, b = (left[0], left[1]), (right[0], right[1])
            if a in kiosks or b in kiosks:
                result.links[a, b] = "kiosk"
            elif groups[a] is groups[b]:
                result.links.setdefault((a, b), "accepted")
            elif _two_values(groups[a] | groups[b], unique_kinds):
                # "a link that would put two different values of one unique kind into one component is refused"
                result.links[a, b] = "refused"
                if strong == "1 unique" and weaker == "3 weak":
                    refused_at.add(b)
            else:
                result.links[a, b] = "accepted"
                joined = groups[a] | groups[b]
                for identifier in joined:
                    groups[identifier] = joined
    frozen = {id(group): frozenset(group) for group in groups.values()}
    result.component = {identifier: frozen[id(group)] for identifier, group in groups.items()}
    # "A weak identifier is used by several people when it is over `max_people`, or when one of its links to a
    # unique identifier was refused."
    result.several_people = kiosks | refused_at
    result.customer = _customers(events, result)
    return result


def _kiosks(events: list[Event], config: OracleConfig) -> set[Identifier]:
    """ "a weak identifier seen with more than `max_people` (5) different unique or contact identifiers (a kiosk),
    counted over all accepted rows before any link is made".
    """
    seen_with: dict[Identifier, set[Identifier]] = defaultdict(set)
    for event in events:
        for strength, kind, value in event["ids"]:
            if strength == "3 weak":
                others = {(k, v) for s, k, v in event["ids"] if s != "3 weak"}
                seen_with[kind, value] |= others
    return {identifier for identifier, others in seen_with.items() if len(others) > config.max_people}


def _two_values(group: set[Identifier], unique_kinds: set[str]) -> bool:
    """Whether a component would hold two values of one unique kind."""
    kinds = [kind for kind, _ in group if kind in unique_kinds]
    return len(kinds) != len(set(kinds))


def _customers(events: list[Event], resolved: Resolved) -> list[frozenset[Identifier]]:
    """The customer of each event.

    "An event belongs to the customer of its strongest identifier (unique, contact, weak; of equals the first in
    the order of the source's `identifiers`). One with only a weak identifier that several people use belongs to
    the person last seen on it before, else first seen after."
    """
    strongest = []
    sightings: dict[Identifier, list[tuple[int, frozenset[Identifier]]]] = defaultdict(list)
    for position, event in enumerate(events):
        strength, kind, value = min(event["ids"], key=lambda i: i[0])  # min keeps the first of equals
        strongest.append((strength, (kind, value)))
        if strength != "3 weak":
            person = resolved.component[kind, value]
            for other_strength, *other in event["ids"]:
                if other_strength == "3 weak":
                    sightings[other[0], other[1]].append((position, person))
    customers = []
    for position, (strength, identifier) in enumerate(strongest):
        customer = resolved.component[identifier]
        if strength == "3 weak" and identifier in resolved.several_people:
            before = [person for at, person in sightings[identifier] if at < position]
            after = [person for at, person in sightings[identifier] if at > position]
            customer = before[-1] if before else after[0] if after else customer
        customers.append(customer)
    return customers
