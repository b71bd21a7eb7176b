"""Form-encoded text (`type=unsubscribe&data%5Bemail%5D=a%40b.c`) as a JSON object, in SQL.

Names in brackets nest: `data[email]` is the entry `email` of `data`. Of a name that occurs twice the last counts;
`tag[]` takes the field's place in the body as its name, so that none is lost. What can't be decoded stays as it is.
"""

from __future__ import annotations

#: Fields of one body; a longer one is left as it is, because putting fields together costs their number squared.
MAX_FIELDS = 500
_MAX_DEPTH = 16
#: A text inside JSON that is taken for a form: names, equals signs, no blanks and no bare @ (an address with = in it).
_LOOKS_LIKE = r"^[^=&@\s{}\"<>/?:]+=[^&@\s\"<>{}]*(&[^=&@\s\"]+=[^&@\s\"<>{}]*)*&?$"


def looks_like_form(text: str) -> str:
    """SQL that tells whether a text found inside JSON is a form-encoded body."""
    like = f"regexp_matches({text}, '{_LOOKS_LIKE}') AND regexp_matches({text}, '=[^=]')"  # not base64, padded with =
    return f"(contains({text}, '=') AND {like} AND {is_form(text)})"


def is_form(text: str) -> str:
    """SQL that tells whether a whole line can be read as a form-encoded body."""
    fields = f"(length({text}) - length(replace({text}, '&', '')))"
    return f"(contains({text}, '=') AND {fields} < {MAX_FIELDS})"


def form_json(text: str) -> str:
    """SQL of the JSON object of a form-encoded text.

    Args:
        text: SQL of a VARCHAR for which `is_form` holds.
    """
    name, value = "split_part(p, '=', 1)", "substr(p, length(split_part(p, '=', 1)) + 2)"
    parts = f"string_split(replace({_decoded(name)}, ']', ''), '[')"
    keys = f"CASE WHEN len({parts}) > {_MAX_DEPTH} THEN [{_decoded(name)}] ELSE {parts} END"
    quoted = "CAST(to_json(CASE WHEN k = '' THEN CAST(i AS VARCHAR) ELSE k END) AS VARCHAR)"
    # One object per field, `{"data":{"email":"a@b.c"}}`, all of them merged.
    leaf = (
        f"list_transform([{keys}], lambda ks: CAST('{{' || array_to_string(list_transform(ks, lambda k: {quoted}), "
        f"':{{') || ':' || CAST(to_json({_decoded(value)}) AS VARCHAR) || repeat('}}', len(ks)) AS JSON))[1]"
    )
    fields = f"list_filter(string_split({text}, '&'), lambda q: q <> '' AND q <> '=')"
    return (
        f"list_reduce(list_transform({fields}, lambda p, i: {leaf}), "
        "lambda a, b: CAST(json_merge_patch(a, b) AS JSON), CAST('{}' AS JSON))"
    )


def _decoded(text: str) -> str:
    plain = f"replace({text}, '+', ' ')"
    return f"replace(coalesce(TRY(url_decode({plain})), {plain}), chr(0), '')"
