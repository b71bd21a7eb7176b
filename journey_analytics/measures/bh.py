"""Benjamini-Hochberg: which of many tests to believe, so that few of those believed are chance.

`scipy.stats.false_discovery_control` gives the same (a test holds it so), but importing `scipy.stats` costs a run one
processor second.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjusted p-values of one family; what is at most q survives at a false-discovery rate of q.

    Args:
        p_values: The family; None: not tested, and no member of the family.

    Raises:
        ValueError: If a p-value is none.

    Examples:
        >>> adjusted([0.01, None, 0.04])
        [0.02, None, 0.04]
    """
    tested = [place for place, p in enumerate(p_values) if p is not None]
    answer: list[float | None] = [None] * len(p_values)
    if tested:
        family = np.array([p_values[place] for place in tested], dtype=np.float64)
        if not ((family >= 0) & (family <= 1)).all():
            raise ValueError("p-values lie between 0 and 1")
        order = np.argsort(family, kind="stable")[::-1]  # from the greatest, so that each gets the least of those above
        ranks = np.arange(len(family), 0, -1)
        raised = np.minimum.accumulate(np.minimum(family[order] * len(family) / ranks, 1.0))
        for place, p in zip(order, raised, strict=True):
            answer[tested[place]] = float(p)
    return answer
