"""Hundreds of damaged files: no row lost, none doubled, no exception but a `JourneyError`, and two readers agree."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from dataclasses import replace
from types import FunctionType

import pytest

from journey_analytics.errors import JourneyError
from journey_analytics.ingest.readers import Scan, sniff
from tests.readers.conftest import Reader, Reading

CELLS = ["a", "12", "", "x y", "é", 'a"b', "q,r", "l\nm", "s;t", " lead", '"', '" x', '  "y"', "p\r\nq"]
RECORDS = [{"a": 1}, {"a": 'x"y', "b": [1, {"c": None}]}, {"é": "ü"}, [{"a": 1}, {"b": 2}], {}]
BITS = [b'"', b"\0", b"\n", b"\r\n", b"\r", b"\n\n", b"  ", b'""', b' "', b'" ', b",", b";", b"[", b"]", b"{", b"}"]
BITS += [b"\\", b"\xff", b"\x01", b"\xef\xbb\xbf"]


def csv_file(rng: random.Random) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=rng.choice(",;\t|"), lineterminator=rng.choice(["\n", "\r\n"]))
    width = rng.randrange(1, 5)
    writer.writerow([f"h{i}" for i in range(width)])
    for _ in range(rng.randrange(12)):
        writer.writerow([rng.choice(CELLS) if rng.random() < 0.5 else rng.choice("abcdef") for _ in range(width)])
    return out.getvalue().encode()


def json_lines(rng: random.Random) -> bytes:
    return b"\n".join(json.dumps(rng.choice(RECORDS)).encode() for _ in range(rng.randrange(10)))


def json_array(rng: random.Random) -> bytes:
    records = [rng.choice(RECORDS) for _ in range(rng.randrange(8))]
    return json.dumps(records, indent=rng.choice([None, 1]), ensure_ascii=rng.random() < 0.5).encode()


def documents(rng: random.Random) -> bytes:
    return b"\n".join(json.dumps(rng.choice(RECORDS), indent=1).encode() for _ in range(rng.randrange(6)))


def damaged(rng: random.Random, content: bytes) -> bytes:
    for _ in range(rng.choice([0, 1, 1, 2, 3])):
        place, other = rng.randrange(len(content) + 1), rng.randrange(len(content) + 1)
        what = rng.randrange(6)
        if what == 0:
            content = content[:place]
        elif what == 1 and place < len(content):
            content = content[:place] + bytes([content[place] ^ (1 << rng.randrange(8))]) + content[place + 1 :]
        elif what == 2:
            content = content + content[:other]
        elif what == 3:
            content = content[: min(place, other)] + content[max(place, other) :]
        elif what == 4:
            content = content.replace(b"\n", b"\r\n")
        else:
            content = content[:place] + rng.choice(BITS) + content[place:]
    return content


def distrusted(seen: Scan) -> Scan:
    """As if the file were dirty, so that the tolerant reader has to take it."""
    return replace(seen, plain_ends=False, is_utf8=False)


def agrees_with_the_standard_library(got: Reading) -> None:
    delimiter = sniff(got.path).delimiter or ","
    originals = got.raw.raw_lines([row[0] for row in got.rows])
    for line, *cells in got.rows:
        original = originals[line]
        if ' "' in original or '" ' in original:
            continue  # spaces around quotes, which the standard library reads otherwise
        expected = [
            cell or None for cell in next(csv.reader(io.StringIO(original, newline=""), delimiter=delimiter), [])
        ]
        assert cells == expected[: len(cells)]
        assert not any(expected[len(cells) :])


@pytest.mark.parametrize("family", [csv_file, json_lines, json_array, documents])
@pytest.mark.parametrize("packed", [False, True])
def test_every_row_of_damaged_files_is_accounted_for(read: Reader, family: FunctionType, packed: bool) -> None:
    refused = 0
    for seed in range(60 if packed else 220):
        rng = random.Random(f"{family.__name__}{seed}")
        content = damaged(rng, family(rng))
        if packed:
            content = damaged(rng, gzip.compress(content, mtime=0))
        try:
            got = read(content)
        except JourneyError:
            refused += 1
            continue
        if got.raw.format == "csv" and not packed:
            agrees_with_the_standard_library(got)
        if not got.raw.salvaged and seed % 3 == 0:
            slow = read(content, change=distrusted)
            assert [row[0] for row in slow.rows] == [row[0] for row in got.rows]
            assert slow.reasons == got.reasons
            if not got.raw.is_json:
                assert slow.rows == got.rows
    assert refused < 40
