"""Benjamini-Hochberg: which of many tests to believe, so that few of those believed are chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import false_discovery_control


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjusted p-values of one family; what is at most q survives at a false-discovery rate of q.

    Args:
        p_values: The family; None: not tested, and no member of the family.

    Examples:
        >>> adjusted([0.01, None, 0.04])
        [0.02, None, 0.04]
    """
    tested = [place for place, p in enumerate(p_values) if p is not None]
    answer: list[float | None] = [None] * len(p_values)
    if tested:
        family = np.array([p_values[place] for place in tested], dtype=np.float64)
        for place, p in zip(tested, false_discovery_control(family, method="bh"), strict=True):
            answer[place] = float(p)
    return answer
