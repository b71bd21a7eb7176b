"""Which identifiers are one person: connected components of the links, and the guards that refuse some of them.

Works on numbered identifiers and arrays; knows nothing of tables, customers' ids or the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Strength of a kind of identifier.
UNIQUE, CONTACT, WEAK = 1, 2, 3


@dataclass(frozen=True)
class Links:
    """Pairs of identifiers that were seen together, by number.

    Attributes:
        left: Numbers of the stronger identifiers, shape (links,).
        right: Numbers of the weaker ones, shape (links,).
    """

    left: Ints
    right: Ints


def components_of(count: int, links: Links) -> Ints:
    """The connected component of every identifier, shape (count,)."""
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    ones = np.ones(len(links.left), dtype=np.int8)
    graph = coo_matrix((ones, (links.left, links.right)), shape=(count, count))
    labels: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return labels.astype(np.int64)


def kiosks(strength: Ints, links: Links, max_people: int) -> Bools:
    """Weak identifiers seen with more than `max_people` different unique or contact identifiers, shape (count,)."""
    strong_left = (strength[links.left] < WEAK) & (strength[links.right] == WEAK)
    people = np.bincount(links.right[strong_left], minlength=len(strength))
    return np.asarray(people > max_people)


def conflicted(strength: Ints, kind: Ints, component: Ints) -> Bools:
    """Whether an identifier's component holds two values of one unique kind, shape (count,).

    Every identifier is a value of its own, so two of one kind in one component are a conflict.
    """
    unique = np.flatnonzero(strength == UNIQUE)
    if len(unique) == 0:
        return np.zeros(len(strength), dtype=np.bool_)
    kinds = int(kind.max()) + 1
    values = np.sort(component[unique] * kinds + kind[unique])
    twice = values[1:][values[1:] == values[:-1]]
    is_bad = np.zeros(int(component.max()) + 1, dtype=np.bool_)
    is_bad[twice // kinds] = True
    return is_bad[component]


def link_in_order(
    count: int, strength: Ints, kind: Ints, ordered: Sequence[tuple[int, int]]
) -> tuple[Ints, list[tuple[int, int]]]:
    """Link one pair after the other, refusing what would join two values of one unique kind.

    Only for the few identifiers of conflicted components: it is a plain loop.

    Args:
        count: Number of identifiers, numbered from 0.
        strength: Strength of each, shape (count,).
        kind: Number of the kind of each, shape (count,).
        ordered: The pairs in the order of their first sighting.

    Returns:
        The component of every identifier, shape (count,), and the refused pairs.
    """
    parent = list(range(count))
    uniques: list[dict[int, int]] = [{int(kind[i]): i} if strength[i] == UNIQUE else {} for i in range(count)]

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    refused: list[tuple[int, int]] = []
    for left, right in ordered:
        a, b = root(left), root(right)
        if a == b:
            continue
        small, large = (a, b) if len(uniques[a]) < len(uniques[b]) else (b, a)
        if uniques[small].keys() & uniques[large].keys():
            refused.append((left, right))
            continue
        parent[small] = large
        uniques[large].update(uniques[small])
    return np.array([root(node) for node in range(count)], dtype=np.int64), refused
