"""The figure that plotly draws, the stage graph, from its rows to a figure in the light colours.

Everything a figure writes from the data goes through `numbers.label`: plotly reads texts as a kind of HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from journey_analytics.presentation.facts import COMPLETED, DROPPED, OPEN, START, Move
from journey_analytics.presentation.numbers import count, duration, label, many, percent
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
_PAD = 34  # pixels between the ends of the stage graph


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
