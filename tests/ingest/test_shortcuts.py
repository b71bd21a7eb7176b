"""Cheap expressions of the mapping give what the plain ones they stand for would."""

from __future__ import annotations

import itertools
import re

from journey_analytics.config.model import Identity
from journey_analytics.engine.duck import connect
from journey_analytics.ingest.cells import Cell
from journey_analytics.ingest.identifiers import identifiers_sql, normalised
from journey_analytics.ingest.layers import LAYER, Layers
from journey_analytics.ingest.times import time_sql
from journey_analytics.ingest.values import path_sql

_PATH = "'^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)'"
_SCHEMES = ["", "https:", "HTTP:", "a+b-c.1:", ":", "1a:", "mailto:", "é:"]
_HOSTS = ["", "//", "//shop.example", "//u@[::1]:80", "/", "///"]
_PATHS = ["", "/", "/a b", "/é/ü", "a:b//c", "/\n"]
_ENDS = ["", "?", "?q=1#f", "#f?x", "?a#", "/?"]


def test_the_path_of_a_url_is_what_one_pattern_would_find() -> None:
    urls = ["".join(parts) for parts in itertools.product(_SCHEMES, _HOSTS, _PATHS, _ENDS)]
    layer, path = path_sql("url")
    layers = Layers()
    layers.raw("SELECT unnest($1::VARCHAR[]) AS url")
    layers.add(layer)
    found = f"coalesce(nullif(regexp_extract(url, {_PATH}, 1), ''), '/')"
    with connect() as con:
        rows = con.execute(layers.final(f"SELECT url, {path}, {found} FROM {LAYER}"), [[*urls, None]]).fetchall()
    assert rows.pop()[:2] == (None, None)
    assert [(url, cheap) for url, cheap, _ in rows] == [(url, plain) for url, _, plain in rows]


def test_a_time_without_room_for_an_offset_is_what_the_careful_cast_finds() -> None:
    starts = [
        "2024-05-01T10:00:00",
        "2024-05-01 10:00",
        "2024-05-01 10+02:00",
        "2024-5-1 10:00:00+2",
        "12024-05-01T10:00:0",
    ]
    ends = [
        "",
        "Z",
        "+2",
        "+02",
        ".123Z",
        ".1+3Z",
        ".+02Z",
        ".-02Z",
        ".1 NZ",
        ". NZ",
        " NZ",
        ".12 Z",
        "é",
        ":",
        ":5",
        ":05",
    ]
    written = [start + end for start in starts for end in ends]
    time = time_sql(Cell("t"), "UTC", None, "p_")
    layers = Layers()
    layers.raw("SELECT unnest($1::VARCHAR[]) AS t")
    layers.add_all([time.layers])
    careful = "CAST(try_cast(t AS TIMESTAMPTZ) AS TIMESTAMP)"
    with connect() as con:
        sql = layers.final(f"SELECT t, {time.occurred}, {careful} FROM {LAYER} WHERE {careful} IS NOT NULL")
        rows = con.execute(sql, [written]).fetchall()
    assert len(rows) > 20
    # New Zealand's NZ is none of the words that we know (`zone_words`), and must not pass for UTC's Z.
    expected = [(text, None if re.search("[0-9] NZ$", text) else slow) for text, _, slow in rows]
    assert [(text, quick) for text, quick, _ in rows] == expected


def test_identifiers_after_the_strongest_in_order() -> None:
    for count in (2, 3):
        cells = {f"k{n}": [Cell(f"c{n}")] for n in range(count)}
        sql = identifiers_sql(cells, "s", Identity(), None)
        layers = Layers()
        columns = ", ".join(f"$1[i][{n + 1}] AS c{n}" for n in range(count))
        layers.raw(f"SELECT {columns} FROM range(1, {2**count + 1}) AS r(i)")
        layers.add_all([sql.layers])
        given = [list(some) for some in itertools.product((None, "x"), repeat=count)]
        with connect() as con:
            rows = con.execute(layers.final(f"SELECT {sql.kind}, {sql.others} FROM {LAYER}"), [given]).fetchall()
        for some, (kind, others) in zip(given, rows, strict=True):
            present = [f"s.k{n}" for n, value in enumerate(some) if value]
            assert kind == (present[0] if present else None)
            assert [other["kind"] for other in others or ()] == present[1:]
            assert others is None or others


def test_an_identifier_loses_the_blanks_around_it() -> None:
    values = ["a", " a", "a ", "\u00a0a", "", " ", "é\u3000", None]
    with connect() as con:
        sql = f"SELECT {normalised('x', 'v', None)}, trim(v) FROM (SELECT unnest($1::VARCHAR[]) AS v)"
        assert all(cheap == plain for cheap, plain in con.execute(sql, [values]).fetchall())
