"""Configured funnels: their form, and what is wrong with them beyond their types.

What a funnel means is docs/semantics.md, "Funnel"; the calculation and its checks are those of `measures`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from journey_analytics.config.durations import parse_duration
from journey_analytics.config.yaml_source import Location, YamlSource
from journey_analytics.errors import Problem

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]

WINDOW = timedelta(days=14)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FunnelStep(_Strict):
    """A step by condition; with `events` both must hold."""

    where: str | None = None
    events: str | list[str] = []
    name: str | None = None

    def plain(self) -> dict[str, Any]:
        """The step as `funnel` takes it."""
        return {key: value for key, value in self.model_dump().items() if value}


class Exclude(_Strict):
    """An event that must not happen between two steps, counted from 1."""

    event: str | list[str] | FunnelStep
    after: int
    before: int


Step = str | list[str] | FunnelStep


def _window(value: Any) -> Any:
    return None if value in (None, False) else value


class Funnel(_Strict):
    """One funnel of `funnels`; the keys are the parameters of `funnel`."""

    name: str = Field(min_length=1)
    steps: list[Step] = Field(min_length=1)
    window: Annotated[Duration | None, BeforeValidator(_window)] = WINDOW  # false: none
    order: Literal["ordered", "strict", "any"] = "ordered"
    exclude: list[str | Exclude] = []
    exclusion: Literal["attempt", "customer"] = "attempt"
    optional: list[int | str] = []
    step_windows: dict[int, Duration] | None = None
    count: Literal["customers", "sessions", "journeys", "attempts"] = "customers"
    ties: Literal["order", "any"] = "order"

    def arguments(self) -> dict[str, Any]:
        """What `journey_analytics.funnel` is asked."""
        return {
            "steps": [_plain(step) for step in self.steps],
            "window": self.window,
            "order": self.order,
            "exclude": [
                item if isinstance(item, str) else (_plain(item.event), item.after, item.before)
                for item in self.exclude
            ],
            "exclusion": self.exclusion,
            "optional": self.optional,
            "step_windows": self.step_windows,
            "count": self.count,
            "ties": self.ties,
        }


def _plain(step: Step) -> Any:
    return step.plain() if isinstance(step, FunnelStep) else step


def funnel_problems(funnels: Sequence[Funnel], source: YamlSource) -> list[Problem]:
    """Names that stand twice, questions that make no sense, conditions that don't work."""
    from journey_analytics.config.stages import where_problem
    from journey_analytics.measures.errors import MeasureError
    from journey_analytics.measures.funnel_spec import funnel_spec

    problems: list[Problem] = []
    names = [funnel.name for funnel in funnels]
    for number, funnel in enumerate(funnels):
        at: Location = ("funnels", number)
        if funnel.name in names[:number]:
            problems.append(source.problem(f"two funnels are called {funnel.name!r}", (*at, "name"), "Rename one."))
        try:
            spec = funnel_spec(**funnel.arguments())
        except MeasureError as error:
            for problem in error.problems:
                key = (problem.key or "").partition("[")[0]
                place = (*at, key) if key in Funnel.model_fields else at
                problems.append(source.problem(problem.message, place, problem.remedy or "See docs/semantics.md."))
            continue
        matchers = [*spec.steps, *(exclusion.matcher for exclusion in spec.exclusions)]
        for condition in dict.fromkeys(
            text for matcher in matchers for text in (*matcher.where, *(pair[1] for pair in matcher.pairs))
        ):
            wrong = where_problem(condition, published=True)
            if wrong is not None:
                remedy = "Write an SQL condition over the columns of the published events, as in value > 100."
                problems.append(source.problem(f"the condition does not work: {wrong}", (*at, "steps"), remedy))
    return problems
