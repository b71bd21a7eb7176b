"""Connectors by name or path: read, validated, every problem with file, line and remedy."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from zoneinfo import available_timezones

from pydantic import ValidationError

from journey_analytics.config.fields import COLUMN_NAMES
from journey_analytics.config.model import Source
from journey_analytics.config.problems import nearest, validation_problems
from journey_analytics.config.yaml_source import Location, YamlSource, parse_yaml, read_yaml
from journey_analytics.connectors.model import Connector, Mapping, Stream
from journey_analytics.connectors.patterns import pattern_fault
from journey_analytics.errors import ConfigError, Problem


def shipped() -> list[str]:
    """The names of the connectors that come with the package."""
    folder = resources.files("journey_analytics.connectors")
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load_connector(name_or_path: str, base: Path) -> Connector:
    """Load and validate a connector.

    Args:
        name_or_path: The name of a shipped connector, or the path of a YAML file.
        base: The folder that a relative path starts from.

    Raises:
        ConfigError: If there is no such connector, or it is wrong; all its problems at once.
    """
    if name_or_path in shipped():
        return _shipped(name_or_path)
    if not name_or_path.endswith((".yaml", ".yml")):
        close = nearest(name_or_path, shipped())
        remedy = f"Did you mean {close!r}? " if close else ""
        remedy += f"Shipped are {', '.join(shipped())}; a path to your own ends in .yaml."
        raise ConfigError(Problem(f"unknown connector {name_or_path!r}", remedy=remedy))
    return _validated(read_yaml(base / name_or_path, name_or_path), Path(name_or_path).stem)


@lru_cache(maxsize=32)
def _shipped(name: str) -> Connector:
    text = (resources.files("journey_analytics.connectors") / f"{name}.yaml").read_text(encoding="utf-8")
    return _validated(parse_yaml(text, f"connectors/{name}.yaml"), name)


def _validated(source: YamlSource, stem: str) -> Connector:
    problems = list(source.problems)
    data = source.data
    if not isinstance(data, dict):
        remedy = "Start with a line such as `columns:`."
        raise ConfigError(Problem("is no mapping of keys to values", source.name, 1, remedy=remedy))
    try:
        connector = Connector.model_validate({"name": stem, **data})
    except ValidationError as error:
        raise ConfigError([*problems, *validation_problems(error, Connector, source)]) from error
    problems += _column_problems(connector, source)
    problems += _value_problems(connector, source)
    problems += _stream_problems(connector, source)
    if problems:
        raise ConfigError(problems)
    return connector


def _places(connector: Connector) -> list[tuple[Location, Connector | Stream]]:
    """The connector and its streams, each with its place in the YAML."""
    streams = [(("streams", number), stream) for number, stream in enumerate(connector.streams)]
    return [((), connector), *streams]


def _value_problems(connector: Connector, source: YamlSource) -> list[Problem]:
    problems = []
    for at, mapping in _places(connector):
        if mapping.timezone is not None:
            problems += zone_problems(mapping.timezone, (*at, "timezone"), source)
        problems += text_problems(mapping, at, source)
        if mapping.delimiter is not None and len(mapping.delimiter) != 1:
            found = f"{mapping.delimiter!r} is no single character"
            problems.append(source.problem(found, (*at, "delimiter"), r'Write one character, as in ";" or "\t".'))
    return problems


def text_problems(mapping: Mapping | Source, at: Location, source: YamlSource) -> list[Problem]:
    """What is wrong with a `pattern` or a `header`."""
    problems = []
    if mapping.pattern is not None and (wrong := pattern_fault(mapping.pattern)):
        remedy = r"Write RE2 with named groups, as in ^(?P<at>\S+) (?P<user>\S+) (?P<event>\w+)$."
        problems.append(source.problem(wrong, (*at, "pattern"), remedy))
    lower = [name.lower() for name in mapping.header]
    for number, name in enumerate(lower):
        if not name.strip() or name in lower[:number]:
            found = f"the column {mapping.header[number]!r} is named twice" if name.strip() else "a column has no name"
            problems.append(source.problem(found, (*at, "header", number), "Give every column a name of its own."))
    return problems


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # looks through a folder of hundreds of files


def zone_problems(name: str, at: Location, source: YamlSource) -> list[Problem]:
    """A problem if a time zone is unknown."""
    zones = _zones()
    if name in zones:
        return []
    close = nearest(name, sorted(zones))
    remedy = f"Did you mean {close!r}?" if close else "Write an IANA name, as in Europe/Amsterdam or UTC."
    return [source.problem(f"unknown time zone {name!r}", at, remedy)]


def _column_problems(connector: Connector, source: YamlSource) -> list[Problem]:
    problems = []
    for at, mapping in _places(connector):
        for column in mapping.columns:
            if column not in COLUMN_NAMES:
                problems.append(unknown_column(source, (*at, "columns", column)))
    return problems


def unknown_column(source: YamlSource, location: Location) -> Problem:
    """The problem of a column that is none of the common fields."""
    close = nearest(str(location[-1]), COLUMN_NAMES)
    remedy = f"Did you mean {close!r}?" if close else f"The common fields are {', '.join(COLUMN_NAMES)}."
    return source.problem(f"{str(location[-1])!r} is no common field", location, remedy)


def _stream_problems(connector: Connector, source: YamlSource) -> list[Problem]:
    problems: list[Problem] = []
    names = [stream.name for stream in connector.streams]
    for number, name in enumerate(names):
        if name in names[:number]:
            problems.append(source.problem(f"two streams are called {name!r}", ("streams", number), "Rename one."))
    for number, stream in enumerate(connector.resolved()):
        at: Location = ("streams", number) if connector.streams else ()
        for place, lookup in enumerate(stream.lookups):
            if lookup.stream not in names:
                close = nearest(lookup.stream, names)
                remedy = f"Did you mean {close!r}?" if close else "Name one of the connector's streams."
                problems.append(
                    source.problem(f"no stream {lookup.stream!r}", (*at, "lookups", place, "stream"), remedy)
                )
        if sum(lookup.fan_out for lookup in stream.lookups) > 1:
            problems.append(source.problem("only one lookup may fan out", (*at, "lookups"), "Drop one `fan_out`."))
        if stream.mode is not None and stream.snapshot is None:
            remedy = "Add `snapshot` with its `key`."
            problems.append(source.problem("`mode: snapshot` needs `snapshot`", (*at, "mode"), remedy))
        if stream.versions is not None and isinstance(stream.events, list):
            remedy = "Take `versions` out, or map one event per row."
            problems.append(source.problem("`versions` does not go with a list of `events`", (*at, "versions"), remedy))
        if stream.role != "events" or connector.name == "table" or stream.mode is not None:
            continue
        timed = "occurred_at" in stream.columns or isinstance(stream.events, list)
        if not timed:
            problems.append(
                source.problem("no time", (*at, "columns"), "Map `occurred_at`, or list `events` with `at`.")
            )
        named = "event_name" in stream.columns or stream.event or isinstance(stream.events, list)
        if not named:
            problems.append(source.problem("no event name", (*at, "columns"), "Map `event_name`, or give `event`."))
        if not stream.identifiers:
            problems.append(source.problem("no identifiers", (*at, "identifiers"), "Map at least one kind."))
    return problems
