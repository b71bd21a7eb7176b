"""The figures: one function each, from the rows they show to a plotly figure in the light colours.

Everything a figure writes from the data goes through `numbers.label`: plotly reads texts as a kind of HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from journey_analytics.presentation.facts import COMPLETED, DROPPED, OPEN, START, DropOff, Move
from journey_analytics.presentation.numbers import count, duration, interval, label, many, percent
from journey_analytics.presentation.palette import colour, faded
from journey_analytics.presentation.words import node

#: Passed to every figure: nothing is ever offered for upload.
CONFIG: dict[str, Any] = {
    "showSendToCloud": False,
    "displaylogo": False,
    "responsive": True,
    "modeBarButtons": [["toImage"]],
}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_CLEAR = "rgba(0,0,0,0)"
_BAR = 50  # pixels for one stage
_PAD = 34  # pixels between the ends of the stage graph


def stage_outcomes(rows: Sequence[DropOff]) -> go.Figure:
    """Stacked bars: what became of the journeys that reached each stage."""
    goal = max((row.rank for row in rows), default=0)
    figure = go.Figure(layout=_stage_layout(rows))
    series: tuple[tuple[str, str, Callable[[DropOff], int]], ...] = (
        ("Went on", "advanced", lambda row: 0 if row.rank == goal else row.advanced),
        ("Completed", "completed", lambda row: row.reached if row.rank == goal else 0),
        ("Dropped", "dropped", lambda row: row.dropped),
        ("Still open", "open", lambda row: row.open),
    )
    for name, hue, size in series:
        sizes = [size(row) for row in rows]
        figure.add_bar(
            orientation="h",
            name=name,
            x=sizes,
            y=[row.rank for row in rows],
            width=0.6,
            text=[count(n) if n else "" for n in sizes],
            textposition="inside",
            textangle=0,
            insidetextanchor="middle",
            textfont={"color": colour("ink" if hue == "open" else "surface"), "size": 13},
            hovertext=[
                f"{label(row.stage)}<br>{name}: {count(n)} of {count(row.reached)}"
                for row, n in zip(rows, sizes, strict=True)
            ],
            hoverinfo="text",
            marker={
                "color": colour(hue),
                "line": {"color": colour("surface"), "width": 1},
            },
        )
    figure.update_layout(
        barmode="stack",
        uniformtext={"minsize": 12, "mode": "hide"},
        xaxis={"title": {"text": "journeys"}, "rangemode": "tozero"},
    )
    return figure


def stage_rates(rows: Sequence[DropOff]) -> go.Figure:
    """The drop-off rate of each stage with its 95 % interval; hollow where few journeys stand behind it."""
    figure = go.Figure(layout=_stage_layout(rows))
    known = [row for row in rows if row.rate is not None]
    for small in (False, True):
        group = [row for row in known if row.small == small]
        figure.add_scatter(
            mode="markers+text",
            name="few journeys" if small else "drop-off rate",
            x=[(row.rate or 0.0) * 100 for row in group],
            y=[row.rank for row in group],
            text=[percent(row.rate) for row in group],
            textposition="top center",
            textfont={"color": colour("muted" if small else "text"), "size": 13},
            cliponaxis=False,
            hovertext=[_rate_text(row) for row in group],
            hoverinfo="text",
            marker={
                "size": 12,
                "symbol": "circle-open" if small else "circle",
                "color": colour("open" if small else "dropped"),
                "line": {"width": 2, "color": colour("open" if small else "dropped")},
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [((row.high or 0.0) - (row.rate or 0.0)) * 100 for row in group],
                "arrayminus": [((row.rate or 0.0) - (row.low or 0.0)) * 100 for row in group],
                "color": colour("open" if small else "dropped"),
                "thickness": 2.5,
                "width": 5,
            },
        )
    goal = max((row.rank for row in rows), default=0)
    for row in rows:
        if row.rate is None:
            waiting = "too early to say" if row.reached else "nobody yet"
            text = f"goal: {many(row.reached, 'journey')} completed" if row.rank == goal else waiting
            figure.add_annotation(
                x=0, y=row.rank, text=text, showarrow=False, xanchor="left", font={"color": colour("muted")}
            )
    figure.update_layout(
        xaxis={"range": [0, 100], "ticksuffix": " %", "dtick": 25, "title": {"text": "drop-off rate, 95 % interval"}},
    )
    return figure


def _rate_text(row: DropOff) -> str:
    still = f"<br>{count(row.mature_open)} more are still open" if row.mature_open else ""
    few = "<br>few journeys: not ranked" if row.small else ""
    rate = f"{percent(row.rate)} ({interval(row.low, row.high)})"
    return f"{label(row.stage)}: {rate}<br>{count(row.mature_dropped)} of {many(row.judged, 'journey')}{still}{few}"


def stage_sankey(stages: Sequence[str], moves: Sequence[Move]) -> go.Figure:
    """The stage graph: flows forward from left to right, moves back as loops below in a colour of their own."""
    rank = ranks(stages)
    used = [move for move in moves if move.times > 0 and move.source in rank and move.target in rank]
    names = [name for name in rank if any(name in (move.source, move.target) for move in used)]
    place = {name: number for number, name in enumerate(names)}
    visits = {name: sum(m.times for m in used if (m.source if name == START else m.target) == name) for name in names}
    hues = {START: "start", COMPLETED: "completed", DROPPED: "dropped", OPEN: "open"}
    units = {name: "journey" if name in hues else "visit" for name in names}
    figure = go.Figure(layout=_layout(height=500, margin={"l": 4, "r": 4, "t": 16, "b": 56}))
    figure.add_sankey(
        arrangement="fixed",  # without places of our own: given some, plotly.js crosses the flows at every node
        textfont={"color": colour("text"), "size": 13, "family": FONT, "shadow": "none"},
        node={
            "label": [f"{_lower(name)}{label(node(name), 18)}<br>{count(visits[name])}" for name in names],
            "color": [colour(hues.get(name, "advanced")) for name in names],
            "customdata": [f"{label(node(name))}: {many(visits[name], units[name])}" for name in names],
            "hovertemplate": "%{customdata}<extra></extra>",
            "pad": _PAD,
            "thickness": 16,
            "line": {"width": 0},
        },
        link={
            "source": [place[move.source] for move in used],
            "target": [place[move.target] for move in used],
            "value": [move.times for move in used],
            "color": [faded("back" if is_back(m, rank) else hues.get(m.target, "advanced")) for m in used],
            "customdata": [move_text(move) for move in used],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    )
    return figure


def _lower(name: str) -> str:
    """Two empty lines before the label of the node beside the goal, so that their names do not run into each other."""
    return "&nbsp;<br>" * 2 if name == COMPLETED else ""


def ranks(stages: Sequence[str]) -> dict[str, int]:
    """The nodes of the stage graph from left to right: start 0, stages 1 …, then the ends, which share a rank."""
    order = {START: 0} | {stage: number for number, stage in enumerate(stages, 1)}
    return order | dict.fromkeys((COMPLETED, OPEN, DROPPED), len(stages) + 1)


def is_back(move: Move, rank: dict[str, int]) -> bool:
    """Whether a move leads to an earlier stage."""
    return rank.get(move.target, len(rank)) < rank.get(move.source, 0)


def move_text(move: Move) -> str:
    """One move in words, for a figure."""
    chance = f" ({percent(move.probability)})" if move.probability is not None else ""
    wait = f"<br>median stay before: {duration(move.median_seconds)}" if move.median_seconds is not None else ""
    times = f"{many(move.times, 'time')}{chance}, {many(move.journeys, 'journey')}"
    return f"{label(node(move.source))} → {label(node(move.target))}<br>{times}{wait}"


def _stage_layout(rows: Sequence[DropOff]) -> go.Layout:
    """A layout with one line per stage, the first on top, its name at the left."""
    layout = _layout(height=80 + _BAR * max(len(rows), 1), margin={"l": 8, "r": 30, "t": 16, "b": 44})
    layout.update(
        yaxis={
            "tickmode": "array",
            "tickvals": [row.rank for row in rows],
            "ticktext": [label(row.stage, 18) for row in rows],
            "range": [max((row.rank for row in rows), default=1) + 0.6, 0.4],
            "automargin": True,
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "ticklen": 6,
            "tickcolor": _CLEAR,
        },
        xaxis={
            "fixedrange": True,
            "zeroline": False,
            "gridcolor": colour("line"),
            "separatethousands": True,
            "nticks": 5,
            "title": {"font": {"color": colour("muted"), "size": 12}},
            "tickfont": {"color": colour("muted")},
        },
    )
    return layout


def _layout(height: int, margin: dict[str, int]) -> go.Layout:
    return go.Layout(
        template=go.layout.Template(),
        height=height,
        margin=margin,
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        dragmode=False,
        showlegend=False,  # the page has its own, in HTML
        font={"family": FONT, "size": 13, "color": colour("text")},
        modebar={"bgcolor": _CLEAR, "color": colour("muted"), "activecolor": colour("accent")},
        hoverlabel={
            "bgcolor": colour("surface"),
            "bordercolor": colour("muted"),
            "font": {"family": FONT, "size": 13, "color": colour("text")},
            "align": "left",
        },
    )
