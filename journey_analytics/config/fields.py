"""How a mapping names a field of the log: a column, several to choose from, several joined, or a constant.

Only the typed form. What a field becomes in SQL is `ingest.cells`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

_FORMS = (
    "write a column or dotted path, a list of them (the first that is not empty), {join: [a, b], by: ':'} or "
    "{constant: text}"
)


class FieldSpec(BaseModel):
    """Where a mapped value comes from.

    Attributes:
        paths: Columns, or dotted paths into nested values (`context.page.url`, `items[0].sku`).
        by: None: the first of `paths` that is not empty. A text: all of `paths` joined by it.
        constant: The value itself; `paths` is then empty.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    paths: tuple[str, ...] = ()
    by: str | None = None
    constant: str | None = None


def _read_field(value: Any) -> Any:
    """Turn any of the written forms into the fields of a `FieldSpec`."""
    if isinstance(value, FieldSpec):
        return value
    if isinstance(value, str) and value.strip():
        return FieldSpec(paths=(value,))
    if isinstance(value, list) and value and all(isinstance(item, str) and item.strip() for item in value):
        return FieldSpec(paths=tuple(value))
    if isinstance(value, dict):
        if set(value) == {"constant"} and isinstance(value["constant"], (str, int, float)):
            return FieldSpec(constant=str(value["constant"]))
        joined = value.get("join")
        if set(value) <= {"join", "by"} and isinstance(joined, list) and all(isinstance(item, str) for item in joined):
            return FieldSpec(paths=tuple(joined), by=str(value.get("by", ":")))
        if set(value) <= {"paths", "by", "constant"} and "paths" in value:  # the dumped form
            return FieldSpec(paths=tuple(value["paths"]), by=value.get("by"), constant=value.get("constant"))
    raise ValueError(f"{value!r} names no field: {_FORMS}")


Field = Annotated[FieldSpec, BeforeValidator(_read_field)]


def _read_list(value: Any) -> Any:
    """One text stands for a list of one."""
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[str], BeforeValidator(_read_list)]


def _read_rows(value: Any) -> Any:
    """Paths to choose from, or a list of such lists: each is followed from what the one before found."""
    value = [value] if isinstance(value, str) else value
    if isinstance(value, list) and any(isinstance(item, list) for item in value):
        return [[item] if isinstance(item, str) else item for item in value]
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
