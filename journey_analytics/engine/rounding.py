"""Figures that Python computes and a table keeps."""

from __future__ import annotations

from math import isnan


def twelve_digits(number: float | None) -> float | None:
    """A number as tables keep it (NaN is None): sums of floats differ in their last digits with the threads."""
    return None if number is None or isnan(number) else float(f"{number:.12g}")
