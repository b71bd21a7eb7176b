"""`journey.yaml` from disk to a `Config`, with every problem at once.

What each key means stands in docs/interfaces.md. Inputs are not looked at here: that is `config.check`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from journey_analytics.config.channels import channel_rule_problems
from journey_analytics.config.fields import COLUMN_NAMES
from journey_analytics.config.funnels import funnel_problems
from journey_analytics.config.model import Config, Source, StageModel
from journey_analytics.config.problems import nearest, validation_problems
from journey_analytics.config.segments import segment_problems
from journey_analytics.config.stages import resolve_stages
from journey_analytics.config.yaml_source import Location, YamlSource, read_yaml
from journey_analytics.connectors.load import load_connector, text_problems, unknown_column, zone_problems
from journey_analytics.connectors.model import Connector
from journey_analytics.errors import ConfigError, Problem

#: Keys of docs/interfaces.md whose features do not exist yet.
NOT_YET = ("privacy",)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_TIMES = re.compile(r"0?[4-7][0-7]{2}")  # whoever publishes must be able to read it


def load_config(path: Path) -> Config:
    """Load and validate a configuration.

    Args:
        path: The file `journey.yaml`, or its folder.

    Returns:
        The configuration with its stage model resolved.

    Raises:
        ConfigError: With every problem found, each with file, line, key and remedy.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "journey.yaml"
    source = read_yaml(path)
    problems = list(source.problems)
    if not isinstance(source.data, dict):
        what = "is empty" if source.data is None else "is no mapping of keys to values"
        raise ConfigError(
            Problem(what, source.name, 1, remedy="Start with `sources:`; `journey sample DIR` writes an example.")
        )
    data = dict(source.data)
    problems += _refused(data, source)
    stages, stage_problems = resolve_stages(data.pop("stages", {"model": "lifecycle"}), source)
    problems += stage_problems
    known = Config.model_fields  # of which an empty one is its default; any other is a mistake, empty or not
    data = {key: value for key, value in data.items() if value is not None or key not in known or key == "path"}
    if "path" in data:  # ours, of the file itself
        problems.append(source.problem("unknown key 'path'", ("path",), "Take it out: the file knows where it lies."))
    fixed = {"path": path.resolve(), "stages": stages or StageModel(name="unresolved", stages=[])}
    try:
        config, numbers = Config.model_validate({**data, **fixed}), None
    except ValidationError as error:
        problems += validation_problems(error, Config, source)
        config, numbers = _usable(data, fixed, error)
    problems += _values(config, source, numbers)
    for number, each in zip(numbers or range(len(config.sources)), config.sources, strict=True):
        connector = _connector(each, config.folder, ("sources", number), source, problems)
        problems += source_problems(each, connector, ("sources", number), source)
    if problems:
        raise ConfigError(_sorted(problems))
    return config


def _usable(data: dict[str, Any], fixed: dict[str, Any], error: ValidationError) -> tuple[Config, list[int]]:
    """What of a wrong configuration can still be checked, and the places of its sources in the file."""
    wrong = {item["loc"][0] for item in error.errors() if item["loc"]}
    kept = {key: value for key, value in data.items() if key not in wrong}
    items = data.get("sources")
    sources, numbers = [], []
    for number, item in enumerate(items if isinstance(items, list) else []):
        try:
            sources.append(Source.model_validate(item))
        except ValidationError:
            continue
        numbers.append(number)
    return Config.model_validate({**kept, **fixed, "sources": sources}), numbers


def _refused(data: dict[str, Any], source: YamlSource) -> list[Problem]:
    """Keys that the documentation names and no code reads yet; they are taken out of `data`."""
    later = "Take it out for now; it is planned."
    return [source.problem("not available yet", (key,), later) for key in NOT_YET if data.pop(key, None) is not None]


def _values(config: Config, source: YamlSource, numbers: list[int] | None) -> list[Problem]:
    """Values that the types let through and nothing could work with."""
    problems = []
    if not config.sources and numbers is None:
        problems.append(source.problem("no sources", ("sources",), "Add at least one source with its files."))
    problems += zone_problems(config.timezone, ("timezone",), source)
    problems += segment_problems(config.segments, source)
    problems += channel_rule_problems(config.channel_rules, source)
    problems += funnel_problems(config.funnels, source)
    if not _TIMES.fullmatch(config.publish.mode):
        problems.append(
            source.problem(f"{config.publish.mode!r} is no file mode", ("publish", "mode"), 'Write it as in "0440".')
        )
    if config.resources.memory is not None and not re.fullmatch(
        r"\d{1,6}(\.\d+)?\s*([KMGT]i?)?B", config.resources.memory
    ):
        found = f"{config.resources.memory!r} is no amount of memory"
        problems.append(source.problem(found, ("resources", "memory"), "Write it as in 2GB."))
    for number, pair in enumerate(config.identity.unlink):
        if len(pair) != 2 or not all(":" in item for item in pair):
            remedy = 'Write two identifiers, as in ["email:a@example.org", "shop.user_id:17"].'
            problems.append(source.problem(f"{pair!r} is no pair", ("identity", "unlink", number), remedy))
    seen: dict[str, int] = {}
    for number, each in zip(numbers or range(len(config.sources)), config.sources, strict=True):
        at: Location = ("sources", number, "name")
        if each.name in seen:
            first = source.line(("sources", seen[each.name], "name"))
            problems.append(
                source.problem(f"two sources are called {each.name!r}, the first in line {first}", at, "Rename one.")
            )
        seen.setdefault(each.name, number)
        if not _NAME.fullmatch(each.name):
            remedy = "Use letters, digits, - and _; identifiers are written <source>.<kind>."
            problems.append(source.problem(f"{each.name!r} is no name for a source", at, remedy))
    return problems


