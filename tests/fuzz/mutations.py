"""What the fuzz does to logs: hostile values in the place of good ones, and damage to bytes, both repeatable."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

#: Texts that are odd as a time, a number, an address, a name or a part of SQL, HTML or a path.
TEXTS = [
    "",
    " ",
    "0",
    "-1",
    "null",
    "NaN",
    "-Infinity",
    "epoch",
    "infinity",
    "1e400",
    "9" * 40,
    "0000-00-00",
    "9999-12-31T23:59:60Z",
    "2024-02-30",
    "1714557600000",
    "1714557600000000000",
    "31/12/2024 10:00",
    "20240501",
    "Thu, 05 Jan 2023 10:00:00 +0000",
    "a@x.org, b@x.org",
    "<Ann> <ann@x.org>",
    "@",
    "ann@",
    "'; DROP TABLE events; --",
    '"',
    "''",
    "\\",
    "\\u0000",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "http://[::1",
    "é̀",
    "\U0001f600",
    "‮abc",
    " ",
    "﻿",
    "{}",
    "[]",
    "[[[]]]",
    '{"a": {"b": 1}}',
    '{"to": ["a@x.org"]',
    "a=1&b=2",
    "a[b][c]=%ff",
    "%00",
    "=" * 30,
    "[" * 200,
    "x" * 5000,
    "true",
    "\t",
    "a\x01b",
    "true\x1b[2J",
]
#: The same for cells of JSON, which has other types too.
VALUES: list[Any] = [
    *TEXTS,
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    -(10**18),
    1714557600,
    1714557600123456789,
    [],
    {},
    [None],
    [[]],
    ["a@x.org", 5, {}],
    {"a": [1]},
    {"": ""},
    {"a.b[0]": 1},
    [[[[[[1]]]]]],
    "l\nm",
    "\x00",
]
BITS = [
    b'"',
    b"\0",
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b"\\",
    b"\xff",
    b"\x01",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b";",
    b"&",
    b"=",
    b"%",
]
BITS += [b"null", b'"key"', b" - ", b' "', b'" ', b'""', b"\xef\xbb\xbf", b"\n\n", b"%ff", b"\xf0\x9f"]

#: Damage to a file: places and lengths are shares of its size.
Edit = tuple[str, float, float, bytes]
EDITS: st.SearchStrategy[list[Edit]] = st.lists(
    st.tuples(
        st.sampled_from(["cut", "drop", "twice", "insert", "insert", "flip"]),
        st.floats(0, 1),
        st.floats(0, 0.05),
        st.sampled_from(BITS),
    ),
    max_size=6,
)


def damaged(content: bytes, edits: Sequence[Edit]) -> bytes:
    """The content after the edits."""
    for what, place, length, bit in edits:
        start = int(place * len(content))
        end = start + int(length * len(content))
        if what == "cut":
            content = content[: max(start, len(content) // 2)]
        elif what == "drop":
            content = content[:start] + content[end:]
        elif what == "twice":
            content = content[:end] + content[start:]
        elif what == "flip" and start < len(content):
            content = content[:start] + bytes([content[start] ^ 1 << len(bit)]) + content[start + 1 :]
        else:
            content = content[:start] + bit + content[start:]
    return content


def mutated_row(rng: random.Random, row: dict[str, str]) -> dict[str, str]:
    """A table's row, one time in two with some cells swapped for hostile ones."""
    row = dict(row)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 5])):
        row[rng.choice(list(row))] = rng.choice([*TEXTS, "l\nm", 'a"b', "q,r;s"])
    return row


def mutated_json(rng: random.Random, value: Any) -> Any:
    """A JSON value, one time in two with parts swapped, dropped, added, wrapped in a list or written as text."""
    for _ in range(rng.choice([0, 0, 1, 1, 2, 4])):
        value = _one_change(rng, value, 6)
    return value


def _one_change(rng: random.Random, value: Any, depth: int) -> Any:
    if isinstance(value, dict) and value and depth and rng.random() < 0.9:
        key = rng.choice(list(value))
        what = rng.random()
        if what < 0.08:
            return {k: v for k, v in value.items() if k != key}
        if what < 0.12:
            return {**value, rng.choice(["", "a.b", '"', "x" * 300, "é", key.upper()]): rng.choice(VALUES)}
        return {**value, key: _one_change(rng, value[key], depth - 1)}
    if isinstance(value, list) and value and depth and rng.random() < 0.7:
        place = rng.randrange(len(value))
        what = rng.random()
        if what < 0.1:
            return value[:place] + value[place + 1 :]
        if what < 0.2:
            return value + value[place:]
        return [*value[:place], _one_change(rng, value[place], depth - 1), *value[place + 1 :]]
    if rng.random() < 0.1:
        return [value] * rng.randrange(3)
    return rng.choice(VALUES)
