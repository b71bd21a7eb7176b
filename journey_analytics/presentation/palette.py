"""The colours of the pages, once: style sheet and figures both take them from here.

Blue, vermilion, teal, reddish purple and grey stay apart under the common kinds of colour blindness; text colours reach
WCAG AA (4.5:1) on their ground, marks 3:1. Figures are made with the light colours; the page swaps each for its dark
partner, string by string (`swaps`), so a figure may only use colours that stand here.
"""

from __future__ import annotations

#: Name -> (light, dark).
COLOURS: dict[str, tuple[str, str]] = {
    "ground": ("#fbfbfa", "#14171c"),
    "surface": ("#ffffff", "#1c2027"),
    "raised": ("#f3f4f6", "#252a33"),
    "text": ("#1b1f26", "#e8ebf0"),
    "muted": ("#59616e", "#a6afbd"),
    "line": ("#dfe2e7", "#343b47"),
    "accent": ("#1f62b8", "#74b0ff"),
    "advanced": ("#2b6fc6", "#5b9df0"),
    "completed": ("#0d7d6d", "#38b8a2"),
    "dropped": ("#c4510c", "#ee8846"),
    "open": ("#868e9b", "#8d97a6"),
    "back": ("#a03c78", "#e08fbd"),
    "ink": ("#11151b", "#11161c"),
    "start": ("#4b5361", "#b4bdca"),
    "warn_ground": ("#fff6e9", "#33281a"),
    "warn_text": ("#7a4300", "#f5c58b"),
}
#: Opacity of a flow in the stage graph.
FLOW = 0.36


def colour(name: str) -> str:
    """The light colour of that name."""
    return COLOURS[name][0]


def faded(name: str, alpha: float = FLOW, *, dark: bool = False) -> str:
    """The colour of that name, see-through."""
    code = COLOURS[name][1 if dark else 0]
    red, green, blue = (int(code[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def swaps() -> dict[str, str]:
    """Light colour -> dark colour, for every colour a figure may use."""
    table = dict(COLOURS.values())
    table.update({faded(name): faded(name, dark=True) for name in COLOURS})
    return table
