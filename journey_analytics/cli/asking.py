"""Events as people type them in a question: names, `a|b`, `name[condition]`; and what is said of unknown names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from journey_analytics.cli.output import Output
from journey_analytics.errors import ConfigError, Problem

HOW = "an event, several as a|b (any of them), or with a condition: order_completed[value > 100], [country = 'NL']"


def step(text: str, known: Mapping[str, int]) -> Any:
    """A step as `funnel` takes it.

    Args:
        text: What was typed.
        known: The names of the published events; one that looks like more than a name is taken as it is.

    Raises:
        ConfigError: If nothing is asked for.
    """
    if text in known:
        return text
    names_text, bracket, condition = text.partition("[")
    if not bracket or not text.endswith("]"):
        names_text, condition = text, ""
    names = [name.strip() for name in names_text.split("|") if name.strip()]
    where = condition[:-1].strip() if condition else ""
    if not names and not where:
        raise ConfigError(Problem(f"{text!r} names no event", remedy=f"Write {HOW}."))
    if where:
        return {"where": where, "name": text, **({"events": names} if names else {})}
    return names[0] if len(names) == 1 else names


def names_of(steps: Iterable[Any]) -> list[str]:
    """The event names in some steps."""
    found: list[str] = []
    for one in steps:
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, Mapping):
            events = one.get("events", [])
            found += [events] if isinstance(events, str) else list(events)
        else:
            found += names_of(one)
    return list(dict.fromkeys(found))


def note_unknown(names: Iterable[str], known: Mapping[str, int], out: Output) -> list[str]:
    """Say which names no event has, with the nearest that some have; they count as zero and are no error."""
    from journey_analytics.config.problems import nearest

    said = []
    for name in names:
        if name in known:
            continue
        close = nearest(name, list(known))
        hint = f"; the nearest is {close!r}" if close else ""
        said.append(f"no event up to as_of is called {name!r}{hint}: it counts as zero")
        out.say(f"note: {said[-1]}")
    return said