def source_problems(each: Source, connector: Connector | None, at: Location, source: YamlSource) -> list[Problem]:
    """What is wrong with one source by itself, its inputs not looked at."""
    problems = []
    if each.timezone is not None:
        problems += zone_problems(each.timezone, (*at, "timezone"), source)
    for column in each.columns:
        if column not in COLUMN_NAMES:
            problems.append(unknown_column(source, (*at, "columns", column)))
    has_files, has_database = bool(each.files), each.database is not None
    if has_files == has_database:
        what = "both `files` and `database`" if has_files else "neither `files` nor `database`"
        problems.append(source.problem(f"{each.name!r} has {what}", at, "Give one of them."))
    if has_database and (each.query is None) == (each.table is None):
        problems.append(
            source.problem(f"{each.name!r} needs `query` or `table`", (*at, "database"), "Give one of them.")
        )
    if not has_database:
        for key in ("query", "table"):
            if getattr(each, key) is not None:
                problems.append(source.problem("goes with `database`", (*at, key), "Add `database`, or drop it."))
    if each.delimiter is not None and len(each.delimiter) != 1:
        found = f"{each.delimiter!r} is no single character"
        problems.append(source.problem(found, (*at, "delimiter"), r'Write one character, as in ";" or "\t".'))
    problems += text_problems(each, at, source)
    known = {"phone_country"}
    for option in each.options:
        if option not in known:
            close = nearest(option, known)
            remedy = f"Did you mean {close!r}?" if close else f"Options are {', '.join(sorted(known))}."
            problems.append(source.problem(f"unknown option {option!r}", (*at, "options", option), remedy))
    problems += _snapshot_problems(each, connector, at, source)
    problems += _stream_problems(each, connector, at, source)
    if connector is not None and connector.name == "table":
        problems += _table_problems(each, at, source)
    return problems


def _stream_problems(each: Source, connector: Connector | None, at: Location, source: YamlSource) -> list[Problem]:
    """Streams given to files that the connector does not have."""
    if connector is None:
        return []
    known = [stream.name for stream in connector.resolved()]
    problems = []
    for name, globs in each.streams.items():
        if name not in known:
            close = nearest(name, known)
            remedy = f"Did you mean {close!r}?" if close else f"Its tables are {', '.join(known)}."
            problems.append(source.problem(f"{each.connector!r} has no table {name!r}", (*at, "streams", name), remedy))
        problems += [
            source.problem(f"{glob!r} holds a folder", (*at, "streams", name), "Write the file's name only, without /.")
            for glob in globs
            if "/" in glob
        ]
    return problems


def _snapshot_problems(each: Source, connector: Connector | None, at: Location, source: YamlSource) -> list[Problem]:
    """What does not go with `mode: snapshot`, or without it."""
    if each.mode is None:
        if each.snapshot is None:
            return []
        return [source.problem("goes with `mode: snapshot`", (*at, "snapshot"), "Add `mode: snapshot`, or drop it.")]
    problems = []
    streams = [] if connector is None else connector.resolved()
    if each.snapshot is None and connector is not None and not any(stream.snapshot for stream in streams):
        remedy = "Add `snapshot: {key: id, watch: [status], taken_at: 'name_%Y-%m-%d.csv'}`."
        problems.append(source.problem("`mode: snapshot` needs `snapshot`", (*at, "mode"), remedy))
    decided = "The comparison of snapshots decides it; take this out."
    for key in ("occurred_at", "event_name", "event_id"):
        if key in each.columns:
            problems.append(
                source.problem(f"`{key}` does not go with `mode: snapshot`", (*at, "columns", key), decided)
            )
    if each.event is not None:
        problems.append(source.problem("`event` does not go with `mode: snapshot`", (*at, "event"), decided))
    if isinstance(each.events, list) and each.events:
        remedy = "Write rules by what changed, as in {created: lead_created, status_changed: lead_status_changed}."
        problems.append(source.problem("a list of `events` does not go with `mode: snapshot`", (*at, "events"), remedy))
    return problems


def _table_problems(each: Source, at: Location, source: YamlSource) -> list[Problem]:
    """The connector `table` knows nothing by itself: the source must say what an event is."""
    problems = []
    if each.events and isinstance(each.events, list):
        for key in ("occurred_at", "event_name"):
            if key in each.columns:
                remedy = "A wide export lists `events` with `at`; take this column out, or take `events` out."
                problems.append(source.problem(f"`{key}` does not go with `events`", (*at, "columns", key), remedy))
    elif each.mode is None:
        if "occurred_at" not in each.columns:
            problems.append(source.problem("no time", (*at, "columns"), "Map `occurred_at` to a column."))
        if "event_name" not in each.columns and each.event is None:
            remedy = "Map `event_name` to a column, or give a constant `event`."
            problems.append(source.problem("no event name", (*at, "columns"), remedy))
    if not each.identifiers:
        problems.append(
            source.problem("no identifiers", (*at, "identifiers"), "Map at least one kind, as in {email: email}.")
        )
    return problems


def _connector(
    each: Source, folder: Path, at: Location, source: YamlSource, problems: list[Problem]
) -> Connector | None:
    """A source's connector; None where it can't be loaded, which is then among the problems."""
    try:
        return load_connector(each.connector, folder)
    except ConfigError as error:
        for problem in error.problems:
            if problem.file is None:  # the connector's name is wrong, not its file
                problem = source.problem(problem.message, (*at, "connector"), problem.remedy)
            problems.append(problem)
        return None


def _sorted(problems: list[Problem]) -> list[Problem]:
    """Problems in the order of the file, each once."""
    unique = list(dict.fromkeys(problems))
    return sorted(unique, key=lambda problem: (problem.file or "", problem.line or 0))
