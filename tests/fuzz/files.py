"""Makes the fuzz's files from real samples: each maker gives a file's bytes and, where the rule says it, its rows."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz.mutations import mutated_json, mutated_row
from tests.fuzz.rows_oracle import UnclearError, count_rows, parsed

#: From a random generator and a number of records to a file's bytes.
Maker = Callable[[random.Random, int], bytes]


def cycled(rng: random.Random, seeds: Sequence[Any], count: int) -> list[Any]:
    """So many of the seeds, each about as often, in a random order."""
    some = [seeds[n % len(seeds)] for n in range(count)]
    rng.shuffle(some)
    return some


def csv_rows(text: str) -> list[dict[str, str]]:
    """A CSV text as rows."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def table(rows: Sequence[dict[str, str]], delimiter: str = ",") -> Maker:
    """A CSV file of mutated rows."""

    def make(rng: random.Random, count: int) -> bytes:
        out = io.StringIO(newline="")
        quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
        end = rng.choice(["\n", "\r\n"])
        writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator=end, quoting=quoting)
        writer.writeheader()
        writer.writerows(mutated_row(rng, row) for row in cycled(rng, rows, count))
        return out.getvalue().encode()

    return make


def json_lines(records: Sequence[Any]) -> Maker:
    """A mutated record per line."""

    def make(rng: random.Random, count: int) -> bytes:
        lines = [
            json.dumps(mutated_json(rng, row), ensure_ascii=rng.random() < 0.5) for row in cycled(rng, records, count)
        ]
        return "\n".join([*lines, ""]).encode("utf-8", "replace")

    return make


def json_document(records: Sequence[Any], key: str | None = None) -> Maker:
    """An array of mutated records, alone or under a key of an object."""

    def make(rng: random.Random, count: int) -> bytes:
        listed = [mutated_json(rng, row) for row in cycled(rng, records, count)]
        document = listed if key is None else {"next": None, key: listed}
        return json.dumps(document, indent=rng.choice([None, 1]), ensure_ascii=rng.random() < 0.5).encode()

    return make


def form_lines(bodies: Sequence[str]) -> Maker:
    """A mutated form-encoded body per line."""

    def make(rng: random.Random, count: int) -> bytes:
        lines = []
        for body in cycled(rng, bodies, count):
            row = mutated_row(rng, dict(parse_qsl(body, keep_blank_values=True)))
            lines.append(urlencode(row) if rng.random() < 0.8 else urlencode(row, safe="[]@:/ +"))
        return "\n".join([*lines, ""]).encode()

    return make


def text_lines(lines: Sequence[bytes]) -> Maker:
    """Lines of text, one in two with a few characters changed."""

    def make(rng: random.Random, count: int) -> bytes:
        out = []
        for line in cycled(rng, lines, count):
            for _ in range(rng.choice([0, 0, 1, 3])):
                place = rng.randrange(len(line) + 1)
                line = (
                    line[:place]
                    + rng.choice([b"", b'"', b"\\", b"\t", b"-", b" ", b"\xc3\xa9", b"["])
                    + line[place + 1 :]
                )
            out.append(line)
        return b"\n".join([*out, b""])

    return make


def parquet(rows: Sequence[dict[str, str]]) -> Maker:
    """A Parquet file of mutated rows, its columns of types of their own."""

    def make(rng: random.Random, count: int) -> bytes:
        listed = [mutated_row(rng, row) for row in cycled(rng, rows, count)]
        columns: dict[str, Any] = {}
        for name in rows[0]:
            values = [None if row[name] == "" else row[name] for row in listed]
            columns[name] = [rng.choice([[value], None]) for value in values] if rng.random() < 0.1 else values
        out = io.BytesIO()
        pq.write_table(pa.table(columns), out, row_group_size=rng.choice([7, 1000]))
        return out.getvalue()

    return make


def packed(make: Maker) -> Maker:
    """The same in gzip."""
    return lambda rng, count: gzip.compress(make(rng, count), mtime=0)


def counted(form: str, content: bytes, paths: Sequence[str | list[str]], *, whole: bool) -> int | None:
    """The rows of a file by the documented rule; None where that does not decide.

    Args:
        form: As `Kind.form`.
        content: The file.
        paths: `rows` of its connector.
        whole: It is as it was made, not damaged.
    """
    content = gzip.decompress(content) if whole and content[:2] == b"\x1f\x8b" else content
    if form == "lines":
        return len(non_blank(content))
    if form == "csv" and not whole and content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return None  # what begins so is no CSV file any more
    if form == "csv" and b'"' not in content and content[:2] != b"\x1f\x8b":
        return max(len(non_blank(content)) - 1, 0)
    if form == "csv" and whole:
        delimiter = ";" if b";" in content.split(b"\n")[0] else ","
        return len(list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter))) - 1
    if form == "parquet" and whole:
        return int(pq.read_metadata(io.BytesIO(content)).num_rows)
    try:
        if form == "json" and whole:
            document = parsed(content.decode())
            return sum(count_rows(record, paths) for record in (document if isinstance(document, list) else [document]))
        lines = non_blank(content)
        # If most of the first lines are damaged, the file may be taken for another format.
        if form == "jsonl" and sum(map(_is_record, lines[:20])) * 4 >= len(lines[:20]) * 3:
            return sum(_rows_of_line(line, paths) for line in lines)
        if form == "form" and whole and not paths:
            return len(lines)
    except (UnclearError, ValueError, RecursionError):
        pass
    return None


def _rows_of_line(line: bytes, paths: Sequence[str | list[str]]) -> int:
    if not paths:
        return 1
    try:
        record = parsed(line.decode())
    except ValueError:
        return 1
    return count_rows(record, paths)


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), (dict, list))
    except (ValueError, RecursionError):
        return False


def non_blank(content: bytes) -> list[bytes]:
    """The lines with more than blanks in them."""
    lines = re.split(rb"\r\n|\r|\n", content.removeprefix(b"\xef\xbb\xbf"))
    return [line for line in lines if line.strip(b" \t")]


def read(path: Path) -> str:
    """A sample's text."""
    return path.read_text(encoding="utf-8")
