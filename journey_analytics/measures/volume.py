"""Has a volume moved by more than chance: the step from the four weeks before to the last four, beside earlier steps.

Steps are differences of logarithms, so growth is the same step again and again. What a step varies by has two parts.
The first is what independent customers bring, told by what each of them did in the eight weeks: it is known without a
history, holds customers who do many things at once or come back as a rule, and is the larger the fewer they are. The
second is what else moves all of them (weather, campaigns, seasons): what earlier steps varied by beyond the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtr

Floats = NDArray[np.float64]

#: Weeks of one span, and of the whole history that a volume needs to be judged at all.
SPAN, HISTORY = 4, 24
#: Weeks with which a yearly wave can be told from growth.
YEAR, WAVE = 52, 50
#: Independent customers, counting who does much as more than one would, that both spans together need.
FEWEST = 30.0
_SHARES = ((np.arange(400) + 0.5) / 400) ** 3  # denser towards 0, where small p-values come from
_WEIGHTS = 3 * ((np.arange(400) + 0.5) / 400) ** 2 / 400


@dataclass(frozen=True)
class _Steps:
    """Linear forms of the logarithms of weeks, the newest first.

    Attributes:
        earlier: The steps that don't touch the last four weeks, shape (steps, weeks).
        usual: Weights of the earlier steps whose sum is the usual one, shape (steps,).
        last: The last step, shape (weeks,).
    """

    earlier: Floats
    usual: Floats
    last: Floats


@lru_cache(maxsize=128)
def _steps(weeks: int) -> _Steps:
    steps = np.zeros((weeks - 2 * SPAN + 1, weeks))
    for number, row in enumerate(steps):
        row[number : number + SPAN] = 1 / SPAN
        row[number + SPAN : number + 2 * SPAN] = -1 / SPAN
    place = np.arange(SPAN, len(steps))
    level = np.ones((len(place), 1))
    if weeks >= WAVE:  # else the part of a year that is missing would be taken for growth the other way
        wave = 2 * np.pi * place / YEAR
        level = np.column_stack([level, np.cos(wave), np.sin(wave)])
    return _Steps(steps[SPAN:], np.linalg.pinv(level)[0], steps[0])


def moved_volume(weeks: Sequence[float], spread: float) -> float | None:
    """The p-value of a volume's step from the four weeks before to the last four.

    Args:
        weeks: Amount by week, the newest first.
        spread: Sum over customers of the square of what they did in the last span less what they did in the one before.

    Returns:
        None with fewer than `HISTORY` weeks or `FEWEST` independent customers, and where an amount is negative or
        beyond what a float holds.
    """
    amounts = np.asarray(weeks, dtype=np.float64)
    sums = np.convolve(amounts, np.ones(SPAN), "valid") if len(amounts) >= HISTORY else np.zeros(0)
    if len(sums) == 0 or not np.isfinite(sums).all() or min(sums[0], sums[SPAN]) < 0 or not np.isfinite(spread):
        return None
    total = float(sums[0] + sums[SPAN])
    if spread <= 0 or total**2 / spread < FEWEST:
        return None
    unit = spread / total  # the size of an independent customer's doings
    return _tested(np.maximum(sums, 0), unit)


def _tested(sums: Floats, unit: float) -> float:
    logs = np.log(sums + unit / 2)
    values = logs[:-SPAN] - logs[SPAN:]
    sizes = 4 * unit / (sums[:-SPAN] + sums[SPAN:] + unit)  # variance of a step among independent customers
    weeks = len(sums) + SPAN - 1
    # of single weeks, so that the four and four of a step make up its size
    noise = 2 * np.interp(np.arange(weeks), np.arange(len(sizes)) + SPAN - 0.5, sizes)
    told, earlier = _steps(weeks), values[SPAN:]
    growth = float(told.usual @ earlier)
    usual = told.usual @ told.earlier
    around = _Judge(told.last - usual, told.earlier - usual, earlier - growth, sizes[SPAN:], noise)
    step = float(values[0]) - growth
    if weeks < WAVE:
        # growth and a season look alike in less than a year: without clear growth none is taken off, with it a step
        # must stand out beside both
        if abs(growth) < 2 * np.sqrt(around.variance_of(usual)):
            return _Judge(told.last, told.earlier, earlier, sizes[SPAN:], noise).p_value(float(values[0]))
        step = 0.0 if step * values[0] < 0 else min(abs(step), abs(float(values[0])))
    return around.p_value(step)


class _Judge:
    """What a linear form varies by, with the variance beyond chance that residuals of earlier steps show.

    Args:
        form: The form that is tested, shape (weeks,).
        forms: The residuals as forms, shape (steps, weeks).
        residuals: Their values, shape (steps,).
        sizes: Their variance among independent customers, shape (steps,).
        noise: That of single weeks, shape (weeks,).
    """

    def __init__(self, form: Floats, forms: Floats, residuals: Floats, sizes: Floats, noise: Floats) -> None:
        weights = 1 / sizes / (1 / sizes).sum()
        self._noise = noise
        self._inner = forms.T @ (forms * weights[:, None])
        scale = float(form @ form) / float(np.trace(self._inner))
        self._least = float(form**2 @ noise)
        # variance = shift + seen, unbiased: what residuals show, less what chance alone would have them show
        self._shift = self._least - scale * float(np.diag(self._inner) @ noise)
        self._variance = max(self._least, self._shift + scale * float(weights @ residuals**2))
        self._beyond = (self._variance - self._least) / float(form @ form)

    def variance_of(self, form: Floats) -> float:
        """Of another form."""
        return float(form**2 @ (self._noise + self._beyond))

    def p_value(self, value: float) -> float:
        """Two-sided, of a value of the form; knows how uncertain the variance is and that it has a least."""
        moved = self._inner * (self._noise + self._beyond)
        freedom = float(np.trace(moved)) ** 2 / float(np.sum(moved * moved.T))
        seen = (self._variance - self._shift) * 2 * gammaincinv(freedom / 2, _SHARES) / freedom  # of chi-squared
        errors = np.sqrt(np.maximum(self._least, self._shift + seen))
        return float(min(1.0, _WEIGHTS @ (2 * ndtr(-abs(value) / self._variance * errors))))
