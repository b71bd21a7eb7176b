"""The pages as text: facts, words and figures put into the templates, which escape whatever they are given."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from journey_analytics.presentation import (
    attribution,
    by_group,
    changes,
    charts,
    funnels,
    numbers,
    periods,
    sentences,
    standouts,
    story,
    strips,
    svg,
    words,
)
from journey_analytics.presentation.exports import FIGURES
from journey_analytics.presentation.facts import COMPLETED, DROPPED, OPEN, START, Facts, Move
from journey_analytics.presentation.groups import Segment, group
from journey_analytics.presentation.inputs import source_rows
from journey_analytics.presentation.marts import Progress
from journey_analytics.presentation.palette import COLOURS, swaps

_TEMPLATES = Path(__file__).parent / "templates"
_MOST_FILES = 100
#: File -> what the navigation calls it.
PAGES = {
    "index.html": "Overview",
    "drop-off.html": "Drop-off",
    "paths.html": "Paths",
    "channels.html": "Channels",
    "periods.html": "Periods",
    "map.html": "Journey map",
    "data.html": "Data quality",
}
#: The pages that need scripts: to switch groups; to let plotly.js, 4.8 MB, draw the stage graph.
_SCRIPTS = {"drop-off.html": ["groups.js"], "paths.html": ["report.js", "groups.js"], "map.html": ["groups.js"]}
#: Days over which curves are drawn: what happens later stands in the table.
_DAYS = 180


def render(facts: Facts) -> dict[str, str]:
    """Write all pages: file name -> one HTML text that needs nothing from anywhere else but its neighbours."""
    tz = numbers.zone(facts.run.timezone if facts.run else None)
    environment = _environment()
    environment.filters |= {"day": lambda at: numbers.day(at, tz), "clock": lambda at: numbers.clock(at, tz)}
    stages = [row.stage for row in facts.overall]
    segments = group(facts.drop_off)
    back = _back(stages, facts.moves)
    sources = source_rows(facts)
    keys = {(segment.name, part.value): part.key for segment in segments for part in segment.groups}
    worse, better = standouts.groups(facts.marts.contrasts, keys)
    map_segments, maps = by_group.maps(facts.marts, segments, stages)
    way_segments, ways = by_group.ways(facts.marts, segments)
    currency = facts.run.currency if facts.run else None
    shared = dict(
        pages=PAGES,
        facts=facts,
        marts=facts.marts,
        exports=dict.fromkeys(FIGURES) | facts.marts.exports,
        run=facts.run,
        totals=facts.totals,
        zone=str(tz),
        headline=words.headline(facts),
        stages=stages,
        goal=len(stages),
        segments=segments,
        overall=facts.overall,
        matrix=_matrix(stages, facts.moves),
        back=back,
        sources=sources,
        turns={(turn.turn, turn.source, turn.target): sentences.turned(turn) for turn in facts.marts.turns},
        weeks=standouts.weeks(facts.marts.weeks, {place: key for place, key in keys.items() if key in maps}),
        worse=worse,
        differing={(row.segment, row.value, row.stage) for row in facts.marts.contrasts},
        better=better,
        changes=changes.sentences(facts.marts.changes, facts.run.currency if facts.run else None),
        periods=periods.pairs(facts.marts.periods, facts.run.as_of if facts.run else None, facts.marts.minimum),
        period_header=periods.HEADER,
        channels=attribution.channels(facts.marts.credits),
        funnels=funnels.funnels(facts.marts.funnels),
        funnel_step=funnels.label,
        cards=story.cards(facts.marts.kpis, currency),
        kpi_tables=by_group.kpi_tables(facts.marts, segments, currency),
        hurts=story.hurts(facts.marts.cells),
        map_segments=map_segments,
        maps=maps,
        way_segments=way_segments,
        ways=ways,
        curves=_curves(facts, stages, segments),
        said={
            "flow": sentences.flow(facts.moves, back),
            "sources": sentences.sources(sources),
            "identity": sentences.identity(facts.marts.links),
            "machines": sentences.machines(facts),
        },
        days=_DAYS,
        most_files=_MOST_FILES,
        colours=COLOURS,
    )
    flow = _plain(charts.stage_sankey(stages, facts.moves)) if facts.moves else None
    return {file: _page(environment, file, shared, flow) for file in PAGES}


def _page(environment: Environment, file: str, shared: dict[str, Any], flow: dict[str, Any] | None) -> str:
    """One page, with the scripts that it needs and a policy that lets no other run."""
    names = _SCRIPTS.get(file, [])
    script = Markup("".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in names)) if names else None
    draws = file == "paths.html"
    plotly = Markup(get_plotlyjs()) if draws and flow else None
    figures = {"config": charts.CONFIG, "swaps": swaps(), "figures": {"figure-flow": flow} if flow else {}}
    return environment.get_template(f"{file}.j2").render(
        shared,
        file=file,
        figures=_json(figures) if draws else None,
        script=script,
        plotly=plotly,
        policy=_policy(*(text for text in (plotly, script) if text)),
    )


def _curves(facts: Facts, stages: list[str], segments: list[Segment]) -> dict[str, list[tuple[str, str, Markup]]]:
    """By key of the group the curves of every stage but the goal that has any: (stage, what they say, the figure)."""
    found: dict[tuple[str, str], dict[str, list[Progress]]] = {}
    for row in facts.marts.progress:
        found.setdefault((row.segment, row.value), {}).setdefault(row.stage, []).append(row)
    drawn = {}
    for segment in segments:
        for part in segment.groups:
            rows = found.get((segment.name, part.value or ""), {})
            drawn[part.key] = [
                (stage, svg.in_words(rows[stage], _DAYS), svg.incidence(rows[stage], _DAYS))
                for stage in stages[:-1]
                if stage in rows
            ]
    return drawn if any(drawn.values()) else {}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": numbers.count,
        "percent": numbers.percent,
        "duration": numbers.duration,
        "clean": numbers.clean,
        "shorten": numbers.shorten,
        "keep": lambda text: text.replace("drop-off", "drop\u2011off"),  # large type must not break there
        "node": words.node,
        "reason": words.reason,
    }
    environment.globals |= {
        "interval": numbers.interval,
        "many": numbers.many,
        "outcome_bars": strips.outcomes,
        "rate_marks": strips.rates,
        "outcome_sentence": sentences.outcomes,
        "rate_sentence": sentences.rates,
    }
    return environment


def _plain(figure: go.Figure) -> dict[str, Any]:
    """A figure as plain JSON. The empty template stays: without it plotly.js would add nothing anyway."""
    made: dict[str, Any] = json.loads(figure.to_json())
    return made


def _json(value: Any) -> Markup:
    """JSON for a script element: nothing in it can end the element or open a comment."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def _policy(*scripts: str) -> str:
    """A content security policy under which only our own scripts run, and nothing is fetched from anywhere."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{code}'" for code in hashes) or "'none'"
    style = "style-src 'unsafe-inline'; img-src data: blob:"  # plotly.js writes its own styles
    return f"default-src 'none'; script-src {allowed}; {style}; base-uri 'none'; form-action 'none'"


def _matrix(stages: list[str], moves: list[Move]) -> dict[str, Any]:
    """The stage graph as a table: for each node the moves to each other node, or none."""
    by_pair = {(move.source, move.target): move for move in moves}
    columns = [*stages, COMPLETED, DROPPED, OPEN]
    rank = charts.ranks(stages)
    rows = [
        {
            "source": source,
            "cells": [
                {"move": by_pair.get((source, target)), "back": rank[target] < rank[source]} for target in columns
            ],
        }
        for source in [START, *stages]
    ]
    return {"columns": columns, "rows": rows}


def _back(stages: list[str], moves: list[Move]) -> list[Move]:
    rank = charts.ranks(stages)
    return [move for move in moves if charts.is_back(move, rank)]
