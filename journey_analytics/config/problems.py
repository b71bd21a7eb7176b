"""pydantic's errors as problems that people can act on: file, line, key, nearest known key."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

from journey_analytics.config.yaml_source import Location, YamlSource
from journey_analytics.errors import Problem

#: Names that pydantic puts into locations and people never wrote.
_TAGS = {"names", "wide", "str", "int", "CohortSegment", "ConditionSegment"}

#: Kinds of wrong form, in words that are not pydantic's.
_FORMS = {
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
}


def validation_problems(
    error: ValidationError, model: type[BaseModel], source: YamlSource, at: Location = ()
) -> list[Problem]:
    """Every problem of a failed validation.

    Args:
        error: What pydantic found.
        model: The model that was validated.
        source: The YAML it came from.
        at: Where in the YAML the model's data stands.
    """
    found: dict[tuple[Location, str], Problem] = {}
    places = [_written(item["loc"], source, at) for item in error.errors()]
    for item, inner in zip(error.errors(), places, strict=True):
        deeper = any(len(other) > len(inner) and other[: len(inner)] == inner for other in places)
        if item["loc"][-1:] == ("str",) and deeper:
            continue  # the other form of the same value was meant
        message, remedy = _said(item, model, inner)
        location = (*at, *inner)
        found.setdefault((location, message), source.problem(message, location, remedy))
    return list(found.values())


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one most likely means."""
    close = difflib.get_close_matches(word, list(known), 1, 0.6)
    return close[0] if close else None


def _written(location: tuple[str | int, ...], source: YamlSource, at: Location) -> Location:
    """The location without the parts that only pydantic knows."""
    inner: Location = ()
    for number, part in enumerate(location):
        is_last = number == len(location) - 1
        known = (*at, *inner, part) in source.lines
        if not known and (part in _TAGS or (not is_last and isinstance(part, str) and "[" in part)):
            continue
        inner = (*inner, part)
    return inner


def _said(item: Any, model: type[BaseModel], location: Location) -> tuple[str, str | None]:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys(model, location[:-1])
        close = nearest(str(location[-1]), known)
        remedy = f"Did you mean {close!r}?" if close else f"Known keys: {', '.join(known)}." if known else None
        return f"unknown key {str(location[-1])!r}", remedy
    if kind == "missing":
        return "is missing", f"Add the key {str(location[-1])!r}."
    if kind == "value_error":
        found = context.get("error", item["msg"])
        return str(found), getattr(found, "remedy", None)
    if kind == "literal_error":
        close = nearest(
            str(item["input"]), [word.strip("' ") for word in str(context["expected"]).replace(" or ", ",").split(",")]
        )
        hint = f" Did you mean {close!r}?" if close else ""
        return f"{item['input']!r} is not allowed", f"Write one of {context['expected']}.{hint}"
    if kind in _FORMS:
        message = f"should be {_FORMS[kind]}"
    else:
        message = str(item["msg"])
        message = message[0].lower() + message[1:]
    plain = isinstance(item["input"], (str, int, float, bool, type(None)))
    shown = repr(item["input"]) if plain else "a mapping" if isinstance(item["input"], dict) else "a list"
    remedy = "Put it in quotes." if kind == "string_type" and plain else "See docs/configuration.md for its form."
    return f"{message}, found {shown}", remedy


def _keys(model: Any, location: Location) -> list[str]:
    """The keys that a location may hold, found by walking the models' annotations."""
    current: list[Any] = [model]
    for part in location:
        following: list[Any] = []
        for kind in current:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                following += [f.annotation for n, f in kind.model_fields.items() if part in (n, f.alias)]
            elif typing.get_origin(kind) is dict:
                following.append(typing.get_args(kind)[1])
            elif typing.get_origin(kind) is list:
                following.append(typing.get_args(kind)[0])
        current = [plain for kind in following for plain in _alternatives(kind)]
    names: list[str] = []
    for kind in current:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names += [field.alias or name for name, field in kind.model_fields.items()]
    ours = {"path"} if not location else set()  # where the file itself lies
    return [name for name in dict.fromkeys(names) if name not in ours]


def _alternatives(kind: Any) -> list[Any]:
    """The types that an annotation allows, without `Annotated` and `Union`."""
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        return _alternatives(typing.get_args(kind)[0])
    if origin in (typing.Union, types.UnionType):
        return [plain for inner in typing.get_args(kind) for plain in _alternatives(inner)]
    return [kind]
