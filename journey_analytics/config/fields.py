"""How a mapping names a field of the log: a column, several to choose from, several joined, or a constant.

Only the typed form. What a field becomes in SQL is `ingest.cells`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from journey_analytics.config.paths import check_field, check_rows

_FORMS = (
    "write a column or dotted path, a list of them (the first that is not empty), {join: [a, [b, c]], by: ':'} or "
    "{constant: text}"
)


class FieldSpec(BaseModel):
    """Where a mapped value comes from.

    Attributes:
        paths: Columns, or dotted paths into nested values (`context.page.url`, `items[0].sku`).
        by: None: the first of `paths` that is not empty. A text: all of `paths` joined by it.
        others: Of a join with a part of several paths: for each of `paths`, those that are read where it is empty.
        constant: The value itself; `paths` is then empty.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    paths: tuple[str, ...] = ()
    by: str | None = None
    others: tuple[tuple[str, ...], ...] = ()
    constant: str | None = None

    def parts(self) -> list[FieldSpec]:
        """The parts of a join, each a field of its own."""
        others = self.others or ((),) * len(self.paths)
        return [FieldSpec(paths=(path, *more)) for path, more in zip(self.paths, others, strict=True)]

    def every_path(self) -> list[str]:
        """All paths that the field may be read from."""
        return [*self.paths, *(path for more in self.others for path in more)]


def _read_field(value: Any) -> Any:
    """Turn any of the written forms into the fields of a `FieldSpec`."""
    if isinstance(value, FieldSpec):
        return value
    if _is_choice(value):
        return FieldSpec(paths=_choice(value))
    if isinstance(value, dict):
        if set(value) == {"constant"} and isinstance(value["constant"], (str, int, float)):
            return FieldSpec(constant=str(value["constant"]))
        joined = value.get("join")
        if set(value) <= {"join", "by"} and isinstance(joined, list) and joined and all(map(_is_choice, joined)):
            choices = [_choice(item) for item in joined]
            others = tuple(c[1:] for c in choices) if any(len(c) > 1 for c in choices) else ()
            return FieldSpec(paths=tuple(c[0] for c in choices), by=str(value.get("by", ":")), others=others)
        if set(value) <= set(FieldSpec.model_fields) and "paths" in value:  # the dumped form
            return FieldSpec.model_validate(value)
    raise ValueError(f"{value!r} names no field: {_FORMS}")


def _is_choice(value: Any) -> bool:
    """Whether a value is a path, or a list of them."""
    items = value if isinstance(value, list) else [value]
    return bool(items) and all(isinstance(item, str) and item.strip() for item in items)


def _choice(value: Any) -> tuple[str, ...]:
    return tuple(check_field(path) for path in ([value] if isinstance(value, str) else value))


Field = Annotated[FieldSpec, BeforeValidator(_read_field)]


def _read_list(value: Any) -> Any:
    """One text stands for a list of one."""
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[str], BeforeValidator(_read_list)]


def _read_paths(value: Any) -> Any:
    """As `_read_list`, each a field's path."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            check_field(item)
    return _read_list(value)


Paths = Annotated[list[str], BeforeValidator(_read_paths)]


def _read_rows(value: Any) -> Any:
    """Paths to choose from, or a list of such lists: each is followed from what the one before found."""
    value = [value] if isinstance(value, str) else value
    if isinstance(value, list) and any(isinstance(item, list) for item in value):
        value = [[item] if isinstance(item, str) else item for item in value]
        for number, inner in enumerate(value):
            if isinstance(inner, list):
                check_rows([item for item in inner if isinstance(item, str)], is_first=number == 0)
    elif isinstance(value, list):
        check_rows([item for item in value if isinstance(item, str)], is_first=True)
    return value


Rows = Annotated[list[str] | list[list[str]], BeforeValidator(_read_rows)]

#: The common fields that `columns` may map, as docs/interfaces.md lists them.
COLUMN_NAMES: tuple[str, ...] = (
    "occurred_at",
    "event_name",
    "event_id",
    "sequence",
    "received_at",
    "actor",
    "channel",
    "session_key",
    "url",
    "referrer",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "value",
    "currency",
    "user_agent",
    "device",
    "country",
    "properties",
)
