"""YAML text to plain data with the line of every key, so that errors can say where.

Values only: no meaning of keys here. YAML's own mistakes (tabs, repeated keys, broken syntax) are found here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from journey_analytics.errors import ConfigError, Problem

Location = tuple[str | int, ...]
#: Values of one document, aliases written out; nobody writes as many.
_MOST = 100_000


@dataclass
class YamlSource:
    """One YAML document.

    Attributes:
        name: The file as messages name it.
        data: Its content; None for an empty document.
        lines: Location -> 1-based line of its key or list item.
        problems: Keys that stand twice.
    """

    name: str
    data: Any
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, location: Location) -> int | None:
        """The line of a location, or of the nearest enclosing one."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return None

    def problem(self, message: str, location: Location, remedy: str | None = None) -> Problem:
        """A problem at a location."""
        return Problem(message, self.name, self.line(location), dotted(location) or None, remedy)


def dotted(location: Location) -> str:
    """A location as people write it: `sources[0].columns.email`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read_yaml(path: Path, name: str | None = None) -> YamlSource:
    """Read one YAML file.

    Args:
        path: The file.
        name: How messages name it; None: the path as given.

    Raises:
        ConfigError: If the file can't be read or is no YAML.
    """
    name = name or str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(Problem("file not found", name, remedy="Check the path.")) from error
    except IsADirectoryError as error:
        raise ConfigError(Problem("is a folder", name, remedy="Name the file in it.")) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(Problem("is not UTF-8", name, line, remedy="Save the file as UTF-8.")) from error
    except OSError as error:
        raise ConfigError(Problem(f"can't be read: {error.strerror}", name, remedy="Check its permissions.")) from error
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> YamlSource:
    """Parse YAML text.

    Raises:
        ConfigError: If it is no YAML; a tab in the indentation is named as such.
    """
    try:
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            if node is not None and (bomb := _too_large(node)) is not None:
                line = bomb.start_mark.line + 1
                remedy = "Write out what is meant: aliases (`*name`) of aliases multiply."
                raise ConfigError(Problem(f"aliases stand for more than {_MOST:,} values", name, line, remedy=remedy))
            source = YamlSource(name, None)
            source.data = None if node is None else _build(loader, node, (), source)
            return source
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_syntax(error, text, name)) from error
    except RecursionError:
        remedy = "Take out the alias (`*name`) that stands inside its own anchor (`&name`), or nest less deeply."
        raise ConfigError(Problem("is nested without end", name, remedy=remedy)) from None
    except yaml.YAMLError as error:
        raise ConfigError(Problem(f"is no YAML: {error}", name, remedy="Check the file's encoding.")) from error


def _too_large(root: yaml.Node) -> yaml.Node | None:
    """The first node that is worth too many values once its aliases are written out; no node is looked at twice."""
    sizes: dict[int, int] = {}
    stack: list[tuple[yaml.Node, bool]] = [(root, False)]
    while stack:
        node, is_done = stack.pop()
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        inside = [part for pair in pairs for part in pair] or (
            node.value if isinstance(node, yaml.SequenceNode) else []
        )
        if is_done:
            # one inside itself is of size 0 here: that it is nested without end is told elsewhere
            sizes[id(node)] = 1 + sum(sizes[id(part)] for part in inside)
            if sizes[id(node)] > _MOST:
                return node
        elif id(node) not in sizes:
            sizes[id(node)] = 0
            stack.append((node, True))
            stack += [(part, False) for part in inside if id(part) not in sizes]
    return None


def _syntax(error: yaml.MarkedYAMLError, text: str, name: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = None if mark is None else mark.line + 1
    lines = text.splitlines()
    # The parser may stop some lines after the tab that broke it, so every line up to there is looked at.
    for number in range(1, min(len(lines), (line or 0) + 1) + 1):
        body = lines[number - 1]
        if "\t" in body[: len(body) - len(body.lstrip())]:
            return Problem("a tab in the indentation", name, number, remedy="YAML allows spaces only: replace the tab.")
    at = (line or 1) - 1
    if "'\\t'" in (error.problem or "") or (at < len(lines) and lines[at].find("\t") >= 0 and "token" in str(error)):
        return Problem("a tab where YAML wants spaces", name, line, remedy="Replace the tab with spaces.")
    return Problem(
        f"is no YAML: {error.problem}", name, line, remedy="Check indentation, quotes, colons and brackets there."
    )


def _build(loader: yaml.SafeLoader, node: yaml.Node, at: Location, source: YamlSource) -> Any:
    """The value of a node; lines and repeated keys are noted on the way."""
    source.lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        loader.flatten_mapping(node)
        result: dict[Any, Any] = {}
        first: dict[Any, int] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            key = key if isinstance(key, str) else str(key_node.value)  # an event may be called `1` or `yes`
            here, line = (*at, key), key_node.start_mark.line + 1
            if key in first:
                source.problems.append(
                    Problem(
                        f"the key stands twice, first in line {first[key]}",
                        source.name,
                        line,
                        dotted(here),
                        "Keep one of them.",
                    )
                )
            first.setdefault(key, line)
            source.lines[here] = line
            result[key] = _build(loader, value_node, here, source)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, item, (*at, number), source) for number, item in enumerate(node.value)]
    value = loader.construct_object(node, deep=True)
    if isinstance(value, str) and not value.isascii():
        try:  # JSON's "\ud83d\ude00" is one character, which YAML reads as two halves that no database takes
            return value.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            remedy = "Write the character itself."
            source.problems.append(source.problem("holds half a character", at, remedy))
            return "?"
    return value
