"""The forms in which journey.yaml and connectors say what becomes an event: conditions, rules, wide exports.

Only the typed forms. What they become in SQL is `ingest.conditions` and `ingest.event_rules`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from journey_analytics.config.fields import Field as FieldForm
from journey_analytics.config.paths import check_field

Actor = Literal["customer", "company", "machine"]


class Form(BaseModel):
    """Unknown keys are errors; values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _read_condition(value: Any) -> Any:
    """Check a condition's form: field -> wanted value, list of values, or {not: …}."""
    if not isinstance(value, dict) or not value:
        raise ValueError(
            "a condition reads {column: value}; a value may be a text with * and ?, a list, null or {not: …}"
        )
    for name, wanted in value.items():
        inner = wanted["not"] if isinstance(wanted, dict) and set(wanted) == {"not"} else wanted
        items = inner if isinstance(inner, list) else [inner]
        if isinstance(name, str):
            check_field(name)
        if not isinstance(name, str) or any(isinstance(item, (dict, list)) for item in items):
            raise ValueError(
                f"{name!r}: {wanted!r} is no condition; write a value, a list of values, null or {{not: …}}"
            )
    return value


Condition = Annotated[dict[str, Any], BeforeValidator(_read_condition)]


class WideEvent(Form):
    """One event that a row of a wide export gives, if its time column is not empty and its condition holds."""

    event: str
    at: FieldForm
    value: FieldForm | None = None
    id: FieldForm | None = None  # None: the row's event_id
    actor: Actor | None = None
    where: Condition | None = None
    set: dict[str, FieldForm] = Field(default_factory=dict)  # entries that its properties get


class EventRule(Form):
    """What a vendor's event becomes, where its condition holds."""

    event: str | None = None  # None: it keeps the vendor's name
    actor: Actor | None = None
    where: Condition | None = None
    background: bool = False
    value: FieldForm | None = None  # its amount, where only this event has one
    set: dict[str, FieldForm] = Field(default_factory=dict)  # entries that its properties get
    ignore: str | None = None  # the reason why such a row is no event


def _read_rules(value: Any) -> Any:
    """`open: email_opened` and `open: {event: …}` stand for a list of one rule."""
    if isinstance(value, str):
        return [{"event": value}]
    return [value] if isinstance(value, dict) else value


EventRules = Annotated[list[EventRule], BeforeValidator(_read_rules)]


def _events_form(value: Any) -> str:
    return "wide" if isinstance(value, list) else "names"


Events = Annotated[
    Annotated[dict[str, EventRules], Tag("names")] | Annotated[list[WideEvent], Tag("wide")],
    Discriminator(_events_form),
]
