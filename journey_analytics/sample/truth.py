"""Which identifiers are one person as far as the logs can show it. Independent of the pipeline's own rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from journey_analytics.sample.model import Identifier, Row

#: Someone whose two cookies nothing ties together is two customers to any reader of the logs; the strongest
#: of these kinds decides which of the two bears the plain key.
STRENGTH = ("user_id", "crm_contact", "requester", "email", "cookie")


def customers(rows: Iterable[Row]) -> dict[tuple[str, Identifier], str]:
    """Name the customer that each person's identifier belongs to.

    Args:
        rows: All rows, in the order of their arrival; refused ones tie nothing together.

    Returns:
        (person, identifier) → customer: the person's key, and for identifiers that nothing ties to those key-b, -c …
    """
    links: dict[str, dict[Identifier, set[Identifier]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        if row.fate.startswith("rejected"):
            continue
        for left in row.identifiers:
            links[row.person][left].update(row.identifiers)
    named: dict[tuple[str, Identifier], str] = {}
    for person, neighbours in links.items():
        groups = _groups(neighbours)
        groups.sort(key=lambda group: min(STRENGTH.index(kind) for kind, _ in group))
        for number, group in enumerate(groups):
            name = person if number == 0 else f"{person}-{chr(ord('a') + number)}"
            named.update({(person, identifier): name for identifier in group})
    return named


def _groups(neighbours: dict[Identifier, set[Identifier]]) -> list[list[Identifier]]:
    groups, seen = [], set[Identifier]()
    for start in neighbours:
        if start in seen:
            continue
        group, waiting = [], [start]
        seen.add(start)
        while waiting:
            here = waiting.pop()
            group.append(here)
            for other in sorted(neighbours[here] - seen):
                seen.add(other)
                waiting.append(other)
        groups.append(group)
    return groups
