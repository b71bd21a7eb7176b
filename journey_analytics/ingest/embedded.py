"""Text inside JSON that is itself JSON (`Message` of Amazon SNS) or a form-encoded body, stepped into by SQL.

Whether a step lies inside such a text is only known row by row, so the plain extraction comes first and these
expressions are asked for rows only whose text can hold any (`may_embed`).
"""

from __future__ import annotations

from collections.abc import Sequence

from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.readers.form_body import form_json, looks_like_form


def may_embed(document: str) -> str:
    """SQL that tells cheaply whether a document may hold a JSON object inside one of its texts: an escaped quote."""
    return f"contains({document}, '\\\"')"


def opens_with(value: str, character: str) -> str:
    """SQL that tells by its first character whether a JSON value is an array (`[`), an object or a text.

    Each function that parses a document keeps a multiple of its size until the next one comes; this one parses nothing.
    """
    code = ord(character)
    blank = f"ascii({value}) IN (9, 10, 13, 32)"
    return f"(ascii({value}) = {code} OR ({blank} AND ascii(ltrim({value}, e' \\t\\r\\n')) = {code}))"


def unwrapped(name: str, *, forms: bool = False) -> str:
    """SQL of a JSON value, or of what its text holds where that is an object or an array.

    Args:
        name: A column or lambda variable of type JSON: it is written several times.
        forms: Look for a form-encoded body too.
    """
    opens = "ascii(ltrim(t, e' \\t\\r\\n')) IN (91, 123)"  # [ and {
    inner = (
        f"CASE WHEN {opens} THEN coalesce(try_cast(t AS JSON), {name}) "
        + (f"WHEN {looks_like_form('t')} THEN {form_json('t')} " if forms else "")
        + f"ELSE {name} END"
    )
    return (
        f"CASE WHEN {opens_with(name, chr(34))} "
        f"THEN list_transform([json_extract_string({name}, '$')], lambda t: {inner})[1] ELSE {name} END"
    )


def stepped(value: str, steps: Sequence[str]) -> str:
    """SQL of the JSON value that steps lead to, through texts where need be; null where one is absent.

    Args:
        value: SQL of a JSON value.
        steps: JSON paths of one step each, as in `$."Message"`.
    """
    for number, step in enumerate(steps):
        name = f"s{number}"
        value = f"list_transform([{value}], lambda {name}: json_extract({unwrapped(name)}, {quote_text(step)}))[1]"
    return value
