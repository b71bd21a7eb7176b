"""Stage models: the shipped ones by name, or the user's own list; their rules checked.

A model's meaning (what a rule does) is in docs/semantics.md; here only its form and its SQL conditions are judged.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import Any

import duckdb
from pydantic import ValidationError

from journey_analytics.config.event_columns import CONDITION_COLUMNS, PUBLISHED_COLUMNS, where_sql
from journey_analytics.config.model import Rule, StageModel
from journey_analytics.config.problems import nearest, validation_problems
from journey_analytics.config.yaml_source import Location, YamlSource, parse_yaml
from journey_analytics.engine.duck import connect
from journey_analytics.errors import ConfigError, Problem

_NTH = re.compile(r"\s*(>=|<=|>|<|=)?\s*(\d+)\s*")
_FOLDER = "stage_models"


def shipped_models() -> list[str]:
    """The names of the stage models that come with the package."""
    folder = resources.files("journey_analytics.config") / _FOLDER
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


@lru_cache(maxsize=16)
def shipped_model(name: str) -> StageModel:
    """One shipped stage model.

    Raises:
        ConfigError: If there is none of that name, or its file is wrong.
    """
    if name not in shipped_models():
        close = nearest(name, shipped_models())
        remedy = f"Did you mean {close!r}?" if close else f"Shipped are {', '.join(shipped_models())}, or write a list."
        raise ConfigError(Problem(f"unknown stage model {name!r}", remedy=remedy))
    text = (resources.files("journey_analytics.config") / _FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    source = parse_yaml(text, f"stage_models/{name}.yaml")
    model, problems = _validated({"name": name, **source.data}, source)
    if model is None or problems:
        raise ConfigError(problems)
    return model


def resolve_stages(value: Any, source: YamlSource) -> tuple[StageModel | None, list[Problem]]:
    """The stage model that `stages:` means, or what is wrong with it.

    Args:
        value: `{model: name}`, or a list of stages.
        source: The YAML it stands in.
    """
    if isinstance(value, list):
        return _validated({"name": "custom", "stages": value}, source)
    if isinstance(value, dict) and set(value) == {"model"}:
        try:
            return shipped_model(str(value["model"])), []
        except ConfigError as error:
            return None, [
                source.problem(problem.message, ("stages", "model"), problem.remedy)
                if problem.file is None
                else problem
                for problem in error.problems
            ]
    if isinstance(value, dict):
        strange = [key for key in value if key != "model"]
        if strange:
            close = nearest(strange[0], ["model"])
            remedy = f"Did you mean {close!r}?" if close else "`stages` takes `model: lifecycle`, or a list of stages."
            return None, [source.problem(f"unknown key {strange[0]!r}", ("stages", strange[0]), remedy)]
    return None, [source.problem("is no stage model", ("stages",), "Write `{model: lifecycle}`, or a list of stages.")]


def _validated(data: dict[str, Any], source: YamlSource) -> tuple[StageModel | None, list[Problem]]:
    """A stage model from plain data; its stages stand under `stages` in the YAML, journey.yaml's or its own."""
    try:
        model = StageModel.model_validate(data)
    except ValidationError as error:
        return None, [*validation_problems(error, StageModel, source), *_usable_rules(data, source)]
    place: Location = ("stages",)
    problems: list[Problem] = []
    if len(model.stages) < 2:
        problems.append(
            source.problem("needs at least two stages", place, "The last stage is the goal; add the way to it.")
        )
    names = [stage.name for stage in model.stages]
    for number, stage in enumerate(model.stages):
        if stage.name in names[:number] or stage.name.startswith("("):
            why = (
                "stands twice"
                if stage.name in names[:number]
                else "looks like (start), (completed), (dropped) or (open)"
            )
            problems.append(
                source.problem(f"the stage name {stage.name!r} {why}", (*place, number, "name"), "Rename it.")
            )
        if not stage.name.strip():
            problems.append(source.problem("the stage has no name", (*place, number, "name"), "Give it one."))
        for index, rule in enumerate(stage.rules):
            problems += _rule_problems(rule, (*place, number, "rules", index), source)
    return model, problems


def _usable_rules(data: dict[str, Any], source: YamlSource) -> list[Problem]:
    """The problems of those rules that are well-formed, where the model as a whole is not."""
    problems: list[Problem] = []
    stages = data.get("stages")
    for number, stage in enumerate(stages if isinstance(stages, list) else []):
        rules = stage.get("rules") if isinstance(stage, dict) else None
        for index, rule in enumerate(rules if isinstance(rules, list) else []):
            try:
                problems += _rule_problems(Rule.model_validate(rule), ("stages", number, "rules", index), source)
            except ValidationError:
                continue
    return problems


def _rule_problems(rule: Rule, at: Location, source: YamlSource) -> list[Problem]:
    problems = []
    if not any((rule.events, rule.sources, rule.channels, rule.urls, rule.where, rule.after)):
        remedy = "Give events, sources, channels, urls, where or after."
        problems.append(source.problem("the rule matches every event", at, remedy))
    if rule.within is not None and not rule.after:
        remedy = "Add `after: event_name`, or drop `within`."
        problems.append(source.problem("`within` goes with `after`", (*at, "within"), remedy))
    if rule.nth is not None and (match := _NTH.fullmatch(str(rule.nth))) is None:
        problems.append(
            source.problem(f"{rule.nth!r} counts nothing", (*at, "nth"), 'Write 3, ">= 3", "> 2" or "<= 1".')
        )
    elif rule.nth is not None and match is not None and int(match[2]) == 0 and match[1] in (None, "=", "<", "<="):
        problems.append(source.problem(f"{rule.nth!r} never holds", (*at, "nth"), "Events count from 1."))
    if rule.where is not None and (wrong := where_problem(rule.where)) is not None:
        remedy = "Write an SQL condition over the event's columns, as in value > 100 or properties->>'plan' = 'pro'."
        problems.append(source.problem(f"the condition does not work: {wrong}", (*at, "where"), remedy))
    return problems


@lru_cache(maxsize=512)
def where_problem(condition: str, *, published: bool = False) -> str | None:
    """What is wrong with an SQL condition over an event's columns (of the published events); None if nothing is.

    It is bound against an empty table of an event's shape, with no access to files, and never run on data here.
    """
    columns = PUBLISHED_COLUMNS if published else CONDITION_COLUMNS
    con = connect()
    try:
        con.execute(f"CREATE TABLE event ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
        con.execute("SET enable_external_access = false; SET lock_configuration = true")
        statements = con.extract_statements(f"SELECT 1 FROM event WHERE ({condition}\n)")
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            return "it is more than one condition"
        con.execute(f"SELECT count(*) FROM event WHERE CAST(({condition}\n) AS BOOLEAN)").fetchall()
        # and as the models ask it: no volatile functions, which would give another answer at every run
        con.execute(f"SELECT count(*) FROM event WHERE {where_sql(condition)}").fetchall()
    except duckdb.Error as error:
        return str(error).strip().splitlines()[0][:300]
    finally:
        con.close()
    return None
