"""Small figures as inline SVG, in the colours of the style sheet: they need no script and print as they are."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from journey_analytics.presentation.marts import Progress
from journey_analytics.presentation.numbers import clean, percent

_WIDE, _HIGH, _LEFT, _BOTTOM = 340, 170, 40, 26  # viewBox units
_APART = 3.0  # the least between two jumps of a curve


def bars(values: Sequence[tuple[str, float | None, str]], text: str) -> Markup:
    """A row of thin bars, one per period: (period, value, what it says on hover); the text is what a reader hears."""
    top = max((value for _, value, _ in values if value), default=0.0) or 1.0
    step = 160 / max(len(values), 1)
    parts = []
    for number, (period, value, words) in enumerate(values):
        high = 0.0 if value is None else max(0.0, 34 * value / top)
        parts.append(
            Markup('<g><title>{}: {}</title><rect x="{:.1f}" y="0" width="{:.1f}" height="36" class="hit"/>').format(
                clean(period), words, number * step, step
            )
            + Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="1"/></g>').format(
                number * step, 36 - high, max(step - 1.5, 0.5), high
            )
        )
    body = Markup("").join(parts)
    return Markup(
        '<svg class="spark" viewBox="0 0 160 36" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(text, body)


def incidence(rows: Sequence[Progress], days: int) -> Markup:
    """Two step curves with their bands: the share that went on, the share known to have dropped, by day."""
    shown = [row for row in rows if row.day <= days]
    grid = Markup("").join(
        Markup(
            '<line class="grid" x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/><text x="{}" y="{t:.1f}" class="y">{}</text>'
        ).format(_LEFT, _WIDE - 4, _LEFT - 6, percent(share), y=_y(share), t=_y(share) + 4)
        for share in (0.0, 0.5, 1.0)
    )
    ticks = Markup("").join(
        Markup('<text x="{:.1f}" y="{}" class="{}">{}</text>').format(
            _x(day, days), _HIGH - 8, "x" if 0 < day < days else "x start" if day == 0 else "x end",
            f"{day} days" if day == days else day,
        )
        for day in range(0, days + 1, max(days // 4, 1))
    )  # fmt: skip
    curves = Markup("")
    for name, points in (
        ("advanced", [(r.day, r.advanced, r.advanced_low, r.advanced_high) for r in shown]),
        ("dropped", [(r.day, r.dropped, r.dropped_low, r.dropped_high) for r in shown]),
    ):
        end = points[-1][0] if points else days
        lower = [(d, v if low is None else low) for d, v, low, _ in points]
        upper = [(d, v if high is None else high) for d, v, _, high in points]
        band = f"{_steps(upper, days, end)}V{_y(0.0):.1f}H{_LEFT}Z{_steps(lower, days, end)}V{_y(0.0):.1f}H{_LEFT}Z"
        line = _steps([(d, v) for d, v, _, _ in points], days, end)
        curves += Markup('<path class="band {n}" fill-rule="evenodd" d="{}"/><path class="curve {n}" d="{}"/>').format(
            band, line, n=name
        )
    return Markup('<svg class="curves" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>').format(
        _WIDE, _HIGH, f"{clean(rows[0].stage) if rows else ''}: {in_words(rows, days)}", grid, ticks, curves
    )


def in_words(rows: Sequence[Progress], days: int) -> str:
    """What the curves say at their end, in one sentence."""
    last = next((row for row in reversed(rows) if row.day <= days), None)
    if last is None:
        return f"Nothing happened within {days} days."
    return f"Within {days} days {percent(last.advanced)} had gone on and {percent(last.dropped)} had dropped."


def _x(day: float, days: int) -> float:
    return _LEFT + (_WIDE - _LEFT - 4) * day / max(days, 1)


def _y(share: float) -> float:
    return 8 + (_HIGH - _BOTTOM - 8) * (1 - share)


def _steps(points: Sequence[tuple[int, float]], days: int, end: int) -> str:
    """A curve that jumps at each point and keeps its height to the end; near jumps are drawn as one."""
    path, at = f"M{_LEFT} {_y(0.0):.1f}", -_APART
    for number, (day, value) in enumerate(points):
        x = _x(day, days)
        if x - at >= _APART or number == len(points) - 1:
            path, at = f"{path}H{x:.1f}V{_y(value):.1f}", x
    return f"{path}H{_x(end, days):.1f}"
