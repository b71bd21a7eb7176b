"""Periods that cohorts are told by: how a date is written as one, and how the table `segments` names them."""

from __future__ import annotations

#: Period -> SQL of its name, of a date `{day}`.
_NAMES = {
    "day": "strftime({day}, '%Y-%m-%d')",
    "week": "strftime({day}, '%G-W%V')",
    "month": "strftime({day}, '%Y-%m')",
    "quarter": "concat(year({day}), '-Q', quarter({day}))",
    "year": "strftime({day}, '%Y')",
}
_DEFINED = " of entry into the stage"


def period_name(period: str, day: str) -> str:
    """SQL of the name of the period that a date lies in.

    Args:
        period: day, week, month, quarter or year.
        day: SQL of the date.
    """
    return _NAMES[period].replace("{day}", day)


def cohort_definition(period: str) -> str:
    """What `segments` says of cohorts by a period."""
    return f"{period}{_DEFINED}"


def defined_period(definition: str) -> str | None:
    """The period of a definition in `segments`; None where it is of no cohort."""
    period = definition.removesuffix(_DEFINED)
    return period if period in _NAMES else None
