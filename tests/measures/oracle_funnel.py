"""The funnel in slow plain Python, from the words of docs/semantics.md alone. It shares no code with the library.

Every attempt is walked event by event; with `ties: any` through every order of the events of one moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, permutations, product
from typing import Any

Row = dict[str, Any]  # customer_id, session_id, event_name, at (µs), event_id, value, row


@dataclass
class Question:
    steps: list[set[str]]
    window: int | None = None
    order: str = "ordered"
    exclude: list[tuple[set[str], int, int]] = field(default_factory=list)
    exclusion: str = "attempt"
    optional: set[int] = field(default_factory=set)
    step_windows: dict[int, int] = field(default_factory=dict)
    count: str = "customers"
    by: str | None = None
    by_at: str = "entry"
    entries: tuple[int | None, int | None] = (None, None)
    as_of: int | None = None
    ties: str = "order"


@dataclass
class Attempt:
    customer: Any
    taken: dict[int, Row]
    ended: bool = False  # by an exclusion
    broken: bool = False  # strict: something else followed
    is_open: bool = False
    elapsed: bool = True

    @property
    def furthest(self) -> int:
        return max(self.taken)

    @property
    def start(self) -> int:
        return int(self.taken[1]["at"])


def answer(rows: Sequence[Row], q: Question) -> list[Row]:
    as_of = q.as_of if q.as_of is not None else max((row["at"] for row in rows), default=0)
    rows = [row for row in rows if row["at"] <= as_of]
    units: dict[Any, list[Row]] = {}
    for row in sorted(rows, key=lambda r: (r["at"], r["event_id"], r["event_name"], r["row"])):
        key = (row["customer_id"], row["session_id"]) if q.count == "sessions" else row["customer_id"]
        units.setdefault(key, []).append(row)
    tried = [[best_order(unit, entry, q, as_of) for entry in unit if begins(entry, q)] for unit in units.values()]
    out = {a.customer for attempts in tried for a in attempts if a.ended} if q.exclusion == "customer" else set()
    counted: list[Attempt] = []
    for attempts in tried:
        attempts = [a for a in attempts if a.customer not in out]
        if q.count == "attempts":
            counted += attempts
        elif attempts:  # the furthest; of equals one that is still open, then the earliest
            counted.append(max(attempts, key=lambda a: (a.furthest, a.is_open)))
    if q.by is None:
        return table(counted, q)
    values = sorted({value_of(a, q) for a in counted}, key=lambda v: (v is None, v or ""))
    return [
        {q.by: value, **line} for value in values for line in table([a for a in counted if value_of(a, q) == value], q)
    ]


def begins(row: Row, q: Question) -> bool:
    start, end = q.entries
    in_range = (start is None or row["at"] >= start) and (end is None or row["at"] < end)
    firsts = q.steps if q.order == "any" else q.steps[:1]
    return in_range and any(row["event_name"] in step for step in firsts)


def orders(unit: list[Row], ties: str) -> Iterator[list[Row]]:
    if ties == "order":
        yield unit
        return
    groups = [list(group) for _, group in groupby(unit, key=lambda row: row["at"])]
    for choice in product(*(permutations(group) for group in groups)):
        yield [row for group in choice for row in group]


def best_order(unit: list[Row], entry: Row, q: Question, as_of: int) -> Attempt:
    outcomes = []
    for order in orders(unit, q.ties):
        later = order[order.index(entry) :]
        attempt = any_order(later, q) if q.order == "any" else in_order(later, q)
        judge(attempt, q, as_of)
        outcomes.append(attempt)
    place = {row["row"]: number for number, row in enumerate(unit)}
    return max(
        outcomes,
        key=lambda a: (
            a.furthest, a.is_open, not a.ended, len(a.taken), [-r["at"] for r in a.taken.values()],
            [-place[r["row"]] for r in a.taken.values()],
        ),
    )  # fmt: skip


def in_time(row: Row, q: Question, start: int) -> bool:
    return q.window is None or row["at"] - start <= q.window


def in_order(later: list[Row], q: Question) -> Attempt:
    entry = later[0]
    attempt = Attempt(entry["customer_id"], {1: entry})
    for row in later[1:]:
        if attempt.furthest == len(q.steps) or not in_time(row, q, entry["at"]):
            break
        here = attempt.furthest
        serves = None if attempt.broken else step_served(row, attempt, q)
        # between the first of its two steps and the second, which is never an excluded event itself
        if any(
            row["event_name"] in names and after <= here < before and (serves is None or serves < before)
            for names, after, before in q.exclude
        ):
            attempt.ended = True
            break
        if serves is not None:
            attempt.taken[serves] = row
        elif q.order == "strict":
            attempt.broken = True
    return attempt


def step_served(row: Row, attempt: Attempt, q: Question) -> int | None:
    here = attempt.furthest
    candidates = []
    for step in range(here + 1, len(q.steps) + 1):
        own = q.step_windows.get(step)
        if row["event_name"] in q.steps[step - 1] and (own is None or row["at"] - attempt.taken[here]["at"] <= own):
            candidates.append(step)
        if step not in q.optional:
            break
    needed = [step for step in candidates if step not in q.optional]
    return needed[0] if needed else candidates[0] if candidates else None


def any_order(later: list[Row], q: Question) -> Attempt:
    """Step k: k different steps done, each by an event of its own."""
    entry = later[0]
    attempt = Attempt(entry["customer_id"], {1: entry})
    for number in range(1, len(later)):
        done = len(attempt.taken)
        if done == len(q.steps) or not in_time(later[number], q, entry["at"]):
            break
        if most_steps(later[: number + 1], q.steps) > done:
            own = q.step_windows.get(done + 1)
            if own is not None and later[number]["at"] - attempt.taken[done]["at"] > own:
                break
            attempt.taken[done + 1] = later[number]
    return attempt


def most_steps(rows: list[Row], steps: list[set[str]]) -> int:
    if not rows:
        return 0
    first, rest = rows[0], rows[1:]
    best = most_steps(rest, steps)
    for number, step in enumerate(steps):
        if first["event_name"] in step:
            best = max(best, 1 + most_steps(rest, steps[:number] + steps[number + 1 :]))
    return best


def judge(a: Attempt, q: Question, as_of: int) -> None:
    if q.window is None:  # counts as elapsed, and nobody is open
        return
    a.elapsed = a.start + q.window < as_of  # a window that ends exactly at as_of has not elapsed
    if a.elapsed or a.ended or a.broken:
        return
    last = a.taken[a.furthest]["at"]
    for step in range(a.furthest + 1, len(q.steps) + 1):
        own = q.step_windows.get(step)
        a.is_open |= own is None or last + own >= as_of
        if step not in q.optional:
            break


def value_of(a: Attempt, q: Question) -> Any:
    if q.by_at == "entry":
        return a.taken[1][q.by]
    known = [row[q.by] for _, row in sorted(a.taken.items()) if row[q.by] is not None]
    return (known[0] if q.by_at == "first" else known[-1]) if known else None


def table(attempts: list[Attempt], q: Question) -> list[Row]:
    lines = []
    previous = None
    for step in range(1, len(q.steps) + 1):
        reached = [a for a in attempts if step in a.taken]
        elapsed = [a for a in reached if a.elapsed]
        ended_here = [a for a in attempts if a.furthest == step and step < len(q.steps)]
        seconds = []
        for a in reached:
            before = [a.taken[k]["at"] for k in a.taken if k < step]
            if before:
                seconds.append((a.taken[step]["at"] - before[-1]) / 1e6)
        starters = [a for a in attempts if a.elapsed]
        from_previous = None
        if previous is not None:
            below = [a for a in starters if previous in a.taken]
            from_previous = len(elapsed) / len(below) if below else None
        lines.append(
            {
                "step": step,
                "customers": len(reached),
                "conversion_from_start": len(elapsed) / len(starters) if starters else None,
                "conversion_from_previous": from_previous,
                "dropped": sum(not a.is_open for a in ended_here),
                "open": sum(a.is_open for a in ended_here),
                "median_seconds": quantile(seconds, 0.5),
                "mean_seconds": sum(seconds) / len(seconds) if seconds else None,
                "p25_seconds": quantile(seconds, 0.25),
                "p75_seconds": quantile(seconds, 0.75),
                "p90_seconds": quantile(seconds, 0.9),
            }
        )
        if step not in q.optional:
            previous = step
    return lines


def quantile(values: list[float], share: float) -> float | None:
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
