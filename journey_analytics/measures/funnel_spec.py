"""A funnel as asked, checked: steps, windows, exclusions. semantics.md, "Funnel", says what each part means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from journey_analytics.errors import Problem
from journey_analytics.measures.errors import MeasureError
from journey_analytics.measures.moments import duration_us, moment_us

ORDERS = ("ordered", "strict", "any")
COUNTS = ("customers", "sessions", "journeys", "attempts")
#: Steps and exclusions are bits of one 64-bit mask.
MOST_MATCHERS = 60


@dataclass(frozen=True)
class Matcher:
    """Which events a step or an exclusion takes: any of the names, or where any of the conditions holds.

    Attributes:
        name: How it is called in answers.
        events: Event names, whole and case-sensitive.
        where: SQL conditions over the event's columns. A part with names and a condition needs both, and stands in
            `pairs`.
        pairs: (names, condition) that must hold together.
    """

    name: str
    events: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    pairs: tuple[tuple[tuple[str, ...], str], ...] = ()


@dataclass(frozen=True)
class Exclusion:
    """An event that must not happen between two steps, counted from 1."""

    matcher: Matcher
    after: int
    before: int


@dataclass(frozen=True)
class FunnelSpec:
    """A checked question.

    Attributes:
        steps: The steps in order.
        window: Microseconds from the attempt's first step, inclusive; None: for ever.
        order: ordered, strict or any.
        exclusions: What must not happen between steps.
        exclusion: attempt or customer: what an exclusion ends.
        optional: Steps that may be skipped, counted from 1.
        step_windows: Per step, microseconds from the step before; the first is None.
        count: customers, sessions, journeys or attempts.
        by: A column whose values break the answer down.
        by_at: entry, first or last: which step's event gives the value.
        entries: Moments from (inclusive) and to (exclusive) of an attempt's first step.
        as_of: The moment of the answer; None: the newest event.
        ties: order: the total order decides at equal times; any: either order counts.
    """

    steps: tuple[Matcher, ...]
    window: int | None = None
    order: str = "ordered"
    exclusions: tuple[Exclusion, ...] = ()
    exclusion: str = "attempt"
    optional: frozenset[int] = frozenset()
    step_windows: tuple[int | None, ...] = ()
    count: str = "customers"
    by: str | None = None
    by_at: str = "entry"
    entries: tuple[int | None, int | None] = (None, None)
    as_of: int | None = None
    ties: str = "order"


def funnel_spec(
    steps: Sequence[Any],
    window: str | timedelta | None = None,
    order: str = "ordered",
    exclude: Any = (),
    exclusion: str = "attempt",
    optional: Any = (),
    step_windows: Any = None,
    count: str = "customers",
    by: str | None = None,
    by_at: str = "entry",
    entries: tuple[Any, Any] = (None, None),
    as_of: Any = None,
    ties: str = "order",
) -> FunnelSpec:
    """Check a funnel's arguments (those of `journey_analytics.funnel`).

    Raises:
        MeasureError: For what makes no sense.
    """
    if isinstance(steps, str | Mapping) or not isinstance(steps, Sequence) or len(steps) == 0:
        raise MeasureError(Problem("a funnel needs a list of steps", key="steps", remedy="Write ['first', 'second']."))
    matchers = tuple(_matcher(step, f"steps[{number}]") for number, step in enumerate(steps, 1))
    for value, allowed, key in (
        (order, ORDERS, "order"),
        (exclusion, ("attempt", "customer"), "exclusion"),
        (count, COUNTS, "count"),
        (by_at, ("entry", "first", "last"), "by_at"),
        (ties, ("order", "any"), "ties"),
    ):
        if value not in allowed:
            raise MeasureError(Problem(f"{value!r} is not one of {', '.join(allowed)}", key=key))
    if by is not None and not isinstance(by, str):
        raise MeasureError(Problem(f"{by!r} is no column's name", key="by"))
    spec = FunnelSpec(
        steps=matchers,
        window=None if window is None else duration_us(window, "window"),
        order=order,
        exclusions=_exclusions(exclude, len(matchers)),
        exclusion=exclusion,
        optional=_optional(optional, matchers),
        step_windows=_step_windows(step_windows, len(matchers)),
        count=count,
        by=by,
        by_at=by_at,
        entries=_entries(entries),
        as_of=None if as_of is None else moment_us(as_of, "as_of"),
        ties=ties,
    )
    _refuse_nonsense(spec)
    return spec


def _refuse_nonsense(spec: FunnelSpec) -> None:
    if spec.order == "any" and spec.exclusions:
        wrong = "in any order nothing stands between two steps, so nothing can be excluded there"
        raise MeasureError(Problem(wrong, key="exclude", remedy="Take order='ordered', or leave exclude out."))
    if spec.order != "ordered" and spec.optional:
        wrong = {
            "strict": "steps that follow each other directly can't be skipped",
            "any": "in any order step k means k different steps done, so none can be skipped",
        }[spec.order]
        raise MeasureError(Problem(wrong, key="optional", remedy="Take order='ordered', or leave optional out."))
    if len(spec.steps) + len(spec.exclusions) > MOST_MATCHERS:
        raise MeasureError(Problem(f"more than {MOST_MATCHERS} steps and exclusions", key="steps"))


def _matcher(step: Any, key: str) -> Matcher:
    if isinstance(step, str):
        return Matcher(step, (step,))
    if isinstance(step, Mapping):
        return _condition(step, key)
    if isinstance(step, list | tuple | set | frozenset) and step:
        members = [_matcher(part, key) for part in (sorted(step) if isinstance(step, set | frozenset) else step)]
        return Matcher(
            " | ".join(part.name for part in members),
            tuple(name for part in members for name in part.events),
            tuple(text for part in members for text in part.where),
            tuple(pair for part in members for pair in part.pairs),
        )
    raise MeasureError(
        Problem(
            f"{step!r} is no step",
            key=key,
            remedy="A step is an event name, a list of names (any of them), or {'where': 'value > 100'}.",
        )
    )


def _condition(step: Mapping[str, Any], key: str) -> Matcher:
    unknown = set(step) - {"name", "events", "where"}
    if unknown or not ({"events", "where"} & set(step)):
        remedy = "Write {'where': 'value > 100'}, and 'events' and 'name' beside it where wanted."
        raise MeasureError(Problem(f"{dict(step)!r} is no step", key=key, remedy=remedy))
    named = step.get("events", ())
    events = (named,) if isinstance(named, str) else tuple(named)
    where = step.get("where")
    if any(not isinstance(name, str) for name in events) or not isinstance(where, str | None):
        raise MeasureError(Problem(f"{dict(step)!r} is no step: names and conditions are texts", key=key))
    if "events" in step and not events:
        raise MeasureError(Problem("a step of no events can never be reached", key=key))
    label = step.get("name") or " | ".join(events) or where or ""
    if where is None:
        return Matcher(str(label), events)
    return Matcher(str(label), (), () if events else (where,), ((events, where),) if events else ())


def _exclusions(exclude: Any, steps: int) -> tuple[Exclusion, ...]:
    items = sorted(exclude) if isinstance(exclude, set | frozenset) else exclude
    if isinstance(exclude, str | Mapping) or _is_between(exclude):
        items = [exclude]
    if not isinstance(items, list | tuple):
        raise MeasureError(Problem(f"{exclude!r} is no exclusion", key="exclude", remedy="Write ['event', …]."))
    found = []
    for item in items:
        what, after, before = item if _is_between(item) else (item, 1, steps)
        if steps == 1:
            wrong = "a funnel of one step has nothing between steps to exclude"
            raise MeasureError(Problem(wrong, key="exclude", remedy="Leave exclude out."))
        if not 1 <= after < before <= steps:
            raise MeasureError(
                Problem(
                    f"{item!r} excludes between step {after} and step {before} of {steps}",
                    key="exclude",
                    remedy="Write (event, after_step, before_step), steps counted from 1, the first below the second.",
                )
            )
        found.append(Exclusion(_matcher(what, "exclude"), after, before))
    return tuple(found)


def _is_between(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 3 and all(_is_number(part) for part in item[1:])


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _optional(optional: Any, steps: tuple[Matcher, ...]) -> frozenset[int]:
    items = [optional] if isinstance(optional, str | int) else list(optional)
    names = [step.name for step in steps]
    found = set()
    item: Any
    for item in items:
        if isinstance(item, str) and names.count(item) == 1:
            item = names.index(item) + 1
        if not _is_number(item) or not 1 <= item <= len(steps):
            remedy = "Name a step's number, counted from 1, or a step that occurs once."
            raise MeasureError(Problem(f"{item!r} is no step of this funnel", key="optional", remedy=remedy))
        if item in (1, len(steps)):
            raise MeasureError(Problem("the first and the last step cannot be optional", key="optional"))
        found.add(int(item))
    return frozenset(found)


def _step_windows(windows: Any, steps: int) -> tuple[int | None, ...]:
    if windows is None:
        return (None,) * steps
    given: dict[int, Any]
    if isinstance(windows, str | timedelta):
        given = dict.fromkeys(range(2, steps + 1), windows)
    elif isinstance(windows, Mapping):
        given = dict(windows)
    elif len(windows) == steps - 1:
        given = dict(enumerate(windows, 2))
    elif len(windows) == steps and windows[0] is None:
        given = dict(enumerate(windows, 1))
        del given[1]
    else:
        raise MeasureError(
            Problem(
                f"{len(windows)} windows for {steps} steps",
                key="step_windows",
                remedy="Give one per step from the second on, or {step: window}; each runs from the step before.",
            )
        )
    for number in given:
        if not _is_number(number) or not 2 <= number <= steps:
            wrong = f"step {number!r} has no step before it in this funnel of {steps}"
            raise MeasureError(Problem(wrong, key="step_windows", remedy="Count steps from 1; windows begin at 2."))
    return tuple(
        None if given.get(number) is None else duration_us(given[number], "step_windows")
        for number in range(1, steps + 1)
    )


def _entries(entries: Any) -> tuple[int | None, int | None]:
    if entries is None:
        return (None, None)
    if isinstance(entries, str) or not isinstance(entries, Sequence) or len(entries) != 2:
        raise MeasureError(Problem(f"{entries!r} is no range", key="entries", remedy="Write (from, to), to exclusive."))
    start, end = (None if value is None else moment_us(value, "entries") for value in entries)
    if start is not None and end is not None and start > end:
        raise MeasureError(Problem("the range ends before it begins", key="entries", remedy="Write (from, to)."))
    return start, end
