"""Figures made of HTML and CSS: bars of outcomes, rates on a scale. They need no script, and print as they are."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from journey_analytics.presentation.facts import DropOff
from journey_analytics.presentation.numbers import clean, count, interval, many, percent

_ROOM = 0.028  # of the width of a bar that one digit takes


def outcomes(rows: Sequence[DropOff]) -> Markup:
    """What became of the journeys that reached each stage: one bar per stage, as long as they are many."""
    goal = max((row.rank for row in rows), default=0)
    most = max((row.reached for row in rows), default=0) or 1
    lines = Markup("")
    for row in rows:
        parts = (
            (("completed", "completed", row.reached),)
            if row.rank == goal
            else (
                ("advanced", "went on", row.advanced),
                ("dropped", "dropped", row.dropped),
                ("open", "still open", row.open),
            )
        )
        marks = Markup("")
        for hue, words, size in parts:
            if size:
                text = count(size) if size / most >= _ROOM * len(count(size)) else ""
                marks += Markup('<span class="{}" style="width:{:.2f}%" title="{}: {} {}">{}</span>').format(
                    hue, 100 * size / most, clean(row.stage), count(size), words, text
                )
        lines += _line(row.stage, Markup('<span class="bar">{}</span>').format(marks))
    return Markup('<div class="strips">{}</div>').format(lines)


def rates(rows: Sequence[DropOff]) -> Markup:
    """The drop-off rate of each stage on a scale from 0 to 100 %, with its interval; hollow where it is of few."""
    goal = max((row.rank for row in rows), default=0)
    lines = Markup("")
    for row in rows:
        if row.rate is None:
            waiting = "too early to say" if row.reached else "nobody yet"
            text = f"the goal: {many(row.reached, 'journey')} completed" if row.rank == goal else waiting
            lines += _line(row.stage, Markup('<span class="scale"><i class="said">{}</i></span>').format(text))
            continue
        low, high = row.low or 0.0, row.high or 0.0
        title = f"{clean(row.stage)}: {percent(row.rate)} ({interval(low, high)}), {count(row.mature_dropped)} of "
        lines += _line(
            row.stage,
            Markup(
                '<span class="scale{}" title="{}{}"><i class="range" style="left:{:.2f}%;width:{:.2f}%"></i>'
                '<i class="dot" style="left:{:.2f}%"></i><b style="left:{:.2f}%"{}>{}</b></span>'
            ).format(
                " few" if row.small else "",
                title,
                many(row.judged, "finished journey"),
                100 * low,
                100 * (high - low),
                100 * row.rate,
                100 * (low if high > 0.7 else high),
                Markup(' class="before"') if high > 0.7 else "",
                percent(row.rate),
            ),
        )
    axis = Markup('<span class="axis"><i>0</i><i>25</i><i>50</i><i>75</i><i>100&nbsp;%</i></span>')
    return Markup('<div class="strips">{}{}</div>').format(lines, _line("", axis))


def _line(name: str, what: Markup) -> Markup:
    return Markup('<div><span class="stage">{}</span>{}</div>').format(clean(name), what)
